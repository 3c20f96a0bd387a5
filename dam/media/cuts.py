"""Clips and recordings made when somebody asks for them: a network's shape, a span, a size in bytes, a still,
a loop, the sound alone. One at a time, in the child's own folder.

Loudness after EBU R 128: the span is measured, brought to the target by a gain with a limiter against peaks,
and measured again while it is written; what is still off is put right without touching the picture again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import ffmpeg

from dam.media import image, tools, video
from dam.media.colour import Colour
from dam.media.limits import Limits
from dam.media.probe import Probed
from dam.media.reasons import Reason, Unreadable
from dam.media.recipes import Recipe, standing
from dam.media.sniff import Sniffed

Answer = dict[str, Any]
Run = Callable[[list[str], float], tools.Ran]  # (command line, seconds)

SOUND = ("mp3", "wav")
SILENT = -60.0  # LUFS: below it there is nothing to be made louder
MOST_GAIN = 30.0  # dB
NEAR = 0.5  # LU
PEAK = 0.84  # of full scale, -1.5 dB: room for what the encoder adds
RATE, CHANNELS = 48_000, "stereo"
SPEED = "veryfast"
MOST_FRAMES = 60  # a second
OVERHEAD = 0.97  # of a ceiling, for picture and sound together
CAPTION = 60_000  # bytes of a ceiling for the container's tables and the caption
LEAST_VIDEO, MOST_VIDEO = 60_000, 4_000_000  # bits a second
MOST_BURST = 25_000_000  # bits a second, which every network takes
SHARP = 0.05  # bits a pixel and frame below which a smaller picture looks better
SMALLER = (720, 540, 480, 360, 240)
TRIES = 4


@dataclass(frozen=True)
class Source:
    """What is read: never the file's name, only its open descriptor."""

    found: Sniffed
    probed: Probed
    path: str
    limits: Limits

    def opened(self, start: float = 0.0, length: float | None = None) -> Any:
        given: dict[str, Any] = {"ss": start} if start else {}
        given |= {"t": length} if length is not None else {}
        return ffmpeg.input(
            "file:" + self.path, f=self.found.reader, protocol_whitelist="file",
            format_whitelist=self.found.reader, max_pixels=self.limits.video_pixels, max_streams=64, **given,
        )  # fmt: skip


@dataclass(frozen=True)
class Span:
    """From where, and how long; None is to the end. Seconds."""

    start: float
    length: float | None


def asked(wanted: list[Recipe]) -> bool:
    """Is there anything among these that is not made of every clip or recording?"""
    usual = {(recipe.kind, recipe.preset) for recipe in standing()}
    return any((recipe.kind, recipe.preset) not in usual for recipe in wanted)


def make(source: Source, wanted: list[Recipe], colour: Colour, run: Run) -> list[Answer]:
    """Fill the files. What cannot be made, a sound of a silent film, is not told. Raises Unreadable."""
    makers = {"jpg": _still, "gif": _loop, "webp": _loop, "mp3": _sound, "wav": _sound, "mp4": _clip}
    made = []
    for recipe in wanted:
        told = makers[recipe.format](source, recipe, colour, run)
        if told is not None:
            made.append({"preset": recipe.preset, **told})
    return made


def span_of(recipe: Recipe, duration: float | None) -> Span:
    told = dict(recipe.options)
    start = float(told.get("start", 0.0))
    if "end" in told:
        return Span(start, max(0.05, float(told["end"]) - start))
    return Span(start, max(0.05, duration - start) if duration and start else None)


def frame_size(recipe: Recipe, size: tuple[int, int]) -> tuple[int, int]:
    """Even sides of the picture that comes out; the format's own proportions, and never enlarged."""
    told = dict(recipe.options)
    if "window" not in told:
        return video.even(size, shortest=recipe.shortest_side, longest=recipe.longest_side)
    left, top, right, bottom = (float(side) for side in str(told["window"]).split(","))
    wide, high = int(told["width"]), int(told["height"])
    have = (right - left) * size[0], (bottom - top) * size[1]
    scale = min(1.0, have[0] / wide, have[1] / high)
    height = max(2, 2 * int(high * scale / 2 + 0.02))
    return max(2, 2 * round(height * wide / high / 2)), height


