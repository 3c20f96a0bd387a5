import dataclasses

from dam.media.recipes import (
    STANDING_AUDIO,
    STANDING_DOCUMENT,
    STANDING_PHOTO,
    STANDING_VIDEO,
    Recipe,
    standing,
)


def test_everything_that_changes_the_bytes_changes_the_fingerprint() -> None:
    recipe = STANDING_PHOTO[0]
    changed = {
        "preset": "other", "kind": "video", "format": "mp4", "longest_side": 321, "shortest_side": 5,
        "quality": 83, "options": (("gop", 2),), "version": 3,
    }  # fmt: skip
    prints = {dataclasses.replace(recipe, **{name: value}).fingerprint for name, value in changed.items()}
    assert len(prints | {recipe.fingerprint}) == len(changed) + 1
    assert {field.name for field in dataclasses.fields(Recipe)} - {"fingerprint"} == set(changed)


def test_a_fingerprint_is_the_same_in_every_process() -> None:
    """A change here makes every rendition of every archive stale: raise the version only for a better
    picture."""
    assert {recipe.preset: recipe.fingerprint for recipe in standing("photo")} == PRINTS


PRINTS = {"thumb": "7bd01aead06ccbd5", "preview": "33bb2555412d40cd", "web-2048": "b76b8f1b1aef648a"}


def test_each_kind_has_its_own_and_all_have_a_thumb() -> None:
    assert standing() == STANDING_PHOTO + STANDING_VIDEO + STANDING_AUDIO + STANDING_DOCUMENT
    assert [recipe.preset for recipe in standing("photo")] == ["thumb", "preview", "web-2048"]
    assert {recipe.preset for recipe in standing("video")} == {"thumb", "poster", "mp4-720", "storyboard"}
    assert [recipe.preset for recipe in standing("audio")] == ["thumb", "preview", "audio-mp3"]
    assert [recipe.preset for recipe in standing("document")] == ["thumb", "preview", "web-2048"]
    assert standing("unknown") == ()
