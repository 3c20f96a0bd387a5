"""Every role knocks at every route: nothing opens that is not meant to, and nothing is left unclassified."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from dam.archive import Archive
from dam.models import Asset, Kind, Processing, Review, Role, User
from dam.services import accounts
from dam.services.access import LOCAL_ADMINISTRATOR, ROLES_OF
from dam.services.accounts import passwords, sign_ins, tokens
from dam.services.accounts.tokens import ACTIONS_OF, Scope
from dam.web import make_app
from dam.web.doors import SAFE, door_of
from dam.web.doors import Kind as DoorKind

# A value for each name that an address may hold. Ids are of things that do not exist: a door that opens
# answers 404 or 400, never 403; what is done to an asset is tried by the tests of each service.
SAMPLES = {
    "filename": "base.js",
    "token": "nothing",
    "key": "15106",
    "preset": "thumb",
    "path": "x",
    "version": "nothing",
    "signature": "nothing",
}
ANY_ID = 987654
PUBLIC = {
    "static", "office.accent_stylesheet", "office.icon", "sessions.enter", "sessions.link",
    "sessions.choose_language", "health.healthz", "api.openapi",
    "uploads.discover",  # what tus can do here, said to anybody
    # each asks its link: tests/web/test_shared.py, tests/web/test_feeds.py
    "shared.page", "shared.unlock", "shared.show", "shared.take", "shared.pack", "shared.package",
    "shared.go_on", "shared.take_package", "feeds.atom_feed", "feeds.json_feed", "feeds.picture",
    "feeds.oembed",
}  # fmt: skip


@pytest.fixture(scope="module")
def kept_hash() -> str:
    return passwords.make("nopales con queso")


@pytest.fixture
def app(archive: Archive) -> Flask:
    return make_app(archive)


def _rules(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every rule with every method it takes."""
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods - {"OPTIONS", "HEAD"}):
            yield rule, method


def _address(app: Flask, rule: Rule) -> str:
    values = {name: SAMPLES.get(name, ANY_ID) for name in rule.arguments}
    for name, converter in rule._converters.items():
        if name not in SAMPLES and type(converter).__name__ not in ("RowNumber", "IntegerConverter"):
            pytest.fail(f"{rule.rule}: give a sample value for <{name}> in SAMPLES")
    return rule.build({**values, **(rule.defaults or {})})[1]  # type: ignore[index]


def _knock(client: FlaskClient, app: Flask, rule: Rule, method: str, **headers: str) -> int:
    given = {"X-CSRFToken": _form_token(app, client), "Tus-Resumable": "1.0.0", **headers}
    return client.open(_address(app, rule), method=method, headers=given).status_code


def _form_token(app: Flask, client: FlaskClient) -> str:
    from flask_wtf.csrf import generate_csrf

    with client.session_transaction() as session:
        kept = dict(session)
    with app.test_request_context():
        from flask import session as inside

        inside.update(kept)
        token = generate_csrf()
        made = inside["csrf_token"]
    with client.session_transaction() as session:
        session["csrf_token"] = made
    return token


@pytest.fixture
def account(archive: Archive, kept_hash: str) -> Callable[[Role], User]:
    def _make(role: Role) -> User:
        with archive.transaction() as tx:
            user = accounts.add_user(tx, LOCAL_ADMINISTRATOR, f"who-{role}", f"Alguien {role}", role)
            user.password_hash = kept_hash
            accounts.add_user(tx, LOCAL_ADMINISTRATOR, f"spare-{role}", "Otra", Role.ADMINISTRATOR)
        return user

    return _make


def _browser(app: Flask, user: User) -> FlaskClient:
    browser = app.test_client()
    with app.extensions["archive"].transaction() as tx:
        row = sign_ins.begin(tx, user)
    with browser.session_transaction() as session:
        session["_user_id"] = f"{row.id}:{row.mark}"
    return browser


def test_every_address_is_classified(app: Flask) -> None:
    unmarked = [
        f"{rule.rule} ({rule.endpoint})"
        for rule in app.url_map.iter_rules()
        if door_of(app.view_functions[rule.endpoint]) is None
    ]
    assert unmarked == [], "mark these with @door, @api_door, @signed_in or @public"


def test_only_what_is_listed_here_is_public(app: Flask) -> None:
    public = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if door_of(app.view_functions[rule.endpoint]).kind == DoorKind.PUBLIC
    }
    assert public == PUBLIC