def _clip(source: Source, recipe: Recipe, colour: Colour, run: Run) -> Answer | None:
    assert source.probed.size
    span = span_of(recipe, source.probed.duration)
    size = frame_size(recipe, source.probed.size)
    gain = _gain(source, recipe, span, run)
    seconds = span.length or source.probed.duration
    ceiling = recipe.option("ceiling")
    if recipe.option("passes", 1) == 2 and ceiling and seconds:
        size = _to_ceiling(source, recipe, span, size, gain, seconds, run)
    else:
        told = {"crf": recipe.quality or 22}
        if ceiling and seconds:
            told |= _burst(ceiling, seconds)
        ran = _encode(source, recipe, span, size, gain, told, run)
        _put_right(recipe, gain, ran, run, source)
    path = Path(recipe.file_name)
    if ceiling and path.stat().st_size > ceiling:
        raise Unreadable(Reason.DECODER_FAILED, f"{path.stat().st_size} bytes, {ceiling} are allowed")
    return {"width": size[0], "height": size[1], "detail": _told(gain)}


def _burst(ceiling: int, seconds: float) -> dict[str, Any]:
    allowed = int(min(MOST_BURST, ceiling * 8 * OVERHEAD / seconds - 200_000))
    return {"maxrate": allowed, "bufsize": allowed * 2}


@dataclass(frozen=True)
class Gain:
    """``measured`` LUFS of the span, ``gain`` in dB that is applied; target None is left alone."""

    measured: float | None
    target: float | None
    gain: float = 0.0


def _gain(source: Source, recipe: Recipe, span: Span, run: Run) -> Gain | None:
    """None where there is no sound."""
    if source.probed.sound is None:
        return None
    target = dict(recipe.options).get("loudness")
    if target is None:
        return Gain(None, None)
    clip = source.opened(span.start, span.length)
    heard = _stereo(clip[f"a:{source.probed.sound}"]).filter("ebur128", framelog="verbose")
    ran = _run(run, ffmpeg.output(heard, "-", f="null"), source)
    measured = loudness(ran.said)
    if measured is None or measured < SILENT:
        return Gain(measured, None)
    return Gain(measured, float(target), _most(float(target) - measured))


def loudness(said: str) -> float | None:
    """The integrated loudness that ffmpeg's filter tells at its end."""
    found = re.findall(r"^\s+I:\s+(-?\d+(?:\.\d+)?) LUFS", said, re.MULTILINE)
    return float(found[-1]) if found else None


def _stereo(sound: Any) -> Any:
    return sound.filter("aformat", sample_rates=RATE, channel_layouts=CHANNELS)


def _levelled(sound: Any, gain: Gain) -> Any:
    if gain.target is None:
        return sound
    louder = sound.filter("volume", f"{gain.gain:.2f}dB")
    return louder.filter("alimiter", level="disabled", limit=PEAK, attack=3, release=60)


def _encode(
    source: Source,
    recipe: Recipe,
    span: Span,
    size: tuple[int, int],
    gain: Gain | None,
    told: dict[str, Any],
    run: Run,
) -> tools.Ran:
    clip = source.opened(span.start, span.length)
    picture = _framed(clip.video, source.probed, recipe, size).filter("format", "yuv420p")
    outputs, streams = [], [picture]
    sound: dict[str, Any] = {}
    if gain is not None and told.get("pass") != 1:
        heard = _levelled(_stereo(clip[f"a:{source.probed.sound}"]), gain)
        if gain.target is not None:
            branches = heard.filter_multi_output("asplit", 2)
            heard = branches[0]
            outputs.append(ffmpeg.output(branches[1].filter("ebur128", framelog="verbose"), "-", f="null"))
        streams.append(heard)
        sound = {"acodec": "aac", "audio_bitrate": f"{_audio_kbps(recipe, told)}k", "ac": 2}
    first = told.get("pass") == 1
    how = {
        "vcodec": "libx264", "preset": SPEED, "profile:v": "high", "pix_fmt": "yuv420p",
        "g": 60, "fpsmax": MOST_FRAMES, "map_metadata": -1, "map_chapters": -1, **told, **sound,
    }  # fmt: skip
    how.pop("audio_kbps", None)
    if first:
        outputs.append(ffmpeg.output(*streams, "-", f="null", **how))
    else:  # before the others: x264's notes of the first pass are found by the stream's number
        outputs.insert(0, ffmpeg.output(*streams, recipe.file_name, f="mp4", movflags="+faststart", **how))
    return _run(run, ffmpeg.merge_outputs(*outputs), source)


def _audio_kbps(recipe: Recipe, told: dict[str, Any]) -> int:
    return int(told.get("audio_kbps", recipe.option("audio_kbps", 160)))


