"""Pages of the catalogue: lists, things, forms, merging, importing, and typing ahead."""

import io
import re
from collections.abc import Callable
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from dam.archive import Archive
from dam.models import District, Event, Office, Official, Role
from dam.services import districts, events, offices, officials
from dam.services.access import LOCAL_ADMINISTRATOR as ME

FETCH = {"X-Requested-With": "fetch", "Accept": "application/json"}
AsRole = Callable[..., FlaskClient]


@pytest.fixture
def catalogue(archive: Archive, event: Event) -> dict[str, int]:
    """One of each, connected."""
    with archive.transaction() as tx:
        district = districts.create_district(
            tx, ME, "local", 34, "15", seat="Toluca", municipality_keys=["15106"]
        )
        ana = officials.create_official(tx, ME, "Ana <b>Peña</b>", aliases=["La Jefa"])
        office = offices.hold_office(tx, ME, ana.id, "Presidenta municipal", municipality_key="15106")
        beto = officials.create_official(tx, ME, "Beto Díaz")
        offices.hold_office(tx, ME, beto.id, "Diputado local", district_id=district.id)
        events.edit_event(tx, ME, event.id, district_id=district.id, official_ids=[ana.id])
    return {"event": event.id, "official": ana.id, "district": district.id, "office": office.id}


def typed_word(client: FlaskClient, address: str) -> str:
    """What the page asks to be typed, in its language."""
    return re.search(r'name="word"[^>]*placeholder="(\w+)"', client.get(address).text)[1]


PAGES = [
    "/eventos", "/eventos/{event}", "/eventos/nuevo", "/eventos/{event}/editar",
    "/personas", "/personas/{official}", "/personas/nueva", "/personas/{official}/editar",
    "/personas/{official}/cargos/{office}",
    "/municipios", "/municipios?estado=", "/municipios?estado=09", "/municipios/15106",
    "/distritos", "/distritos/{district}", "/distritos/nuevo", "/distritos/{district}/editar",
    "/importar/eventos", "/importar/personas", "/importar/distritos",
]  # fmt: skip


@pytest.mark.parametrize("address", PAGES)
def test_every_page_opens_for_the_heads_and_shows_text_as_text(
    as_role: AsRole, catalogue: dict[str, int], address: str
) -> None:
    answer = as_role(Role.COORDINATOR).get(address.format(**catalogue))
    assert answer.status_code == 200, answer.text[:400]
    assert "<b>Peña" not in answer.text
    assert '="False"' not in answer.text, "an attribute that is there counts, whatever it says"
    assert not re.search(r"<select[^>]*>\s*</select>", answer.text), "nothing to choose from"


@pytest.mark.parametrize("address", ["/eventos", "/personas", "/municipios", "/distritos"])
def test_an_empty_list_says_so(as_role: AsRole, archive: Archive, address: str) -> None:
    for role in (Role.COORDINATOR, Role.VIEWER):
        answer = as_role(role).get(address + "?q=zzzz")
        assert answer.status_code == 200
        assert 'class="state"' in answer.text


@pytest.mark.parametrize("address", ["/eventos/4711", "/personas/4711", "/municipios/99999",
                                     "/distritos/4711",
                                     "/importar/mars", "/exportar/mars.csv", "/eventos?after=x"])  # fmt: skip
def test_what_is_not_there_is_refused(as_role: AsRole, archive: Archive, address: str) -> None:
    assert as_role(Role.ADMINISTRATOR).get(address).status_code in (400, 404)


def test_viewers_look_and_do_not_touch(as_role: AsRole, catalogue: dict[str, int]) -> None:
    client = as_role(Role.VIEWER)
    for address in PAGES:
        wanted = 403 if any(part in address for part in ("nuev", "editar", "cargos", "importar")) else 200
        assert client.get(address.format(**catalogue)).status_code == wanted, address
    page = client.get(f"/eventos/{catalogue['event']}").text
    assert "/editar" not in page
    assert 'data-opens="merge"' not in page


def test_somebody_not_yet_known_is_added_from_the_field_in_which_one_typed(as_role: AsRole) -> None:
    sent = {"headers": {"X-Requested-With": "fetch"}, "json": {"name": "Óscar Núñez Peña"}}
    assert as_role(Role.PHOTOGRAPHER).post("/personas", **sent).status_code == 403
    answer = as_role(Role.EDITOR).post("/personas", **sent)
    assert answer.status_code == 201 and answer.json["text"] == "Óscar Núñez Peña"
    page = as_role(Role.EDITOR).get(f"/personas/{answer.json['value']}")
    assert "Óscar Núñez Peña" in page.text
    again = as_role(Role.EDITOR).post("/personas", **sent)
    assert again.status_code == 409 and again.json["message"]


