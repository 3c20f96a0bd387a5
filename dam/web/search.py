"""/buscar: one box, filters with counts, a grid of pictures. The address bar is the search."""

from dataclasses import replace

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from flask_babel import gettext as _

from dam.search.typed import Note, Remark
from dam.services import finding
from dam.services.access import OFFICE, Action
from dam.services.finding import Order, Query
from dam.web import chart, chips, rail, searches
from dam.web.doors import api_door, door
from dam.web.grid import FIRST, sheet
from dam.web.session import archive, current_actor

bp = Blueprint("search", __name__)


@bp.get("/buscar")
@door(Action.SEE)
def page() -> str:
    """The page; a fetch gets only the results, to put in the place of others."""
    query = asked()
    after = request.args.get("after")
    found = finding.find(archive(), current_actor(), query, after, FIRST)
    better = None if after else finding.spell(archive(), current_actor(), query, found.total)
    with archive().reading() as tx:
        template = "search/_results.html" if is_fetch() else "search/page.html"
        labels = finding.labels(tx, query.filters)
        return render_template(
            template,
            sheet=sheet(tx, found, query),
            query=query,
            search_text=query.text,
            notes=[sentence for note in found.understood if (sentence := _sentence(note))],
            chips=[*chips.recognised(query, found.understood), *chips.chosen(query, labels)],
            better=better,
            better_address=rail.address(better.query) if better else None,
            may_share=current_actor().role in OFFICE,
            orders=_orders(query),
            chosen=len(finding.to_args(query)) - bool(query.text.strip()) - (query.order is not Order.NEWEST),
        )


@bp.get("/buscar/mas")
@door(Action.SEE)
def more() -> Response:
    """The next cards. ``X-Next`` is the cursor for those after them, empty at the end."""
    query = asked()
    found = finding.find(archive(), current_actor(), query, request.args.get("after"), FIRST)
    with archive().reading() as tx:
        answer = make_response(render_template("search/_cards.html", sheet=sheet(tx, found, query)))
    answer.headers["X-Next"] = found.next or ""
    return answer


@bp.get("/buscar/filtros")
@door(Action.SEE)
def counts() -> str:
    """The filters with their counts, and the time line: asked for after the pictures."""
    query = asked()
    counted = finding.counts(archive(), current_actor(), query)
    fetched = is_fetch()
    return render_template(
        "search/_rail.html" if fetched else "search/filters.html",
        groups=rail.groups(query, counted),
        ticks=rail.ticks(query, counted),
        at_least=counted.at_least,
        chart=chart.chart(query, counted.month),
        query=query,
        clear=rail.address(Query(text=query.text, order=query.order)),
        back=rail.address(query),
    )


@bp.get("/sugerir/busqueda")
@api_door(Action.SEE)
def suggest() -> Response:
    """What the box offers while one types; before one does, what was searched last."""
    text = request.args.get("q", "")
    if not text.strip():
        return jsonify(searches.remembered())
    found = finding.suggest(archive(), current_actor(), text)
    return jsonify([
        {
            "value": rail.address(finding.from_args({one.filter: [one.value], "q": [one.rest]})),
            "text": one.label,
            "note": " · ".join(part for part in (str(rail.GROUPS[one.filter]), one.detail) if part),
            "count": one.count,
        }
        for one in found
    ])  # fmt: skip


def asked() -> Query:
    """The search of the address bar."""
    return finding.from_args(request.args.to_dict(flat=False))


def is_fetch() -> bool:
    """Our own script asks, for a part of a page."""
    return request.headers.get("X-Requested-With") == "fetch"


def _orders(query: Query) -> list[tuple[str, str, bool]]:
    names = {
        Order.NEWEST: _("Newest first"),
        Order.OLDEST: _("Oldest first"),
        Order.ADDED: _("Latest arrivals first"),
        Order.RELEVANCE: _("Best matches first"),
    }
    shown = [order for order in names if order is not Order.RELEVANCE or query.text.strip()]
    return [
        (rail.address(replace(query, order=order)), names[order], order is query.order) for order in shown
    ]


def _sentence(note: Note) -> str | None:
    """What was recognised or not understood, for people."""
    match note.remark:
        case Remark.UNKNOWN_FIELD:
            return _("“%(name)s:” is no filter; it was searched as words.", name=note.text)
        case Remark.NOT_FOUND:
            return _("Nobody and nothing is called “%(name)s”; its words were searched.", name=note.text)
        case Remark.NOT_AMONG:
            return _("Nobody and nothing is called “%(name)s”; it was left out.", name=note.text)
        case Remark.BAD_DATE:
            return _("“%(name)s” is not a date; it was left out.", name=note.text)
        case Remark.BAD_VALUE:
            return _("“%(name)s” is not one of the values; it was left out.", name=note.text)
        case Remark.TOO_COMMON:
            return _("“%(name)s” stands everywhere; it was left out.", name=note.text)
        case Remark.TOO_LONG:
            return _("The search is very long; what follows “%(name)s” was left out.", name=note.text)
        case Remark.ALSO:
            return _("Also searched: %(names)s.", names=note.text)
        case Remark.EITHER:
            return _("One or the other was searched: %(names)s.", names=note.text)
        case Remark.WITHOUT_PERSON:
            name = f'"{note.text}"' if " " in note.text else note.text
            return _(
                "“-%(name)s” also leaves out what was taken where they were; "
                "“-appears:%(name)s” leaves out only what shows them.",
                name=name,
            )
    return None
