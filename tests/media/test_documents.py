"""Documents of the design team: a first page to look at, and nothing of theirs that runs."""

import base64
from pathlib import Path

import pytest
from PIL import Image

from dam.media.reasons import Reason, Unreadable
from tests.media.conftest import Look
from tests.media.raw_material import jpeg

INDESIGN = b"\x06\x06\xed\xf5\xd8\x1d\x46\xe5\xbd\x31\xef\xe7\xfe\x74\xb7\x1d"


def pdf(path: Path, pages: int = 1, size: tuple[int, int] = (612, 792), trailer: str = "") -> Path:
    """Letter paper in points: a green field, its upper left quarter white; further pages empty."""
    width, height = size
    drawn = f"0.235 0.627 0.353 rg 0 0 {width} {height} re f "
    drawn += f"1 1 1 rg 0 {height / 2} {width / 2} {height / 2} re f"
    objects = ["<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{4 + number} 0 R" for number in range(pages))
    objects.append(f"<< /Type /Pages /Count {pages} /Kids [{kids}] >>")
    objects.append(f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream")
    box = f"/MediaBox [0 0 {width} {height}]"
    objects.append(f"<< /Type /Page /Parent 2 0 R {box} /Contents 3 0 R >>")
    objects += [f"<< /Type /Page /Parent 2 0 R {box} >>"] * (pages - 1)
    text, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(text))
        text += f"{number} 0 obj\n{body}\nendobj\n"
    start = len(text)
    text += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n"
    text += "".join(f"{place:010d} 00000 n \n" for place in places)
    text += f"trailer << /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n"
    path.write_bytes(text.encode("latin-1"))
    return path


def pixels(path: Path) -> tuple[tuple[int, ...], tuple[int, ...]]:
    with Image.open(path) as picture:
        return picture.getpixel((20, 20)), picture.getpixel((picture.width - 20, picture.height - 20))


def test_the_first_page_of_a_pdf_is_its_picture(look: Look, tmp_path: Path) -> None:
    visit = look(pdf(tmp_path / "a.ai", pages=3))
    facts = visit.facts
    assert (facts.kind, facts.media_type, facts.raw["pages"]) == ("document", "application/pdf", 3)
    assert (facts.width, facts.height) == (1275, 1650)
    assert {one.preset: one.height for one in visit.made} == {"thumb": 320, "preview": 1280, "web-2048": 1650}
    white, green = pixels(visit.made[-1].path)
    assert min(white) > 250 and all(abs(a - b) < 6 for a, b in zip(green, (60, 160, 90), strict=True))


def test_a_poster_is_drawn_no_larger_than_asked(look: Look, alone: int, tmp_path: Path) -> None:
    visit = look(pdf(tmp_path / "a.pdf", size=(14_000, 7_000)))
    assert (visit.facts.width, visit.facts.height) == (4096, 2048)
    assert max(one.width for one in visit.made) == 2048
    assert visit.usage.peak_bytes - alone < 150 * 1024 * 1024


def test_a_locked_pdf_is_kept_and_not_drawn(refusal, tmp_path: Path) -> None:
    lock = f"/ID [<{'00' * 16}> <{'00' * 16}>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 "
    lock += f"/O <{'41' * 32}> /U <{'42' * 32}> >>"
    refused = refusal(pdf(tmp_path / "a.pdf", trailer=lock))
    assert (refused.reason, refused.detail) == (Reason.NOT_RENDERED, "application/pdf")


def test_a_script_in_a_pdf_runs_nowhere(look: Look, tmp_path: Path) -> None:
    path = pdf(tmp_path / "a.pdf")
    action = b"/OpenAction << /S /JavaScript /JS (while(true){}) >>  "
    path.write_bytes(path.read_bytes().replace(b"<< /Type /Catalog", b"<< " + action + b"/Type /Catalog"))
    assert len(look(path).made) == 3


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_a_damaged_pdf_is_refused_or_mended(look: Look, tmp_path: Path, share: float) -> None:
    path = pdf(tmp_path / "a.pdf")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    try:
        assert look(path).facts.kind == "document"
    except Unreadable as refused:
        assert refused.reason in (Reason.DECODER_FAILED, Reason.NO_PICTURE, Reason.CUT_SHORT)


def test_indesigns_own_preview_is_shown(look: Look, tmp_path: Path) -> None:
    text = base64.b64encode(jpeg((512, 700))).decode()
    wrapped = "&#xA;".join(text[at : at + 76] for at in range(0, len(text), 76))
    packet = f"<xmpGImg:format>JPEG</xmpGImg:format><xmpGImg:image>{wrapped}</xmpGImg:image>"
    path = tmp_path / "a.indd"
    path.write_bytes(INDESIGN + bytes(8000) + packet.encode() + bytes(100))
    visit = look(path)
    assert (visit.facts.kind, visit.facts.media_type) == ("document", "application/x-indesign")
    assert (visit.facts.width, visit.facts.height) == (512, 700) and len(visit.made) == 3


def test_indesign_without_a_preview_is_kept_and_not_drawn(refusal, tmp_path: Path) -> None:
    path = tmp_path / "a.indd"
    path.write_bytes(INDESIGN + bytes(8000))
    assert refusal(path).reason == Reason.NOT_RENDERED
