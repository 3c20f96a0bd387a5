"""Recordings: listened to in the page, seen as a wave, and told how loud they are."""

import json
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from dam.media.reasons import Reason
from dam.media.sandbox import Sandbox
from tests.media.conftest import Look

LOUD = "sine=frequency=997:duration=4,volume=0.2"


def ffmpeg(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True)


@pytest.mark.parametrize(
    ("name", "options", "codec", "media_type"),
    [
        ("a.wav", [], "pcm_s16le", "audio/wav"),
        ("a.mp3", ["-c:a", "libmp3lame"], "mp3", "audio/mpeg"),
        ("a.m4a", ["-c:a", "aac"], "aac", "audio/mp4"),
        ("a.ogg", ["-c:a", "libvorbis"], "vorbis", "audio/ogg"),
        ("a.opus", ["-c:a", "libopus"], "opus", "audio/ogg"),
        ("a.flac", [], "flac", "audio/flac"),
        ("a.wma", ["-c:a", "wmav2"], "wmav2", "audio/x-ms-wma"),
        ("a.aac", ["-c:a", "aac", "-f", "adts"], "aac", "audio/aac"),
        ("a.aiff", [], "pcm_s16be", "audio/aiff"),
        ("voice.3gp", ["-c:a", "aac"], "aac", "audio/3gpp"),
    ],
)
def test_every_kind_of_recording_is_heard_seen_and_measured(
    look: Look, tmp_path: Path, name: str, options: list[str], codec: str, media_type: str
) -> None:
    path = tmp_path / name
    ffmpeg("-f", "lavfi", "-i", LOUD, *options, str(path))
    visit = look(path.rename(tmp_path / "recording"))
    facts = visit.facts
    assert (facts.kind, facts.audio_codec, facts.media_type) == ("audio", codec, media_type)
    assert facts.duration == pytest.approx(4, abs=0.15)
    made = {one.preset: one for one in visit.made}
    assert set(made) == {"thumb", "preview", "audio-mp3"}
    assert made["audio-mp3"].width is None
    told = _probe(made["audio-mp3"].path)
    assert told["streams"][0]["codec_name"] == "mp3"
    assert float(told["format"]["duration"]) == pytest.approx(4, abs=0.2)
    assert facts.loudness == pytest.approx(
        _loudness(path if path.exists() else tmp_path / "recording"), abs=0.6
    )


def _probe(path: Path) -> dict:
    asked = ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", str(path)]
    return json.loads(subprocess.run(asked, check=True, capture_output=True).stdout)


def _loudness(path: Path) -> float:
    """By loudnorm, another meter than the one the archive asks."""
    asked = ["ffmpeg", "-nostdin", "-i", str(path), "-af", "loudnorm=print_format=json", "-f", "null", "-"]
    said = subprocess.run(asked, check=True, capture_output=True, text=True).stderr
    return float(json.loads(said[said.rindex("{") :])["input_i"])


def test_a_phone_message_is_heard(look: Look, tmp_path: Path) -> None:
    """AMR: 20 ms a frame, and here each of them of the 4.75 kbit/s mode (RFC 4867, section 5)."""
    path = tmp_path / "message.amr"
    path.write_bytes(b"#!AMR\n" + (b"\x04" + bytes(range(12))) * 100)
    visit = look(path)
    assert (visit.facts.kind, visit.facts.media_type, visit.facts.audio_codec) == (
        "audio",
        "audio/amr",
        "amr_nb",
    )
    assert {one.preset for one in visit.made} == {"thumb", "preview", "audio-mp3"}


