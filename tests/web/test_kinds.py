"""Recordings, documents and what is never drawn, on their pages and in the grid."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from dam.archive import Archive
from dam.models import Event, Role
from tests.media.test_documents import pdf
from tests.media.test_sound import ffmpeg
from tests.taking import take_in


@pytest.fixture
def recording(archive: Archive, event: Event, send, tmp_path: Path) -> int:
    path = tmp_path / "spot.wav"
    ffmpeg("-f", "lavfi", "-i", "sine=frequency=440:duration=2", str(path))
    return take_in(archive, send, path, event)


@pytest.fixture
def editor(as_role) -> FlaskClient:
    return as_role(Role.EDITOR)


def test_a_recording_is_listened_to_on_its_page(editor: FlaskClient, recording: int) -> None:
    page = editor.get(f"/material/{recording}").text
    assert (
        "<audio" in page
        and f"/archivo/{recording}/audio-mp3" in page
        and f"/archivo/{recording}/preview" in page
    )
    assert "<video" not in page and "LUFS" in page and "WAV" in page
    heard = editor.get(f"/archivo/{recording}/audio-mp3")
    assert (heard.status_code, heard.mimetype) == (200, "audio/mpeg")
    part = editor.get(f"/archivo/{recording}/audio-mp3", headers={"Range": "bytes=100-199"})
    assert (part.status_code, len(part.data)) == (206, 100)


def test_a_recording_leaves_as_an_mp3(editor: FlaskClient, recording: int) -> None:
    taken = editor.get(f"/descargar/{recording}/web")
    assert taken.status_code == 200 and taken.mimetype == "audio/mpeg"
    assert taken.headers["Content-Disposition"].startswith("attachment")


def test_a_document_shows_its_first_page(
    archive: Archive, event: Event, send, tmp_path: Path, editor: FlaskClient
) -> None:
    asset_id = take_in(archive, send, pdf(tmp_path / "boletin.pdf", pages=2), event)
    page = editor.get(f"/material/{asset_id}").text
    assert "asset-picture" in page and "PDF" in page
    original = editor.get(f"/descargar/{asset_id}/original")
    assert original.headers["Content-Disposition"].startswith("attachment") and original.data[:5] == b"%PDF-"


def test_a_drawing_is_shown_by_no_page_and_taken_as_a_file(
    archive: Archive, event: Event, send, tmp_path: Path, editor: FlaskClient
) -> None:
    path = tmp_path / "logo.svg"
    path.write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    asset_id = take_in(archive, send, path, event)
    page = editor.get(f"/material/{asset_id}").text
    assert (
        "logo.svg" in page
        and f"/descargar/{asset_id}/original" in page
        and '<img class="asset-picture' not in page
    )
    taken = editor.get(f"/descargar/{asset_id}/original")
    assert (
        taken.mimetype == "application/octet-stream" and "sandbox" in taken.headers["Content-Security-Policy"]
    )
    assert editor.get(f"/archivo/{asset_id}/preview").status_code >= 400
