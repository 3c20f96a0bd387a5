"""What is typed, and what is understood by it."""

from dataclasses import replace
from datetime import datetime

import pytest

from dam.search.dates import range_of
from dam.search.index import Condition, Either, Filter, Phrase, Prefix, Word
from dam.search.retyping import as_written, respelled, without
from dam.search.typed import CLAUSE_LIMIT, Field, FieldText, Remark, Typed
from dam.search.typed_reader import NAME_TRIES, read

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
    for text in (
        "gira OR mitin | plaza toluca", "gira o mitin o plaza toluca", "gira O de la mitin U plaza toluca"
    ):  # fmt: skip
        typed = read(text)
        assert typed.wanted == (Word("gir"), Word("mitin"), Word("plaz"), Word("toluc")), text
        assert typed.joined == {1, 2}, text
    assert read('"gira oriente" o "mitin norte"').joined == {1}
    for text in ("OR OR gira OR", "o gira o", "gira o -mitin", "-gira o mitin", '"gira o mitin"', "a o. x"):
        assert not read(text).joined, text
    assert read("gira o toluca-lerma").pieces == ((1, 3),)
    assert read("gira, mitin o plaza, toluca").listed == {1}
    assert not read("gira, mitin y plaza").listed


def test_fields_are_alternatives_to_others_and_to_words():
    one, other = FieldText(Field.APPEARS, "delfina"), FieldText(Field.MUNICIPALITY, "toluca")
    assert read("aparece:delfina OR aparece:oscar").fields == (replace(one, others=("oscar",)),)
    both = read("aparece:delfina o municipio:toluca o municipio:lerma")
    assert (both.wanted, both.joined, both.fields) == ((one, replace(other, others=("lerma",))), {1}, ())
    assert read("municipio:toluca o mitin").wanted == (other, Word("mitin"))
    assert read("mitin o municipio:toluca gira").joined == {1}
    assert read("municipio:toluca o -aparece:delfina").fields == (other, replace(one, negated=True))


@pytest.mark.parametrize(
    ("text", "values", "words"),
    [
        ("municipio:toluca,metepec", ["toluca", "metepec"], ()),
        ('municipio:"San Felipe del Progreso",Toluca', ["San Felipe del Progreso", "Toluca"], ()),
        ('municipio:Toluca,"San Felipe del Progreso"', ["Toluca", "San Felipe del Progreso"], ()),
        ('municipio:"Toluca","San Felipe del Progreso" gira',
         ["Toluca", "San Felipe del Progreso"], ("gir",)),
        ("municipio:toluca, metepec gira", ["toluca", "metepec"], ("gir",)),
        ("municipio:toluca , metepec", ["toluca", "metepec"], ()),
        ("municipio:toluca,,metepec,", ["toluca", "metepec"], ()),
        ("municipio:toluca,nada", ["toluca", "nada"], ()),
        ("municipio:toluca, becas", ["toluca"], ("bec",)),
        ("municipio:toluca o metepec becas", ["toluca", "metepec"], ("bec",)),
        ("municipio:valle de bravo, toluca gira", ["valle de bravo", "toluca"], ("gir",)),
        ("Municipio: toluca, valle de bravo gira", ["toluca", "valle de bravo"], ("gir",)),
        ('municipio:"Metepec, México"', ["Metepec, México"], ()),
        ("municipio:toluca,toluca", ["toluca"], ()),
        ("municipio:toluca, -metepec", ["toluca"], ()),
        ("municipio:toluca;metepec", ["toluca", "metepec"], ()),
        ("municipio:toluca|metepec", ["toluca", "metepec"], ()),
        ("municipio:toluca y metepec gira", ["toluca", "metepec"], ("gir",)),
        ("municipio:toluca y gira", ["toluca"], ("gir",)),
    ],
)  # fmt: skip
def test_a_field_takes_several_values(text, values, words):
    known = {"toluca", "metepec", "valle de bravo", "lerma"}
    typed = read(text, lambda field, name: name in known)
    assert [list(one.texts) for one in typed.fields] == [values]
    assert typed.words == words
    assert not typed.notes