def _framed(picture: Any, probed: Probed, recipe: Recipe, size: tuple[int, int]) -> Any:
    """Cut to the window first, so that only what is seen is scaled."""
    readied = video.readied(picture, probed, [replace(recipe, shortest_side=None, longest_side=None)])
    told = dict(recipe.options)
    if "window" in told:
        left, top, right, bottom = (float(side) for side in str(told["window"]).split(","))
        readied = readied.filter(
            "crop", f"iw*{right - left:.6f}", f"ih*{bottom - top:.6f}", f"iw*{left:.6f}", f"ih*{top:.6f}"
        )
    return readied.filter("scale", *size, flags="bicubic").filter("setsar", 1)


def level(source: Source, recipe: Recipe, measured: float, run: Run) -> None:
    """Bring the sound of a copy that was made at the recording's own loudness to that of its recipe."""
    target = dict(recipe.options).get("loudness")
    if target is not None and measured >= SILENT:
        _move(recipe, Gain(measured, float(target), _most(float(target) - measured)), run, source)


def _most(gain: float) -> float:
    return max(-MOST_GAIN, min(MOST_GAIN, gain))


def _put_right(recipe: Recipe, gain: Gain | None, ran: tools.Ran, run: Run, source: Source) -> None:
    """Where the limiter took loudness away, a second gain on our own file; its picture is copied."""
    if gain is None or gain.target is None:
        return
    reached = loudness(ran.said)
    if reached is None or abs(reached - gain.target) <= NEAR:
        return
    _move(recipe, Gain(reached, gain.target, _most(gain.target - reached)), run, source)


def _move(recipe: Recipe, more: Gain, run: Run, source: Source) -> None:
    """The same file with its sound louder or softer; measured, and once more where the limiter took some."""
    for _ in range(2):
        ran = _remux(recipe, more, run, source)
        reached = loudness(ran.said)
        if reached is None or more.target is None or abs(reached - more.target) <= NEAR:
            return
        more = replace(more, gain=_most(more.target - reached))


def _remux(recipe: Recipe, more: Gain, run: Run, source: Source) -> tools.Ran:
    path, before = Path(recipe.file_name), Path(f"before-{recipe.file_name}")
    path.rename(before)
    ours = ffmpeg.input(f"file:{before}", f="mov", protocol_whitelist="file")
    heard = _levelled(_stereo(ours.audio), more).filter_multi_output("asplit", 2)
    output = ffmpeg.output(
        ours.video, heard[0], recipe.file_name, f="mp4", vcodec="copy",
        acodec="aac", audio_bitrate=f"{recipe.option('audio_kbps', 160)}k", ac=2, movflags="+faststart",
        map_metadata=-1, map_chapters=-1,
    )  # fmt: skip
    measured = ffmpeg.output(heard[1].filter("ebur128", framelog="verbose"), "-", f="null")
    ran = _run(run, ffmpeg.merge_outputs(output, measured), source)
    before.unlink()
    return ran


def _to_ceiling(
    source: Source,
    recipe: Recipe,
    span: Span,
    size: tuple[int, int],
    gain: Gain | None,
    seconds: float,
    run: Run,
) -> tuple[int, int]:
    """Two passes to a number of bytes; the picture becomes smaller where it would be smeared."""
    ceiling = recipe.option("ceiling")
    kbps = recipe.option("audio_kbps", 96) if gain is not None else 0
    allowed = (ceiling - CAPTION) * 8 * OVERHEAD / seconds
    if kbps * 1000 > allowed / 3:
        kbps = 48
    rate = allowed - kbps * 1000
    if rate < LEAST_VIDEO:
        raise Unreadable(Reason.DECODER_FAILED, f"{seconds:.0f} seconds do not fit into {ceiling} bytes")
    rate = min(rate, MOST_VIDEO)
    size = _sharp_size(size, rate, source.probed.facts.fps)
    try:
        for _ in range(TRIES):
            told = {"video_bitrate": int(rate), "maxrate": int(rate * 1.5), "bufsize": int(rate * 3),
                    "passlogfile": "passes", "audio_kbps": kbps}  # fmt: skip
            _encode(source, recipe, span, size, gain, {**told, "pass": 1}, run)
            ran = _encode(source, recipe, span, size, gain, {**told, "pass": 2}, run)
            _put_right(recipe, gain, ran, run, source)
            length = Path(recipe.file_name).stat().st_size
            if length <= ceiling - CAPTION:
                return size
            rate *= (ceiling - CAPTION) / length * 0.97
    finally:
        for left in Path().glob("passes*"):
            left.unlink()
    return size


def _sharp_size(size: tuple[int, int], rate: float, fps: float | None) -> tuple[int, int]:
    frames = min(fps or 30.0, MOST_FRAMES)
    for side in (min(size), *SMALLER):
        smaller = video.even(size, shortest=side)
        if rate / (smaller[0] * smaller[1] * frames) >= SHARP:
            return smaller
    return video.even(size, shortest=SMALLER[-1])


