"""Names of delivered files."""

from datetime import datetime

import pytest

from dam.models import (
    Asset,
    AssetEvent,
    Event,
    EventKind,
    Kind,
    Municipality,
    Original,
    Processing,
    Review,
    State,
)
from dam.services.delivery import naming


def _asset(**given) -> Asset:
    event_given = given.pop("event", {})
    told = {"processing": Processing.READY, "review": Review.APPROVED, **given}
    asset = Asset(id=77, kind=Kind.PHOTO, **told)
    if event_given is not None:
        told = {"name": "Mitin en Toluca", "kind": EventKind.OTHER, "starts_at": datetime(2026, 5, 1, 18)}
        event = Event(id=3, **{**told, **event_given})
        event.municipality = _town("Toluca")
        asset.placements = [AssetEvent(event_id=3, number=1, position=0, event=event)]
    return asset


def _town(name: str) -> Municipality:
    return Municipality(key="15106", name=name, state=State(key="15", name="México", short="Edomex"))


def test_a_name_says_day_town_event_number_and_preset():
    assert naming.file_name(_asset(), "web", "jpg") == "2026-05-01_toluca_mitin_0001_web.jpg"


@pytest.mark.parametrize("review", [Review.RECEIVED, Review.IN_REVIEW, Review.REJECTED])
def test_what_nobody_has_approved_says_so_however_long_its_name(review):
    made = naming.file_name(_asset(review=review), "web", "jpg")
    assert made == "2026-05-01_toluca_mitin_0001_sin-aprobar_web.jpg"
    long = _asset(review=review, event={"name": "Mitin de cierre de las campañas de todos " * 9})
    long.municipality = _town("San Juan Bautista Tlatlauquitepec de los Nopales y las Jacarandas " * 3)
    made = naming.file_name(long, "x" * 40, "jpg")
    assert "_sin-aprobar_" in made and len(made) <= 120


def test_the_kind_of_event_is_said_in_one_word():
    asset = _asset(event={"kind": EventKind.PRESS_CONFERENCE, "name": "Rueda"})
    assert naming.file_name(asset, "web", "mp4") == "2026-05-01_toluca_conferencia_0001_web.mp4"


def test_the_asset_s_own_municipality_comes_before_its_event_s():
    asset = _asset()
    asset.municipality = _town("Nezahualcóyotl")
    assert naming.file_name(asset, "web", "jpg").startswith("2026-05-01_nezahualcoyotl_mitin-toluca_")


def test_without_an_event_the_day_it_was_taken_and_its_own_number_remain():
    asset = _asset(event=None, taken_at=datetime(2025, 12, 31, 23, 59))
    assert naming.file_name(asset, "preview", "jpg") == "2025-12-31_m77_preview.jpg"


def test_with_nothing_known_there_is_still_a_name():
    assert naming.file_name(_asset(event=None), "web", "jpg") == "m77_web.jpg"


@pytest.mark.parametrize(
    "name",
    ["选举", "../../etc/passwd", 'a"b\r\nX: y', "-rf", "\u202egpj.exe", "ñ" * 240, "con.", "x" * 240, ""],
)
def test_whatever_an_event_is_called_the_name_is_short_plain_ascii(name):
    asset = _asset(event={"name": name})
    asset.municipality = _town("X" * 100)
    made = naming.file_name(asset, "web", "jpg")
    assert len(made) <= 120 and made.endswith("_0001_web.jpg")
    assert set(made) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_.")


def test_an_original_s_ending_is_what_its_content_says():
    asset = _asset()
    assert naming.original_name(asset, Original(name="IMG.PNG", media_type="image/jpeg")).endswith(
        "_original.jpg"
    )


def test_a_quarantined_file_keeps_a_camera_s_ending_and_no_other():
    asset = _asset()
    asset.processing = Processing.QUARANTINED
    for own, ending in (("IMG_1.JPG", "jpg"), ("page.html", "bin"), ("x.jpg.svg", "bin"), ("none", "bin")):
        made = naming.original_name(asset, Original(name=own, media_type="text/html"))
        assert made.endswith(f"_original.{ending}")


def test_the_second_of_a_name_gets_a_number():
    taken = {"a_web.jpg", "a_web-2.jpg"}
    assert naming.unique("a_web.jpg", taken) == "a_web-3.jpg"
    assert naming.unique("b_web.jpg", taken) == "b_web.jpg"
