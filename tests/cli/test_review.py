"""``dam review`` and ``dam withdraw``, on a whole archive."""

import json

import click
import pytest
from click.testing import CliRunner, Result

from dam.archive import Archive
from dam.cli.describe import describe
from dam.cli.desk import Desk
from dam.cli.review import review, withdraw
from dam.errors import Invalid, NotReleased
from dam.models import Asset, Kind, Minors, Processing, Review, Withdrawal
from dam.services.access import LOCAL_ADMINISTRATOR, Action, Actor, demand


class HereDesk(Desk):
    """A desk on the test's own archive."""

    archive: Archive = None  # type: ignore[assignment]


def _run(archive: Archive, command: click.Command, *words: str) -> Result:
    desk = HereDesk()
    desk.archive = archive
    return CliRunner().invoke(command, words, obj=desk, catch_exceptions=False)


@pytest.fixture
def ids(archive: Archive) -> list[str]:
    with archive.transaction() as tx:
        made = [
            Asset(kind=Kind.PHOTO, processing=Processing.READY, keywords=[], persons=[]) for _ in range(3)
        ]
        tx.add_all(made)
        tx.flush()
        return [str(asset.id) for asset in made]


def _get(archive: Archive, asset_id: str) -> Asset:
    with archive.reading() as tx:
        return tx.get_one(Asset, int(asset_id))


def test_what_waits_is_listed_decided_and_taken_back(archive: Archive, ids: list[str]) -> None:
    told = json.loads(_run(archive, review, "list", "--json").stdout)
    assert [sorted(one["asset_ids"]) for one in told["events"]] == [[int(one) for one in ids]]
    assert _run(archive, review, "approve", ids[0], "--no-minors").exit_code == 0
    assert _run(archive, review, "reject", ids[1], "--reason", "movida").exit_code == 0
    assert _run(archive, review, "minors", "yes", ids[2]).exit_code == 0
    first, second, third = (_get(archive, one) for one in ids)
    assert (first.review, first.minors) == (Review.APPROVED, Minors.NO)
    assert (second.review, second.review_reason) == (Review.REJECTED, "movida")
    assert third.minors == Minors.YES
    assert _run(archive, review, "list").stdout.split() == ["1", "-", "no", "event"]
    assert _run(archive, review, "reject", ids[1]).exit_code == 2  # says that a reason is missing


def test_withdrawing_and_using_again(archive: Archive, ids: list[str]) -> None:
    assert _run(archive, withdraw, ids[0]).exit_code == 2
    told = json.loads(_run(archive, withdraw, ids[0], "--reason", "rights", "--json").stdout)
    assert told["asset_ids"] == [int(ids[0])] and told["places"] == 0
    asset = _get(archive, ids[0])
    assert asset.withdrawn_reason == Withdrawal.RIGHTS
    with pytest.raises(NotReleased):
        demand(Actor(1, "x", LOCAL_ADMINISTRATOR.role), Action.TAKE_WEB, asset)
    assert json.loads(_run(archive, review, "where", ids[0], "--json").stdout) == {"places": []}
    _run(archive, withdraw, ids[0], "--undo")
    assert _get(archive, ids[0]).withdrawn_at is None


def test_embargo_and_rights_by_the_office_s_clock(archive: Archive, ids: list[str]) -> None:
    said = ["--embargo", "2031-05-02T08:00", "--rights-until", "2032-01-31", "--minors", "no"]
    assert _run(archive, describe, ids[0], *said).exit_code == 0
    asset = _get(archive, ids[0])
    assert asset.embargo_until is not None and asset.embargo_until.isoformat() == "2031-05-02T14:00:00+00:00"
    assert str(asset.rights_expire_on) == "2032-01-31" and asset.minors == Minors.NO
    _run(archive, describe, ids[0], "--embargo", "", "--rights-until", "")
    assert (_get(archive, ids[0]).embargo_until, _get(archive, ids[0]).rights_expire_on) == (None, None)
    with pytest.raises(Invalid):
        _run(archive, describe, ids[0], "--embargo", "mañana")
