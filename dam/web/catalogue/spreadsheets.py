"""/importar and /exportar: the catalogue from and to CSV."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from dam.archive import Archive
from dam.db import Transaction
from dam.errors import DamError, Invalid, NotFound
from dam.services import spreadsheets
from dam.services.access import Action, Actor
from dam.services.spreadsheets import ImportReport
from dam.services.spreadsheets import districts as district_rows
from dam.services.spreadsheets import events as event_rows
from dam.services.spreadsheets import officials as official_rows
from dam.web.doors import door
from dam.web.errors import sentence_of, status_of
from dam.web.session import archive, current_actor

bp = Blueprint("spreadsheets", __name__)


@dataclass(frozen=True)
class Noun:
    """One kind of row. ``columns``: our heading → the Spanish ones that mean the same."""

    title: LazyString
    back: str  # endpoint of its list
    columns: dict[str, tuple[str, ...]]
    take: Callable[[Archive, Actor, str], ImportReport]
    export: Callable[[Transaction], Iterator[str]]


NOUNS = {
    "eventos": Noun(_l("Import events"), "events.index", event_rows.COLUMNS,
                    spreadsheets.import_events, spreadsheets.export_events),
    "personas": Noun(_l("Import persons"), "officials.index", official_rows.COLUMNS,
                     spreadsheets.import_officials, spreadsheets.export_officials),
    "distritos": Noun(_l("Import districts"), "districts.index", district_rows.COLUMNS,
                      spreadsheets.import_districts, spreadsheets.export_districts),
}  # fmt: skip


@bp.get("/importar/<key>")
@door(Action.MERGE_CATALOGUE)
def form(key: str) -> str:
    return _page(key)


@bp.post("/importar/<key>")
@door(Action.MERGE_CATALOGUE)
def take(key: str) -> str | tuple[str, int]:
    noun, file = _noun(key), request.files.get("file")
    try:
        if file is None or not file.filename:
            raise Invalid("Choose a file.")
        text = spreadsheets.decode(file.read(spreadsheets.LARGEST + 1))
        report = noun.take(archive(), current_actor(), text)
    except DamError as error:
        return _page(key, refusal=sentence_of(error)), status_of(error)
    problems = [
        (one.line, sentence_of(one.error), one.error.detail.get("candidates")) for one in report.problems
    ]
    return _page(key, report=report, problems=problems)


@bp.get("/exportar/<key>.csv")
@door(Action.EDIT_CATALOGUE)
def export(key: str) -> Response:
    """A file that a spreadsheet opens and ``importar`` reads."""
    with archive().reading() as tx:
        text = "".join(_noun(key).export(tx))
    answer = Response(text, mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{key}.csv"'
    return answer


def _noun(key: str) -> Noun:
    if key not in NOUNS:
        raise NotFound("There is nothing at this address.")
    return NOUNS[key]


def _page(key: str, **said: object) -> str:
    return render_template("catalogue/import.html", key=key, noun=_noun(key), **said)
