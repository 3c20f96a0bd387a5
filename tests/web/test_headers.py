"""What every answer carries, and which addresses are believed."""

import dataclasses
import re

import pytest
from flask import Flask

from dam.archive import Archive
from dam.errors import Unavailable
from dam.models import Role
from dam.web import make_app
from dam.web.security import signing_key

ANYWHERE = ["/entrar", "/", "/nothing-here", "/healthz", "/tema.css", "/static/nothing.js", "/admin/usuarios"]


@pytest.mark.parametrize("address", ANYWHERE)
def test_every_answer_forbids_foreign_code_and_frames(client, address) -> None:
    headers = client.get(address).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "http" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    "address", ["/cuenta", "/admin/usuarios", "/admin/registro", "/admin/estado", "/nothing"]
)
def test_pages_have_no_inline_code_and_are_kept_by_nobody(as_role, address) -> None:
    answer = as_role(Role.ADMINISTRATOR).get(address)
    assert "no-store" in answer.headers["Cache-Control"] and "private" in answer.headers["Cache-Control"]
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", answer.text)
    for script in re.findall(r"<script([^>]*)>", answer.text):
        assert "src=" in script or 'type="application/json"' in script
    assert not re.search(r'(src|href)="(https?:)?//', answer.text)


def _at(archive: Archive, **changes) -> Flask:
    settings = dataclasses.replace(archive.settings, **changes)
    app = make_app(dataclasses.replace(archive, settings=settings))
    app.config["CHECK_FORMS"] = False
    return app


def test_over_https_cookies_are_secure_and_browsers_stay_with_it(archive: Archive) -> None:
    answer = _at(archive, public_url="https://acervo.example").test_client().get("/entrar")
    cookie = answer.headers["Set-Cookie"]
    assert (
        cookie.startswith("__Host-")
        and "Secure" in cookie
        and "HttpOnly" in cookie
        and "SameSite=Lax" in cookie
    )
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


def test_over_http_there_is_no_promise_of_https(client) -> None:
    answer = client.get("/entrar")
    assert "Strict-Transport-Security" not in answer.headers
    assert "HttpOnly" in answer.headers["Set-Cookie"] and "SameSite=Lax" in answer.headers["Set-Cookie"]


def test_a_forged_host_changes_no_address(archive: Archive, as_role, make_user) -> None:
    browser = as_role(Role.ADMINISTRATOR)
    user = make_user(Role.EDITOR)
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    cookie = browser.get_cookie("acervo")
    anywhere = browser.application.test_client(use_cookies=False)  # a test browser keeps cookies by host
    signed = {**forged, "Cookie": f"acervo={cookie.value}"}
    page = anywhere.post(f"/admin/usuarios/{user.id}/liga", headers=signed)
    assert "evil.example" not in page.text and f"{archive.settings.address}/liga/" in page.text
    assert "evil" not in anywhere.get("/", headers=signed).location
    assert "evil" not in anywhere.get("/cuenta", headers=forged).location


def test_forwarded_addresses_are_believed_only_from_as_many_proxies_as_set(archive: Archive) -> None:
    forwarded = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}
    for proxies, believed in ((0, "127.0.0.1"), (1, "198.51.100.7"), (2, "203.0.113.9")):
        app = _at(archive, trusted_proxies=proxies)
        seen = []
        app.before_request_funcs.setdefault(None, []).insert(0, lambda seen=seen: seen.append(_remote()))
        app.test_client().get("/entrar", headers=forwarded)
        assert seen == [believed]


def _remote() -> str | None:
    from flask import request

    return request.remote_addr


@pytest.mark.parametrize("content", [None, "", "short"])
def test_without_a_signing_key_nothing_is_served(archive: Archive, content) -> None:
    path = archive.settings.data_dir / "secret"
    path.unlink()
    if content is not None:
        path.write_text(content)
    with pytest.raises(Unavailable):
        signing_key(archive.settings)


def test_the_signing_key_is_for_the_archives_account_alone(archive: Archive) -> None:
    assert (archive.settings.data_dir / "secret").stat().st_mode & 0o077 == 0
