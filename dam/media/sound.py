"""A recording: an MP3 to listen to, its loudness, and a picture of its wave, from one decode."""

from __future__ import annotations

import array
import re
from pathlib import Path

import ffmpeg
from PIL import Image, ImageDraw

from dam.media.limits import Limits
from dam.media.probe import Probed
from dam.media.recipes import Recipe
from dam.media.sniff import Sniffed

SAMPLES = "wave.pcm"  # in the child's own folder, gone before it ends
MOST_SAMPLES = 4_000_000  # the wave's picture has 320 strokes: a lower rate shows the same
RATES = (500, 8000)  # hertz, least and most
SIZE = (1280, 480)
STROKES, STROKE, GAP = 160, 5, 3  # strokes, pixels of one, pixels between two
GROUND, LOUD, SOFT = (20, 20, 20), (214, 214, 214), (112, 112, 112)
QUIETEST = -70.0  # LUFS: the gate of EBU R 128; silence has no loudness


def arguments(
    program: str, found: Sniffed, probed: Probed, source: str, wanted: list[Recipe], limits: Limits
) -> list[str]:
    """The command line: the MP3 where it is wanted, samples for the picture, and a look at the loudness."""
    recording = ffmpeg.input(
        "file:" + source,
        f=found.reader,
        protocol_whitelist="file",
        format_whitelist=found.reader,
        max_streams=64,
    )
    listened = next((recipe for recipe in wanted if recipe.format == "mp3"), None)
    branches = recording[f"a:{probed.sound}"].filter_multi_output("asplit", 3 if listened else 2)
    wave = branches[0].filter("aformat", sample_rates=rate(probed.duration), channel_layouts="mono")
    outputs = [
        ffmpeg.output(wave, SAMPLES, f="s16le", acodec="pcm_s16le", fs=2 * MOST_SAMPLES * 2),
        ffmpeg.output(branches[1].filter("ebur128", framelog="verbose"), "-", f="null"),
    ]
    if listened:
        heard = branches[2].filter("aformat", sample_rates="48000|44100", channel_layouts="stereo|mono")
        outputs.append(
            ffmpeg.output(
                heard, listened.file_name, f="mp3", acodec="libmp3lame", map_metadata=-1, map_chapters=-1,
                audio_bitrate=f"{listened.option('audio_kbps', 128)}k", id3v2_version=0,
            )
        )  # fmt: skip
    command = ffmpeg.merge_outputs(*outputs).global_args(
        "-hide_banner", "-nostdin", "-nostats", "-v", "info", "-y"
    )
    return [program, *command.compile()[1:]]


def rate(duration: float | None) -> int:
    """Samples a second for the picture, fewer for long recordings."""
    return round(min(RATES[1], max(RATES[0], MOST_SAMPLES / max(duration or 1.0, 1.0))))


def loudness(said: str) -> float | None:
    """Integrated loudness in LUFS (EBU R 128) by the summary of ffmpeg's filter; None for silence."""
    found = re.findall(r"^\s+I:\s+(-?\d+(?:\.\d+)?) LUFS", said, re.MULTILINE)
    value = float(found[-1]) if found else None
    return value if value is not None and value > QUIETEST else None


def picture(samples: Path) -> Image.Image:
    """The wave on dark, from left to right: how far it swings, and within that how loud it is all in all."""
    heard = array.array("h")
    data = samples.read_bytes()
    heard.frombytes(data[: len(data) // 2 * 2])
    sheet = Image.new("RGB", SIZE, GROUND)
    draw = ImageDraw.Draw(sheet)
    middle, most = SIZE[1] // 2, max(1, max(heard, default=1), -min(heard, default=-1))
    reach = (SIZE[1] // 2 - 40) / max(most, 2048)  # silence stays a line, and is not blown up into noise
    for stroke in range(STROKES):
        part = heard[len(heard) * stroke // STROKES : len(heard) * (stroke + 1) // STROKES]
        peak = max(max(part, default=0), -min(part, default=0))
        some = part[:: max(1, len(part) // 2000)]
        body = sum(map(abs, some)) / max(1, len(some))
        left = stroke * (STROKE + GAP) + GAP // 2
        for height, colour in ((peak, SOFT), (body, LOUD)):
            half = max(2, round(height * reach))
            draw.rounded_rectangle((left, middle - half, left + STROKE - 1, middle + half), 2, fill=colour)
    return sheet