def test_the_wave_is_high_where_it_is_loud(look: Look, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    ffmpeg(
        "-f", "lavfi", "-i", "sine=frequency=500:duration=4,volume='if(lt(t,2),0.02,1)':eval=frame", str(path)
    )
    preview = next(one for one in look(path).made if one.preset == "preview")
    with Image.open(preview.path) as picture:
        grey = picture.convert("L").resize((2, 1), Image.Resampling.BOX)
        quiet, loud = grey.getpixel((0, 0)), grey.getpixel((1, 0))
    assert loud > quiet + 20


def test_silence_has_no_loudness_and_is_ready_all_the_same(look: Look, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    ffmpeg("-f", "lavfi", "-i", "anullsrc=duration=1", str(path))
    visit = look(path)
    assert visit.facts.loudness is None and len(visit.made) == 3


def test_what_is_sent_out_has_nothing_of_the_originals_tags(look: Look, tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    ffmpeg("-f", "lavfi", "-i", "sine=duration=1", "-metadata", "title=Casa de Ana", str(path))
    visit = look(path)
    assert visit.facts.title == "Casa de Ana"
    heard = next(one for one in visit.made if one.preset == "audio-mp3")
    assert b"Casa" not in heard.path.read_bytes()


def test_the_sound_that_players_choose_is_listened_to(look: Look, tmp_path: Path) -> None:
    """Two tracks, the second marked as default: loud, where the first is silent."""
    path = tmp_path / "a.mka"
    ffmpeg(
        "-f", "lavfi", "-i", "anullsrc=duration=2", "-f", "lavfi", "-i", "sine=duration=2",
        "-map", "0", "-map", "1",
        "-c:a", "flac", "-disposition:a:0", "0", "-disposition:a:1", "default", str(path),
    )  # fmt: skip
    assert look(path).facts.loudness is not None


def test_facts_alone_make_nothing(sandbox: Sandbox, tmp_path: Path, into: Path) -> None:
    path = tmp_path / "a.wav"
    ffmpeg("-f", "lavfi", "-i", "sine=duration=1", str(path))
    visit = sandbox.visit(path, (), into)
    assert visit.facts.kind == "audio" and visit.made == () and list(into.iterdir()) == []


def test_a_recording_without_any_sound_is_refused(refusal, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    ffmpeg("-f", "lavfi", "-i", "sine=duration=1", str(path))
    path.write_bytes(path.read_bytes()[:78])
    assert refusal(path).reason == Reason.CUT_SHORT


@pytest.mark.parametrize("alphabet", ["utf-8", "cp1252", "mac_roman"])
@pytest.mark.parametrize("name", ["a.wav", "a.avi"])
def test_a_recorders_accents_are_read_in_any_alphabet(
    look: Look, tmp_path: Path, name: str, alphabet: str
) -> None:
    """RIFF's INFO list has no place to say which it is."""
    path, title, artist = tmp_path / name, "Señora Peña".encode(alphabet), "José Ibáñez".encode(alphabet)
    ffmpeg(
        "-f", "lavfi", "-i", "sine=duration=0.5", "-c:a", "pcm_s16le",
        "-metadata", "title=" + "t" * len(title), "-metadata", "artist=" + "a" * len(artist), str(path),
    )  # fmt: skip
    whole = path.read_bytes().replace(b"t" * len(title), title).replace(b"a" * len(artist), artist)
    path.write_bytes(whole)
    facts = look(path).facts
    assert (facts.title, facts.byline) == ("Señora Peña", "José Ibáñez")


@pytest.mark.parametrize(
    ("name", "codec", "media_type"),
    [("a.flac", "flac", "audio/flac"), ("a.aac", "aac", "audio/aac"), ("a.mp3", "mp3", "audio/mpeg")],
)
@pytest.mark.parametrize("length", [20, 9000])
def test_what_wears_an_mp3s_tag_is_what_comes_after_it(
    look: Look, tmp_path: Path, name: str, codec: str, media_type: str, length: int
) -> None:
    path = tmp_path / name
    ffmpeg("-f", "lavfi", "-i", "sine=duration=1", *(["-id3v2_version", "0"] * (codec == "mp3")), str(path))
    tag = b"ID3\x03\x00\x00" + bytes([0, 0, length >> 7, length & 0x7F]) + bytes(length)
    path.write_bytes(tag + path.read_bytes())
    visit = look(path)
    assert (visit.facts.audio_codec, visit.facts.media_type) == (codec, media_type)
    assert {one.preset for one in visit.made} == {"thumb", "preview", "audio-mp3"}


def test_mpeg_layer_two_as_radios_keep_it_is_heard(look: Look, tmp_path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "sine=duration=1", "-c:a", "mp2", str(tmp_path / "a.mp2"))
    assert look(tmp_path / "a.mp2").facts.audio_codec == "mp2"
