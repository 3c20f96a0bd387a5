"""Districts, offices and times of events as the interface writes them."""

from datetime import date

from flask import Flask
from flask_babel import format_date, format_time, gettext

from dam.models import District, DistrictKind, Event, Municipality, Office
from dam.services import places
from dam.web.session import archive


def district_name(district: District) -> str:
    """Distrito local 34 (Toluca); with its state when it is not the own one."""
    said = (
        gettext("Federal district %(number)s", number=district.number)
        if district.kind == DistrictKind.FEDERAL
        else gettext("Local district %(number)s", number=district.number)
    )
    if district.state_key != archive().settings.home_state:
        return f"{said}, {district.state.name}"
    return said


def place_name(municipality: Municipality | None) -> str:
    return places.label(municipality, archive().settings.home_state) if municipality else ""


def office_place(office: Office) -> str:
    """Where an office is held, as far as known."""
    if office.municipality:
        return place_name(office.municipality)
    if office.district:
        return district_name(office.district)
    return office.state.name if office.state else ""


def office_label(office: Office) -> str:
    """Presidenta municipal · Toluca."""
    return " · ".join(part for part in (office.title, office_place(office), office.body) if part)


def years(start: date | None, end: date | None) -> str:
    """2024–2027, desde 2024, hasta 2027."""
    if start and end:
        return f"{start.year}–{end.year}" if start.year != end.year else str(start.year)
    if start:
        return gettext("since %(year)s", year=start.year)
    return gettext("until %(year)s", year=end.year) if end else ""


def when(event: Event) -> str:
    """1 may 2026, 18:40–20:00; a day alone where the hour is not known; two days for what lasts."""
    start, end = event.starts_at, event.ends_at
    if start is None:
        return ""
    said = _day(start)
    if not event.day_only:
        said = f"{said}, {format_time(start, 'HH:mm', rebase=False)}"
    if end is None or end == start:
        return said
    hour = "" if event.day_only else format_time(end, "HH:mm", rebase=False)
    until = hour if end.date() == start.date() else f"{_day(end)}, {hour}".rstrip(", ")
    return f"{said} – {until}" if until else said


def _day(moment: date) -> str:
    said: str = format_date(moment, "d MMM y", rebase=False)
    return said.replace(".", "")


def set_up(app: Flask) -> None:
    app.jinja_env.globals.update(
        district_name=district_name,
        place_name=place_name,
        office_label=office_label,
        office_years=years,
        event_when=when,
    )
