"""Renditions: recorded as made, made once when missing or stale."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import select

from dam.archive import Archive
from dam.errors import Forbidden, NotFound, Unavailable
from dam.media import recipes
from dam.media.recipes import Recipe
from dam.models import Asset, Kind, Processing, Rendition, Role, Wish
from dam.queue import Job, Lane
from dam.services import renditions
from dam.services.access import LOCAL_ADMINISTRATOR, Actor
from dam.services.renditions import making, wishing
from tests import material, taking


@pytest.fixture
def photo_id(archive: Archive, event, send, tmp_path) -> int:
    """A ready photo of 2400 by 1600 pixels."""
    return taking.take_in(archive, send, material.photo(tmp_path / "a.jpg", size=(2400, 1600)), event)


def test_web_means_the_2048_of_a_photo_and_the_720_of_a_clip():
    assert renditions.recipe_of(Kind.PHOTO, "web").preset == "web-2048"
    assert renditions.recipe_of(Kind.VIDEO, "web").preset == "mp4-720"
    assert renditions.recipe_of(Kind.VIDEO, "thumb").kind == "video"
    assert renditions.presets_of(Kind.VIDEO) == ("thumb", "poster", "mp4-720", "storyboard")


@pytest.mark.parametrize(
    ("kind", "word"),
    [(Kind.PHOTO, "mp4-720"), (Kind.VIDEO, "web-2048"), (Kind.UNKNOWN, "web"), (Kind.PHOTO, "../x")],
)
def test_a_word_that_means_nothing_for_a_kind_is_refused(kind, word):
    with pytest.raises(NotFound):
        renditions.recipe_of(kind, word)


def test_what_the_ingest_made_is_found_with_its_real_size(archive, photo_id):
    found = making.find_or_ask(archive, photo_id, "web")
    assert (found.width, found.height, found.stale) == (2048, 1365, False)
    assert archive.renditions.size(found.key) == found.bytes
    assert archive.queue.sent == []


def test_a_missing_one_is_sent_for_and_made_by_the_worker(archive, photo_id):
    with archive.transaction() as tx:
        tx.delete(tx.scalars(select(Rendition).where(Rendition.preset == "preview")).one())
    with pytest.raises(renditions.BeingMade) as soon:
        making.find_or_ask(archive, photo_id, "preview")
    assert soon.value.detail["seconds"] > 0
    assert archive.queue.sent == [(Job.MAKE_RENDITION, photo_id, Lane.INTERACTIVE)]
    making.make_missing(archive, photo_id)
    assert making.find_or_ask(archive, photo_id, "preview").width == 1280
    with archive.reading() as tx:
        assert tx.get_one(Asset, photo_id).lease_until is None


def test_a_stale_one_is_served_until_the_new_one_is_there(archive, photo_id, monkeypatch):
    before, thumb = (making.find_or_ask(archive, photo_id, preset) for preset in ("preview", "thumb"))
    smaller = tuple(
        replace(recipe, longest_side=640) if recipe.preset == "preview" else recipe
        for recipe in recipes.STANDING_PHOTO
    )
    monkeypatch.setattr(recipes, "STANDING_PHOTO", smaller)
    old = making.find_or_ask(archive, photo_id, "preview")
    assert old.stale and old.key == before.key
    making.make_missing(archive, photo_id)
    new = making.find_or_ask(archive, photo_id, "preview")
    assert (new.width, new.stale) == (640, False)
    assert not archive.renditions.exists(before.key), "the file of the older recipe is dropped"
    assert making.find_or_ask(archive, photo_id, "thumb") == thumb, "what was right is left alone"


def test_only_what_is_missing_is_made(archive, photo_id, monkeypatch):
    with archive.transaction() as tx:
        tx.delete(tx.scalars(select(Rendition).where(Rendition.preset == "thumb")).one())
    asked: list[tuple[Recipe, ...]] = []
    visit = archive.sandbox.visit
    monkeypatch.setattr(
        archive.sandbox,
        "visit",
        lambda file, wanted, *a, **k: asked.append(tuple(wanted)) or visit(file, wanted, *a, **k),
    )
    making.make_missing(archive, photo_id)
    making.make_missing(archive, photo_id)
    assert [[recipe.preset for recipe in wanted] for wanted in asked] == [["thumb"]]


def test_eight_workers_at_once_make_it_once(archive, photo_id, monkeypatch):
    with archive.transaction() as tx:
        tx.delete(tx.scalars(select(Rendition).where(Rendition.preset == "thumb")).one())
    visits = []
    visit = archive.sandbox.visit
    monkeypatch.setattr(archive.sandbox, "visit", lambda *a, **k: visits.append(1) or visit(*a, **k))
    threads = [threading.Thread(target=making.make_missing, args=(archive, photo_id)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(visits) == 1
    assert making.find_or_ask(archive, photo_id, "thumb").width == 320


def test_a_file_that_cannot_be_read_again_is_not_asked_for_for_ever(archive, photo_id):
    with archive.transaction() as tx:
        tx.delete(tx.scalars(select(Rendition).where(Rendition.preset == "thumb")).one())
        sha256 = tx.get_one(Asset, photo_id).originals[0].sha256
    path = archive.originals.local_path(sha256)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:2000])
    making.make_missing(archive, photo_id)
    with pytest.raises(Unavailable) as refusal:
        making.find_or_ask(archive, photo_id, "thumb")
    assert not isinstance(refusal.value, renditions.BeingMade)
    assert making.find_or_ask(archive, photo_id, "preview"), "what was made before is still served"


def test_a_page_that_asks_again_and_again_sends_one_job(archive, photo_id):
    with archive.transaction() as tx:
        tx.delete(tx.scalars(select(Rendition).where(Rendition.preset == "thumb")).one())
    for _ in range(50):
        with pytest.raises(renditions.BeingMade):
            making.find_or_ask(archive, photo_id, "thumb")
    assert len(archive.queue.sent) == 1


def test_a_lost_file_is_forgotten_and_made_again(archive, photo_id):
    found = making.find_or_ask(archive, photo_id, "thumb")
    archive.renditions.delete(found.key)
    making.lost(archive, found)
    assert (Job.MAKE_RENDITION, photo_id, Lane.INTERACTIVE) in archive.queue.sent
    making.make_missing(archive, photo_id)
    assert archive.renditions.exists(found.key)


def test_a_terminal_does_not_wait_where_no_worker_is(archive, photo_id):
    with archive.transaction() as tx:
        tx.delete(tx.scalars(select(Rendition).where(Rendition.preset == "thumb")).one())
    with pytest.raises(Unavailable, match="worker"):
        making.find_or_make(archive, photo_id, "thumb", wait=5)


def test_looking_asks_for_permission_and_never_gives_an_original(archive, photo_id):
    viewer = Actor(None, "viewer", Role.VIEWER)
    liaison = Actor(None, "liaison", Role.LIAISON, frozenset({"21"}))
    assert making.view(archive, viewer, photo_id, "thumb").preset == "thumb"
    for word in ("original", "nothing", "web-2048/../x"):
        with pytest.raises(NotFound):
            making.view(archive, LOCAL_ADMINISTRATOR, photo_id, word)
    with pytest.raises((NotFound, Forbidden)):
        making.view(archive, liaison, photo_id, "thumb")


def test_quarantined_material_is_never_shown_even_where_a_picture_was_made_before(archive, photo_id):
    with archive.transaction() as tx:
        tx.get_one(Asset, photo_id).processing = Processing.QUARANTINED
    with pytest.raises(NotFound):
        making.view(archive, LOCAL_ADMINISTRATOR, photo_id, "thumb")


def test_a_wish_for_what_every_photo_has_and_lacks_is_made_with_the_others(archive, photo_id):
    with archive.transaction() as tx:
        tx.delete(tx.scalars(select(Rendition).where(Rendition.preset == "web-2048")).one())
    assert wishing.wish(archive, [photo_id], ["web", "ig-1x1", "nothing", "original"]) == 2
    making.make_missing(archive, photo_id)
    assert making.find_or_ask(archive, photo_id, "web").width == 2048
    assert making.find_or_ask(archive, photo_id, "ig-1x1").width == 1080
    with archive.reading() as tx:
        assert tx.scalars(select(Wish)).all() == []


def test_wishes_whose_job_was_lost_are_sent_again(archive, photo_id):
    wishing.wish(archive, [photo_id], ["ig-1x1"])
    archive.queue.sent.clear()
    assert wishing.resend(archive) == 0, "a young wish is on its way"
    with archive.transaction() as tx:
        tx.scalars(select(Wish)).one().at -= 2 * wishing.FORGOTTEN
    assert wishing.resend(archive) == 1
    assert archive.queue.sent == [(Job.MAKE_RENDITION, photo_id, Lane.INTERACTIVE)]
