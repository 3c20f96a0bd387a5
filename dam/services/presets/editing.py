"""The coordinator's hand on formats and packs. What was made before becomes stale by its fingerprint."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from dam.db import Transaction
from dam.errors import Conflict, Invalid, NotFound
from dam.models import Fit, MetadataPolicy, Pack, Preset
from dam.services import audit
from dam.services.access import Action, Actor, demand
from dam.services.presets.listing import KEY, ORIGINAL, WEB, PackInfo, PresetInfo, forget, get

FORMATS = {
    "photo": ("jpg", "webp", "png", "tif"),
    "video": ("mp4", "jpg", "gif", "webp"),
    "audio": ("mp3", "wav"),
}
LEAST_SIDE, MOST_SIDE = 16, 12_000
# What may not change where every asset has one: it is shown in pages, and made before anybody knows the size.
FIXED_IF_STANDING = ("fit", "format", "ceiling", "width", "height", "seconds", "colour", "loudness")
TEXTS = {"name": 80, "purpose": 400}
LIMITS = {
    "width": (LEAST_SIDE, MOST_SIDE), "height": (LEAST_SIDE, MOST_SIDE), "longest": (LEAST_SIDE, MOST_SIDE),
    "shortest": (LEAST_SIDE, MOST_SIDE), "quality": (1, 100), "ceiling": (30_000, 50_000_000_000),
    "seconds": (0.5, 86_400), "loudness": (-40, -5),
}  # fmt: skip
NEEDED = ("name",)


@dataclass(frozen=True)
class NewPreset:
    """What a new format begins with; the rest is edited afterwards."""

    key: str
    name: str
    kind: str
    width: int
    height: int


def change(tx: Transaction, actor: Actor, key: str, given: Mapping[str, Any], today: date) -> PresetInfo:
    """Set some fields of a format and count its version up; nothing happens where nothing differs.

    Raises NotFound, Forbidden, Invalid with the field's name in ``field``.
    """
    demand(actor, Action.EDIT_PRESETS)
    row = _row(tx, key)
    wanted = {name: _checked(row, name, value) for name, value in given.items()}
    before = {name: getattr(row, name) for name in wanted}
    differing = [name for name in wanted if wanted[name] != before[name]]
    if not differing:
        return get(tx, key)
    if row.standing and any(name in FIXED_IF_STANDING for name in differing):
        raise Invalid("Every material has this version: only its size and quality can be changed.")
    for name in differing:
        setattr(row, name, wanted[name])
    _check_whole(row)
    row.version += 1
    row.valid_since, row.edited = today, True
    told = {name: [before[name], wanted[name]] for name in differing}
    audit.record(tx, actor, "preset.change", ("preset", row.id), key=key, version=row.version, **told)
    return _after(tx, key)


def add(tx: Transaction, actor: Actor, new: NewPreset, today: date) -> PresetInfo:
    """A format of the office's own: a crop of the given size. Raises Invalid, Conflict, Forbidden."""
    demand(actor, Action.EDIT_PRESETS)
    if not KEY.fullmatch(new.key) or new.key in (WEB, ORIGINAL):
        raise Invalid("A format's key is made of small letters, digits and hyphens.", field="key")
    if tx.scalars(select(Preset.id).where(Preset.key == new.key)).first() is not None:
        raise Conflict("There is a format with this key already.", field="key")
    if new.kind not in ("photo", "video"):
        raise Invalid("Choose photos or clips.", field="kind")
    last = tx.scalar(select(func.max(Preset.position))) or 0
    row = Preset(
        key=new.key, position=last + 1, family="own", name="-", purpose="", kind=new.kind, fit=Fit.CROP,
        format=FORMATS[new.kind][0], quality=85 if new.kind == "photo" else 22,
        loudness=None if new.kind == "photo" else -14.0,
        options={} if new.kind == "photo" else {"audio_kbps": 160},
        metadata_policy=MetadataPolicy.FULL, covered=[], valid_since=today, edited=True,
    )  # fmt: skip
    for name in ("name", "width", "height"):
        setattr(row, name, _checked(row, name, getattr(new, name)))
    tx.add(row)
    tx.flush()
    audit.record(tx, actor, "preset.add", ("preset", row.id), key=new.key, size=[row.width, row.height])
    return _after(tx, new.key)


