"""A person's hand on the crops of one asset: one point for all shapes, or a window for one shape alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from dam.db import Transaction
from dam.errors import Conflict, Invalid, NotFound
from dam.media import windows
from dam.media.windows import Box, Region
from dam.models import Asset, Change, Framing
from dam.services import audit, presets
from dam.services.access import Action, Actor, demand
from dam.services.framing.looking import LOOKED_AT, LOOKED_BY
from dam.services.presets.listing import PresetInfo
from dam.services.presets.recipes import framed, largest_possible, read_framing, window_of

KIND = "frame"  # of a Change
BORDER = 0.03  # of the window's height: a face nearer to the border looks squeezed
LEAST_HEADROOM = 0.2  # of the face's height
KEPT = ("focal_x", "focal_y", "windows")


@dataclass(frozen=True)
class Use:
    """A format that is cut in a shape. ``possible`` is the largest size where it is too small, else None."""

    key: str
    name: str
    width: int
    height: int
    possible: tuple[int, int] | None
    covered: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Shape:
    """One proportion: where it is cut, by whose hand, and what to mind. ``least`` is the smallest window, in
    parts of the picture, that every format of this shape can still be cut from."""

    name: str
    ratio: float
    window: Box
    drawn: bool
    least: float
    uses: tuple[Use, ...]
    minds: tuple[str, ...]  # face_cut, face_near, headroom, face_covered


@dataclass(frozen=True)
class Framings:
    asset_id: int
    size: tuple[int, int]
    looked: bool  # whether the machine looked for the subject
    focal: tuple[float, float]
    placed: bool  # by a person
    faces: tuple[Box, ...]
    shapes: tuple[Shape, ...]
    version: int


def read(tx: Transaction, actor: Actor, asset_id: int) -> Framings:
    """Every shape that this asset is delivered in. Raises NotFound, also for what cannot be cropped."""
    asset = tx.get(Asset, asset_id)
    if asset is None:
        raise NotFound("There is no such material.")
    demand(actor, Action.SEE, asset)
    if asset.kind not in LOOKED_AT or not asset.width or not asset.height:
        raise NotFound("This kind of material is not cropped.")
    row = tx.get(Framing, asset_id)
    known = framed(asset, row)
    subject, drawn = read_framing(row)
    by_shape: dict[str, list[PresetInfo]] = {}
    for preset in presets.listed(tx, asset.kind):
        if preset.shape is not None:
            by_shape.setdefault(preset.shape, []).append(preset)
    size = (asset.width, asset.height)
    shapes = []
    for name, uses in by_shape.items():
        window = window_of(uses[0], known)
        assert window is not None and uses[0].width and uses[0].height
        minds = _minds(window, subject.faces, uses)
        ratio = uses[0].width / uses[0].height
        shapes.append(
            Shape(
                name, ratio, window, name in dict(drawn), _least(size, ratio, uses),
                tuple(_use(one, size, window) for one in uses), minds,
            )
        )  # fmt: skip
    return Framings(
        asset_id=asset_id,
        size=size,
        looked=row is not None and row.looked_by >= LOOKED_BY,
        focal=subject.focal or _middle(subject.regions),
        placed=subject.focal is not None,
        faces=subject.faces,
        shapes=tuple(shapes),
        version=row.version if row else 0,
    )


def point_at(tx: Transaction, actor: Actor, asset_id: int, x: float, y: float) -> Change:
    """Centre every shape on one point; windows drawn for one shape alone stay. Raises Invalid."""
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise Invalid("The point lies outside the picture.")
    return _change(tx, actor, asset_id, {"focal_x": round(x, 5), "focal_y": round(y, 5)})


def draw(tx: Transaction, actor: Actor, asset_id: int, shape: str, window: Box) -> Change:
    """Cut one shape here and the others as before. Raises Invalid for a window outside the picture."""
    left, top, right, bottom = window
    if not (0 <= left < right <= 1.0001 and 0 <= top < bottom <= 1.0001):
        raise Invalid("The crop lies outside the picture.")
    known = {one.name: one for one in read(tx, actor, asset_id).shapes}
    if shape not in known:
        raise Invalid("There is no format in this shape.")
    row = tx.get(Framing, asset_id)
    drawn = dict(row.windows or {}) if row else {}
    return _change(
        tx, actor, asset_id, {"windows": {**drawn, shape: [round(min(1.0, side), 5) for side in window]}}
    )


def let_go(tx: Transaction, actor: Actor, asset_id: int, shape: str | None = None) -> Change:
    """Back to the proposal: one shape, or everything."""
    row = tx.get(Framing, asset_id)
    drawn = dict(row.windows or {}) if row else {}
    if shape is not None:
        drawn.pop(shape, None)
        return _change(tx, actor, asset_id, {"windows": drawn})
    return _change(tx, actor, asset_id, {"windows": {}, "focal_x": None, "focal_y": None})


def undo(tx: Transaction, actor: Actor, change_id: int) -> int:
    """Put a crop back as it was; the asset's id. Raises NotFound, Conflict where it was moved again since."""
    change = tx.get(Change, change_id)
    if change is None or change.kind != KIND or change.undone_at is not None:
        raise NotFound("There is nothing to undo.")
    asset_id = int(change.before["asset_id"])
    row = tx.get(Framing, asset_id)
    if row is None or any(getattr(row, name) != change.after[name] for name in KEPT):
        raise Conflict("The crop was moved again since.")
    _change(tx, actor, asset_id, {name: change.before[name] for name in KEPT}, noted=False)
    tx.delete(change)
    return asset_id


