"""People, their names and offices, and two entries that are one person."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from dam.archive import Archive
from dam.errors import Ambiguous, Conflict, Forbidden, Invalid, NotFound
from dam.models import Appearance, Attendance, Event, IndexTicket, IngestItem, OfficeKind, Official, Role
from dam.services import districts, events, offices, officials
from dam.services.access import LOCAL_ADMINISTRATOR as ME
from dam.services.access import Actor
from tests import material


@pytest.fixture
def oscar(archive: Archive) -> int:
    with archive.transaction() as tx:
        return officials.create_official(
            tx, ME, "Óscar González Yáñez", aliases=["El Profe", "Óscar González", "El profe"]
        ).id


def test_a_person_is_found_by_name_alias_title_and_id(archive: Archive, oscar: int) -> None:
    with archive.reading() as tx:
        for text in ("oscar gonzalez yanez", "ÓSCAR GONZÁLEZ YÁÑEZ", "el profe", "oscar gonzalez", str(oscar),
                     oscar,
                     "Dip. Óscar González", "Lic. Oscar Gonzalez Yañez"):  # fmt: skip
            assert officials.find_official(tx, text).id == oscar, text
        for text in ("Oscar", "", "dip.", "4711"):
            with pytest.raises(NotFound):
                officials.find_official(tx, text)
        with pytest.raises(NotFound) as near:
            officials.find_official(tx, "oscar gonz")
        assert near.value.detail["candidates"] == [f"{oscar} Óscar González Yáñez"]


def test_a_title_written_into_the_name_is_not_needed_to_find_it(archive: Archive) -> None:
    with archive.transaction() as tx:
        made = officials.create_official(tx, ME, "Dip. Juana Peña")
        assert made.name == "Dip. Juana Peña"
        assert officials.find_official(tx, "juana pena").id == made.id


def test_a_second_person_of_a_name_must_be_meant(archive: Archive, oscar: int) -> None:
    with pytest.raises(Conflict), archive.transaction() as tx:
        officials.create_official(tx, ME, "Oscar Gonzalez Yañez")
    with archive.transaction() as tx:
        other = officials.create_official(tx, ME, "Oscar Gonzalez Yañez", namesake=True)
        offices.hold_office(tx, ME, other.id, "Síndico", municipality_key="15106")
    with archive.reading() as tx, pytest.raises(Ambiguous) as several:
        officials.find_official(tx, "oscar gonzalez yanez")
    assert several.value.detail["candidates"] == [
        f"{oscar} Óscar González Yáñez",
        f"{other.id} Oscar Gonzalez Yañez (Síndico · Toluca)",
    ]


def test_aliases_are_kept_once_and_replaced_as_a_whole(archive: Archive, oscar: int) -> None:
    with archive.transaction() as tx:
        assert [alias.name for alias in officials.get_official(tx, oscar).aliases] == [
            "El Profe",
            "Óscar González",
        ]
        officials.edit_official(tx, ME, oscar, aliases=["Profe", "Óscar González", "oscar gonzález yáñez"])
    with archive.reading() as tx:
        official = officials.get_official(tx, oscar)
        assert {alias.name for alias in official.aliases} == {"Profe", "Óscar González"}
        assert official.name == "Óscar González Yáñez"


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "\x00\x01"])
def test_a_name_is_needed(archive: Archive, name: str) -> None:
    with pytest.raises(Invalid), archive.transaction() as tx:
        officials.create_official(tx, ME, name)


def test_photographers_and_liaisons_do_not_write_the_catalogue(archive: Archive, oscar: int) -> None:
    for role in (Role.PHOTOGRAPHER, Role.LIAISON, Role.VIEWER):
        actor = Actor(5, "Eva", role, frozenset({"15"}))
        for deed in (
            lambda tx, actor=actor: officials.create_official(tx, actor, "Nueva"),
            lambda tx, actor=actor: officials.edit_official(tx, actor, oscar, name="Otra"),
            lambda tx, actor=actor: offices.hold_office(tx, actor, oscar, "Regidor"),
            lambda tx, actor=actor: officials.merge_officials(tx, actor, oscar, [oscar]),
            lambda tx, actor=actor: officials.delete_official(tx, actor, oscar),
            lambda tx, actor=actor: districts.create_district(tx, actor, "local", 1, "15"),
        ):
            with pytest.raises(Forbidden), archive.transaction() as tx:
                deed(tx)


def test_the_office_of_the_day_is_told(archive: Archive, oscar: int) -> None:
    with archive.transaction() as tx:
        offices.hold_office(
            tx, ME, oscar, "Presidente municipal", municipality_key="15054",
            held_from=date(2019, 1, 1), held_to=date(2021, 12, 31),
        )  # fmt: skip
        offices.hold_office(
            tx, ME, oscar, "Candidato a senador", kind="candidacy", held_from=date(2026, 1, 1)
        )
        seat = offices.hold_office(
            tx, ME, oscar, "Diputado federal", state_key="15", held_from=date(2024, 9, 1)
        )
    with archive.reading() as tx:
        official = officials.get_official(tx, oscar)
        told = {
            day: officials.describe_office(office)
            if (office := officials.current_office(official, day))
            else None
            for day in (date(2018, 1, 1), date(2021, 12, 31), date(2022, 1, 1), date(2026, 5, 1))
        }
        assert list(told.values()) == [
            None,
            "Presidente municipal · Metepec",
            None,
            "Diputado federal · México",
        ]
    with archive.transaction() as tx:
        offices.end_office(tx, ME, seat.id, date(2026, 3, 1))
    with archive.reading() as tx:
        now = officials.current_office(officials.get_official(tx, oscar), date(2026, 5, 1))
        assert now is not None and now.kind == OfficeKind.CANDIDACY


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"title": " "}, Invalid),
        ({"title": "A", "kind": "king"}, Invalid),
        ({"title": "A", "municipality_key": "15106", "state_key": "15"}, Invalid),
        ({"title": "A", "municipality_key": "99999"}, NotFound),
        ({"title": "A", "held_from": date(2026, 1, 2), "held_to": date(2026, 1, 1)}, Invalid),
    ],
)
def test_an_office_that_cannot_be_is_refused(
    archive: Archive, oscar: int, fields: dict, refusal: type
) -> None:
    with pytest.raises(refusal), archive.transaction() as tx:
        offices.hold_office(tx, ME, oscar, **fields)


def test_typing_two_letters_finds_people_best_first(archive: Archive, oscar: int, event: Event) -> None:
    with archive.transaction() as tx:
        ana = officials.create_official(tx, ME, "Ana Gómez")
        gomez = officials.create_official(tx, ME, "Gómez")
        gonzalo = officials.create_official(tx, ME, "Gonzalo Ruiz")
        events.set_attendance(tx, ME, event.id, [gonzalo.id])
    with archive.reading() as tx:
        assert [one.key for one in officials.suggest_officials(tx, "GÓ")] == [
            gonzalo.id,
            gomez.id,
            ana.id,
            oscar,
        ]
        assert [one.key for one in officials.suggest_officials(tx, "gomez")] == [gomez.id, ana.id]
        assert [one.key for one in officials.suggest_officials(tx, "yanez osc")] == [oscar]
        assert [one.key for one in officials.suggest_officials(tx, "profe")] == [oscar]
        assert [one.key for one in officials.suggest_officials(tx, "dip. osc")] == [oscar]
        assert officials.suggest_officials(tx, "o") == []


def test_merging_moves_everything_and_keeps_the_old_name_as_an_alias(
    archive: Archive, oscar: int, event: Event, send: Callable[..., int], tmp_path: Path
) -> None:
    ids = []
    for seed in (1, 2):
        item = send(material.photo(tmp_path / f"{seed}.jpg", seed=seed), event)
        with archive.reading() as tx:
            ids.append(tx.get_one(IngestItem, item).asset_id)
    with archive.transaction() as tx:
        twin = officials.create_official(tx, ME, "Oscar Glez", aliases=["Profe Óscar"], notes="Del padrón")
        later = events.create_event(tx, ME, "Gira", official_ids=[twin.id])
        events.set_attendance(tx, ME, event.id, [twin.id, oscar])
        for one in (oscar, twin.id):
            offices.hold_office(tx, ME, one, "Diputado federal", state_key="15")
        offices.hold_office(tx, ME, twin.id, "Regidor", municipality_key="15106")
        tx.add(Appearance(asset_id=ids[0], official_id=oscar, confirmed=False))
        tx.add(Appearance(asset_id=ids[0], official_id=twin.id, confirmed=True))
        tx.add(Appearance(asset_id=ids[1], official_id=twin.id, confirmed=False))
    with archive.transaction() as tx:
        officials.merge_officials(tx, ME, oscar, [twin.id])
    with archive.reading() as tx:
        shown = tx.execute(select(Appearance.asset_id, Appearance.official_id, Appearance.confirmed))
        assert set(shown) == {(ids[0], oscar, True), (ids[1], oscar, False)}
        attended = tx.execute(select(Attendance.event_id, Attendance.official_id))
        assert set(attended) == {(event.id, oscar), (later.id, oscar)}
        kept = officials.get_official(tx, oscar)
        assert sorted(office.title for office in kept.offices) == ["Diputado federal", "Regidor"]
        assert {"Oscar Glez", "Profe Óscar", "El Profe"} <= {alias.name for alias in kept.aliases}
        assert kept.notes == "Del padrón"
        assert officials.find_official(tx, "oscar glez").id == oscar
        assert tx.get(Official, twin.id) is None
        assert set(ids) <= set(tx.scalars(select(IndexTicket.asset_id)))


def test_only_a_person_whom_nothing_names_is_deleted(archive: Archive, oscar: int, event: Event) -> None:
    with archive.transaction() as tx:
        events.set_attendance(tx, ME, event.id, [oscar])
    with pytest.raises(Conflict), archive.transaction() as tx:
        officials.delete_official(tx, ME, oscar)
    with archive.transaction() as tx:
        events.set_attendance(tx, ME, event.id, [])
        officials.delete_official(tx, ME, oscar)
        assert tx.get(Official, oscar) is None


def test_districts_hold_municipalities_of_their_own_state(archive: Archive, event: Event) -> None:
    with archive.transaction() as tx:
        made = districts.create_district(
            tx, ME, "local", 34, "15", seat="Toluca", municipality_keys=["15106", "15054"]
        )
        districts.create_district(tx, ME, "federal", 34, "15")
    with archive.reading() as tx:
        assert districts.find_district(tx, "Distrito local 34").id == made.id
        assert districts.find_district(tx, "local 34, Edomex").id == made.id
        assert districts.find_district(tx, f"#{made.id}").id == made.id
        with pytest.raises(Ambiguous):
            districts.find_district(tx, "34")
        for nothing in ("local 35", "Toluca", "", "local 34, Puebla"):
            with pytest.raises(NotFound):
                districts.find_district(tx, nothing)
        assert [one.id for one in districts.list_districts(tx, municipality_key="15054").rows] == [made.id]
    for deed, refusal in (
        (lambda tx: districts.create_district(tx, ME, "local", 34, "15"), Conflict),
        (lambda tx: districts.create_district(tx, ME, "local", 0, "15"), Invalid),
        (lambda tx: districts.create_district(tx, ME, "world", 1, "15"), Invalid),
        (
            lambda tx: districts.create_district(tx, ME, "local", 1, "21", municipality_keys=["15106"]),
            Invalid,
        ),
        (lambda tx: districts.edit_district(tx, ME, made.id, municipality_keys=["99999"]), NotFound),
    ):
        with pytest.raises(refusal), archive.transaction() as tx:
            deed(tx)
    with archive.transaction() as tx:
        events.edit_event(tx, ME, event.id, district_id=made.id)
    with pytest.raises(Conflict), archive.transaction() as tx:
        districts.delete_district(tx, ME, made.id)
