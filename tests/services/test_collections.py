"""Collections: order by hand, notes, who sees and edits them, smart ones, and undo."""

import pytest

from dam.archive import Archive
from dam.errors import Conflict, Forbidden, Invalid, NotFound
from dam.models import Asset, Kind, Processing, Role
from dam.services import collections
from dam.services.access import LOCAL_ADMINISTRATOR
from tests import taking


@pytest.fixture
def people(archive: Archive):
    return taking.people(archive)


@pytest.fixture
def assets(archive: Archive) -> list[int]:
    with archive.transaction() as tx:
        rows = [Asset(kind=Kind.PHOTO, processing=Processing.READY, headline=f"n{n}") for n in range(5)]
        tx.add_all(rows)
        tx.flush()
        return [row.id for row in rows]


def _made(archive: Archive, actor, ids, name: str = "Campaña") -> int:
    with archive.transaction() as tx:
        collection = collections.create(tx, actor, name)
        if ids:
            collections.add(tx, actor, collection.id, ids)
        return collection.id


def _order(archive: Archive, actor, collection_id: int) -> list[int]:
    with archive.reading() as tx:
        found = collections.get(tx, actor, collection_id)
    return collections.asset_ids(archive, actor, found)


def test_assets_stand_in_the_order_in_which_they_were_put(archive, people, assets):
    editor = people["editor"]
    made = _made(archive, editor, [assets[2], assets[0], assets[1]])
    assert _order(archive, editor, made) == [assets[2], assets[0], assets[1]]
    with archive.transaction() as tx:
        collections.add(tx, editor, made, [assets[0], assets[4]])  # the first of them is in it already
    assert _order(archive, editor, made) == [assets[2], assets[0], assets[1], assets[4]]


def test_moving_keeps_the_others_in_order_and_can_be_undone(archive, people, assets):
    editor = people["editor"]
    made = _made(archive, editor, assets)
    with archive.transaction() as tx:
        change = collections.move(tx, editor, made, [assets[4], assets[3]], assets[1])
        change_id = change.id
    moved = [assets[0], assets[4], assets[3], assets[1], assets[2]]
    assert _order(archive, editor, made) == moved
    with archive.transaction() as tx:
        collections.undo(tx, editor, change_id)
    assert _order(archive, editor, made) == assets
    with archive.transaction() as tx, pytest.raises(Conflict):
        collections.undo(tx, editor, change_id)


def test_there_is_room_for_any_number_of_moves_to_the_same_place(archive, people, assets):
    editor = people["editor"]
    made = _made(archive, editor, assets)
    expected = list(assets)
    with archive.transaction() as tx:
        for turn in range(40):
            last = expected.pop()
            expected.insert(1 + turn % 2, last)
            collections.move(tx, editor, made, [last], expected[2 + turn % 2])
    assert _order(archive, editor, made) == expected


def test_what_was_removed_comes_back_to_its_place_with_its_note(archive, people, assets):
    editor = people["editor"]
    made = _made(archive, editor, assets)
    with archive.transaction() as tx:
        collections.note(tx, editor, made, assets[1], " para la portada ")
        removed = collections.remove(tx, editor, made, assets[1:3]).id
    assert _order(archive, editor, made) == [assets[0], *assets[3:]]
    with archive.transaction() as tx:
        collections.undo(tx, editor, removed)
        found = collections.get(tx, editor, made)
    held = collections.items(archive, editor, found)
    assert held.asset_ids == tuple(assets) and held.notes == {assets[1]: "para la portada"}


def test_pages_of_a_collection_follow_each_other_by_key(archive, people, assets):
    editor = people["editor"]
    made = _made(archive, editor, assets)
    with archive.reading() as tx:
        found = collections.get(tx, editor, made)
    first = collections.items(archive, editor, found, limit=3)
    second = collections.items(archive, editor, found, after=first.next, limit=3)
    assert first.asset_ids + second.asset_ids == tuple(assets)
    assert first.total == 5 and second.next is None


def test_a_collection_is_private_until_it_is_shared_with_a_person_or_a_role(archive, people, assets):
    made = _made(archive, people["photographer"], assets)
    for other in ("editor", "coordinator", "administrator", "viewer"):
        with archive.reading() as tx, pytest.raises(NotFound):
            collections.get(tx, people[other], made)
    with archive.transaction() as tx:
        collections.share(
            tx, people["photographer"], made,
            people={people["editor"].user_id: True}, roles={Role.VIEWER: False},
        )  # fmt: skip
    with archive.transaction() as tx:
        collections.remove(tx, people["editor"], made, assets[:1])
        assert [one.id for one in collections.listed(tx, people["viewer"]).rows] == [made]
        assert collections.listed(tx, people["coordinator"]).rows == ()
    with archive.transaction() as tx, pytest.raises(Forbidden):
        collections.remove(tx, people["viewer"], made, assets[:2])
    with archive.transaction() as tx, pytest.raises(Forbidden):
        collections.share(tx, people["editor"], made)  # who works on it does not pass it on
    with archive.transaction() as tx, pytest.raises(Forbidden):
        collections.delete(tx, people["editor"], made)


def test_what_one_may_not_see_is_not_in_it_either(archive, people, assets):
    made = _made(archive, LOCAL_ADMINISTRATOR, assets)
    with archive.transaction() as tx:
        collections.share(tx, LOCAL_ADMINISTRATOR, made, roles={Role.LIAISON: True, Role.EDITOR: False})
    taking.change(archive, assets[0], review="approved")
    assert _order(archive, people["liaison"], made) == [assets[0]]
    taking.change(archive, assets[1], deleted_at=archive.clock())
    assert _order(archive, people["editor"], made) == [assets[0], *assets[2:]]
    with archive.transaction() as tx, pytest.raises(NotFound):
        collections.add(tx, people["liaison"], made, [assets[2]])


def test_a_deleted_collection_is_gone_and_comes_back(archive, people, assets):
    editor = people["editor"]
    made = _made(archive, editor, assets)
    with archive.transaction() as tx:
        change = collections.delete(tx, editor, made).id
    with archive.reading() as tx, pytest.raises(NotFound):
        collections.get(tx, editor, made)
    with archive.transaction() as tx:
        collections.undo(tx, editor, change)
    assert _order(archive, editor, made) == assets


def test_a_smart_collection_holds_what_its_search_finds(archive, people, assets, work):
    from dam.services import indexing

    with archive.transaction() as tx:
        indexing.touch(tx, assets)
    work()
    editor = people["editor"]
    with archive.transaction() as tx:
        made = collections.create(tx, editor, "Con n3", query="q=n3").id
    assert _order(archive, editor, made) == [assets[3]]
    with archive.transaction() as tx, pytest.raises(Invalid):
        collections.add(tx, editor, made, assets)


def test_a_name_is_needed_and_found_without_accents(archive, people):
    with archive.transaction() as tx, pytest.raises(Invalid):
        collections.create(tx, people["editor"], "  ")
    made = _made(archive, people["editor"], [], "Campaña Óscar")
    with archive.reading() as tx:
        assert [one.id for one in collections.listed(tx, people["editor"], text="oscar campana").rows] == [
            made
        ]
