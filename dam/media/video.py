"""A clip: proxy, poster and storyboard from one decode, by one ffmpeg pass."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import ffmpeg

from dam.media.limits import Limits
from dam.media.probe import Probed
from dam.media.recipes import Recipe
from dam.media.sniff import Sniffed

TILE_MOST_HEIGHT = 160


@dataclass(frozen=True)
class Sheet:
    """A storyboard's geometry: ``tiles`` pictures, one every ``interval`` seconds, row by row."""

    columns: int
    rows: int
    tiles: int
    interval: float
    tile: tuple[int, int]

    def as_detail(self) -> dict[str, Any]:
        return {
            "columns": self.columns, "rows": self.rows, "tiles": self.tiles, "interval": self.interval,
            "tile_width": self.tile[0], "tile_height": self.tile[1],
        }  # fmt: skip


def even(
    size: tuple[int, int], *, shortest: int | None = None, longest: int | None = None
) -> tuple[int, int]:
    """Scaled down to the given side, never up, both sides even and at least 2 (yuv420p asks for it)."""
    width, height = size
    scale = 1.0
    if shortest:
        scale = min(scale, shortest / min(size))
    if longest:
        scale = min(scale, longest / max(size))
    return tuple(max(2, 2 * round(side * scale / 2)) for side in (width, height))  # type: ignore[return-value]


def sheet(recipe: Recipe, size: tuple[int, int], duration: float | None) -> Sheet:
    """About a tile a second for short clips, spread evenly over long ones."""
    seconds = max(duration or 1.0, 0.1)
    most = recipe.option("most_tiles", 60)
    tiles = max(1, min(most, math.ceil(seconds)))
    columns = min(recipe.option("columns", 10), tiles)
    tile = even(size, longest=recipe.longest_side)
    return Sheet(columns, math.ceil(tiles / columns), tiles, round(seconds / tiles, 3), tile)


def arguments(
    program: str, found: Sniffed, probed: Probed, source: str, wanted: list[Recipe], limits: Limits
) -> tuple[list[str], dict[str, dict[str, Any]]]:
    """(the command line, what each rendition's detail tells). Files stand in the working folder."""
    assert probed.size
    clip = ffmpeg.input(
        "file:" + source,
        f=found.reader,
        protocol_whitelist="file",
        format_whitelist=found.reader,
        max_pixels=limits.video_pixels,
        max_streams=64,
    )
    by_preset = {recipe.preset: recipe for recipe in wanted if recipe.preset != "thumb"}
    branches = clip.video.filter_multi_output("split", len(by_preset))
    outputs, details = [], {}
    for place, (preset, recipe) in enumerate(by_preset.items()):
        branch = branches[place]
        if preset == "storyboard":
            plan = sheet(recipe, probed.size, probed.duration)
            outputs.append(_storyboard(branch, recipe, plan))
            details[preset] = plan.as_detail()
        elif recipe.format == "mp4":
            size = even(probed.size, shortest=recipe.shortest_side)
            outputs.append(_proxy(branch, clip if probed.has_sound else None, recipe, size))
            details[preset] = {"size": size}
        else:
            size = even(probed.size, longest=recipe.longest_side)
            outputs.append(_poster(branch, recipe, size, poster_moment(probed.duration)))
            details[preset] = {"size": size, "at": poster_moment(probed.duration)}
    command = ffmpeg.merge_outputs(*outputs).global_args("-hide_banner", "-nostdin", "-v", "warning", "-y")
    return [program, *command.compile()[1:]], details


def poster_moment(duration: float | None) -> float:
    """Past the black first frames, but never far into a speech; 0 for the shortest clips."""
    if not duration or duration < 1:
        return 0.0
    return round(min(5.0, duration / 4), 2)


def _proxy(branch: Any, sound: Any, recipe: Recipe, size: tuple[int, int]) -> Any:
    picture = branch.filter("scale", *size).filter("setsar", 1).filter("format", "yuv420p")
    streams = [picture] if sound is None else [picture, sound["a:0"]]
    audio = (
        {}
        if sound is None
        else {"acodec": "aac", "audio_bitrate": f"{recipe.option('audio_kbps', 128)}k", "ac": 2}
    )
    return ffmpeg.output(
        *streams, recipe.file_name, vcodec="libx264", preset="veryfast", crf=recipe.quality,
        pix_fmt="yuv420p", g=recipe.option("gop", 60), movflags="+faststart", map_metadata=-1,
        map_chapters=-1, f="mp4", **audio,
    )  # fmt: skip


def _poster(branch: Any, recipe: Recipe, size: tuple[int, int], moment: float) -> Any:
    # one frame and no more: what comes after it would be scaled for nothing
    picture = (
        branch.filter("select", f"gte(t,{moment})*isnan(prev_selected_t)")
        .filter("scale", *size)
        .filter("setsar", 1)
    )
    return ffmpeg.output(picture.filter("format", "yuvj420p"), recipe.file_name, **_still(3))


def _storyboard(branch: Any, recipe: Recipe, plan: Sheet) -> Any:
    tiles = (
        branch.filter("fps", fps=f"1/{plan.interval}", start_time=0, round="up")
        .filter("scale", *plan.tile)
        .filter("setsar", 1)
        .filter("format", "yuvj420p")
        .filter("tile", layout=f"{plan.columns}x{plan.rows}", nb_frames=plan.tiles)
    )
    return ffmpeg.output(tiles, recipe.file_name, **_still(5))


def _still(quality: int) -> dict[str, Any]:
    return {"vframes": 1, "q:v": quality, "f": "image2", "update": 1, "vcodec": "mjpeg", "map_metadata": -1}


def first_frame(program: str, proxy: str, still: Recipe) -> list[str]:
    """The poster of a clip whose chosen moment had no frame: the first of our own proxy."""
    clip = ffmpeg.input("file:" + proxy, f="mov", protocol_whitelist="file")
    output = ffmpeg.output(clip.video.filter("format", "yuvj420p"), still.file_name, **_still(3))
    command = output.global_args("-hide_banner", "-nostdin", "-v", "error", "-y")
    return [program, *command.compile()[1:]]
