"""Every kind of clip that cameras, phones, recorders and editors write, and what its light asks for."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dam.media.visit import Visit
from tests.media.conftest import Look

MOVING = "testsrc2=size=160x90:rate=25:duration=0.4"


def ffmpeg(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True)


def poster(visit: Visit) -> Image.Image:
    path = next(one.path for one in visit.made if one.preset == "poster")
    with Image.open(path) as picture:
        return picture.convert("RGB")


def middle(picture: Image.Image) -> tuple[int, int, int]:
    return picture.getpixel((picture.width // 2, picture.height // 2))


@pytest.mark.parametrize(
    ("name", "options", "codec", "bits"),
    [
        ("a.m4v", ["-c:v", "libx264", "-pix_fmt", "yuv420p"], "h264", 8),
        ("a.mov", ["-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params", "log-level=0"], "hevc", 10),
        ("a.webm", ["-c:v", "libvpx-vp9", "-deadline", "realtime"], "vp9", 8),
        ("b.mov", ["-c:v", "prores_ks"], "prores", 10),
        ("a.m2ts", ["-c:v", "mpeg2video", "-f", "mpegts", "-mpegts_m2ts_mode", "1"], "mpeg2video", 8),
        ("a.mpg", ["-c:v", "mpeg2video"], "mpeg2video", 8),
        ("a.mxf", ["-c:v", "mpeg2video"], "mpeg2video", 8),
        ("a.avi", ["-c:v", "mjpeg", "-pix_fmt", "yuvj420p"], "mjpeg", 8),
        ("a.wmv", ["-c:v", "wmv2"], "wmv2", 8),
        ("a.3gp", ["-c:v", "mpeg4"], "mpeg4", 8),
        ("a.dv", ["-vf", "scale=720:576", "-pix_fmt", "yuv420p", "-c:v", "dvvideo"], "dvvideo", 8),
    ],
)
def test_every_codec_becomes_proxy_poster_storyboard_and_thumb(
    look: Look, tmp_path: Path, name: str, options: list[str], codec: str, bits: int
) -> None:
    path = tmp_path / name
    ffmpeg("-f", "lavfi", "-i", MOVING, *options, str(path))
    visit = look(path.rename(tmp_path / "clip"))
    assert (visit.facts.kind, visit.facts.video_codec, visit.facts.bit_depth) == ("video", codec, bits)
    assert {one.preset for one in visit.made} == {"thumb", "poster", "mp4-720", "storyboard"}


@pytest.mark.parametrize("matrix", ["bt709", "bt601", None])
def test_a_clips_colours_are_those_of_its_poster(look: Look, tmp_path: Path, matrix: str | None) -> None:
    """However they were coded: a JPEG is always read as BT.601."""
    path, tags = tmp_path / "a.mp4", {"bt709": "bt709", "bt601": "smpte170m"}
    size = "64x48" if matrix == "bt601" else "960x720"
    ffmpeg(
        "-f", "lavfi", "-i", f"color=c=0x20B040:size={size}:rate=10:duration=0.5,format=rgb24",
        "-vf", f"scale=out_color_matrix={matrix or 'bt709'},format=yuv420p", "-c:v", "libx264",
        *(["-colorspace", tags[matrix]] if matrix else []), str(path),
    )  # fmt: skip
    seen = middle(poster(look(path)))
    assert all(abs(a - b) <= 4 for a, b in zip(seen, (0x20, 0xB0, 0x40), strict=True)), seen


@pytest.mark.parametrize(
    ("transfer", "signal", "least", "most"),
    [
        pytest.param("arib-std-b67", 0.75, 200, 235, id="HLG, white paper"),
        pytest.param("arib-std-b67", 0.38, 95, 150, id="HLG, middle grey"),
        pytest.param("smpte2084", 0.58, 200, 235, id="PQ, white paper"),
        pytest.param("smpte2084", 0.38, 95, 150, id="PQ, middle grey"),
    ],
)
def test_high_dynamic_range_is_brought_to_an_ordinary_screen(
    look: Look, tmp_path: Path, transfer: str, signal: float, least: int, most: int
) -> None:
    """Levels of BT.2408: diffuse white is 75 % of HLG's signal and 58 % of PQ's, middle grey 38 % of both."""
    path, level = tmp_path / "a.mkv", 64 + round(876 * signal)
    grey = f"nullsrc=size=160x90:rate=10:duration=0.3,format=yuv420p10le,geq=lum={level}:cb=512:cr=512"
    ffmpeg(
        "-f", "lavfi", "-i", grey, "-c:v", "ffv1", "-color_trc", transfer, "-color_primaries", "bt2020",
        "-colorspace", "bt2020nc", "-color_range", "tv", str(path),
    )  # fmt: skip
    visit = look(path)
    assert visit.facts.color_space == {"a": "BT.2020 HLG", "s": "BT.2020 PQ"}[transfer[0]]
    red, green, blue = middle(poster(visit))
    assert least <= green <= most and abs(red - green) <= 4 and abs(blue - green) <= 4


@pytest.mark.parametrize("codec", ["mpeg2video", "libx264"])
def test_interlaced_clips_are_shown_without_combs(look: Look, tmp_path: Path, codec: str) -> None:
    """A bar that moves sideways: of two neighbouring lines of different fields the edges would not meet."""
    path = tmp_path / "a.mkv"
    moving = "nullsrc=size=320x180:rate=50:duration=0.6,geq=lum='255*between(X,T*400,T*400+60)':cb=128:cr=128"
    ffmpeg(
        "-f", "lavfi", "-i", moving, "-vf", "format=yuv420p,tinterlace=interleave_top,setfield=tff",
        "-c:v", codec, "-flags", "+ilme+ildct", "-b:v", "4M", str(path),
    )  # fmt: skip
    grey = np.asarray(poster(look(path)).convert("L"), dtype=float)
    neighbours = np.abs(grey[:-1] - grey[1:]).mean()
    assert neighbours < 2.5, neighbours


def test_loudness_is_told_of_a_clip_that_has_sound(look: Look, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    ffmpeg(
        "-f", "lavfi", "-i", "testsrc2=size=160x90:rate=10:duration=2",
        "-f", "lavfi", "-i", "sine=frequency=997:duration=2,volume=0.5",
        "-c:v", "libx264", "-c:a", "aac", str(path),
    )  # fmt: skip
    assert look(path).facts.loudness == pytest.approx(-27, abs=3)


def test_the_marked_one_of_several_sounds_goes_into_the_proxy(look: Look, tmp_path: Path) -> None:
    path = tmp_path / "a.mov"
    ffmpeg(
        "-f", "lavfi", "-i", MOVING, "-f", "lavfi", "-i", "anullsrc=duration=1",
        "-f", "lavfi", "-i", "sine=duration=1",
        "-map", "0", "-map", "1", "-map", "2", "-c:v", "libx264", "-c:a", "aac",
        "-disposition:a:0", "0", "-disposition:a:1", "default", str(path),
    )  # fmt: skip
    visit = look(path)
    proxy = next(one.path for one in visit.made if one.preset == "mp4-720")
    asked = ["ffmpeg", "-nostdin", "-i", str(proxy), "-af", "volumedetect", "-vn", "-f", "null", "-"]
    said = subprocess.run(asked, check=True, capture_output=True, text=True).stderr
    assert float(said.split("max_volume: ")[1].split()[0]) > -30
