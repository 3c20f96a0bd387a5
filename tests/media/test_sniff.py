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
        (b"RF64\xff\xff\xff\xffWAVEds64", "audio", "wav"),
        (b"#!AMR\n", "audio", "amr"),
        (b"#!AMR-WB\n", "audio", "amr"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video", "asf"),
        (b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01\x01\x02", "video", "mxf"),
        (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "photo", "JPEG2000"),
        (b"\xff\x4f\xff\x51\x00", "photo", "JPEG2000"),
        (b"8BPS\x00\x01" + bytes(20), "photo", "PSD"),
        (b"8BPS\x00\x02" + bytes(20), "photo", "PSD"),
        (b"II*\x00\x10\x00\x00\x00CR\x02\x00", "photo", "RAW"),
        (b"\x00\x00\x00\x18ftypcrx \x00\x00\x00\x01crx isom", "photo", "RAW"),
        (b"FUJIFILMCCD-RAW 0201", "photo", "RAW"),
        (b"IIU\x00\x18\x00\x00\x00", "photo", "RAW"),
        (b"IIRS\x08\x00\x00\x00", "photo", "RAW"),
        (b"%PDF-1.7\n", "document", "PDF"),
        (b"\xef\xbb\xbf\r\n%PDF-1.4\n", "document", "PDF"),
        (b"\x06\x06\xed\xf5\xd8\x1d\x46\xe5\xbd\x31\xef\xe7\xfe\x74\xb7\x1d", "document", "INDD"),
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
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", Reason.NOT_RENDERED),
        (b"plain words\n", Reason.NOT_RENDERED),
        (b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09", Reason.UNKNOWN_FORMAT),
        (b"BMnot a bitmap at all, only two letters", Reason.NOT_RENDERED),
    ],
)
def test_what_is_no_picture_is_refused_with_its_reason(head: bytes, reason: Reason) -> None:
    with pytest.raises(Unreadable) as refused:
        sniff(head)
    assert refused.value.reason == reason
