"""Clips: one pass gives a proxy that starts at once, a poster, a storyboard and the grid's small picture."""

import json
import struct
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from dam.media import probe, video
from dam.media.limits import Limits
from dam.media.reasons import Reason, Unreadable
from dam.media.recipes import STANDING_VIDEO, standing
from dam.media.sandbox import Sandbox
from tests.material import clip, truncated
from tests.media.conftest import Look


def ffmpeg(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True)


def streams(path: Path) -> dict[str, dict]:
    told = subprocess.run(
        ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", str(path)],
        check=True, capture_output=True,
    )  # fmt: skip
    answer = json.loads(told.stdout)
    return {"format": answer["format"], **{stream["codec_type"]: stream for stream in answer["streams"]}}


def boxes(path: Path) -> list[str]:
    """The names of the top-level boxes, in order."""
    data, at, names = path.read_bytes(), 0, []
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        names.append(data[at + 4 : at + 8].decode())
        at += size
    return names


def test_a_clip_becomes_proxy_poster_storyboard_and_thumb(look: Look, tmp_path: Path) -> None:
    visit = look(clip(tmp_path / "a.mov", seconds=5, size="1920x1080"))
    made = {one.preset: one for one in visit.made}
    assert set(made) == {"thumb", "poster", "mp4-720", "storyboard"}
    assert {name: (one.width, one.height) for name, one in made.items()} == {
        "thumb": (320, 180), "poster": (1280, 720), "mp4-720": (1280, 720), "storyboard": (800, 90),
    }  # fmt: skip
    proxy = streams(made["mp4-720"].path)
    assert (proxy["video"]["codec_name"], proxy["video"]["pix_fmt"]) == ("h264", "yuv420p")
    assert proxy["audio"]["codec_name"] == "aac"
    assert float(proxy["format"]["duration"]) == pytest.approx(5, abs=0.15)
    order = boxes(made["mp4-720"].path)
    assert order.index("moov") < order.index("mdat")
    for name in ("thumb", "poster", "storyboard"):
        with Image.open(made[name].path) as picture:
            assert picture.size == (made[name].width, made[name].height)
    assert made["storyboard"].detail["tiles"] == 5
    assert made["storyboard"].detail["interval"] == pytest.approx(1.0, abs=0.05)
    assert visit.perceptual_hash is not None and visit.placeholder


def test_a_clips_facts_come_from_its_container(look: Look, tmp_path: Path) -> None:
    facts = look(clip(tmp_path / "a.mp4", seconds=2)).facts
    assert (facts.kind, facts.video_codec, facts.audio_codec) == ("video", "h264", "aac")
    assert (facts.captured_at, facts.utc_offset_minutes) == ("2026-05-02T00:20:00", 0)
    assert facts.captured_source == "container"
    assert facts.fps == 25 and facts.duration == pytest.approx(2, abs=0.1)


def test_the_cameras_own_clock_goes_before_the_containers(look: Look, tmp_path: Path) -> None:
    source, path = clip(tmp_path / "a.mp4", seconds=1), tmp_path / "b.mov"
    ffmpeg(
        "-i", str(source), "-c", "copy", "-movflags", "use_metadata_tags",
        "-metadata", "com.apple.quicktime.creationdate=2026-05-01T18:20:00-0600",
        "-metadata", "com.apple.quicktime.location.ISO6709=+19.2925-099.6569+2680.1/", str(path),
    )  # fmt: skip
    facts = look(path).facts
    assert (facts.captured_at, facts.utc_offset_minutes) == ("2026-05-01T18:20:00", -360)
    assert (facts.latitude, facts.longitude, facts.altitude) == (19.2925, -99.6569, 2680.1)


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_turned_clip_plays_upright(look: Look, tmp_path: Path, rotation: int) -> None:
    source, path = clip(tmp_path / "a.mp4", seconds=1, size="640x360"), tmp_path / "b.mp4"
    ffmpeg("-i", str(source), "-c", "copy", "-metadata:s:v:0", f"rotate={360 - rotation}", str(path))
    visit = look(path)
    upright = (640, 360) if rotation == 180 else (360, 640)
    assert (visit.facts.width, visit.facts.height) == upright
    assert visit.facts.rotation in (rotation, 360 - rotation)
    proxy = streams(next(one.path for one in visit.made if one.preset == "mp4-720"))["video"]
    assert (proxy["width"], proxy["height"]) == upright
    assert not proxy.get("side_data_list")