def test_an_event_is_made_edited_and_deleted(
    as_role: AsRole, archive: Archive, catalogue: dict[str, int]
) -> None:
    client = as_role(Role.COORDINATOR)
    said = {
        "name": "Gira de trabajo", "kind": "tour", "starts_on": "2026-06-03", "starts_at": "09:30",
        "ends_at": "14:00",
        "municipality": "15054", "place": "Centro", "officials": [str(catalogue["official"])],
    }  # fmt: skip
    answer = client.post("/eventos", data=said)
    assert answer.status_code == 302
    address = answer.headers["Location"]
    page = client.get(address).text
    for text in ("Gira de trabajo", "09:30", "14:00", "Metepec", "Centro", "Ana &lt;b&gt;"):
        assert text in page
    said |= {
        "name": "Gira por Metepec",
        "starts_at": "",
        "ends_at": "",
        "ends_on": "2026-06-04",
        "officials": [],
    }
    assert client.post(address + "/editar", data=said).status_code == 302
    with archive.reading() as tx:
        event = tx.scalars(select(Event).where(Event.name == "Gira por Metepec")).one()
        assert (event.starts_at, event.ends_at, event.day_only) == (
            datetime(2026, 6, 3),
            datetime(2026, 6, 4),
            True,
        )
        assert event.attendees == []
    assert client.post(address + "/borrar", data={"word": "no"}).status_code == 400
    assert (
        client.post(address + "/borrar", data={"word": typed_word(client, address).lower()}).status_code
        == 302
    )
    assert client.get(address).status_code == 404


def test_a_refused_form_keeps_what_was_typed(as_role: AsRole, catalogue: dict[str, int]) -> None:
    answer = as_role(Role.EDITOR).post(
        "/eventos",
        data={
            "name": "Reunión",
            "starts_at": "10:00",
            "municipality": "15106",
            "officials": [catalogue["official"]],
        },
    )
    assert answer.status_code == 400
    assert 'value="Reunión"' in answer.text
    assert 'value="15106"' in answer.text
    assert f'value="{catalogue["official"]}"' in answer.text


def test_the_upload_page_makes_an_event_by_fetch(as_role: AsRole, catalogue: dict[str, int]) -> None:
    client = as_role(Role.PHOTOGRAPHER)
    said = {
        "name": "Mitin",
        "starts_on": "2026-05-02",
        "municipality": "toluca",
        "officials": [catalogue["official"]],
    }
    answer = client.post("/eventos", json=said, headers=FETCH)
    assert answer.status_code == 201
    assert answer.json["label"] == answer.json["text"] == "Mitin"
    assert answer.json["id"] == answer.json["value"]
    assert "Toluca" in answer.json["detail"]
    assert answer.json["attendees"] == [{"id": catalogue["official"], "label": "Ana <b>Peña</b>"}]
    for wrong, status in (
        ({"name": ""}, 400), ({"name": "x", "municipality": "Atlantis"}, 404),
        ({"name": "x", "starts_on": "soon"}, 400),
        ({"name": "x", "officials": ["a"]}, 400), ([], 400), ({"name": "x", "officials": [99999]}, 404),
    ):  # fmt: skip
        refused = client.post("/eventos", json=wrong, headers=FETCH)
        assert refused.status_code == status, wrong
        assert refused.json["message"]


def test_a_liaison_makes_events_at_home_only(as_role: AsRole, archive: Archive) -> None:
    client = as_role(Role.LIAISON, municipalities=["15106"])
    assert client.post("/eventos", data={"name": "Aquí", "municipality": "15106"}).status_code == 302
    assert client.post("/eventos", data={"name": "Allá", "municipality": "15054"}).status_code == 403


def test_a_person_needs_no_office(as_role: AsRole, archive: Archive) -> None:
    page = as_role(Role.COORDINATOR).get("/personas/nueva").text
    assert not re.search(r'<input[^>]*name="title"[^>]*required', page)
    assert re.search(r'<option value="elected" selected>', page)


def test_a_person_and_an_office_are_made_and_changed(as_role: AsRole, archive: Archive) -> None:
    client = as_role(Role.EDITOR)
    said = {
        "name": "Óscar González",
        "aliases": "Profe\nEl Profe",
        "title": "Diputado",
        "state": "15",
        "held_from": "2024-09-01",
    }
    address = client.post("/personas", data=said).headers["Location"]
    page = client.get(address).text
    assert "Diputado" in page
    assert "Profe" in page
    again = client.post("/personas", data={"name": "oscar gonzalez"})
    assert again.status_code == 409
    assert 'name="namesake"' in again.text
    assert client.post("/personas", data={"name": "oscar gonzalez", "namesake": "yes"}).status_code == 302
    assert (
        client.post(address + "/cargos", data={"title": "Regidor", "municipality": "15106"}).status_code
        == 302
    )
    assert client.post(address + "/cargos", data={"title": "", "municipality": "15106"}).status_code == 400
    with archive.reading() as tx:
        office = tx.scalars(select(Office).where(Office.title == "Regidor")).one()
    one = f"{address}/cargos/{office.id}"
    assert (
        client.post(one, data={"title": "Síndico", "district": "", "held_to": "2027-01-01"}).status_code
        == 302
    )
    assert client.post(f"/personas/{office.official_id + 1}/cargos/{office.id}/quitar").status_code == 404
    assert client.post(one + "/quitar").status_code == 302
    with archive.reading() as tx:
        assert [held.title for held in tx.scalars(select(Office))] == ["Diputado"]


