"""One's own account."""

import re

from dam.archive import Archive
from dam.models import Role
from dam.services import accounts
from dam.services.accounts import tokens
from tests.web.conftest import PASSWORD


def test_name_language_and_look_are_saved(archive: Archive, make_user, as_user) -> None:
    user = make_user(Role.EDITOR)
    browser = as_user(user)
    browser.post(
        "/cuenta", data={"name": "Eva Luna", "language": "en", "credit": "Foto: Eva", "theme": "dark"}
    )
    page = browser.get("/cuenta").text
    assert "Eva Luna" in page and '<html lang="en" data-theme="dark"' in page and "Foto: Eva" in page


def test_a_look_that_does_not_exist_is_not_kept(as_role) -> None:
    browser = as_role(Role.EDITOR)
    browser.post("/cuenta", data={"name": "Eva", "theme": '"><script>'})
    browser.set_cookie("theme", '"><script>alert(1)</script>')
    assert "<script>alert" not in browser.get("/cuenta").text


def test_nobody_raises_their_own_role_or_changes_their_sign_in_name(
    archive: Archive, make_user, as_user
) -> None:
    user = make_user(Role.VIEWER, "eva")
    extra = {
        "name": "Eva",
        "role": "administrator",
        "login": "admin",
        "active": "yes",
        "id": "1",
        "territory": "state:15",
    }
    as_user(user).post("/cuenta", data=extra)
    with archive.reading() as tx:
        after = accounts.get_user(tx, user.id)
    assert (after.role, after.login, after.territories) == (Role.VIEWER, "eva", [])


def test_a_wrong_present_password_changes_nothing(archive: Archive, make_user, as_user) -> None:
    browser = as_user(make_user(Role.EDITOR, "eva"))
    fresh = "otra frase muy larga"
    refused = browser.post("/cuenta/contrasena", data={"old": "wrong", "new": fresh, "again": fresh})
    assert refused.status_code == 403
    assert accounts.sign_in(archive, "eva", PASSWORD)


def test_a_key_is_shown_once_and_works_until_it_is_revoked(archive: Archive, make_user, as_user) -> None:
    user = make_user(Role.EDITOR)
    browser = as_user(user)
    page = browser.post("/cuenta/claves", data={"name": "Sitio", "scope": ["read", "download"], "days": "30"})
    text = re.search(r"acervo_[\w-]+", page.text)[0]
    assert text not in browser.get("/cuenta").text
    with archive.reading() as tx:
        assert tokens.actor_by_token(tx, text).user_id == user.id
        number = tokens.tokens_of(tx, user.id)[0].id
    browser.post(f"/cuenta/claves/{number}/revocar")
    with archive.reading() as tx:
        assert tokens.actor_by_token(tx, text) is None


def test_a_key_for_more_than_one_may_is_refused(as_role) -> None:
    browser = as_role(Role.VIEWER)
    assert browser.post("/cuenta/claves", data={"name": "x", "scope": "upload"}).status_code == 403
    assert browser.post("/cuenta/claves", data={"name": "x", "scope": "everything"}).status_code == 400


def test_somebody_elses_key_cannot_be_revoked(archive: Archive, make_user, as_user) -> None:
    owner = make_user(Role.EDITOR)
    with archive.transaction() as tx:
        row, _text = tokens.issue_token(tx, accounts.actor_of(tx, owner), "suya", ["read"])
    assert as_user(make_user(Role.COORDINATOR)).post(f"/cuenta/claves/{row.id}/revocar").status_code == 404