def test_both_of_two_people_are_meant_by_an_and():
    typed = read("aparece:delfina y oscar", lambda field, name: True)
    assert typed.fields == (FieldText(Field.APPEARS, "delfina y oscar"),)
    typed = read("aparece:delfina y oscar", lambda field, name: name in ("delfina", "oscar"))
    assert typed.fields == (FieldText(Field.APPEARS, "delfina"),) and typed.words == ("oscar",)


def test_several_dates_are_values_too():
    def texts(text):
        (one,) = read(text, lambda field, name: range_of(name, TODAY) is not None).fields
        return list(one.texts)

    assert texts("fecha:2025,2026-05") == ["2025", "2026-05"]
    assert texts("fecha:1 de mayo de 2026, 3 de mayo de 2026") == ["1 de mayo de 2026", "3 de mayo de 2026"]
    assert texts("fecha:ayer o hoy") == ["ayer", "hoy"]


def test_many_values_of_a_field_have_a_bound_and_so_has_the_looking_up():
    typed = read("municipio:" + ",".join(f"n{n}" for n in range(200)))
    assert len(typed.fields[0].texts) == CLAUSE_LIMIT
    assert [note.remark for note in typed.notes] == [Remark.TOO_LONG]
    asked = []
    read("persona:a b c d e " * 100, lambda field, name: bool(asked.append(name)))
    assert len(asked) <= NAME_TRIES


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
    for either in (" OR ", " o ", ","):
        typed = read(either.join(f"palabra{n}" for n in range(10_000)))
        assert len(typed.wanted) <= CLAUSE_LIMIT
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
        ("antier", datetime(2026, 11, 16), datetime(2026, 11, 17)),
        ("semana pasada", datetime(2026, 11, 9), datetime(2026, 11, 16)),
        ("fin de semana", datetime(2026, 11, 14), datetime(2026, 11, 16)),
        ("mes pasado", datetime(2026, 10, 1), datetime(2026, 11, 1)),
        ("año pasado", datetime(2025, 1, 1), datetime(2026, 1, 1)),
        ("lunes", datetime(2026, 11, 16), datetime(2026, 11, 17)),
        ("viernes", datetime(2026, 11, 13), datetime(2026, 11, 14)),
        ("últimos 7 días", datetime(2026, 11, 12), datetime(2026, 11, 19)),
        ("mayo", datetime(2026, 5, 1), datetime(2026, 6, 1)),
        ("diciembre", datetime(2025, 12, 1), datetime(2026, 1, 1)),
        ("Mayo de 2025", datetime(2025, 5, 1), datetime(2025, 6, 1)),
        ("1 de mayo de 2026", datetime(2026, 5, 1), datetime(2026, 5, 2)),
        ("01/05/2026", datetime(2026, 5, 1), datetime(2026, 5, 2)),
        ("5/2026", datetime(2026, 5, 1), datetime(2026, 6, 1)),
        ("mayo..junio 2026", datetime(2026, 5, 1), datetime(2026, 7, 1)),
        ("1/5/26", datetime(2026, 5, 1), datetime(2026, 5, 2)),
        ("el miércoles pasado", datetime(2026, 11, 11), datetime(2026, 11, 12)),
        ("last monday", datetime(2026, 11, 16), datetime(2026, 11, 17)),
        ("fin de semana pasado", datetime(2026, 11, 14), datetime(2026, 11, 16)),
        (">2026-05-01", datetime(2026, 5, 2), None),
        ("desde mayo 2026", datetime(2026, 5, 1), None),
        ("< 2026", None, datetime(2026, 1, 1)),
        ("hasta ayer", None, datetime(2026, 11, 18)),
    ],
)
def test_dates_are_ranges_of_local_time(text, start, before):
    assert range_of(text, TODAY) == (start, before)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        "2026-13",
        "2026-02-30",
        "mayonesa",
        "31 de febrero",
        "2026-0",
        "32/01/2026",
        "últimos días",
        "20260501",
        "0000",
        "9999",
        "9999-12-31",
        "٢٠٢٦",
        "1..x",
        "desde",
        ">hola",
        "hola pasado",
    ],
)
def test_what_is_no_date_is_none(text):
    assert range_of(text, TODAY) is None


