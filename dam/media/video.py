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

# Light of HDR (BT.2100) brought into BT.709's range: what is brighter than paper rolls off (Hable's curve)
TONES = {"hlg": "arib-std-b67", "pq": "smpte2084"}
WHITE, BRIGHTEST = 100, 5  # cd/m², and how many times that is the last thing told from white
# A JPEG's colours are coded as BT.601 with the full range (JFIF 1.02), whatever the clip's were
OF_A_JPEG = {"out_color_matrix": "bt601", "out_range": "pc"}


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
    ready = readied(clip.video, probed, list(by_preset.values()))
    branches = ready.filter_multi_output("split", len(by_preset))
    outputs: list[Any] = []
    details: dict[str, dict[str, Any]] = {}
    heard = None
    if probed.has_sound and any(recipe.format == "mp4" for recipe in by_preset.values()):
        sounds = clip[f"a:{probed.sound}"].filter_multi_output("asplit", 2)
        heard = sounds[0]
        outputs.append(ffmpeg.output(sounds[1].filter("ebur128", framelog="verbose"), "-", f="null"))
    for place, (preset, recipe) in enumerate(by_preset.items()):
        branch = branches[place]
        if preset == "storyboard":
            plan = sheet(recipe, probed.size, probed.duration)
            outputs.append(_storyboard(branch, recipe, plan, probed))
            details[preset] = plan.as_detail()
        elif recipe.format == "mp4":
            size = even(probed.size, shortest=recipe.shortest_side)
            outputs.append(_proxy(branch, heard, recipe, size))
            details[preset] = {"size": size}
        else:
            size = even(probed.size, longest=recipe.longest_side)
            outputs.append(_poster(branch, recipe, size, poster_moment(probed.duration), probed))
            details[preset] = {"size": size, "at": poster_moment(probed.duration)}
    quiet = (
        "-hide_banner",
        "-nostdin",
        "-nostats",
        "-v",
        "info",
        "-y",
    )  # info: the loudness is told at its end
    command = ffmpeg.merge_outputs(*outputs).global_args(*quiet)
    return [program, *command.compile()[1:]], details


def readied(picture: Any, probed: Probed, wanted: list[Recipe]) -> Any:
    """Whole pictures in the light of an ordinary screen: what costs is done once, before the ways part."""
    if probed.interlaced:
        picture = picture.filter("bwdif", mode="send_frame", deint="interlaced")
    if probed.light:
        assert probed.size
        sizes = [even(probed.size, shortest=one.shortest_side, longest=one.longest_side) for one in wanted]
        linear = {"tin": TONES[probed.light], "min": "2020_ncl", "pin": "2020", "t": "linear", "npl": WHITE}
        picture = (
            picture.filter("scale", *max(sizes))
            .filter("zscale", **linear)
            .filter("format", "gbrpf32le")
            .filter("zscale", p="bt709")
            .filter("tonemap", "hable", desat=0, peak=BRIGHTEST)
            .filter("zscale", t="bt709", m="bt709", r="tv")
            .filter("format", "yuv420p")
        )
    return picture


def _as_jpeg(picture: Any, size: tuple[int, int], probed: Probed) -> Any:
    matrix = "bt709" if probed.light else probed.matrix
    told = {"in_color_matrix": matrix, **OF_A_JPEG} if matrix else OF_A_JPEG
    return picture.filter("scale", *size, **told).filter("setsar", 1).filter("format", "yuvj420p")


def poster_moment(duration: float | None) -> float:
    """Past the black first frames, but never far into a speech; 0 for the shortest clips."""
    if not duration or duration < 1:
        return 0.0
    return round(min(5.0, duration / 4), 2)


def _proxy(branch: Any, sound: Any, recipe: Recipe, size: tuple[int, int]) -> Any:
    picture = branch.filter("scale", *size).filter("setsar", 1).filter("format", "yuv420p")
    streams = [picture] if sound is None else [picture, sound]
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


def _poster(branch: Any, recipe: Recipe, size: tuple[int, int], moment: float, probed: Probed) -> Any:
    # one frame and no more: what comes after it would be scaled for nothing
    picture = branch.filter("select", f"gte(t,{moment})*isnan(prev_selected_t)")
    return ffmpeg.output(_as_jpeg(picture, size, probed), recipe.file_name, **_still(3))


def _storyboard(branch: Any, recipe: Recipe, plan: Sheet, probed: Probed) -> Any:
    frames = branch.filter("fps", fps=f"1/{plan.interval}", start_time=0, round="up")
    tiles = _as_jpeg(frames, plan.tile, probed).filter(
        "tile", layout=f"{plan.columns}x{plan.rows}", nb_frames=plan.tiles
    )
    return ffmpeg.output(tiles, recipe.file_name, **_still(5))


def _still(quality: int) -> dict[str, Any]:
    return {"vframes": 1, "q:v": quality, "f": "image2", "update": 1, "vcodec": "mjpeg", "map_metadata": -1}


def first_frame(program: str, proxy: str, still: Recipe) -> list[str]:
    """The poster of a clip whose chosen moment had no frame: the first of our own proxy."""
    clip = ffmpeg.input("file:" + proxy, f="mov", protocol_whitelist="file")
    picture = clip.video.filter("scale", **OF_A_JPEG).filter("format", "yuvj420p")
    output = ffmpeg.output(picture, still.file_name, **_still(3))
    command = output.global_args("-hide_banner", "-nostdin", "-v", "error", "-y")
    return [program, *command.compile()[1:]]
