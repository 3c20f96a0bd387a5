"""Coming in, staying in, going out."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dam.archive import Archive
from dam.models import Role
from dam.services import accounts
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.accounts import links
from tests.web.conftest import PASSWORD


def _enter(client: FlaskClient, login: str, password: str = PASSWORD, **more: str):
    return client.post("/entrar", data={"login": login, "password": password, **more})


def _inside(client: FlaskClient) -> bool:
    return client.get("/cuenta").status_code == 200


def test_the_right_password_lets_in(client, make_user) -> None:
    make_user(Role.EDITOR, "eva")
    answer = _enter(client, "eva")
    assert (answer.status_code, answer.location) == (302, "/") and _inside(client)


def test_a_wrong_password_and_an_unknown_name_look_alike(client, make_user) -> None:
    make_user(Role.EDITOR, "eva")
    wrong, unknown = _enter(client, "eva", "wrong"), _enter(client, "ava", "wrong")
    assert wrong.status_code == unknown.status_code == 403
    assert wrong.text.replace("eva", "ava") == unknown.text or _without_token(wrong, "eva") == _without_token(
        unknown, "ava"
    )


def _without_token(answer, login: str) -> str:
    bare = re.sub(r'(csrf-token" content|csrf_token" value)="[^"]+"', "", answer.text)
    return bare.replace(f'value="{login}"', "")


def test_signing_out_forgets(client, make_user) -> None:
    make_user(Role.EDITOR, "eva")
    _enter(client, "eva")
    client.post("/salir")
    assert not _inside(client)


def test_asking_for_the_head_of_the_page_tries_no_password(client) -> None:
    assert client.head("/entrar").status_code == 200


def test_signing_out_is_not_done_by_a_link(as_role) -> None:
    assert as_role(Role.EDITOR).get("/salir").status_code == 405


def test_a_session_prepared_by_somebody_else_is_replaced_at_sign_in(client, make_user) -> None:
    make_user(Role.EDITOR, "eva")
    with client.session_transaction() as session:
        session["planted"] = "yes"
        session["csrf_token"] = "known"
    _enter(client, "eva")
    with client.session_transaction() as session:
        assert "planted" not in session and session.get("csrf_token") != "known"


@pytest.mark.parametrize("forged", ["1:", "1:0000", "x:y", ":", "1", "999999999999999999999:a"])
def test_a_session_that_names_an_account_without_its_mark_is_nobody(client, make_user, forged) -> None:
    make_user(Role.ADMINISTRATOR)
    with client.session_transaction() as session:
        session["_user_id"] = forged
    assert not _inside(client)


def test_a_closed_account_is_out_at_once(archive: Archive, client, make_user) -> None:
    user = make_user(Role.EDITOR, "eva")
    _enter(client, "eva")
    with archive.transaction() as tx:
        accounts.change_user(tx, LOCAL_ADMINISTRATOR, accounts.get_user(tx, user.id), active=False)
    assert not _inside(client)


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(app: Flask, make_user) -> None:
    make_user(Role.EDITOR, "eva")
    here, there = app.test_client(), app.test_client()
    _enter(here, "eva")
    _enter(there, "eva")
    fresh = "otra frase muy larga"
    here.post("/cuenta/contrasena", data={"old": PASSWORD, "new": fresh, "again": fresh})
    assert _inside(here) and not _inside(there)


def test_after_signing_in_one_is_where_one_wanted_to_go(client, make_user) -> None:
    make_user(Role.EDITOR, "eva")
    asked = client.get("/cuenta?x=1&y=ñ")
    assert asked.status_code == 302
    page = client.get(asked.location)
    wanted = re.search(r'name="next" value="([^"]+)"', page.text)[1].replace("&amp;", "&")
    assert wanted.startswith("/cuenta?x=1")
    assert _enter(client, "eva", next=wanted).location.startswith("/cuenta?x=1")


@pytest.mark.parametrize(
    "evil",
    [
        "//evil.example", "///evil", " //evil", "/\\evil.example", "\\\\evil.example", "/foo\\bar",
        "/\t/evil.example", "\t//evil", "/\n/evil", "/\x00/evil", "/%0d/../\\evil",
        "https://evil.example", "http:evil", "javascript:alert(1)", "evil.example",
    ],
)  # fmt: skip
def test_a_sign_in_never_leads_to_another_site(client, make_user, evil) -> None:
    make_user(Role.EDITOR, "eva")
    assert _enter(client, "eva", next=evil).location == "/"
    assert client.get("/entrar", query_string={"next": evil}).location == "/"


def test_ten_wrong_passwords_close_the_door_for_a_while_even_to_the_right_one(client, make_user) -> None:
    make_user(Role.EDITOR, "eva")
    answers = [_enter(client, "eva", "wrong").status_code for _ in range(11)]
    assert answers == [403] * 10 + [429]
    assert _enter(client, "EVA ").status_code == 429


def test_good_sign_ins_are_not_counted_and_other_names_stay_open(client, make_user) -> None:
    make_user(Role.EDITOR, "eva")
    make_user(Role.EDITOR, "leo")
    assert {_enter(client, "eva").status_code for _ in range(12)} == {302}
    for _ in range(11):
        _enter(client, "eva", "wrong")
    client.post("/salir")
    assert _enter(client, "leo").status_code == 302


def test_a_link_sets_the_password_and_lets_in(archive: Archive, client, make_user) -> None:
    with archive.transaction() as tx:
        user = accounts.add_user(tx, LOCAL_ADMINISTRATOR, "eva", "Eva", Role.EDITOR)
        token = links.one_time_link(tx, LOCAL_ADMINISTRATOR, user)
    page = client.get(f"/liga/{token}")
    assert page.status_code == 200 and "eva" in page.text
    assert page.headers["Referrer-Policy"] == "strict-origin" and "no-store" in page.headers["Cache-Control"]
    differing = client.post(f"/liga/{token}", data={"password": PASSWORD, "again": "otra"})
    assert differing.status_code == 400
    done = client.post(f"/liga/{token}", data={"password": PASSWORD, "again": PASSWORD})
    assert done.status_code == 302 and _inside(client)
    assert client.get(f"/liga/{token}").status_code == 404


def test_an_unknown_link_says_what_to_do(client) -> None:
    answer = client.get("/liga/nothing")
    assert answer.status_code == 404 and "/entrar" in answer.text


def test_the_language_is_chosen_not_guessed(client) -> None:
    guessed = client.get("/entrar", headers={"Accept-Language": "en"})
    assert '<html lang="es-MX"' in guessed.text
    client.post("/idioma", data={"language": "en"})
    assert '<html lang="en"' in client.get("/entrar").text
    client.post("/idioma", data={"language": "xx"})
    assert '<html lang="en"' in client.get("/entrar").text


def test_a_copied_cookie_opens_nothing_after_signing_out(app: Flask, client, make_user) -> None:
    make_user(Role.EDITOR, "eva")
    _enter(client, "eva")
    thief = app.test_client()
    with client.session_transaction() as here, thief.session_transaction() as there:
        there.update(dict(here))
    assert _inside(thief)
    client.post("/salir")
    assert not _inside(thief)


def test_another_browser_of_ones_own_is_signed_out_from_here(app: Flask, client, make_user) -> None:
    make_user(Role.EDITOR, "eva")
    phone = app.test_client()
    phone.post(
        "/entrar",
        data={"login": "eva", "password": PASSWORD},
        headers={"User-Agent": "Mozilla/5.0 (Linux; Android 15) AppleWebKit Chrome/140 Mobile Safari"},
    )
    _enter(client, "eva")
    page = client.get("/cuenta").text
    assert "Chrome, Android" in page
    (address,) = re.findall(r'action="(/cuenta/sesiones/\d+/cerrar)"', page)
    assert client.post(address).status_code == 302
    assert not _inside(phone) and _inside(client)


def test_nobody_signs_out_the_browser_of_another(app: Flask, as_role) -> None:
    mine, other = as_role(Role.EDITOR), as_role(Role.ADMINISTRATOR)
    with mine.session_transaction() as session:
        number = session["_user_id"].partition(":")[0]
    assert other.post(f"/cuenta/sesiones/{number}/cerrar").status_code == 404
    assert _inside(mine)
