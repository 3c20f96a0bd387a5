"""Whose work it is."""

from datetime import timedelta

from dam.models import Asset, Processing
from dam.services.ingest import leases, processing
from tests import material
from tests.taking import take_in


def test_work_that_an_earlier_run_left_is_taken_up_at_once_and_its_cut_try_does_not_count(
    archive, send, event, tmp_path, work
):
    asset_id = take_in(archive, send, material.photo(tmp_path / "a.jpg"), event)
    with archive.transaction() as tx:
        asset = tx.get_one(Asset, asset_id)
        asset.processing, asset.attempts = Processing.WORKING, 3
        asset.lease_until = archive.clock() + timedelta(seconds=60)
    processing.process(archive, asset_id)  # somebody else's: left alone
    with archive.transaction() as tx:
        assert tx.get_one(Asset, asset_id).processing == Processing.WORKING
        assert leases.give_back_cut_work(tx, archive.clock()) == 1
    processing.process(archive, asset_id)
    with archive.reading() as tx:
        assert tx.get_one(Asset, asset_id).processing == Processing.READY


def test_work_that_is_done_is_left_alone(archive, send, event, tmp_path):
    take_in(archive, send, material.photo(tmp_path / "a.jpg"), event)
    with archive.transaction() as tx:
        assert leases.give_back_cut_work(tx, archive.clock()) == 0