def test_a_turn_that_is_not_quite_a_quarter_is_one(look: Look, tmp_path: Path) -> None:
    """As editors' matrices have it: the facts tell the size that is shown."""
    path = clip(tmp_path / "a.mp4", seconds=1, size="640x360")
    whole = bytearray(path.read_bytes())
    start = whole.index(b"tkhd") + 4 + 40  # version 0: the matrix (ISO/IEC 14496-12, 8.3.2)
    matrix = (40, 65536, 0, -65536, 40, 0, 0, 0, 1 << 30)
    whole[start : start + 36] = struct.pack(">9i", *matrix)
    path.write_bytes(whole)
    visit = look(path)
    assert (visit.facts.width, visit.facts.height, visit.facts.rotation) == (360, 640, 90)
    proxy = streams(next(one.path for one in visit.made if one.preset == "mp4-720"))["video"]
    assert (proxy["width"], proxy["height"]) == (360, 640)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ("321x181", (320, 180)),
        ("64x2", (64, 2)),
        ("2x2", (2, 2)),
        ("720x1280", (720, 1280)),
        ("1080x1920", (720, 1280)),
    ],
)
def test_odd_small_and_tall_clips_keep_even_sides(
    look: Look, tmp_path: Path, size: str, expected: tuple[int, int]
) -> None:
    path = tmp_path / "a.mkv"
    ffmpeg("-f", "lavfi", "-i", f"testsrc2=size={size}:rate=10:duration=1", "-c:v", "ffv1", str(path))
    visit = look(path)
    proxy = next(one for one in visit.made if one.preset == "mp4-720")
    assert (proxy.width, proxy.height) == expected
    assert (streams(proxy.path)["video"]["width"], streams(proxy.path)["video"]["height"]) == expected


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(["-frames:v", "1"], id="one frame"),
        pytest.param(["-vf", "select='not(mod(n,7))+lt(n,9)'", "-fps_mode", "vfr"], id="variable frame rate"),
        pytest.param(["-vf", "setsar=4/3"], id="pixels that are not square"),
    ],
)
def test_silent_and_uneven_clips_are_whole(look: Look, tmp_path: Path, options: list[str]) -> None:
    path = tmp_path / "a.mp4"
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=320x240:rate=25:duration=3",
        *options,
        "-c:v",
        "libx264",
        str(path),
    )
    visit = look(path)
    assert {one.preset for one in visit.made} == {recipe.preset for recipe in STANDING_VIDEO}
    assert visit.facts.audio_codec is None
    if "setsar=4/3" in options:
        assert (visit.facts.width, visit.facts.height) == (427, 240)


def test_a_thumb_alone_is_made_without_leaving_a_poster(sandbox: Sandbox, tmp_path: Path, into: Path) -> None:
    thumb = tuple(recipe for recipe in STANDING_VIDEO if recipe.preset == "thumb")
    visit = sandbox.visit(clip(tmp_path / "a.mp4"), thumb, into)
    assert [one.preset for one in visit.made] == ["thumb"]
    assert [path.name for path in into.iterdir()] == ["thumb.jpg"]


@pytest.mark.parametrize("faststart", [True, False])
def test_a_clip_cut_short_is_said_to_be(
    sandbox: Sandbox, tmp_path: Path, into: Path, faststart: bool
) -> None:
    whole = clip(tmp_path / "a.mp4", seconds=3)
    if faststart:
        ffmpeg("-i", str(whole), "-c", "copy", "-movflags", "+faststart", str(tmp_path / "b.mp4"))
        whole = tmp_path / "b.mp4"
    with pytest.raises(Unreadable) as refused:
        sandbox.visit(truncated(tmp_path / "cut", whole, 0.7), standing(), into)
    assert refused.value.reason == Reason.CUT_SHORT
    assert (refused.value.facts is not None) == faststart
    assert list(into.iterdir()) == []