def test_a_day_in_figures_is_the_day_or_the_very_figures():
    def alternatives(text):
        return [choice for one in read(text).wanted for choice in getattr(one, "choices", [one])]

    day = (datetime(2025, 5, 5), datetime(2025, 5, 6))
    for text in ("05/05/2025", "5-5-25", "(2025-05-05),"):
        assert alternatives(text)[0] == Condition(Filter.TAKEN, (day,)), text
    assert len(alternatives("mitin OR 2025-05-05")) == len(alternatives("2025-05-05 OR mitin")) == 3
    assert read("-2025-05-05").fields == (FieldText(Field.DATE, "2025-05-05", negated=True),)
    for text in ("12/2025", "2025", "2022-2024", "32/01/2025", '"05/05/2025"'):
        assert not any(isinstance(one, Either) for one in read(text).wanted), text


def test_a_field_may_have_a_space_behind_its_colon_and_an_article_before_its_name():
    assert read("Municipio: Tecámac mitin").fields == (FieldText(Field.MUNICIPALITY, "Tecámac"),)
    assert read("Fecha: 2 de mayo de 2026 becas").fields == (FieldText(Field.DATE, "2 de mayo de 2026"),)
    assert read("-estatus: en revisión").fields == (FieldText(Field.REVIEW, "en revisión", negated=True),)
    assert read("municipio:la paz gira").fields == (FieldText(Field.MUNICIPALITY, "la paz"),)
    for text in ("municipio:", "municipio: -boda", "municipio: tipo:foto", "la: paz", '"municipio:" paz'):
        assert Field.MUNICIPALITY not in {one.field for one in read(text).fields}, text


def test_the_pasted_address_of_a_page_is_its_asset():
    for text in (
        "https://acervo.example.mx/material/12?q=toluca",
        "/material/12",
        "http://10.0.0.5:8000/material/12#pie",
    ):
        assert read(text) == Typed(fields=(FieldText(Field.ASSET, "12"),)), text
    for text in ("/material/", "material/doce", "https://example.mx/material/12x"):
        assert not read(text).fields, text


def test_quotes_as_word_processors_write_them_are_quotes():
    for text in ("“plaza de los mártires”", "«plaza de los mártires»", "„plaza de los mártires“"):
        assert read(text) == read('"plaza de los mártires"')


def test_a_date_without_quotes_takes_the_words_that_belong_to_it():
    for text, date, words in (
        ("fecha:esta semana toluca", "esta semana", ("toluc",)),
        ("fecha:1 de mayo de 2026 becas", "1 de mayo de 2026", ("bec",)),
        ("fecha:mayo 2026", "mayo 2026", ()),
        ("fecha:ayer toluca", "ayer", ("toluc",)),
        ("subido:semana pasada", "semana pasada", ()),
        ('fecha:mayo "2026"', "mayo", ()),
        ("fecha:semana -pasada", "semana", ()),
    ):
        read_ = read(text)
        assert [one.text for one in read_.fields] == [date], text
        assert read_.words == words, text


def test_a_word_in_quotes_is_searched_as_it_stands_and_names_nobody():
    typed = read('"delfina" tecamac')
    assert typed.wanted == (Word("delfin"), Word("tecamac"))
    assert typed.words == ("tecamac",) and typed.places == (1,)


def test_a_query_is_rewritten_word_by_word():
    text = 'Delfina -boda municipio:toluca "gira oriente" de Tecámac'
    assert as_written(text, ["delfin"]) == '"Delfina" -boda municipio:toluca "gira oriente" de Tecámac'
    assert without(text, ["delfin", "tecamac"]) == '-boda municipio:toluca "gira oriente" de'
    assert without("presidenta de la Toluca", ["president", "toluc"]) == ""
    assert respelled("Gonsales tecamac", {"gonsales": "gonzález"}) == "gonzález tecamac"
    assert respelled("municipio:toluca,tecamak", {"tecamak": "tecámac"}) == "municipio:toluca,tecámac"
    assert without("mitin delfina o oscar tecamac", ["delfin", "oscar"]) == "mitin tecamac"
    assert without("mitin o marcha tecamac", ["tecamac"]) == "mitin o marcha"
    assert without("mitin o en delfina tecamac", ["delfin"]) == "mitin en tecamac"
    assert without("delfina o la oscar o mitin", ["delfin", "oscar"]) == "la mitin"
    assert as_written("delfina o oscar", ["delfin", "oscar"]) == '"delfina" o "oscar"'
