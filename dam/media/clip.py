"""One visit of a clip or recording: what the container says, then one pass over its frames."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from dam.media import clip_metadata, cuts, image, kernel, photo, probe, sound, tools, video
from dam.media.colour import Colour
from dam.media.endings import cut_short
from dam.media.limits import Limits
from dam.media.reasons import Reason, Unreadable
from dam.media.recipes import STANDING_VIDEO, Recipe
from dam.media.sniff import Sniffed
from dam.media.visit import Facts

Answer = dict[str, Any]


def visit(
    file: BinaryIO,
    found: Sniffed,
    wanted: list[Recipe],
    colour: Colour,
    limits: Limits,
    tell: Callable[[Facts], None],
    ask_seconds: Callable[[float], None],
) -> Answer:
    """Works in the current folder, the only one that may be filled. Raises Unreadable."""
    source = f"/proc/self/fd/{file.fileno()}"
    probed = _probe(file, found, source, limits)
    probed = replace(probed, facts=clip_metadata.complete(file, found, probed.facts))
    tell(probed.facts)
    if found.reader != "wav" and cut_short(file, found.reader):  # recorders leave a WAV's lengths open
        raise Unreadable(Reason.CUT_SHORT, "a part of the container is missing")
    wanted = [recipe for recipe in wanted if recipe.kind == probed.facts.kind]
    if cuts.asked(wanted):  # somebody's wish, not what is made of every clip
        return _cut(file, found, probed, source, wanted, colour, limits, ask_seconds)
    if probed.facts.kind == "audio":
        return _listen(file, found, probed, source, wanted, colour, limits, tell, ask_seconds)
    if probed.size is None:
        raise Unreadable(Reason.NO_PICTURE, "the clip has no readable picture")
    if probed.size[0] * probed.size[1] > limits.video_pixels:
        raise Unreadable(Reason.BOMB, f"{probed.size[0]}×{probed.size[1]}")
    if not wanted:
        return {"made": [], "warnings": []}
    seconds = limits.video_seconds(probed.duration)
    ask_seconds(seconds)
    asked, wanted = wanted, _with_its_poster(wanted)
    command, details = video.arguments(str(tools.need("ffmpeg")), found, probed, source, wanted, limits)
    ran = _run(command, file, seconds)
    if ran.code != 0 and "No such filter: 'zscale'" in ran.said:  # an ffmpeg without it: pale, yet to be seen
        plain = replace(probed, light=None)
        command, details = video.arguments(str(tools.need("ffmpeg")), found, plain, source, wanted, limits)
        ran = _run(command, file, seconds)
    if ran.code != 0:
        raise _failure(ran)
    if (loud := sound.loudness(ran.said)) is not None:
        tell(replace(probed.facts, loudness=loud))
        heard = cuts.Source(found, probed, source, limits)
        for recipe in wanted:
            if recipe.format == "mp4":
                cuts.level(heard, recipe, loud, lambda line, most: _ended(line, file, most))
    made = _made(wanted, details, limits)
    answer: Answer = {"made": made, "warnings": _warnings(ran.said)}
    if poster := next((recipe for recipe in wanted if recipe.preset == "poster"), None):
        answer |= _from_poster(poster, wanted, made, colour, limits)
        if poster not in asked:
            Path(poster.file_name).unlink()
            answer["made"] = [line for line in made if line["preset"] != "poster"]
    return answer


def _cut(
    file: BinaryIO,
    found: Sniffed,
    probed: probe.Probed,
    source: str,
    wanted: list[Recipe],
    colour: Colour,
    limits: Limits,
    ask_seconds: Callable[[float], None],
) -> Answer:
    ask_seconds(min(limits.video_cap_seconds, 3 * limits.video_seconds(probed.duration)))

    if probed.size is None and any(recipe.format not in cuts.SOUND for recipe in wanted):
        raise Unreadable(Reason.NO_PICTURE, "there is no picture in it")
    heard = cuts.Source(found, probed, source, limits)
    made = cuts.make(heard, wanted, colour, lambda line, most: _ended(line, file, most))
    return {"made": made, "warnings": []}


def _listen(
    file: BinaryIO,
    found: Sniffed,
    probed: probe.Probed,
    source: str,
    wanted: list[Recipe],
    colour: Colour,
    limits: Limits,
    tell: Callable[[Facts], None],
    ask_seconds: Callable[[float], None],
) -> Answer:
    """A recording: what is heard, how loud it is, and its wave as the picture of the grid."""
    if probed.sound is None:
        raise Unreadable(Reason.DECODER_FAILED, "no sound in it that can be decoded")
    if not wanted:
        return {"made": [], "warnings": []}
    seconds = limits.video_seconds(probed.duration)
    ask_seconds(seconds)
    levelled = [recipe for recipe in wanted if recipe.format == "mp3" and "loudness" in dict(recipe.options)]
    drawn = [recipe for recipe in wanted if recipe not in levelled]
    command = sound.arguments(str(tools.need("ffmpeg")), found, probed, source, drawn, limits)
    samples = Path(sound.SAMPLES)
    try:
        ran = _run(command, file, seconds)
        if ran.code != 0 or not _filled(samples):
            reason = Reason.CUT_SHORT if cut_short(file, found.reader) else Reason.DECODER_FAILED
            raise _failure(ran) if ran.code else Unreadable(reason, "there is no sound in it")
        wave = sound.picture(samples)
    finally:
        samples.unlink(missing_ok=True)
    tell(replace(probed.facts, loudness=sound.loudness(ran.said)))
    heard = cuts.Source(found, probed, source, limits)
    cuts.make(heard, levelled, colour, lambda line, most: _ended(line, file, most))
    made = []
    for recipe in wanted:
        width = height = None
        if recipe.format == "jpg":
            small = image.shrink(wave, recipe.longest_side or wave.width)
            width, height = small.size
            with Path(recipe.file_name).open("wb") as picture:
                image.save_jpeg(small, picture, recipe, colour)
        if not _filled(Path(recipe.file_name)):
            raise Unreadable(Reason.DECODER_FAILED, f"nothing came of {recipe.preset}")
        made.append({"preset": recipe.preset, "width": width, "height": height, "detail": {}})
    seen = photo.looks(wave)
    del seen["perceptual_hash"]  # waves look alike and mean nothing by it
    return {"made": made, "warnings": _warnings(ran.said), **seen}


def _probe(file: BinaryIO, found: Sniffed, source: str, limits: Limits) -> probe.Probed:
    ran = _run(probe.arguments(str(tools.need("ffprobe")), found.reader, source), file, limits.probe_seconds)
    if ran.code != 0:
        if cut_short(file, found.reader) or "moov atom not found" in ran.said:
            raise Unreadable(Reason.CUT_SHORT, _last_line(ran.said))
        raise _failure(ran)
    try:
        return probe.read(found, ran.out)
    except (json.JSONDecodeError, TypeError, AttributeError, ValueError) as error:
        raise Unreadable(Reason.DECODER_FAILED, f"ffprobe's answer: {error}") from error


def _run(command: list[str], file: BinaryIO, seconds: float) -> tools.Ran:
    return tools.run(
        command, seconds=seconds, own_group=False, pass_fds=(file.fileno(),), before=kernel.die_with_parent
    )


def _ended(command: list[str], file: BinaryIO, seconds: float) -> tools.Ran:
    """Run to a good end. Raises Unreadable."""
    ran = _run(command, file, seconds)
    if ran.code != 0:
        raise _failure(ran)
    return ran


def _with_its_poster(wanted: list[Recipe]) -> list[Recipe]:
    """A thumb is made from the poster: one is made for it when nobody asked for it, and taken away again."""
    presets = {recipe.preset for recipe in wanted}
    if "thumb" not in presets or "poster" in presets:
        return wanted
    return [*wanted, next(recipe for recipe in STANDING_VIDEO if recipe.preset == "poster")]


def _made(wanted: list[Recipe], details: dict[str, dict[str, Any]], limits: Limits) -> list[Answer]:
    made = []
    for recipe in wanted:
        if recipe.preset == "thumb":
            continue
        path = Path(recipe.file_name)
        if recipe.preset == "poster" and not _filled(path):
            proxy = next((r for r in wanted if r.format == "mp4"), None)
            if proxy and _filled(Path(proxy.file_name)):
                command = video.first_frame(str(tools.need("ffmpeg")), proxy.file_name, recipe)
                tools.run(
                    command, seconds=limits.probe_seconds, own_group=False, before=kernel.die_with_parent
                )
        if not _filled(path):
            raise Unreadable(Reason.NO_PICTURE, f"no frame for {recipe.preset}")
        detail = dict(details[recipe.preset])
        width, height = detail.pop("size", None) or _still_size(path, limits)
        made.append({"preset": recipe.preset, "width": width, "height": height, "detail": detail})
    return made


def _filled(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _still_size(path: Path, limits: Limits) -> tuple[int, int]:
    with path.open("rb") as file:
        return image.open_picture(file, "JPEG", limits.video_pixels).size


def _from_poster(
    poster: Recipe, wanted: list[Recipe], made: list[Answer], colour: Colour, limits: Limits
) -> Answer:
    """The grid's small picture and the looks come from the poster."""
    with Path(poster.file_name).open("rb") as file:
        picture = image.open_picture(file, "JPEG", limits.video_pixels).convert("RGB")
    thumb = next((recipe for recipe in wanted if recipe.preset == "thumb"), None)
    small = image.shrink(picture, (thumb and thumb.longest_side) or 320)
    if thumb:
        with Path(thumb.file_name).open("wb") as file:
            image.save_jpeg(small, file, thumb, colour)
        made.append({"preset": "thumb", "width": small.width, "height": small.height, "detail": {}})
    return photo.looks(small)


def _warnings(said: str) -> list[str]:
    lines = list(dict.fromkeys(line.strip()[:200] for line in said.splitlines() if line.strip()))
    return [line for line in lines if "rror" in line or "partial" in line or "corrupt" in line][:10]


def _failure(ran: tools.Ran) -> Unreadable:
    said = _last_line(ran.said)
    low = ran.said.lower()
    if "cannot allocate memory" in low:
        return Unreadable(Reason.TOO_MUCH_MEMORY, said)
    if any(words in low for words in ("moov atom not found", "ended prematurely", "partial file")):
        return Unreadable(Reason.CUT_SHORT, said)
    if ran.code in (-9, -24, 128 + 24):
        return Unreadable(Reason.TOO_SLOW, said)
    if ran.code in (-6, -11):
        return Unreadable(Reason.DECODER_FAILED, f"the decoder crashed with signal {-ran.code}")
    return Unreadable(Reason.DECODER_FAILED, said)


def _last_line(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "no message"