def _sound(source: Source, recipe: Recipe, colour: Colour, run: Run) -> Answer | None:
    span = span_of(recipe, source.probed.duration)
    gain = _gain(source, recipe, span, run)
    if gain is None:
        return None
    how: dict[str, Any] = {"f": "wav", "acodec": "pcm_s16le"}
    if recipe.format == "mp3":
        how = {"f": "mp3", "acodec": "libmp3lame", "id3v2_version": 0, "write_xing": 1,
               "audio_bitrate": f"{recipe.option('audio_kbps', 192)}k"}  # fmt: skip
    for _ in range(TRIES):
        heard = _stereo(source.opened(span.start, span.length)[f"a:{source.probed.sound}"])
        branches = _levelled(heard, gain).filter_multi_output("asplit", 2)
        output = ffmpeg.output(
            branches[0], recipe.file_name, map_metadata=-1, map_chapters=-1, vn=None, **how
        )
        measured = ffmpeg.output(branches[1].filter("ebur128", framelog="verbose"), "-", f="null")
        ran = _run(run, ffmpeg.merge_outputs(output, measured), source)
        reached = loudness(ran.said)
        if gain.target is None or reached is None or abs(reached - gain.target) <= NEAR:
            break
        gain = replace(gain, gain=min(MOST_GAIN + 10, gain.gain + gain.target - reached))
    return {"width": None, "height": None, "detail": _told(gain)}


def _still(source: Source, recipe: Recipe, colour: Colour, run: Run) -> Answer | None:
    """The frame that is shown at the moment asked for, in the clip's own size."""
    assert source.probed.size
    told = dict(recipe.options)
    moment = float(told.get("at", video.poster_moment(source.probed.duration)))
    size = source.probed.size
    whole = Path("frame.png")
    for at in (moment, max(0.0, moment - 0.5), 0.0):
        clip = source.opened(at)
        picture = video.readied(clip.video, source.probed, [replace(recipe, longest_side=None)])
        coded = {"in_color_matrix": source.probed.matrix} if source.probed.matrix else {}
        scaled = picture.filter("scale", *size, **coded).filter("setsar", 1).filter("format", "rgb24")
        _run(run, ffmpeg.output(scaled, str(whole), vframes=1, f="image2", update=1, vcodec="png"), source)
        if whole.exists() and whole.stat().st_size:
            break
    else:
        raise Unreadable(Reason.NO_PICTURE, f"no frame at {moment}")
    with whole.open("rb") as file:
        frame = image.open_picture(file, "PNG", source.limits.video_pixels).convert("RGB")
    whole.unlink()
    with Path(recipe.file_name).open("wb") as out:
        image.save_jpeg(frame, out, recipe, colour)
    return {"width": frame.width, "height": frame.height, "detail": {"at": at}}


def _loop(source: Source, recipe: Recipe, colour: Colour, run: Run) -> Answer | None:
    assert source.probed.size
    span = span_of(recipe, source.probed.duration)
    size = frame_size(recipe, source.probed.size)
    clip = source.opened(span.start, span.length)
    picture = _framed(clip.video, source.probed, recipe, size).filter("fps", recipe.option("fps", 12))
    if recipe.format == "webp":
        output = ffmpeg.output(
            picture, recipe.file_name, f="webp", vcodec="libwebp_anim", loop=0, an=None,
            compression_level=4, map_metadata=-1, **{"q:v": recipe.quality or 70},
        )  # fmt: skip
    else:
        both = picture.filter_multi_output("split", 2)
        palette = both[0].filter("palettegen", stats_mode="diff")
        drawn = ffmpeg.filter([both[1], palette], "paletteuse", dither="bayer", bayer_scale=4)
        output = ffmpeg.output(drawn, recipe.file_name, f="gif", loop=0, map_metadata=-1)
    _run(run, output, source)
    return {"width": size[0], "height": size[1], "detail": {}}


def _told(gain: Gain | None) -> Answer:
    if gain is None or gain.measured is None:
        return {}
    return {"loudness_before": round(gain.measured, 1), "gain": round(gain.gain, 1)}


def _run(run: Run, output: Any, source: Source) -> tools.Ran:
    quiet = output.global_args("-hide_banner", "-nostdin", "-nostats", "-v", "info", "-y")
    command = [str(tools.need("ffmpeg")), *quiet.compile()[1:]]
    return run(command, source.limits.video_seconds(source.probed.duration))
