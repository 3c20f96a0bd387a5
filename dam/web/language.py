"""Spanish first. Dates, sizes and lengths as people say them."""

from datetime import date, datetime
from functools import lru_cache
from typing import Any, cast

from babel import Locale
from babel.dates import format_date as format_day
from babel.numbers import format_decimal as decimal
from flask import Flask, g, has_app_context, session
from flask_babel import Babel, format_datetime, format_decimal, get_locale, get_translations
from flask_login import current_user
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from dam.services.accounts import LANGUAGES
from dam.settings import ROOT
from dam.web.session import Person, archive

TRANSLATIONS = ROOT / "dam" / "translations"


def set_up(app: Flask) -> None:
    settings = app.extensions["archive"].settings
    app.config.update(
        BABEL_DEFAULT_LOCALE=settings.language,
        BABEL_DEFAULT_TIMEZONE=settings.timezone,
        BABEL_TRANSLATION_DIRECTORIES=str(TRANSLATIONS),
    )
    Babel(app, locale_selector=chosen_language)
    # Babel looks up the catalogue of the request's language anew for each word of a page.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda text: _catalogue().ugettext(text),
        ngettext=lambda one, many, number: _catalogue().ungettext(one, many, number),
        pgettext=lambda context, text: _catalogue().upgettext(context, text),
        npgettext=lambda context, one, many, number: _catalogue().unpgettext(context, one, many, number),
        newstyle=True,
    )
    app.jinja_env.globals["_"] = _said
    app.jinja_env.filters.update(day=day, moment=moment, wall_clock=wall_clock, size=size, length=length,
                                 clock_amount=clock_amount, number=number)  # fmt: skip


def chosen_language() -> str:
    """The account's choice, else this browser's, else the office's. A browser's own list is not a choice."""
    if current_user and current_user.is_authenticated:
        language = cast(Person, current_user).language
        if language in LANGUAGES:
            return language
    language = session.get("language")
    return cast(str, language) if language in LANGUAGES else archive().settings.language


def month(year: int, number: int) -> str:
    """May 2026, as people of the request's language say it."""
    return _month(_speaking()[0], year, number)


@lru_cache(maxsize=2048)
def _month(locale: Locale, year: int, number: int) -> str:
    said = format_day(date(year, number, 1), "LLLL y", locale)
    return said[:1].upper() + said[1:]


def html_language() -> str:
    """For ``<html lang>``: es-MX or en."""
    return str(get_locale()).replace("_", "-")


def day(value: date | datetime | None) -> str:
    """1 may 2026 — of a date, or of a local wall clock."""
    if value is None:
        return ""
    return f"{value.day} {_short_month(_speaking()[0], value.month)} {value.year}"


@lru_cache  # Babel takes 0.1 ms for a day, and sixty cards have sixty
def _short_month(locale: Locale, number: int) -> str:
    return format_day(date(2000, number, 1), "MMM", locale).replace(".", "")


def wall_clock(value: datetime | None) -> str:
    """1 may 2026, 18:40 — of a naive local time, which is shown as it is."""
    if value is None:
        return ""
    return f"{day(value)}, {value.hour:02}:{value.minute:02}"


def moment(value: datetime | None) -> str:
    """1 may 2026, 18:40 — of an instant, on the office's clock."""
    if value is None:
        return ""
    return format_datetime(value, "d MMM y, HH:mm").replace(".", "")


def number(value: int | float) -> str:
    """12,480"""
    return _number(_speaking()[0], value)


@lru_cache(maxsize=20_000)  # the counts beside a search are two hundred
def _number(locale: Locale, value: int | float) -> str:
    return decimal(value, locale=locale)


def size(count: int | None) -> str:
    """4.2 MB: of bytes, in steps of 1,000 as disks are sold."""
    if count is None:
        return ""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{format_decimal(amount, '#,##0' if unit in ('B', 'kB') else '#,##0.#')} {unit}"
        amount /= 1000
    return f"{format_decimal(amount, '#,##0.##')} TB"


def clock_amount(seconds: int) -> str:
    """+1 h 03 min, −12 s: added to a camera's clock."""
    days, rest = divmod(abs(seconds), 86_400)
    hours, rest = divmod(rest, 3600)
    parts = [(days, "d"), (hours, "h"), (rest // 60, "min"), (rest % 60, "s")]
    said = " ".join(f"{count} {unit}" for count, unit in parts if count)
    return f"{'−' if seconds < 0 else '+'}{said or '0 s'}"


def length(seconds: float | None) -> str:
    """0:07, 12:30, 1:02:03: of a clip."""
    if seconds is None:
        return ""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


@pass_eval_context
def _said(context: EvalContext, text: str, **variables: object) -> str:
    """``_`` of the templates: Jinja's own copies all variables for each word that stands in a loop."""
    said = _translated(_catalogue(), text)
    if not context.autoescape:
        return str(said) % variables
    return said % variables if variables or "%" in said else said


@lru_cache(maxsize=8192)
def _translated(catalogue: Any, text: str) -> Markup:
    return Markup(catalogue.ugettext(text))


def _catalogue() -> Any:
    """The words of the request's language."""
    return _speaking()[1]


def _speaking() -> tuple[Locale, Any]:
    """The request's language and its words, found once: Babel looks for both anew whenever it is asked."""
    kept = g.get("speaking") if has_app_context() else None
    if kept is None:
        kept = (get_locale() or Locale.parse("es"), get_translations())
        if has_app_context():
            g.speaking = kept
    return cast(tuple[Locale, Any], kept)
