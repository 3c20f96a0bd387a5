import pytest

from dam.media.reasons import Reason, Unreadable
from dam.media.sniff import sniff


@pytest.mark.parametrize(
    ("head", "kind", "reader"),
    [
        (b"\xff\xd8\xff\xe1\x00\x10Exif", "photo", "JPEG"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "photo", "PNG"),
        (b"GIF89a\x01\x00", "photo", "GIF"),
        (b"RIFF\x00\x01\x00\x00WEBPVP8 ", "photo", "WEBP"),
        (b"II*\x00\x08\x00\x00\x00\x00\x00", "photo", "TIFF"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "photo", "HEIF"),
        (b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1avifmiaf", "photo", "AVIF"),
        (b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  ", "video", "mov"),
        (b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomavc1", "video", "mov"),
        (b"\x00\x00\x00\x14ftyp3gp5\x00\x00\x00\x003gp5", "video", "mov"),
        (b"\x00\x00\x00\x08wide\x00\x00\x10\x00mdat", "video", "mov"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm", "video", "matroska"),
        (b"RIFF\x00\x01\x00\x00AVI LIST", "video", "avi"),
        ((b"\x47" + bytes(187)) * 4, "video", "mpegts"),
        ((bytes(4) + b"\x47" + bytes(187)) * 4, "video", "mpegts"),
        (b"fLaC\x00\x00\x00\x22", "audio", "flac"),
    ],
)
def test_the_first_bytes_decide_what_a_file_is(head: bytes, kind: str, reader: str) -> None:
    found = sniff(head)
    assert (found.kind, found.reader) == (kind, reader)


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"", Reason.EMPTY),
        (b"#EXTM3U\n#EXT-X-VERSION:3\n", Reason.NOT_RENDERED),
        (b"\xef\xbb\xbf\r\n#EXTM3U\n", Reason.NOT_RENDERED),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", Reason.NOT_RENDERED),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", Reason.NOT_RENDERED),
        (b"<!DOCTYPE html><script>alert(1)</script>", Reason.NOT_RENDERED),
        (b"%PDF-1.7\n", Reason.NOT_RENDERED),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", Reason.NOT_RENDERED),
        (b"8BPS\x00\x01", Reason.NOT_RENDERED),
        (b"II*\x00\x10\x00\x00\x00CR\x02\x00", Reason.NOT_RENDERED),
        (b"plain words\n", Reason.NOT_RENDERED),
        (b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09", Reason.UNKNOWN_FORMAT),
        (b"BMnot a bitmap at all, only two letters", Reason.NOT_RENDERED),
    ],
)
def test_what_is_no_picture_is_refused_with_its_reason(head: bytes, reason: Reason) -> None:
    with pytest.raises(Unreadable) as refused:
        sniff(head)
    assert refused.value.reason == reason
