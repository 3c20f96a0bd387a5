"""Renditions: which presets there are, recording what was made, and making what is missing or stale."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import select

from dam.archive import Archive
from dam.db import Transaction
from dam.errors import NotFound, Unavailable
from dam.media.recipes import Recipe, standing
from dam.media.visit import Made
from dam.models import Asset, Fit, Framing, Kind, Rendition
from dam.services import presets
from dam.services.presets import WEB, WEB_MEANS, Word
from dam.services.presets import recipes as cooking
from storage import BlobStore, KeyExists


class BeingMade(Unavailable):
    """The rendition was asked for and is being made; ask again in ``detail["seconds"]`` seconds."""

    code = "being_made"


@dataclass(frozen=True)
class RenditionFile:
    """A rendition that is there: ``key`` in the store of renditions, sides in pixels. ``stale``: made by an
    older recipe than today's."""

    asset_id: int
    preset: str
    recipe: str
    key: str
    media_type: str
    bytes: int
    width: int | None
    height: int | None
    stale: bool = False


def recipe_of(kind: Kind, preset: str) -> Recipe:
    """The recipe a word means for this kind: ``web`` is web-2048 of a photo, mp4-720 of a clip.

    Raises NotFound for a word that means nothing for this kind of material.
    """
    name = WEB_MEANS.get(kind, preset) if preset == WEB else preset
    for recipe in standing(str(kind)):
        if recipe.preset == name:
            return recipe
    raise NotFound("This material does not come in that format.", preset=preset)


def presets_of(kind: Kind) -> tuple[str, ...]:
    """Every preset made of this kind of material, without aliases."""
    return tuple(recipe.preset for recipe in standing(str(kind)))


def is_preset(word: str) -> bool:
    """Could this name a preset, an alias or the original? Whether it does, ``recipe_for`` knows."""
    return presets.read(word) is not None


def demand_presets(tx: Transaction, words: Iterable[str]) -> None:
    """Raises NotFound where one of them is neither a format in use nor made of everything at ingest."""
    always = {recipe.preset for recipe in standing()}
    for word in words:
        if word not in always and not presets.is_word(tx, word):
            raise NotFound("This material does not come in that format.", preset=word)


def standing_of(tx: Transaction, kind: Kind) -> tuple[Recipe, ...]:
    """What is made at ingest of this kind, as the coordinator wrote it where it is a download format too."""
    known = presets.known(tx)
    return tuple(
        cooking.standing_recipe(known[one.preset], str(kind)) if one.preset in known else one
        for one in standing(str(kind))
    )


def recipe_for(tx: Transaction, asset: Asset, word: str) -> Recipe:
    """The recipe that a word means for this very asset, with its window and its cut.

    Raises NotFound for a word that means nothing for this kind of material, Unavailable when the picture is
    too small for the shape or the clip too long (see dam.services.presets.recipes), Invalid.
    """
    said = presets.read(word)
    if said is None:
        raise NotFound("This material does not come in that format.", preset=word)
    key = WEB_MEANS.get(asset.kind, said.key) if said.key == WEB else said.key
    if said.start is None:
        for recipe in standing_of(tx, asset.kind):
            if recipe.preset == key:
                return recipe
    preset = presets.known(tx).get(key)
    if preset is None:
        raise NotFound("This material does not come in that format.", preset=word)
    framing = tx.get(Framing, asset.id) if preset.fit == Fit.CROP else None
    return cooking.recipe_for(preset, Word(key, said.start, said.end), cooking.framed(asset, framing))


def store_made(archive: Archive, asset_id: int, sha256: str, made: Sequence[Made]) -> list[Rendition]:
    """Put made files into the store of renditions and answer their rows, which ``replace`` records.

    The files stay where they are; their owner removes them. Opens no transaction. Raises StoreError.
    """
    # a store's keys are plain names, and the fingerprint tells one cut from another
    keys = {f"{sha256}-{one.preset.replace('@', '-')}-{one.recipe}": one for one in made}
    kept = archive.renditions.keep_all({key: one.path for key, one in keys.items()})
    return [
        Rendition(
            asset_id=asset_id,
            preset=one.preset,
            recipe=one.recipe,
            key=key,
            media_type=one.media_type,
            width=one.width,
            height=one.height,
            bytes=kept[key],
            detail=one.detail or None,
        )
        for key, one in keys.items()
    ]


def keep(archive: Archive, key: str, path: Path) -> int:
    """Put a file we made under its key; one that is there already is as good. Its size in bytes."""
    try:
        return archive.renditions.put(key, path, share=True)
    except KeyExists:
        return archive.renditions.size(key)


def replace(
    tx: Transaction, asset_id: int, rows: Sequence[Rendition], store: BlobStore | None = None
) -> None:
    """Record what ``store_made`` answered; with ``store``, files of an older recipe go after the commit."""
    tx.execute(select(Asset.id).where(Asset.id == asset_id).with_for_update())
    before = {old.preset: old for old in tx.scalars(select(Rendition).where(Rendition.asset_id == asset_id))}
    for row in rows:
        old = before.get(row.preset)
        if old is None:
            tx.add(row)
            continue
        if store is not None and old.key != row.key:
            tx.afterwards(partial(store.delete, old.key))
        for name in ("recipe", "key", "media_type", "width", "height", "bytes", "detail"):
            setattr(old, name, getattr(row, name))
    tx.flush()


def look_up(tx: Transaction, asset: Asset, preset: str) -> RenditionFile | None:
    """The rendition as recorded, stale or not; None when never made. Raises as ``recipe_for`` does."""
    recipe = recipe_for(tx, asset, preset)
    row = tx.scalars(
        select(Rendition).where(Rendition.asset_id == asset.id, Rendition.preset == recipe.preset)
    ).first()
    return as_file(row, recipe) if row is not None else None


def as_file(row: Rendition, recipe: Recipe) -> RenditionFile:
    """A row as it is handed on; ``recipe`` is what it would be made by today."""
    return RenditionFile(
        asset_id=row.asset_id,
        preset=row.preset,
        recipe=row.recipe,
        key=row.key,
        media_type=row.media_type,
        bytes=row.bytes,
        width=row.width,
        height=row.height,
        stale=row.recipe != recipe.fingerprint,
    )