def test_a_clip_that_lost_all_its_pictures_is_cut_short(sandbox: Sandbox, tmp_path: Path, into: Path) -> None:
    """Cut where the box of pictures begins: every box that is left is whole."""
    ffmpeg(
        "-i", str(clip(tmp_path / "a.mp4")), "-c", "copy", "-movflags", "+faststart", str(tmp_path / "b.mp4")
    )
    data = (tmp_path / "b.mp4").read_bytes()
    (tmp_path / "cut").write_bytes(data[: data.index(b"mdat") - 4])
    with pytest.raises(Unreadable) as refused:
        sandbox.visit(tmp_path / "cut", standing(), into)
    assert refused.value.reason == Reason.CUT_SHORT


def test_a_frame_too_large_is_a_bomb(tmp_path: Path, into: Path) -> None:
    with Sandbox(limits=Limits(video_pixels=10_000)) as narrow, pytest.raises(Unreadable) as refused:
        narrow.visit(clip(tmp_path / "a.mp4"), standing(), into)
    assert refused.value.reason == Reason.BOMB


def test_a_long_clip_gets_more_time_but_never_without_end() -> None:
    limits = Limits()
    assert limits.video_seconds(600) > limits.video_seconds(10) > limits.video_seconds(None)
    assert limits.video_seconds(3600.0 * 10**6) == limits.video_cap_seconds


def test_a_storyboard_spreads_its_tiles_over_a_long_clip() -> None:
    recipe = next(recipe for recipe in STANDING_VIDEO if recipe.preset == "storyboard")
    plan = video.sheet(recipe, (1920, 1080), 3600)
    assert (plan.tiles, plan.columns, plan.rows, plan.interval, plan.tile) == (60, 10, 6, 60.0, (160, 90))


def test_every_command_names_its_one_demuxer_and_reads_files_only() -> None:
    told = " ".join(probe.arguments("ffprobe", "mov", "/proc/self/fd/3"))
    assert "-f mov" in told and "-format_whitelist mov" in told and "-protocol_whitelist file" in told


def test_a_playlist_forced_upon_the_mov_reader_reads_nothing_else(tmp_path: Path) -> None:
    """The second wall, should the sniffing ever be fooled: ffprobe itself, outside of the sandbox."""
    secret, playlist = tmp_path / "secret.ts", tmp_path / "playlist.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=64x64:duration=1", "-f", "mpegts", str(secret))
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{secret}\n#EXT-X-ENDLIST\n")
    ran = subprocess.run(probe.arguments("ffprobe", "mov", str(playlist)), capture_output=True)
    assert ran.returncode != 0 and b"mpeg2video" not in ran.stdout


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mov", ["-movflags", "use_metadata_tags", "-metadata", "com.apple.quicktime.creationdate={}"]),
        ("b.mov", ["-metadata", "date={}"]),
        ("a.mxf", ["-c:v", "mpeg2video", "-metadata", "creation_time={}"]),
        ("a.mkv", ["-metadata", "creation_time={}"]),
    ],
)
def test_a_clip_that_tells_utc_tells_it_as_the_containers_time(
    look: Look, tmp_path: Path, name: str, options: list[str]
) -> None:
    """Not as a camera's wall clock: an evening's clip would lie on the next day."""
    path, moment = tmp_path / name, "2026-05-02T00:20:00Z"
    ffmpeg(
        "-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=0.2",
        *(option.format(moment) for option in options), str(path),
    )  # fmt: skip
    facts = look(path).facts
    assert facts.captured_at == "2026-05-02T00:20:00"
    assert (facts.captured_source, facts.utc_offset_minutes, facts.offset_source) == ("container", 0, "file")
