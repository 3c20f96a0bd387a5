"""What ties a picture to its moving half, and XMP in files of its own."""

from io import BytesIO
from pathlib import Path

import pytest

from dam.media import live, sniff_xmp
from dam.media.reasons import Unreadable
from dam.media.sandbox import Sandbox
from tests.services.families.material import apple_note, motion_photo, sidecar


def test_the_identifier_of_a_live_photo_is_read_from_apple_s_maker_note():
    note = apple_note("AAAABBBB-1111-2222-3333-444455556666")
    assert live.content_id([b"II*\x00" + b"\x00" * 40 + note]) == "AAAABBBB-1111-2222-3333-444455556666"
    assert live.content_id([b"no note", note[:20]]) is None
    assert live.content_id([note.replace(b"\x00\x01MM\x00\x01", b"\x00\x01MM\xff\xff")]) is not None
    assert live.content_id([note.replace(b"AAAABBBB", b"<script>")]) is None


def test_the_clip_of_a_motion_photo_is_found_where_it_lies(tmp_path: Path, sandbox: Sandbox):
    photo, clip = motion_photo(tmp_path / "PXL_1.MP.jpg")
    facts = sandbox.visit(photo, (), tmp_path, name=photo.name).facts
    whole = photo.read_bytes()
    assert facts.motion_length == len(clip)
    assert whole[facts.motion_offset : facts.motion_offset + facts.motion_length] == clip


def test_micro_video_samsung_s_trailer_and_heif_s_box_are_known():
    clip = b"\x00\x00\x00\x18ftypmp42" + b"\x01" * 60
    micro = BytesIO(b"\xff\xd8" + b"p" * 100 + clip)
    assert live.motion(micro, f'GCamera:MicroVideoOffset="{len(clip)}"') == {
        "motion_offset": 102, "motion_length": len(clip),
    }  # fmt: skip
    samsung = BytesIO(b"\xff\xd8" + b"p" * 50 + b"MotionPhoto_Data" + clip + b"SEFH" + b"\x00" * 20 + b"SEFT")
    assert live.motion(samsung, None) == {"motion_offset": 68, "motion_length": len(clip)}
    box = (8 + len(clip)).to_bytes(4, "big") + b"mpvd" + clip
    heif = BytesIO(b"\x00\x00\x00\x10ftypheic" + b"\x00" * 4 + box)
    assert live.motion(heif, None) == {"motion_offset": 24, "motion_length": len(clip)}


@pytest.mark.parametrize(
    "packet", ['GCamera:MicroVideoOffset="99999999"', 'GCamera:MicroVideoOffset="3"', None]
)
def test_what_is_no_clip_is_none(packet):
    assert live.motion(BytesIO(b"\xff\xd8" + b"p" * 100), packet) == {}


def test_a_sidecar_is_known_by_its_root_and_svg_is_none(tmp_path: Path):
    whole = sidecar(tmp_path / "a.xmp").read_bytes()
    assert sniff_xmp.is_xmp(whole[:4096])
    assert sniff_xmp.is_xmp(whole.decode().replace("\ufeff", "").encode("utf-16")[:4096])
    assert sniff_xmp.is_xmp(b'<?xml version="1.0"?>\n<!-- darktable --><x:xmpmeta xmlns:x="adobe:ns:meta/">')
    assert not sniff_xmp.is_xmp(b'<svg><metadata><rdf:RDF xmlns:rdf="x"/></metadata></svg>')
    assert not sniff_xmp.is_xmp(b"<html><RDF>")


def test_a_hostile_sidecar_is_an_outcome(tmp_path: Path, sandbox: Sandbox):
    bomb = tmp_path / "bomb.xmp"
    bomb.write_text(
        '<?xpacket?><x:xmpmeta xmlns:x="adobe:ns:meta/"><!DOCTYPE a [<!ENTITY b "c">]>&b;</x:xmpmeta>'
    )
    with pytest.raises(Unreadable):
        sandbox.visit(bomb, (), tmp_path, name="bomb.xmp")
