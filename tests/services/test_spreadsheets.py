"""The catalogue from and to CSV: bad rows are told, good ones stay, nothing is made twice."""

import csv
import io
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from dam.archive import Archive
from dam.errors import Forbidden, Invalid
from dam.models import District, Event, Municipality, Official, Role
from dam.services import districts, events, officials, spreadsheets
from dam.services.access import LOCAL_ADMINISTRATOR as ME
from dam.services.access import Actor

OFFICIALS = """name,aliases,office,kind,municipality,district,state,body,from,to,on_leave,substitute
Óscar González,Profe | El Profe,Diputado federal,elected,,,Edomex,Congreso de la Unión,2024-09-01,2027-08-31,,
Óscar González,,Presidente municipal,elected,"Metepec, México",,,,2019,2021,,
Ana Ruiz,,Síndica,elected,15106,,,,01/01/2025,,,yes
"""


def counts(report: spreadsheets.ImportReport) -> tuple[int, int, int, list[int]]:
    return report.created, report.updated, report.unchanged, [problem.line for problem in report.problems]


def test_people_and_their_offices_come_in_once(archive: Archive) -> None:
    assert counts(spreadsheets.import_officials(archive, ME, OFFICIALS)) == (2, 1, 0, [])
    assert counts(spreadsheets.import_officials(archive, ME, OFFICIALS)) == (0, 0, 3, [])
    with archive.reading() as tx:
        oscar = officials.find_official(tx, "el profe")
        assert {(one.title, str(one.held_from), str(one.held_to)) for one in oscar.offices} == {
            ("Diputado federal", "2024-09-01", "2027-08-31"),
            ("Presidente municipal", "2019-01-01", "2021-12-31"),
        }
        assert officials.find_official(tx, "ana ruiz").offices[0].substitute


def test_headings_may_be_spanish_and_the_file_from_excel(archive: Archive) -> None:
    text = "Nombre;Cargo;Municipio;Desde\r\nJosé Peña;Regidor;Toluca;15/03/2025\r\n"
    for raw in (
        text.encode("cp1252"),
        text.encode("utf-8-sig"),
        text.encode("utf-16"),
        text.replace(";", "\t").encode(),
    ):
        report = spreadsheets.import_officials(archive, ME, spreadsheets.decode(raw))
        assert report.problems == ()
    with archive.reading() as tx:
        assert [one.name for one in tx.scalars(select(Official))] == ["José Peña"]


def test_a_bad_row_is_told_with_its_line_and_does_not_stop_the_others(archive: Archive) -> None:
    text = (
        "name,office,municipality,from,kind\n"
        '"Buena\nUno",,,,\n'
        "Malo Dos,Regidor,Atlantis %(x)s,,\n"
        "Malo Tres,Regidor,Toluca,yesterday,\n"
        "\n"
        "Malo Cuatro,,Toluca,,\n"
        "Malo Cinco,Rey,Toluca,,king\n"
        ",Regidor,Toluca,,\n"
        "Buena Seis,Regidora,Toluca,,\n"
    )
    report = spreadsheets.import_officials(archive, ME, text)
    assert counts(report) == (2, 0, 0, [4, 5, 7, 8, 9])
    assert "Atlantis" in report.problems[0].reason
    assert "yesterday" in report.problems[1].reason
    with archive.reading() as tx:
        assert set(tx.scalars(select(Official.name))) == {"Buena Uno", "Buena Seis"}
        assert tx.scalar(select(func.count(Municipality.key))) == 125


def test_a_name_that_two_people_have_is_not_guessed(archive: Archive) -> None:
    with archive.transaction() as tx:
        for _ in range(2):
            officials.create_official(tx, ME, "Ana Ruiz", namesake=True)
    report = spreadsheets.import_officials(archive, ME, "name\nana ruiz\n%(name)s %\n")
    assert counts(report) == (1, 0, 0, [2])
    assert report.problems[0].reason.endswith("Say which one. 1 Ana Ruiz; 2 Ana Ruiz")


