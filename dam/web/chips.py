"""The chips above the results: what was recognised in the words, and what the search was narrowed to."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from flask_babel import format_date, gettext

from dam.search import retyping
from dam.services import finding
from dam.services.finding import Count, Field, Filters, Note, Query, Remark
from dam.services.finding.labelling import Labels
from dam.services.finding.query import VALUES
from dam.web import rail

ARGUMENT_OF = {
    Field.OFFICIAL: "official", Field.MUNICIPALITY: "municipality", Field.OFFICE: "office",
    Field.KIND: "kind", Field.DATE: "date", Field.ORIENTATION: "orientation",
}  # fmt: skip


@dataclass(frozen=True)
class Chip:
    """``title`` is the sort of thing; ``without`` is the search without it, ``exact`` the one that takes it
    for a filter (None where it is one already, or would have too many values). ``says``: what taking it away
    does, for who cannot see."""

    title: str
    label: str
    without: str
    says: str
    exact: str | None = None


def recognised(query: Query, notes: tuple[Note, ...]) -> list[Chip]:
    """What names in the words were taken for. Taken away, they are words like others."""
    made = []
    for note in notes:
        if note.remark is not Remark.RECOGNISED or note.field not in ARGUMENT_OF:
            continue
        argument = ARGUMENT_OF[note.field]
        called = retyping.without(query.text, note.titles) if note.titles else query.text
        plain = replace(query, text=retyping.as_written(called, note.words))
        kept = replace(query, text=retyping.without(query.text, note.words))
        if note.field is Field.DATE:
            kept = _with(kept, date_from=note.values[0], date_to=note.values[1])
        else:
            for value in note.values[:VALUES]:
                kept = kept if _has(kept, argument, value) else rail.toggled(kept, argument, value)
        said, whole = _said(note, argument), len(note.values) <= VALUES  # an address holds so many
        made.append(Chip(
            str(rail.GROUPS[argument]), said, rail.address(plain),
            gettext("Take “%(name)s” for words and not for a name", name=said),
            rail.address(kept) if whole else None,
        ))  # fmt: skip
    return made


def _said(note: Note, argument: str) -> str:
    if note.field is Field.DATE:
        return f"{note.text}: {' – '.join(map(_day, dict.fromkeys(note.values)))}"
    if note.field in (Field.KIND, Field.ORIENTATION):
        return ", ".join(rail.label_of(argument, Count(value, value, 0)) for value in note.values)
    return note.text


def chosen(query: Query, labels: Labels) -> list[Chip]:
    """Every filter in force, each with the search that leaves it out."""
    made = []
    for (argument, value), label in labels.items():
        title = str(rail.GROUPS.get(argument) or rail.OTHERS.get(argument, ""))
        said = rail.label_of(argument, Count(value, label, 0))
        if argument in rail.NUMBERED:
            said = ""
        made.append(_chip(title, said or title, rail.toggled(query, argument, value)))
    made += list(_others(query))
    return made


def _others(query: Query) -> Iterator[Chip]:
    filters = query.filters
    if filters.date_from or filters.date_to:
        span = f"{_day(filters.date_from)} – {_day(filters.date_to)}".strip()
        yield _chip(str(rail.GROUPS["date"]), span, _with(query, date_from=None, date_to=None))
    if filters.appears_only:
        yield _chip("", gettext("Only where they appear"), _with(query, appears_only=False))
    if filters.arrived_from:
        yield _chip("", gettext("Arrived since the last look"), _with(query, arrived_from=None))
    if filters.arrived_before:
        yield _chip("", gettext("Only what was there then"), _with(query, arrived_before=None))
    if filters.frames:
        yield _chip("", gettext("Every frame of a burst"), _with(query, frames=False))


def _chip(title: str, label: str, without: Query) -> Chip:
    return Chip(title, label, rail.address(without), gettext("Remove %(name)s", name=label))


def _with(query: Query, **changed: object) -> Query:
    filters: Filters = replace(query.filters, **changed)
    return replace(query, filters=filters)


def _has(query: Query, argument: str, value: str) -> bool:
    return (argument, value) in finding.to_args(query)


def _day(text: str | None) -> str:
    """ "2026-05" and "2026-05-01" as people say them; what is neither stays as it was typed."""
    if not text:
        return "…"
    if len(text) == 7:
        return rail.label_of("date", Count(text, text, 0))
    try:
        return format_date(date.fromisoformat(text), "d MMM y", rebase=False)
    except ValueError:
        return text
