"""The address of a link is its secret: it stands in no log, in no counter, and in no answer for everybody."""

import logging

import pytest
from sqlalchemy.exc import OperationalError

from dam.archive import Archive
from dam.models import LinkKind, Review, Role
from dam.services import sharing
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.web import addresses, limits
from storage import StoreError
from tests import material, taking


@pytest.fixture
def asset_id(archive: Archive, event, send, tmp_path) -> int:
    asset_id = taking.take_in(archive, send, material.photo(tmp_path / "a.jpg"), event)
    taking.change(archive, asset_id, review=Review.APPROVED, minors="no", headline="Mitin")
    return asset_id


@pytest.fixture
def token(archive: Archive, asset_id) -> str:
    return sharing.make(archive, LOCAL_ADMINISTRATOR, recipient="x", presets=["web"], asset_id=asset_id)[1]


@pytest.mark.parametrize(
    "failure",
    [StoreError("away"), OperationalError("SELECT", {}, Exception("locked")), RuntimeError("broken")],
    ids=lambda failure: type(failure).__name__,
)
def test_whatever_breaks_no_log_names_a_secret_address(client, token, caplog, monkeypatch, failure) -> None:
    def _fail(*_given: object) -> None:
        raise failure

    monkeypatch.setattr(sharing, "material", _fail)
    with caplog.at_level(logging.DEBUG):
        assert client.get(f"/l/{token}").status_code >= 500
        client.get("/liga/acceso-de-una-vez")
        client.get("/canal/secreto.atom")
    assert "/l/…" in caplog.text
    assert not [secret for secret in (token, "acceso-de-una-vez", "secreto") if secret in caplog.text]


def test_the_server_s_own_log_names_none_either(caplog, token) -> None:
    logger = logging.getLogger("tests.server")
    addresses.keep_out_of(logger)
    addresses.keep_out_of(logger)
    with caplog.at_level(logging.DEBUG):
        logger.error("Error handling request %s %s", "GET", f"/l/{token}/paquete/7/zip")
    assert token not in caplog.text and "GET /l/…/paquete/7/zip" in caplog.text


def test_what_counts_wrong_passwords_does_not_keep_the_address(app, token) -> None:
    with app.test_request_context(f"/l/{token}", method="POST"):
        counted = limits._sender_and_link() + limits._link()
        assert token not in counted and len(limits._link()) == 64


def test_an_answer_that_caches_keep_carries_nobody_s_cookie(archive, as_role, asset_id) -> None:
    """Somebody who was last here yesterday, and whose session is prolonged by this very request."""
    given = {"recipient": "x", "presets": ["web"], "asset_id": asset_id}
    _row, feed = sharing.make(archive, LOCAL_ADMINISTRATOR, kind=LinkKind.FEED, days=None, **given)
    browser = as_role(Role.EDITOR)
    feeds = (f"/canal/{feed}.atom", f"/canal/{feed}.json")
    for address in (*feeds, "/tema.css", "/icono.svg", "/api/v1/openapi.json"):
        answer = browser.get(address)
        assert answer.status_code == 200 and "public" in answer.headers["Cache-Control"], address
        assert "Set-Cookie" not in answer.headers, address
    assert "Set-Cookie" in browser.get("/cuenta").headers


@pytest.mark.parametrize("size", ["9" * 400, "-5", "0", "x"])
def test_an_embed_asked_for_in_a_size_that_is_none_is_as_large_as_it_is(client, token, size: str) -> None:
    asked = {"url": f"http://localhost/l/{token}", "maxwidth": size, "maxheight": size}
    answer = client.get("/oembed", query_string=asked)
    assert answer.status_code == 200 and answer.json["width"] > 100


def test_no_feed_is_made_that_promises_a_password_and_asks_for_none(archive, as_role, asset_id) -> None:
    """Whoever asked for one would think that the address alone opens nothing."""
    given = {"recipient": "x", "presets": ["web"], "asset_id": asset_id, "kind": "feed"}
    given |= {"password": "tlacoyo azul"}
    editor = as_role(Role.EDITOR)
    refused = editor.post("/api/v1/links", json=given)
    assert refused.status_code == 400 and refused.json["error"] == "invalid"
    form = {"recipient": "x", "preset": "web", "asset": asset_id, "kind": "feed", "password": "tlacoyo azul"}
    assert editor.post("/ligas", data=form).status_code == 400
    assert editor.post("/api/v1/links", json=given | {"password": None}).status_code == 201
