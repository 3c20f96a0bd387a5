"""A designer's files that are never drawn: found, handed on as they came, and shown by no browser."""

from pathlib import Path

import pytest
from sqlalchemy import select

from dam.archive import Archive
from dam.errors import Unavailable
from dam.models import Asset, Event, Kind, Original, Processing, Rendition, Role
from dam.services import finding, indexing
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.delivery import delivering
from dam.services.finding import Filters, Query
from dam.services.renditions import making
from tests.taking import people, take_in

SVG = b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n"


@pytest.mark.parametrize(("name", "content"), [("logo.svg", SVG), ("Logo.EPS", EPS)])
def test_a_drawing_is_a_document_without_pictures(
    archive: Archive, event: Event, send, tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    asset_id = take_in(archive, send, path, event)
    with archive.reading() as tx:
        asset = tx.get_one(Asset, asset_id)
        assert (asset.kind, asset.processing) == (Kind.DOCUMENT, Processing.READY)
        assert asset.reason_code == "not_rendered"
        assert tx.scalars(select(Rendition).where(Rendition.asset_id == asset_id)).all() == []
    with pytest.raises(Unavailable):
        making.find_or_ask(archive, asset_id, "thumb")
    assert archive.queue.sent == [] or all(sent[1] != asset_id for sent in archive.queue.sent)


def test_it_leaves_as_a_file_of_unknown_type_for_whoever_may_have_originals(
    archive: Archive, event: Event, send, tmp_path: Path
) -> None:
    path = tmp_path / "logo.svg"
    path.write_bytes(SVG)
    asset_id = take_in(archive, send, path, event)
    parcel = delivering.deliver(archive, people(archive)[str(Role.EDITOR)], asset_id, "original", "page")
    assert parcel.media_type == "application/octet-stream" and parcel.filename.endswith(".svg")


def test_it_is_found_like_any_document(archive: Archive, event: Event, send, tmp_path: Path) -> None:
    path = tmp_path / "logo.svg"
    path.write_bytes(SVG)
    asset_id = take_in(archive, send, path, event)
    indexing.drain(archive)
    page = finding.find(
        archive, LOCAL_ADMINISTRATOR, Query(filters=Filters(kinds=frozenset({Kind.DOCUMENT})))
    )
    assert [hit.asset_id for hit in page.hits] == [asset_id]


def test_what_it_was_is_told_by_its_type(archive: Archive, event: Event, send, tmp_path: Path) -> None:
    path = tmp_path / "logo.svg"
    path.write_bytes(SVG)
    asset_id = take_in(archive, send, path, event)
    with archive.reading() as tx:
        kind = tx.scalars(select(Original.media_type).where(Original.asset_id == asset_id)).one()
    assert kind == "image/svg+xml"
