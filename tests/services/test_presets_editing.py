"""Formats and packs in the coordinator's hand: versions, traces, and what becomes stale."""

from datetime import date

import pytest

from dam.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from dam.models import AuditEntry, Preset
from dam.services import delivery, presets
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.presets import editing
from dam.services.presets.editing import NewPreset
from dam.services.renditions import making, wishing
from tests import material, taking

TODAY = date(2026, 12, 1)


def change(archive, key, actor=LOCAL_ADMINISTRATOR, **given):
    with archive.transaction() as tx:
        return editing.change(tx, actor, key, given, TODAY)


def test_a_change_counts_the_version_up_says_since_when_and_leaves_a_trace(archive):
    told = change(archive, "ig-4x5", quality="90", purpose="Solo para campañas")
    assert (told.quality, told.version, told.valid_since) == (90, 2, TODAY)
    with archive.reading() as tx:
        entry = tx.query(AuditEntry).filter(AuditEntry.action == "preset.change").one()
        assert entry.detail["quality"] == [85, 90]
        assert presets.get(tx, "ig-4x5").quality == 90, "this process sees it at once"
    assert change(archive, "ig-4x5", quality="90").version == 2, "nothing differs"


def test_what_an_older_version_made_is_stale_and_made_anew(archive, event, send, tmp_path):
    photo = material.photo(tmp_path / "a.jpg", size=(1600, 1600))
    asset_id = taking.take_in(archive, send, photo, event)
    wishing.wish(archive, [asset_id], ["ig-1x1", "web-1024"])
    making.make_missing(archive, asset_id)
    before = {
        key: delivery.prepare(archive, LOCAL_ADMINISTRATOR, asset_id, key) for key in ("ig-1x1", "web-1024")
    }
    change(archive, "ig-1x1", width=800, height=800)
    with pytest.raises(Unavailable):
        delivery.prepare(archive, LOCAL_ADMINISTRATOR, asset_id, "ig-1x1")
    making.make_missing(archive, asset_id)
    after = delivery.prepare(archive, LOCAL_ADMINISTRATOR, asset_id, "ig-1x1")
    assert after.key != before["ig-1x1"].key
    kept = delivery.prepare(archive, LOCAL_ADMINISTRATOR, asset_id, "web-1024")
    assert kept.key == before["web-1024"].key, "what was right is left alone"


@pytest.mark.parametrize("role", ["editor", "photographer", "liaison", "viewer"])
def test_only_coordination_and_administration_edit_formats(archive, role):
    actor = taking.people(archive)[role]
    with pytest.raises(Forbidden):
        change(archive, "ig-4x5", actor, quality=50)


WRONG = [
    ("ig-4x5", {"width": "0"}),
    ("ig-4x5", {"quality": "101"}),
    ("ig-4x5", {"name": " "}),
    ("ig-4x5", {"width": "many"}),
    ("ig-4x5", {"format": "exe"}),
    ("ig-4x5", {"position": "3"}),
    ("ig-4x5", {"width": ""}),
    ("web-2048", {"ceiling": "100000"}),
    ("press", {"colour": "own"}),
    ("story", {"covered": [[0.5, 0, 0.2, 1]]}),
]


@pytest.mark.parametrize(("key", "given"), WRONG)
def test_what_cannot_be_made_cannot_be_saved(archive, key, given):
    with pytest.raises(Invalid):
        change(archive, key, **given)


def test_an_own_format_is_offered_retired_and_offered_again(archive):
    with archive.transaction() as tx:
        editing.add(tx, LOCAL_ADMINISTRATOR, NewPreset("boletin", "Boletín", "photo", 900, 600), TODAY)
    with archive.transaction() as tx, pytest.raises(Conflict):
        editing.add(tx, LOCAL_ADMINISTRATOR, NewPreset("boletin", "Otro", "photo", 900, 600), TODAY)
    with archive.transaction() as tx:
        assert presets.listed(tx, "photo")[-1].key == "boletin"
        editing.retire(tx, LOCAL_ADMINISTRATOR, "boletin")
        assert not presets.is_word(tx, "boletin")
        editing.retire(tx, LOCAL_ADMINISTRATOR, "boletin", active=True)
        assert presets.is_word(tx, "boletin")
        with pytest.raises(Invalid):
            editing.retire(tx, LOCAL_ADMINISTRATOR, "web-2048")
        with pytest.raises(NotFound):
            editing.retire(tx, LOCAL_ADMINISTRATOR, "nothing")


def test_a_pack_keeps_only_formats_that_exist(archive):
    with archive.transaction() as tx:
        pack = editing.change_pack(
            tx, LOCAL_ADMINISTRATOR, "prensa", "Prensa", ["press", "x", "original", "press"]
        )
        assert pack.presets == ("press", "original")
        with pytest.raises(Invalid):
            editing.change_pack(tx, LOCAL_ADMINISTRATOR, "prensa", "Prensa", ["x"])


def test_a_new_release_changes_only_what_nobody_edited(archive):
    change(archive, "ig-4x5", quality=91)
    with archive.transaction() as tx:
        tx.query(Preset).filter(Preset.key.in_(["ig-4x5", "ig-3x4"])).update({"version": 0, "quality": 7})
        presets.seed(tx)
        tx.expire_all()
        assert tx.query(Preset).filter(Preset.key == "ig-4x5").one().quality == 7
        assert tx.query(Preset).filter(Preset.key == "ig-3x4").one().quality == 85