def _change(
    tx: Transaction, actor: Actor, asset_id: int, values: Mapping[str, Any], *, noted: bool = True
) -> Change:
    asset = tx.scalars(select(Asset).where(Asset.id == asset_id).with_for_update()).first()
    if asset is None:
        raise NotFound("There is no such material.")
    demand(actor, Action.DESCRIBE, asset)
    row = tx.get(Framing, asset_id)
    if row is None:
        row = Framing(asset_id=asset_id, windows={}, faces=[], regions=[], version=0, looked_by=0)
        tx.add(row)
        tx.flush()
    before = {name: getattr(row, name) for name in KEPT}
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    after = {name: getattr(row, name) for name in KEPT}
    change = Change(user_id=actor.user_id, kind=KIND, before={"asset_id": asset_id, **before}, after=after)
    if noted:
        tx.add(change)
    audit.record(tx, actor, "asset.frame", ("asset", asset_id), **dict(values))
    tx.flush()
    return change


def _use(preset: PresetInfo, size: tuple[int, int], window: Box) -> Use:
    assert preset.width and preset.height
    have = windows.pixels(size, window)
    best = largest_possible(preset, size)
    small = preset.kind == "photo" and (best[0] < preset.width or best[1] < preset.height)
    drawn_small = preset.kind == "photo" and have[0] < preset.width - 1
    possible = best if small else (have if drawn_small else None)
    return Use(preset.key, preset.name, preset.width, preset.height, possible, preset.covered)


def _least(size: tuple[int, int], ratio: float, uses: list[PresetInfo]) -> float:
    """The part of the largest window below which a format would be blown up; at least a tenth."""
    whole = windows.largest(size, ratio)[0] * size[0]
    sides = [one.width for one in uses if one.kind == "photo" and one.width and one.width <= whole + 1]
    return min(1.0, max(0.1, *(side / whole for side in sides))) if sides else 0.1


def _minds(window: Box, faces: tuple[Box, ...], uses: list[PresetInfo]) -> tuple[str, ...]:
    """What a careful eye would say of this crop."""
    minds = []
    whole = [face for face in faces if windows.held(window, face) > 0.999]
    if any(0.02 < windows.held(window, face) <= 0.999 for face in faces):
        minds.append("face_cut")
    if windows.cut_off(window, whole, BORDER):
        minds.append("face_near")
    if any(face[1] - window[1] < LEAST_HEADROOM * (face[3] - face[1]) for face in whole):
        minds.append("headroom")
    covered = [_inside(window, part) for use in uses for part in use.covered]
    if any(windows.held(part, face) > 0.25 for part in covered for face in whole):
        minds.append("face_covered")
    return tuple(minds)


def _inside(window: Box, part: tuple[float, ...]) -> Box:
    """A part of a window as a box of the picture."""
    width, height = window[2] - window[0], window[3] - window[1]
    return (
        window[0] + part[0] * width, window[1] + part[1] * height,
        window[0] + part[2] * width, window[1] + part[3] * height,
    )  # fmt: skip


def _middle(regions: tuple[Region, ...]) -> tuple[float, float]:
    if not regions:
        return 0.5, 0.5
    left, top, right, bottom, _ = regions[0]
    return round((left + right) / 2, 5), round((top + bottom) / 2, 5)