def retire(tx: Transaction, actor: Actor, key: str, *, active: bool = False) -> PresetInfo:
    """Take a format out of every list, or back into them. Nothing that was made is lost.

    Raises Invalid for one that every material has.
    """
    demand(actor, Action.EDIT_PRESETS)
    row = _row(tx, key)
    if row.standing:
        raise Invalid("Every material has this version: it cannot be retired.")
    if row.active != active:
        row.active = active
        row.edited = True
        word = "preset.restore" if active else "preset.retire"
        audit.record(tx, actor, word, ("preset", row.id), key=key)
    return _after(tx, key)


def change_pack(tx: Transaction, actor: Actor, key: str, name: str, keys: Sequence[str]) -> PackInfo:
    """Name a pack and say what is in it. Raises NotFound, Invalid, Forbidden."""
    demand(actor, Action.EDIT_PRESETS)
    row = tx.scalars(select(Pack).where(Pack.key == key)).first()
    if row is None:
        raise NotFound("There is no such pack.")
    known = set(tx.scalars(select(Preset.key))) | {ORIGINAL}
    wanted = [one for one in dict.fromkeys(keys) if one in known]
    name = " ".join(name.split())[:80]
    if not wanted or not name:
        raise Invalid("A pack needs a name and at least one format.")
    if (row.name, list(row.presets)) != (name, wanted):
        before = {"name": row.name, "presets": list(row.presets)}
        row.name, row.presets, row.edited = name, wanted, True
        audit.record(tx, actor, "pack.change", ("pack", row.id), key=key, before=before, presets=wanted)
        _forget_after(tx)
    return PackInfo(row.key, row.name, tuple(row.presets))


def _row(tx: Transaction, key: str) -> Preset:
    row = tx.scalars(select(Preset).where(Preset.key == key).with_for_update()).first()
    if row is None:
        raise NotFound("There is no such download format.", preset=key)
    return row


def _after(tx: Transaction, key: str) -> PresetInfo:
    _forget_after(tx)
    return get(tx, key)


def _forget_after(tx: Transaction) -> None:
    """They are read again, here now and in this process after the commit."""
    tx.flush()
    forget(tx)
    tx.afterwards(lambda: forget(tx))


def _checked(row: Preset, name: str, value: Any) -> Any:
    """A field as the table keeps it. Raises Invalid."""
    if name in TEXTS:
        text = " ".join(str(value or "").split())[: TEXTS[name]]
        if not text and name in NEEDED:
            raise Invalid("A format needs a name.", field=name)
        return text
    if name in LIMITS:
        if value in (None, ""):
            return None
        least, most = LIMITS[name]
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise Invalid("This must be a number.", field=name) from None
        if not least <= number <= most:
            raise Invalid("Between %(least)s and %(most)s.", field=name, least=least, most=most)
        return number if name in ("seconds", "loudness") else int(number)
    if name == "metadata_policy" and value in set(MetadataPolicy):
        return MetadataPolicy(value)
    if name == "fit" and value in set(Fit):
        return Fit(value)
    if name == "format" and value in FORMATS[row.kind]:
        return value
    if name == "colour" and value in ("srgb", "own"):
        return value
    if name == "covered":
        return _rectangles(value)
    raise Invalid("This cannot be set so.", field=name)


def _rectangles(value: Any) -> list[list[float]]:
    kept = []
    for box in value or []:
        sides = [float(side) for side in box]
        if len(sides) != 4 or not (0 <= sides[0] < sides[2] <= 1 and 0 <= sides[1] < sides[3] <= 1):
            raise Invalid("A covered part is four numbers from 0 to 1.", field="covered")
        kept.append(sides)
    return kept


def _check_whole(row: Preset) -> None:
    """The fields together must say something that can be made."""
    if row.fit == Fit.CROP and not (row.width and row.height):
        raise Invalid("A crop needs a width and a height.", field="width")
    if row.fit == Fit.WITHIN and not (row.longest or row.shortest):
        raise Invalid("Say how long the longest or the shortest side may be.", field="longest")
    if row.colour == "own" and row.format != "tif":
        raise Invalid("Only the printer's format keeps its own colours.", field="colour")
