"""``dam find`` and ``dam reindex``."""

import json

from click.testing import CliRunner, Result

from dam.archive import Archive
from dam.cli.desk import Desk
from dam.cli.finding import find, reindex
from dam.errors import Ambiguous
from dam.models import Kind
from tests.services.finding_material import METEPEC, add_asset, add_event, add_official, drain


class HereDesk(Desk):
    """A desk on the test's own archive."""

    archive: Archive = None  # type: ignore[assignment]


def _run(archive: Archive, command, *words: str) -> Result:
    desk = HereDesk()
    desk.archive = archive
    return CliRunner().invoke(command, words, obj=desk)


def _found(archive: Archive, *words: str) -> dict:
    ran = _run(archive, find, *words, "--json")
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)


def test_find_tells_total_ids_and_counts(archive):
    ana = add_official(archive, "Ana Ruiz")
    rally = add_event(archive, "Mitin de cierre", attendees=[ana])
    shown = add_asset(
        archive, events=[rally], appears=[ana], caption="Inauguración", municipality_key=METEPEC
    )
    there = add_asset(archive, events=[rally], kind=Kind.VIDEO)
    drain(archive)
    everything = _found(archive)
    assert sorted(everything["asset_ids"]) == [shown, there] and everything["total"] == 2
    assert everything["counts"]["kind"] == [
        {"value": "photo", "label": "photo", "count": 1, "chosen": False},
        {"value": "video", "label": "video", "count": 1, "chosen": False},
    ]
    assert _found(archive, "inauguraciones")["asset_ids"] == [shown]
    assert _found(archive, "--official", "ana ruiz")["asset_ids"] == [shown, there]
    assert _found(archive, "--event", "mitin de cierre", "--kind", "video")["asset_ids"] == [there]
    assert (
        _found(archive, "--municipality", "Metepec, México", "--from", "2026-05", "--to", "2026-05-01")[
            "total"
        ]
        == 1
    )
    assert _found(archive, "--from", "2026-05-02")["total"] == 0
    assert (
        _found(archive, "--limit", "1")["total"] == 2
        and len(_found(archive, "--limit", "1")["asset_ids"]) == 1
    )


def test_an_ambiguous_place_is_refused_with_its_candidates(archive):
    from dam.models import Municipality, State

    with archive.transaction() as tx:
        state = tx.get(State, "14")
        tx.add(
            Municipality(key="14999", name="Metepec", folded="metepec", state_key=state.key, other_names=[])
        )
    ran = _run(archive, find, "--municipality", "Metepec")
    assert isinstance(ran.exception, Ambiguous) and len(ran.exception.detail["candidates"]) == 2


def test_what_was_not_understood_is_said_apart(archive):
    add_asset(archive)
    drain(archive)
    ran = _run(archive, find, "fecha:nunca", "--json")
    assert "nunca" in ran.stderr and json.loads(ran.stdout)["total"] == 1


def test_reindex_builds_what_is_lost(archive):
    one = add_asset(archive, caption="feria")
    ran = _run(archive, reindex)
    assert ran.exit_code == 0 and "1 assets" in ran.output
    assert _found(archive, "feria")["asset_ids"] == [one]