def test_events_come_in_once_and_are_completed(archive: Archive) -> None:
    spreadsheets.import_officials(archive, ME, OFFICIALS)
    text = (
        "name,date,start,end,kind,municipality,place,officials,description\n"
        "Mitin,2026-05-01,18:40,20:00,mitin,Toluca,Plaza,Ana Ruiz | El Profe,Cierre\n"
        "Mitin,2026-05-02,,,rally,,,,\n"
        "Gira,,,,,Metepec,,,\n"
        "Sin fecha,,18:00,,,,,,\n"
        "Con nadie,2026-05-03,,,,,,Nadie Conocido,\n"
    )
    assert counts(spreadsheets.import_events(archive, ME, text)) == (3, 0, 0, [5, 6])
    assert counts(spreadsheets.import_events(archive, ME, text)) == (0, 0, 3, [5, 6])
    more = "evento;fecha;lugar\nmitin;02/05/2026;Centro\n"
    assert counts(spreadsheets.import_events(archive, ME, more)) == (0, 1, 0, [])
    with archive.reading() as tx:
        first = tx.scalars(select(Event).where(Event.place == "Plaza")).one()
        assert (str(first.starts_at), str(first.ends_at), first.day_only) == (
            "2026-05-01 18:40:00", "2026-05-01 20:00:00", False,
        )  # fmt: skip
        assert [one.name for one in first.attendees] == ["Ana Ruiz", "Óscar González"]
        dated = select(Event.place).where(Event.starts_at.is_not(None)).order_by(Event.id)
        assert tx.scalars(dated).all() == ["Plaza", "Centro"]
        assert tx.scalar(select(func.count(Official.id))) == 2


def test_districts_come_in_once(archive: Archive) -> None:
    text = (
        "number,kind,state,seat,municipalities\n"
        "34,local,,Toluca,Toluca | Metepec\n"
        "34,federal,México,Toluca,\n"
        "1,local,Puebla,,Amozoc\n"
        "x,local,,,\n"
        "2,,,,\n"
    )
    assert counts(spreadsheets.import_districts(archive, ME, text)) == (2, 0, 0, [4, 5, 6])
    more = "numero,tipo,municipios\n34,local,15118\n"
    assert counts(spreadsheets.import_districts(archive, ME, more)) == (0, 1, 0, [])
    with archive.reading() as tx:
        names = [one.name for one in districts.find_district(tx, "local 34").municipalities]
        assert names == ["Metepec", "Toluca", "Zinacantepec"]
        assert tx.scalar(select(func.count(District.id))) == 2


@pytest.mark.parametrize(
    ("export", "take", "table"),
    [
        (spreadsheets.export_officials, spreadsheets.import_officials, Official),
        (spreadsheets.export_events, spreadsheets.import_events, Event),
        (spreadsheets.export_districts, spreadsheets.import_districts, District),
    ],
)
def test_what_was_written_reads_back_as_known(
    archive: Archive, event: Event, export: Callable, take: Callable, table: type
) -> None:
    spreadsheets.import_officials(archive, ME, OFFICIALS)
    spreadsheets.import_districts(archive, ME, "number,kind,seat,municipalities\n34,local,Toluca,Toluca\n")
    with archive.transaction() as tx:
        events.set_attendance(tx, ME, event.id, [officials.find_official(tx, "Ana Ruiz").id])
    with archive.reading() as tx:
        text = "".join(export(tx))
        before = tx.scalar(select(func.count()).select_from(table))
    report = take(archive, ME, spreadsheets.decode(text.encode()))
    assert report.unchanged > 0
    assert (report.created, report.updated, report.problems) == (0, 0, ())
    with archive.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(table)) == before


def test_no_cell_becomes_a_formula(archive: Archive) -> None:
    names = ["=1+1", "+52 55", "-2", "@SUM(A1)", "＝2+2", "＠MAX(A2)"]
    with archive.transaction() as tx:
        for name in names:
            officials.create_official(tx, ME, name)
    with archive.reading() as tx:
        text = "".join(spreadsheets.export_officials(tx))
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "＝", "＠"))]
    assert spreadsheets.import_officials(archive, ME, text.removeprefix("\ufeff")).unchanged == len(names)


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "office,municipality\nRegidor,Toluca\n", '"name\nx'])
def test_a_file_without_the_needed_heading_is_refused(archive: Archive, text: str) -> None:
    with pytest.raises(Invalid):
        spreadsheets.import_officials(archive, ME, text)


def test_something_else_than_a_csv_is_refused() -> None:
    for raw in (b"PK\x03\x04\0\0\0", b"x" * (5 * 1024 * 1024 + 1)):
        with pytest.raises(Invalid):
            spreadsheets.decode(raw)


def test_only_the_heads_import(archive: Archive) -> None:
    for take in (spreadsheets.import_officials, spreadsheets.import_events, spreadsheets.import_districts):
        with pytest.raises(Forbidden):
            take(archive, Actor(None, "Eva", Role.EDITOR), "name,number\nAna,1\n")