def test_merging_is_for_the_heads(as_role: AsRole, archive: Archive, catalogue: dict[str, int]) -> None:
    with archive.transaction() as tx:
        twin = officials.create_official(tx, ME, "Ana Peña")
        other = events.create_event(tx, ME, "Mitin Toluca")
    editor, head = as_role(Role.EDITOR), as_role(Role.COORDINATOR)
    for address, gone in (
        (f"/personas/{catalogue['official']}/unir", twin.id),
        (f"/eventos/{catalogue['event']}/unir", other.id),
    ):
        assert editor.post(address, data={"gone": gone}).status_code == 403
        assert head.post(address, data={}).status_code == 400
        assert head.post(address, data={"gone": gone}).status_code == 302
    with archive.reading() as tx:
        assert tx.get(Official, twin.id) is None
        assert tx.get(Event, other.id) is None


def test_a_district_is_made_and_changed(as_role: AsRole, archive: Archive) -> None:
    client = as_role(Role.COORDINATOR)
    said = {"kind": "local", "number": "7", "state": "15", "seat": "Metepec", "municipalities": ["15054"]}
    address = client.post("/distritos", data=said).headers["Location"]
    assert "Metepec" in client.get(address).text
    assert client.post("/distritos", data=said).status_code == 409
    assert (
        client.post(address + "/editar", data=said | {"municipalities": ["15054", "15106"]}).status_code
        == 302
    )
    assert client.post(address + "/borrar", data={"word": typed_word(client, address)}).status_code == 302
    with archive.reading() as tx:
        assert tx.scalars(select(District)).all() == []


def test_a_csv_is_imported_with_a_report_and_exported(as_role: AsRole, archive: Archive) -> None:
    client = as_role(Role.COORDINATOR)
    csv = "nombre;cargo;municipio\nJosé Peña;Regidor;Toluca\nMala Suerte;Regidora;Atlantis\n"
    answer = client.post(
        "/importar/personas", data={"file": (io.BytesIO(csv.encode("cp1252")), "personas.csv")}
    )
    assert answer.status_code == 200
    assert "Atlantis" in answer.text
    assert client.post("/importar/personas", data={}).status_code == 400
    assert client.post("/importar/personas", data={"file": (io.BytesIO(b"\0\1"), "x.csv")}).status_code == 400
    export = client.get("/exportar/personas.csv")
    assert export.headers["Content-Disposition"] == 'attachment; filename="personas.csv"'
    assert "José Peña,,Regidor,elected,15106" in export.text
    assert as_role(Role.EDITOR).get("/importar/personas").status_code == 403


def test_typing_ahead_answers_every_role(as_role: AsRole, catalogue: dict[str, int]) -> None:
    for role in Role:
        client = as_role(role)
        assert client.get("/sugerir/municipios?q=metep").json[0]["value"] == "15054"
        assert client.get("/sugerir/personas?q=jef").json == [
            {
                "value": catalogue["official"],
                "text": "Ana <b>Peña</b>",
                "note": "Presidenta municipal · Toluca",
            }
        ]
        assert client.get("/sugerir/eventos?q=mit").json[0]["value"] == catalogue["event"]
        assert client.get("/sugerir/distritos?q=34").json[0]["value"] == catalogue["district"]
        assert client.get("/sugerir/personas?q=").json == []
        assert client.get("/sugerir/personas?q=" + "x" * 5000).json == []


def test_a_list_follows_typing_and_goes_on(as_role: AsRole, archive: Archive) -> None:
    with archive.transaction() as tx:
        for number in range(60):
            events.create_event(tx, ME, f"Gira {number}", starts_at=datetime(2026, 1, 1 + number % 28))
    client = as_role(Role.VIEWER)
    first = client.get("/eventos?q=gira").text
    assert first.count('class="cover"') == 50
    onwards = first.split('data-next href="')[1].split('"')[0].replace("&amp;", "&")
    more = client.get(onwards, headers=FETCH).text
    assert more.count('class="cover"') == 10
    assert "<html" not in more
    assert client.get("/eventos?q=gira+59", headers=FETCH).text.count('class="cover"') == 1


def test_an_empty_archive_offers_the_example_and_takes_it_away(as_role: AsRole, archive: Archive) -> None:
    head, photographer = as_role(Role.COORDINATOR), as_role(Role.PHOTOGRAPHER)
    for page in ("/eventos", "/buscar"):
        assert 'action="/ejemplo"' in head.get(page).text
        assert 'action="/ejemplo"' not in photographer.get(page).text
    assert photographer.post("/ejemplo").status_code == 403
    address = head.post("/ejemplo").headers["Location"]
    page = head.get(address).text
    assert 'action="/ejemplo/quitar"' in page
    assert "data-arriving" in page, "what is still being prepared is told and comes by itself"
    assert head.post("/ejemplo/quitar").status_code == 302
    assert head.get(address).status_code == 404
