"""What is typed, and what is understood by it."""

from datetime import datetime

import pytest

from dam.search.dates import range_of
from dam.search.index import Either, Phrase, Prefix, Word
from dam.search.typed import CLAUSE_LIMIT, Field, FieldText, Remark, read

TODAY = datetime(2026, 11, 18, 16, 30)  # a Wednesday


def test_words_phrases_exclusions_and_prefixes():
    typed = read('Óscar "plaza de los Mártires" -boda -"a b" educ* niños')
    assert typed.wanted == (
        Word("oscar"),
        Phrase(("plaz", "de", "los", "martir")),
        Prefix("educ", "educ"),
        Word("nin", "niñ"),
    )
    assert typed.unwanted == (Word("bod"), Phrase(("a", "b")))
    assert typed.words == ("oscar", "nin")
    assert typed.notes == ()


def test_either_of_two():
    assert read("gira OR mitin | plaza toluca").wanted == (
        Either((Word("gir"), Word("mitin"), Word("plaz"))),
        Word("toluc"),
    )
    assert read("OR OR gira OR").wanted == (Word("gir"),)


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("municipio:toluca", Field.MUNICIPALITY, "toluca"),
        ('municipality:"Metepec, México"', Field.MUNICIPALITY, "Metepec, México"),
        ("FUNCIONARIO:delfina", Field.OFFICIAL, "delfina"),
        ("persona:delfina", Field.OFFICIAL, "delfina"),
        ("asistió:delfina", Field.ATTENDED, "delfina"),
        ("aparece:delfina", Field.APPEARS, "delfina"),
        ("evento:mitin", Field.EVENT, "mitin"),
        ("tipo:foto", Field.KIND, "foto"),
        ("fecha:2026-05-01..2026-05-15", Field.DATE, "2026-05-01..2026-05-15"),
        ("autor:ana", Field.BYLINE, "ana"),
        ("estatus:aprobado", Field.REVIEW, "aprobado"),
        ("sin:municipio", Field.WITHOUT, "municipio"),
    ],
)
def test_fields_have_spanish_and_english_names(text, field, value):
    assert read(text).fields == (FieldText(field, value),)
    assert read(f"-{text}").fields == (FieldText(field, value, negated=True),)


def test_an_unknown_field_is_said_and_its_words_are_sought():
    typed = read("hotel:toluca")
    assert typed.wanted == (Word("toluc"),)
    assert [(note.remark, note.text) for note in typed.notes] == [(Remark.UNKNOWN_FIELD, "hotel")]


def test_a_query_has_bounds():
    typed = read(" OR ".join(f"palabra{n}" for n in range(10_000)))
    assert sum(len(one.choices) if isinstance(one, Either) else 1 for one in typed.wanted) <= CLAUSE_LIMIT
    assert [note.remark for note in typed.notes] == [Remark.TOO_LONG]


def test_what_costs_much_has_a_lower_bound():
    typed = read(" ".join(f'{letter}* "{letter} x"' for letter in "abcdefgh") + " feria")
    assert sum(not isinstance(one, Word) for one in typed.wanted) == 8
    assert Word("feri") in typed.wanted
    assert {note.remark for note in typed.notes} == {Remark.TOO_LONG}


def test_common_words_alone_are_said():
    assert [note.remark for note in read("de la").notes] == [Remark.TOO_COMMON]
    assert read("alcaldesa de Toluca").wanted == (Word("alcald"), Word("toluc"))


@pytest.mark.parametrize(
    "text", ['"', '""', "-", "*", "-*", ":", "a:", '":"', "|", "\x00", "\ud800", '-"', "((", "%_"]
)
def test_rubbish_is_no_error(text):
    read(text)


@pytest.mark.parametrize(
    ("text", "start", "before"),
    [
        ("2026", datetime(2026, 1, 1), datetime(2027, 1, 1)),
        ("2026-12", datetime(2026, 12, 1), datetime(2027, 1, 1)),
        ("2026-05-01", datetime(2026, 5, 1), datetime(2026, 5, 2)),
        ("2026-05-01..2026-05-15", datetime(2026, 5, 1), datetime(2026, 5, 16)),
        ("2026-05..", datetime(2026, 5, 1), None),
        ("..2026", None, datetime(2027, 1, 1)),
        ("hoy", datetime(2026, 11, 18), datetime(2026, 11, 19)),
        ("Ayer", datetime(2026, 11, 17), datetime(2026, 11, 18)),
        ("esta semana", datetime(2026, 11, 16), datetime(2026, 11, 23)),
        ("este mes", datetime(2026, 11, 1), datetime(2026, 12, 1)),
        ("este año", datetime(2026, 1, 1), datetime(2027, 1, 1)),
    ],
)
def test_dates_are_ranges_of_local_time(text, start, before):
    assert range_of(text, TODAY) == (start, before)


@pytest.mark.parametrize(
    "text",
    ["", "..", "2026-13", "2026-02-30", "mayo", "20260501", "0000", "9999", "9999-12-31", "٢٠٢٦", "1..x"],
)
def test_what_is_no_date_is_none(text):
    assert range_of(text, TODAY) is None
