"""What a selection has in common, what the grid shows, and an asset's neighbours in a search."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import event as sa_event

from dam.archive import Archive
from dam.errors import NotFound
from dam.models import (
    Appearance,
    Asset,
    Attendance,
    Event,
    Kind,
    Official,
    Original,
    Processing,
    Rendition,
    Review,
    Role,
)
from dam.services import indexing
from dam.services.access import LOCAL_ADMINISTRATOR, Actor
from dam.services.describing import placing, selecting
from dam.services.finding import Query
from dam.services.showing import contact_sheet
from dam.services.showing.neighbours import neighbours


@pytest.fixture
def make(archive: Archive) -> Callable[..., list[int]]:
    """``make(count, people=…, attendees=…)``: clips of an event of their own, the newest first."""

    def _make(
        count: int, people: tuple[str, ...] = (), attendees: tuple[str, ...] = (), **more: object
    ) -> list[int]:
        with archive.transaction() as tx:
            event = Event(name="Mitin", folded="mitin", timezone="UTC")
            tx.add(event)
            known = {}
            for name in (*people, *attendees):
                known[name] = tx.query(Official).filter_by(name=name).first() or Official(
                    name=name, folded=name
                )
                tx.add(known[name])
            tx.flush()
            for position, name in enumerate(attendees):
                tx.add(Attendance(event_id=event.id, official_id=known[name].id, position=position))
            ids = []
            for number in range(count):
                fields = {"kind": Kind.VIDEO, "processing": Processing.READY, "keywords": [], "persons": [],
                          "taken_at": datetime(2026, 5, 1, 12, 59 - number % 60), **more}  # fmt: skip
                asset = Asset(**fields)
                tx.add(asset)
                tx.flush()
                ids.append(asset.id)
                tx.add(Original(asset_id=asset.id, sha256=f"{asset.id:064x}", bytes=500, name="a.mov"))
                for position, name in enumerate(people):
                    tx.add(Appearance(asset_id=asset.id, official_id=known[name].id, position=position))
            placing.move(tx, ids, event.id)
            indexing.touch(tx, ids)
        while indexing.drain(archive):
            pass
        return ids

    return _make


def test_a_summary_tells_what_is_shared_and_what_differs(archive, make):
    first = make(2, people=("Ana",), attendees=("Beto", "Ana"), caption="Uno", byline="Luis")
    second = make(1, people=("Ana", "Carla"), caption="Dos", byline="Luis")
    with archive.reading() as tx:
        told = selecting.summary(tx, LOCAL_ADMINISTRATOR, first + second)
    assert (told.count, told.clips, told.photos, told.bytes) == (3, 3, 0, 1500)
    assert told.common["byline"] == "Luis" and told.mixed == {"caption"}
    assert [(person.name, person.count) for person in told.people] == [("Ana", 3), ("Carla", 1)]
    assert [(person.name, person.count) for person in told.attendees] == [("Beto", 0), ("Ana", 3)]
    assert [event.count for event in told.events] == [2, 1]


def test_a_summary_counts_what_one_may_do(archive, make):
    ids = make(2)
    viewer = Actor(99, "Vera", Role.VIEWER)
    with archive.reading() as tx:
        told = selecting.summary(tx, viewer, ids)
        assert (told.may_describe, told.may_bin, told.may_take_original, told.may_review) == (0, 0, 0, 0)


def test_a_summary_of_what_one_may_not_see_is_refused(archive, make):
    ids = make(1) + make(1, review=Review.REJECTED)
    with archive.reading() as tx, pytest.raises(NotFound):
        selecting.summary(tx, Actor(99, "Vera", Role.VIEWER), ids)


def test_cards_keep_the_order_and_name_the_primary_event_and_who_appears(archive, make):
    ids = make(3, people=("Ana", "Beto"))
    grid = {"columns": 10, "rows": 1, "tiles": 5, "interval": 2.0}
    with archive.transaction() as tx:
        tx.add(Rendition(asset_id=ids[1], preset="storyboard", recipe="x", key="k1", media_type="image/jpeg",
                         bytes=1, detail=grid))  # fmt: skip
    with archive.reading() as tx:
        shown = contact_sheet.cards(tx, [ids[2], 999_999, ids[1]])
    assert [card.asset_id for card in shown] == [ids[2], ids[1]]
    assert (shown[0].event, shown[0].people, shown[0].month) == ("Mitin", ("Ana", "Beto"), "2026-05")
    assert shown[1].storyboard == grid and shown[0].storyboard is None
    assert (shown[0].width, shown[0].height) == (4, 3), "what was not measured still has a shape"


def test_cards_cost_the_same_statements_however_many(archive, make):
    def statements(ids: list[int]) -> int:
        seen = []
        listen = lambda *args: seen.append(args[2])  # noqa: E731
        sa_event.listen(archive.database.engine, "before_cursor_execute", listen)
        with archive.reading() as tx:
            contact_sheet.cards(tx, ids)
        sa_event.remove(archive.database.engine, "before_cursor_execute", listen)
        return len(seen)

    assert statements(make(2, people=("Ana",))) == statements(make(40, people=("Ana", "Beto")))


def test_neighbours_follow_the_search(archive, make):
    ids = make(3)
    assert neighbours(archive, LOCAL_ADMINISTRATOR, Query(), ids[1]) == (ids[0], ids[2])
    assert neighbours(archive, LOCAL_ADMINISTRATOR, Query(), ids[0]) == (None, ids[1])
    assert neighbours(archive, LOCAL_ADMINISTRATOR, Query(text="nada de esto"), ids[0]) == (None, None)
