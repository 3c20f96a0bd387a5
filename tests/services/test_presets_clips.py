"""Every clip and sound format the archive ships: playable, within its limits, as loud as it should be."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from dam.errors import Invalid, NotFound, Unavailable
from dam.models import Preset
from dam.services import delivery, presets
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.presets import listing
from dam.services.presets.shipped import PRESETS
from dam.services.renditions import making, wishing
from tests import taking

CLIPS = {one.key: one for one in PRESETS if one.kind == "video"}
SIZE, SECONDS = (640, 360), 2.0


@pytest.fixture(scope="module")
def soft_clip(tmp_path_factory) -> Path:
    """640 × 360, two seconds, its sound far below what networks play."""
    path = tmp_path_factory.mktemp("clip") / "soft.mp4"
    subprocess.run(
        [
            "ffmpeg", "-v", "error", "-y",
            "-f", "lavfi", "-i", f"testsrc2=size=640x360:rate=25:duration={SECONDS}",
            "-f", "lavfi", "-i", f"anoisesrc=d={SECONDS}:c=pink:a=0.05",
            "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest",
            "-metadata", "location=+19.2925-099.6569/", str(path),
        ],
        check=True,
    )  # fmt: skip
    return path


@pytest.fixture
def clip_id(archive, event, send, soft_clip) -> int:
    asset_id = taking.take_in(archive, send, soft_clip, event)
    taking.change(
        archive, asset_id, headline="Mitin", byline="Ana Ruiz", credit="Comunicación PT", copyright="© PT"
    )
    return asset_id


def leave(archive, asset_id: int, word: str, folder: Path) -> Path:
    """Ask, let the worker work, take."""
    wishing.wish(archive, [asset_id], [word])
    making.make_missing(archive, asset_id)
    parcel = delivery.deliver(archive, LOCAL_ADMINISTRATOR, asset_id, word, "page")
    path = folder / parcel.filename
    with parcel.open() as source:
        path.write_bytes(source.read())
    return path


def streams(path: Path) -> dict[str, dict]:
    command = ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", str(path)]
    told = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return {one["codec_type"]: one for one in told["streams"]} | {"format": told["format"]}


def loudness(path: Path) -> float:
    command = ["ffmpeg", "-hide_banner", "-nostats", "-i", str(path), "-af", "ebur128", "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    return float(re.findall(r"I:\s+(-?[\d.]+) LUFS", said)[-1])


@pytest.mark.parametrize("key", [key for key, one in CLIPS.items() if one.format == "mp4"])
def test_every_clip_format_plays_everywhere_and_is_as_loud_as_the_networks(archive, clip_id, tmp_path, key):
    one = CLIPS[key]
    path = leave(archive, clip_id, key, tmp_path)
    told = streams(path)
    picture, sound = told["video"], told["audio"]
    assert (picture["codec_name"], picture["profile"], picture["pix_fmt"]) == ("h264", "High", "yuv420p")
    assert sound["codec_name"] == "aac"
    width, height = picture["width"], picture["height"]
    assert width % 2 == height % 2 == 0 and width <= SIZE[0] and height <= SIZE[1], "never enlarged"
    if one.width:
        assert width / height == pytest.approx(one.width / one.height, abs=0.01)
        assert height == SIZE[1]
    assert abs(loudness(path) - one.loudness) <= 1.0
    assert float(told["format"]["duration"]) == pytest.approx(SECONDS, abs=0.2)
    assert one.ceiling is None or path.stat().st_size < one.ceiling
    data = path.read_bytes()
    assert data.find(b"moov") < data.find(b"mdat"), "it begins to play before all of it is there"
    assert b"19.2925" not in data and b"Comunicaci" in data


def test_a_clip_is_cut_where_one_says(archive, clip_id, tmp_path):
    path = leave(archive, clip_id, "video-1x1@0.5-1.3", tmp_path)
    assert float(streams(path)["format"]["duration"]) == pytest.approx(0.8, abs=0.1)
    assert "@" not in path.name
    with archive.reading() as tx:
        assert presets.is_word(tx, "video-1x1@0.5-1.3") and not presets.is_word(tx, "video-1x1@a")


def test_two_passes_keep_a_ceiling_that_one_would_break(archive, clip_id, tmp_path):
    with archive.transaction() as tx:
        tx.query(Preset).filter(Preset.key == "wa-video").one().ceiling = 160_000
        listing.forget(tx)
    path = leave(archive, clip_id, "wa-video", tmp_path)
    assert 20_000 < path.stat().st_size < 160_000
    assert streams(path)["video"]["height"] <= SIZE[1]
    assert abs(loudness(path) + 14.0) <= 1.0


def test_what_is_too_long_for_a_network_is_refused_until_it_is_cut(archive, clip_id):
    taking.change(archive, clip_id, duration=200.0)
    with pytest.raises(Unavailable) as long:
        delivery.prepare(archive, LOCAL_ADMINISTRATOR, clip_id, "x-video")
    assert long.value.detail["too_long"] and long.value.detail["most"] == 140
    with pytest.raises(Unavailable) as soon:
        delivery.prepare(archive, LOCAL_ADMINISTRATOR, clip_id, "x-video@10-60")
    assert soon.value.code == "being_made"


@pytest.mark.parametrize("wrong", ["video-1x1@1.5-1.5", "video-1x1@90-95", "still@0.2-0.9"])
def test_a_cut_that_makes_no_sense_is_refused(archive, clip_id, wrong):
    with pytest.raises(Invalid):
        delivery.prepare(archive, LOCAL_ADMINISTRATOR, clip_id, wrong)


def test_a_still_is_the_frame_of_that_moment_with_its_credit(archive, clip_id, tmp_path):
    early, late = (leave(archive, clip_id, word, tmp_path) for word in ("still@0.2", "still@1.6"))
    assert early.read_bytes() != late.read_bytes()
    told = subprocess.run(["exiftool", "-j", str(late)], capture_output=True, check=True).stdout
    facts = json.loads(told)[0]
    assert (facts["ImageWidth"], facts["ImageHeight"]) == SIZE
    assert facts["Credit"] == "Comunicación PT"


def test_a_loop_has_no_sound_and_repeats(archive, clip_id, tmp_path):
    path = leave(archive, clip_id, "loop@0.2-1.2", tmp_path)
    assert path.suffix == ".gif" and b"NETSCAPE2.0" in path.read_bytes()
    told = streams(path)
    assert "audio" not in told and told["video"]["width"] == 480


@pytest.mark.parametrize(("key", "codec"), [("audio-mp3", "mp3"), ("audio-wav", "pcm_s16le")])
def test_the_sound_alone_is_levelled_and_carries_its_author(archive, clip_id, tmp_path, key, codec):
    path = leave(archive, clip_id, key, tmp_path)
    told = streams(path)
    assert told["audio"]["codec_name"] == codec and "video" not in told
    assert abs(loudness(path) + 14.0) <= 1.0
    assert told["format"]["tags"]["artist"] == "Ana Ruiz"


def test_a_silent_film_has_no_sound_to_give_and_says_so(archive, event, send, tmp_path):
    path = tmp_path / "silent.mp4"
    silent = ["-f", "lavfi", "-i", "testsrc2=size=320x180:duration=1", "-pix_fmt", "yuv420p", str(path)]
    subprocess.run(["ffmpeg", "-v", "error", *silent], check=True)
    asset_id = taking.take_in(archive, send, path, event)
    wishing.wish(archive, [asset_id], ["audio-mp3"])
    making.make_missing(archive, asset_id)
    with pytest.raises(Unavailable) as said:
        delivery.prepare(archive, LOCAL_ADMINISTRATOR, asset_id, "audio-mp3")
    assert "sound" in said.value.message
    with pytest.raises(NotFound):
        delivery.prepare(archive, LOCAL_ADMINISTRATOR, asset_id, "ig-4x5")
