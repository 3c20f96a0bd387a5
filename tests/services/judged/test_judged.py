"""Queries that people of the office would type, each with what it has to find and what it must not.

The tables are ``catalogue.md`` and ``queries.md``. Whatever engine the archive has goes through all of them.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from dam.archive import Archive
from dam.models import EventKind, Office
from dam.search.folding import fold
from dam.services import finding
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.finding import Query
from tests.services.finding_material import add_asset, add_event, add_official, drain

HERE = Path(__file__).parent
WEDNESDAY = datetime(2026, 5, 13, 18, tzinfo=UTC)
FIRST = 10
SHAPES = {"portrait": (4000, 6000), "square": (4000, 4000)}
PLAIN = ("kind", "review")


def tables(file: str) -> list[list[dict[str, str]]]:
    """Each table of a Markdown file as rows of heading → cell."""
    found: list[list[dict[str, str]]] = []
    heading: list[str] | None = None
    for line in (HERE / file).read_text("utf-8").splitlines():
        if not line.startswith("|"):
            heading = None
            continue
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if heading is None:
            heading = cells
            found.append([])
        elif not set(line) <= set("|-"):
            found[-1].append(dict(zip(heading, cells, strict=True)))
    return found


def names(cell: str) -> list[str]:
    return [name.strip() for name in cell.split(",") if name.strip()]


def offices(cell: str) -> Iterator[Office]:
    for one in filter(None, (part.strip() for part in cell.split(";"))):
        title, place, span = re.fullmatch(r"(.+) @ (\w+), (.+)", one).groups()
        start, _, end = span.partition("..")
        yield Office(
            title=title, folded=fold(title),
            held_from=date.fromisoformat(start), held_to=date.fromisoformat(end) if end else None,
            municipality_key=place if len(place) == 5 else None, state_key=place if len(place) == 2 else None,
        )  # fmt: skip


@pytest.fixture
def judged(archive: Archive) -> tuple[Archive, dict[str, int]]:
    """The archive of catalogue.md, and the id of each asset by its name there."""
    people_table, events_table, assets_table = tables("catalogue.md")
    people = {row["person"]: add_official(archive, row["name"], names(row["also called"]),
                                          list(offices(row["offices: title @ place, from..to"])))
              for row in people_table}  # fmt: skip
    events = {
        row["event"]: add_event(
            archive, row["name"], [people[one] for one in names(row["attended"])], row["municipality"],
            kind=EventKind(row["kind"]), starts_at=datetime.fromisoformat(row["day"]),
        )
        for row in events_table
    }  # fmt: skip
    ids = {}
    for row in assets_table:
        more = dict(part.strip().split("=", 1) for part in row["more"].split(";") if part.strip())
        width, height = SHAPES.get(more.get("orientation", ""), (6000, 4000))
        make, _, model = more.get("camera", "").partition(" / ")
        ids[row["asset"]] = add_asset(
            archive,
            events=[events[one] for one in names(row["events"])],
            appears=[people[one] for one in names(row["appears"])],
            municipality_key=row["municipality"] or None,
            taken_at=datetime.fromisoformat(row["taken"]) if row["taken"] else None,
            caption=row["caption"] or None,
            width=width, height=height, camera_make=make or None, camera_model=model or None,
            byline=more.get("author"), rating=int(more["rating"]) if "rating" in more else None,
            keywords=names(more.get("keywords", "")), name=more.get("name"),
            **{name: more[name] for name in PLAIN if name in more},
        )  # fmt: skip
    drain(archive)
    return Archive(**{**archive.__dict__, "clock": lambda: WEDNESDAY}), ids


def test_every_judged_query_finds_what_it_must_and_nothing_it_must_not(judged):
    archive, ids = judged
    queries = tables("queries.md")[0]
    assert len(queries) >= 80
    called = {asset_id: name for name, asset_id in ids.items()}
    wrong = []
    for row in queries:
        found = [called[one] for one in finding.all_ids(archive, LOCAL_ADMINISTRATOR, Query(row["query"]))]
        missing = [one for one in names(row["must"]) if one not in found[:FIRST]]
        banned = [one for one in names(row["must not"]) if one in found]
        late = row["first"] and found[:1] != [row["first"]]
        if missing or banned or late:
            wrong.append(
                f"{row['query']!r}: missing {missing}, banned {banned}, first {found[:3]} of {len(found)}"
            )
    assert not wrong, "\n".join(wrong)


def test_a_misspelled_word_gets_the_suggestion_that_a_person_would_make(judged):
    archive, _ = judged
    for row in tables("queries.md")[1]:
        query = Query(row["typed"])
        total = finding.find(archive, LOCAL_ADMINISTRATOR, query).total
        offered = finding.spell(archive, LOCAL_ADMINISTRATOR, query, total)
        assert (offered.query.text if offered else "") == row["offered"], row["typed"]
        assert offered is None or offered.total > total