def test_a_page_and_an_action_that_changes_something_are_never_the_same_address_by_get(app: Flask) -> None:
    for word in ("salir", "revocar", "borrar", "deshacer", "activo"):
        for rule in app.url_map.iter_rules():
            if word in rule.rule.split("/"):
                assert "GET" not in rule.methods, rule.rule


def test_an_unmarked_view_stays_closed_to_everybody(app: Flask, account) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    assert app.test_client().get("/forgotten").status_code == 403
    answer = _browser(app, account(Role.ADMINISTRATOR)).get("/forgotten")
    assert answer.status_code == 403 and "secret" not in answer.text


def test_nobody_gets_past_without_signing_in(app: Flask) -> None:
    for rule, method in _rules(app):
        mark = door_of(app.view_functions[rule.endpoint])
        if mark.kind == DoorKind.PUBLIC:
            continue
        client = app.test_client()
        token = {"X-CSRFToken": _form_token(app, client)}
        page = client.open(_address(app, rule), method=method, headers=token)
        where = f"{method} {rule.rule}"
        if mark.kind == DoorKind.API or rule.rule.startswith("/api/"):
            assert page.status_code == 401, where
            assert page.is_json or rule.rule.startswith("/tus/"), where
        else:
            assert page.status_code == 302 and page.location.startswith("/entrar"), where
            fetched = client.open(
                _address(app, rule), method=method, headers={**token, "X-Requested-With": "fetch"}
            )
            assert fetched.status_code == 401 and fetched.json["error"] == "not_signed_in", where


@pytest.mark.parametrize("role", list(Role))
def test_a_role_gets_past_exactly_where_it_may(app: Flask, account, role: Role) -> None:
    user = account(role)
    for rule, method in _rules(app):
        mark = door_of(app.view_functions[rule.endpoint])
        if mark.action is None or rule.endpoint == "sessions.leave":
            continue
        status = _knock(_browser(app, user), app, rule, method)
        where = f"{role}: {method} {rule.rule} → {status}"
        if role in ROLES_OF[mark.action]:
            assert status not in (302, 401, 403) or _inner_refusal(rule, status), where
            assert status < 500, where
        else:
            assert status == 403, where


def _inner_refusal(rule: Rule, status: int) -> bool:
    # A view that opens may still lead on (a redirect after a form), which is no refusal.
    return status == 302


@pytest.mark.parametrize("scope", [scope for scope in Scope if scope is not Scope.MOUNT])
def test_a_key_gets_past_only_at_api_doors_and_within_its_scope(
    app: Flask, archive: Archive, account, scope
) -> None:
    boss = account(Role.ADMINISTRATOR)
    with archive.transaction() as tx:
        _row, text = tokens.issue_token(tx, accounts.actor_of(tx, boss), "todo", [scope])
    for rule, method in _rules(app):
        mark = door_of(app.view_functions[rule.endpoint])
        if mark.kind == DoorKind.PUBLIC:
            continue
        given = {"Authorization": f"Bearer {text}", "X-Requested-With": "fetch", "Tus-Resumable": "1.0.0"}
        status = app.test_client().open(_address(app, rule), method=method, headers=given).status_code
        where = f"{scope}: {method} {rule.rule} → {status}"
        if mark.kind != DoorKind.API:
            assert status in (400, 401), where  # 400: no form token, looked at before anything else
        elif mark.action in ACTIONS_OF[scope]:
            assert status not in (401, 403) and status < 500, where
        else:
            assert status == 403, where


def test_the_password_of_the_mounted_drive_opens_nothing_else(app: Flask, archive, account) -> None:
    boss = account(Role.ADMINISTRATOR)
    with archive.transaction() as tx:
        _row, text = tokens.issue_token(tx, accounts.actor_of(tx, boss), "Finder", [Scope.MOUNT])
    given = {"Authorization": f"Bearer {text}", "X-Requested-With": "fetch"}
    for rule, method in _rules(app):
        if method == "GET" and door_of(app.view_functions[rule.endpoint]).kind != DoorKind.PUBLIC:
            assert app.test_client().get(_address(app, rule), headers=given).status_code == 401, rule.rule
    assert app.test_client().get("/dav/", headers=given).status_code == 401


