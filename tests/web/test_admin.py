"""Accounts, the custody log and the archive's state, for those who may."""

import ast
import re

from sqlalchemy import update

from dam.archive import Archive
from dam.models import AuditEntry, Role
from dam.services import accounts, audit, officials
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.settings import ROOT
from dam.web.deeds import DETAILS, FIELDS


def test_a_new_account_gets_a_link_that_sets_its_password(archive: Archive, as_role, client) -> None:
    page = as_role(Role.ADMINISTRATOR).post(
        "/admin/usuarios", data={"login": "eva@example.mx", "name": "Eva", "role": "editor"}
    )
    address = re.search(re.escape(archive.settings.address) + r"(/liga/[\w-]+)", page.text)[1]
    client.post(address, data={"password": "una frase larga", "again": "una frase larga"})
    assert accounts.sign_in(archive, "eva@example.mx", "una frase larga").role == Role.EDITOR


def test_a_refused_account_keeps_what_was_written(as_role) -> None:
    answer = as_role(Role.ADMINISTRATOR).post(
        "/admin/usuarios", data={"login": "dos palabras", "name": "Eva", "role": "x"}
    )
    assert answer.status_code == 400 and "dos palabras" in answer.text and 'role="alert"' in answer.text


def test_a_liaison_gets_a_territory_and_loses_it_with_the_role(archive: Archive, make_user, as_role) -> None:
    user = make_user(Role.LIAISON)
    browser = as_role(Role.ADMINISTRATOR)
    places = browser.get("/admin/lugares", query_string={"q": "Nezahualcoyotl"}).json
    assert {"text": "Nezahualcóyotl, Edomex", "value": "municipality:15058"} in places
    form = {
        "name": user.name,
        "login": user.login,
        "role": "liaison",
        "territory": ["municipality:15058", "state:09"],
    }
    browser.post(f"/admin/usuarios/{user.id}", data=form)
    assert _territory(archive, user.id) == {"15058", "09"}
    browser.post(f"/admin/usuarios/{user.id}", data={**form, "role": "editor"})
    with archive.reading() as tx:
        assert accounts.get_user(tx, user.id).territories == []


def _territory(archive: Archive, user_id: int) -> frozenset[str]:
    with archive.reading() as tx:
        return accounts.actor_of(tx, accounts.get_user(tx, user_id)).territory


def test_a_place_that_does_not_exist_is_refused(make_user, as_role) -> None:
    user = make_user(Role.LIAISON)
    form = {"name": user.name, "login": user.login, "role": "liaison", "territory": "municipality:99999"}
    assert as_role(Role.ADMINISTRATOR).post(f"/admin/usuarios/{user.id}", data=form).status_code == 404


def test_the_last_administrator_is_told_why_not(make_user, as_user) -> None:
    only = make_user(Role.ADMINISTRATOR)
    answer = as_user(only).post(f"/admin/usuarios/{only.id}/activo", data={"active": "no"})
    assert answer.status_code == 409 and 'role="alert"' in answer.text


def test_the_log_shows_names_as_text_and_verifies(archive: Archive, as_role) -> None:
    browser = as_role(Role.ADMINISTRATOR)
    browser.post(
        "/admin/usuarios", data={"login": "eva", "name": "<script>alert(1)</script>", "role": "editor"}
    )
    page = browser.get("/admin/registro").text
    assert "<script>alert" not in page
    assert "notice good" in browser.post("/admin/registro/verificar").text
    with archive.transaction() as tx:
        tx.execute(update(AuditEntry).where(AuditEntry.id == 1).values(actor="nobody"))
    assert "notice bad" in browser.post("/admin/registro/verificar").text


def test_the_log_is_filtered_and_paged_by_key(archive: Archive, as_role) -> None:
    browser = as_role(Role.ADMINISTRATOR)
    page = browser.get("/admin/registro?action=batch").text
    assert "user" not in re.findall(r"about=(\w+)", page)
    assert browser.get("/admin/registro?before=1").status_code == 200
    assert browser.get("/admin/registro?about=asset:x&who=y&before=z").status_code == 200


def test_the_state_page_stands_even_when_the_queue_is_away(as_role) -> None:
    page = as_role(Role.ADMINISTRATOR).get("/admin/estado")
    assert page.status_code == 200 and ("SQLite" in page.text or "PostgreSQL" in page.text)


def test_the_particulars_of_the_log_are_words_and_names(archive: Archive, event, as_role) -> None:
    browser = as_role(Role.ADMINISTRATOR)
    with archive.transaction() as tx:
        itzel = officials.create_official(tx, LOCAL_ADMINISTRATOR, "Itzel Ávila Luna")
        said = {"review": "approved", "appears_add": [itzel.id], "rights_expire_on": "2026-12-31"}
        for action, detail in {
            "asset.describe": {"change": 7, "fields": ["review", "reviewed_at", "appearances"], "said": said},
            "asset.download": {"preset": "web-2048", "route": "cli", "name": "a.jpg", "unapproved": True},
            "asset.receive": {"sha256": "0123456789abcdef" * 4, "batch_id": 1},
            "asset.bin": {"change": 8, "fields": ["deleted_at"]},
            "batch.open": {"event_id": event.id, "source": "api"},
            "event.merge": {"gone": 99_999, "moved": 3},
            "user.territory": {"states": [], "municipalities": ["15106"]},
            "collection.share": {"people": [987_654], "roles": ["viewer"]},
        }.items():
            audit.record(tx, LOCAL_ADMINISTRATOR, action, **detail)
    page = browser.get("/admin/registro").text
    cells = [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r'<td class="detail">(.*?)</td>', page)]
    assert {
        "estatus Aprobado · quién aparece Itzel Ávila Luna · fin de derechos 31 dic 2026 · cambio 7",
        "nombre a.jpg · formato Web 2048 · por línea de comandos · sin aprobar sí",
        "carga 1 · huella 0123456789ab…",
        "campos papelera · cambio 8",
        f"evento {event.name} · por un programa",
        "registro fusionado 99,999 · movidos 3",
        "municipios Toluca",
        "personas 987654 · funciones Consulta",
    } <= set(cells)


def test_every_particular_that_is_written_into_the_log_has_a_word() -> None:
    """Those whose names stand in the calls themselves; others are of the fields of what was changed."""
    written = set()
    for file in (ROOT / "dam").rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text())):
            if isinstance(call, ast.Call) and ast.unparse(call.func) in ("audit.record", "audit.record_as"):
                written |= {one.arg for one in call.keywords if one.arg}
    assert len(written) > 40
    assert written <= DETAILS.keys() | FIELDS.keys()