def test_a_bad_key_is_refused_even_with_a_good_session(app: Flask, account) -> None:
    browser = _browser(app, account(Role.ADMINISTRATOR))
    for rule, method in _rules(app):
        if door_of(app.view_functions[rule.endpoint]).kind == DoorKind.API:
            assert _knock(browser, app, rule, method, Authorization="Bearer acervo_nothing") == 401, rule.rule


def test_no_form_is_believed_without_its_token(app: Flask, account) -> None:
    browser = _browser(app, account(Role.ADMINISTRATOR))
    for rule, method in _rules(app):
        if method in SAFE:
            continue
        for headers in ({}, {"X-CSRFToken": "forged"}, {"Authorization": "Basic eDp5"}):
            status = browser.open(_address(app, rule), method=method, headers=headers).status_code
            assert status == 400, f"{method} {rule.rule} without a form token → {status}"


def test_a_form_from_another_site_is_refused_although_its_token_is_good(app: Flask, account) -> None:
    browser = _browser(app, account(Role.ADMINISTRATOR))
    for origin in ("https://evil.example", "null", "http://localhost.evil.example"):
        headers = {"X-CSRFToken": _form_token(app, browser), "Origin": origin}
        answer = browser.post("/cuenta", data={"name": "Robada"}, headers=headers)
        assert answer.status_code == 403, origin
    own = {"X-CSRFToken": _form_token(app, browser), "Origin": "http://localhost"}
    assert browser.post("/cuenta", data={"name": "Propia"}, headers=own).status_code == 302


def test_a_form_token_of_one_session_does_not_serve_another(app: Flask, account) -> None:
    token = _form_token(app, app.test_client())
    browser = _browser(app, account(Role.EDITOR))
    assert browser.post("/cuenta", data={"name": "x"}, headers={"X-CSRFToken": token}).status_code == 400


def test_numbers_that_no_row_can_have_are_addresses_that_do_not_exist(app: Flask, account) -> None:
    browser = _browser(app, account(Role.ADMINISTRATOR))
    for rule, method in _rules(app):
        if method == "GET" and rule.arguments:
            for number in (2**31, 2**63, 10**30):
                values = {name: SAMPLES.get(name, ANY_ID) for name in rule.arguments}
                built = rule.build({**values, **(rule.defaults or {})})[1].replace(str(ANY_ID), str(number))
                status = browser.get(built).status_code
                assert status < 500, f"GET {built} → {status}"


@pytest.fixture
def elsewhere(archive: Archive) -> dict[str, int]:
    """Assets in every state, of Toluca, owned by nobody who is here."""
    made = {}
    with archive.transaction() as tx:
        for name, facts in {
            "approved": {"review": Review.APPROVED},
            "received": {},
            "rejected": {"review": Review.REJECTED},
            "working": {"processing": Processing.WORKING},
            "quarantined": {"processing": Processing.QUARANTINED},
            "binned": {"deleted_at": archive.clock()},
        }.items():
            asset = Asset(
                **{"kind": Kind.PHOTO, "processing": Processing.READY, "municipality_key": "15106",
                   "keywords": [], "persons": []} | facts
            )  # fmt: skip
            tx.add(asset)
            tx.flush()
            made[name] = asset.id
    return made


HIDDEN = {
    Role.LIAISON: {"received", "rejected", "working", "quarantined", "binned"},
    Role.VIEWER: {"rejected", "working", "quarantined", "binned"},
    Role.PHOTOGRAPHER: {"quarantined", "binned"},
    Role.EDITOR: {"quarantined", "binned"},
    Role.COORDINATOR: {"quarantined"},
}


@pytest.mark.parametrize("role", list(HIDDEN))
def test_no_route_admits_that_material_out_of_reach_exists(
    app: Flask, account, elsewhere, role: Role
) -> None:
    """A liaison of nowhere, and everybody else, at every address that takes an asset's number: what is hidden
    answers exactly like what never was."""
    user = account(role)
    tried = 0
    for rule, method in _rules(app):
        if "asset_id" not in rule.arguments or method != "GET":
            continue
        for state in HIDDEN[role]:
            tried += 1
            address = _address(app, rule)
            hidden = _browser(app, user).get(address.replace(str(ANY_ID), str(elsewhere[state])))
            never = _browser(app, user).get(address)
            assert hidden.status_code == never.status_code in (403, 404), f"{role} {rule.rule} {state}"
    assert tried or not any("asset_id" in rule.arguments for rule in app.url_map.iter_rules())
