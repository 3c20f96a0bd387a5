"""Finding as the office does it: by official, place, event, words and date, forgiving accents and case."""

from datetime import date, datetime

import pytest
from sqlalchemy import event as sa_event

from dam.errors import Invalid
from dam.models import Kind, Municipality, Office
from dam.services import finding
from dam.services.finding import Filters, Order, Query, Remark, Tier
from tests.services.finding_material import (
    ANYBODY,
    ECATEPEC,
    METEPEC,
    add_asset,
    add_event,
    add_official,
    drain,
    ids,
)


def test_words_are_found_without_accents_case_plural_or_gender(archive):
    one = add_asset(archive, caption="Inauguración de la clínica en Nezahualcóyotl, con diputadas")
    add_asset(archive, caption="Otra cosa")
    drain(archive)
    for text in (
        "inauguraciones",
        "CLÍNICA nezahualcoyotl",
        "diputado",
        "clinicas inauguracion",
        "de la clínica",
    ):
        assert ids(archive, text) == [one], text


def test_a_typed_tilde_comes_first_and_a_missing_one_finds_both(archive):
    later = add_asset(archive, caption="Un ano", taken_at=datetime(2026, 6, 1))
    earlier = add_asset(archive, caption="Un año", taken_at=datetime(2026, 1, 1))
    drain(archive)
    assert ids(archive, "año") == [earlier, later]
    assert ids(archive, "ano") == [later, earlier]


def test_an_officials_own_pictures_come_before_those_of_events_attended(archive):
    delfina = add_official(archive, "Delfina Gómez Álvarez")
    rally = add_event(archive, "Mitin", attendees=[delfina])
    shown = add_asset(archive, events=[rally], appears=[delfina], taken_at=datetime(2026, 5, 1))
    there = add_asset(archive, events=[rally], taken_at=datetime(2026, 5, 2))
    said = add_asset(archive, caption="Una carta a Delfina Gómez Álvarez", taken_at=datetime(2026, 5, 3))
    add_asset(archive, caption="nadie")
    drain(archive)
    page = finding.find(archive, ANYBODY, Query(filters=Filters(official_ids=(delfina,))))
    assert [(hit.asset_id, hit.appears) for hit in page.hits] == [(shown, True), (there, False)]
    assert (page.split, page.attended, page.total) == (1, 1, 2)

    for text in ("delfina gomez", "gomez DELFINA", "delfina"):
        page = finding.find(archive, ANYBODY, Query(text))
        assert [hit.tier for hit in page.hits] == [Tier.APPEARS, Tier.ATTENDED, Tier.MENTIONED], text
        assert [hit.asset_id for hit in page.hits] == [shown, there, said]
        assert [note.remark for note in page.understood] == [Remark.RECOGNISED]

    assert ids(archive, "persona:delfina") == [shown, there]
    assert ids(archive, "aparece:delfina") == [shown]
    assert ids(archive, 'asistió:"gómez delfina" -aparece:delfina') == [there]
    assert ids(archive, official_ids=(delfina,), appears_only=True) == [shown]


def test_an_alias_finds_the_person_and_a_municipality_is_not_taken_for_one(archive):
    oscar = add_official(archive, "Óscar González Yáñez", aliases=["El Profe"])
    add_official(archive, "Juan Toluca Pérez")
    shown = add_asset(archive, appears=[oscar])
    drain(archive)
    assert ids(archive, "profe") == [shown]
    assert finding.find(archive, ANYBODY, Query("toluca")).official_ids == ()


def test_an_office_alone_shows_who_held_it_before_who_was_there_and_is_written_with_its_accents(archive):
    held = Office(title="Síndico municipal", folded="sindico municipal", municipality_key=METEPEC)
    eva = add_official(archive, "Eva Lara", offices=[held])
    fair = add_event(archive, "Feria", [eva])
    shown, beside = add_asset(archive, events=[fair], appears=[eva]), add_asset(archive, events=[fair])
    written = add_asset(archive, caption="Un síndico municipal sin nombre")
    drain(archive)
    page = finding.find(archive, ANYBODY, Query("síndica municipal"))
    assert [hit.asset_id for hit in page.hits] == [shown, beside, written]
    assert [hit.tier for hit in page.hits] == [Tier.APPEARS, Tier.ATTENDED, Tier.MENTIONED]
    assert [one.text for one in page.understood if one.remark is Remark.RECOGNISED] == ["Síndico municipal"]
    page = finding.find(archive, ANYBODY, Query("sindica municipal de metepec"))
    assert page.understood[0].text == "Síndico municipal · Metepec"


def test_an_office_is_found_for_whoever_held_it_that_day(archive):
    before = Office(
        title="Presidenta municipal",
        folded="presidenta municipal",
        held_to=date(2024, 12, 31),
        municipality_key=METEPEC,
    )
    ana = add_official(archive, "Ana Ruiz", offices=[before])
    then = add_asset(archive, appears=[ana], taken_at=datetime(2023, 3, 3), municipality_key=None)
    add_asset(archive, appears=[ana], taken_at=datetime(2025, 3, 3), municipality_key=None)
    drain(archive)
    assert ids(archive, "presidente municipal metepec") == [then]
    assert ids(archive, "presidenta municipal 2023") == [then]
    assert ids(archive, "presidenta municipal marzo") == [then]


def test_fields_phrases_prefixes_exclusions_and_choices(archive):
    tour = add_event(archive, "Gira por el oriente", municipality_key=ECATEPEC)
    photo = add_asset(
        archive,
        events=[tour],
        municipality_key=ECATEPEC,
        caption="Plaza de los Mártires",
        byline="Ana López",
        taken_at=datetime(2026, 5, 1, 23, 59),
    )
    video = add_asset(
        archive,
        kind=Kind.VIDEO,
        caption="Los mártires de la plaza",
        taken_at=datetime(2025, 7, 2),
        height=8000,
    )
    bare = add_asset(archive, taken_at=None, municipality_key=None)
    drain(archive)
    assert ids(archive, '"plaza de los martires"') == [photo]
    assert ids(archive, "plaza martires") == [photo, video]
    assert ids(archive, "mart*") == [photo, video]
    assert ids(archive, "martires -gira") == [video]
    assert ids(archive, '-"plaza de los martires"') == [video, bare]
    assert ids(archive, "gira OR plaza") == [photo, video]
    assert ids(archive, "municipio:ecatepec") == [photo]
    assert ids(archive, "evento:giras") == [photo]
    assert ids(archive, "tipo:vídeo") == [video]
    assert ids(archive, "autor:lopez") == [photo]
    assert ids(archive, "fecha:2026-05") == [photo]
    assert ids(archive, "fecha:2026-05-01") == [photo]
    assert ids(archive, "fecha:2025-07-02..2026-05") == [photo, video]
    assert ids(archive, "fecha:..2025") == [video]
    assert ids(archive, "orientacion:vertical") == [video]
    assert ids(archive, "sin:municipio") == [bare]
    assert ids(archive, "sin:fecha") == [bare]
    assert ids(archive, f"dsc {bare:04}") == [bare]


def test_unknown_dates_come_last_both_ways(archive):
    none = add_asset(archive, taken_at=None)
    old = add_asset(archive, taken_at=datetime(1968, 10, 2))
    new = add_asset(archive, taken_at=datetime(2026, 1, 1))
    drain(archive)
    assert ids(archive) == [new, old, none]
    assert ids(archive, order=Order.OLDEST) == [old, new, none]
    assert ids(archive, order=Order.ADDED) == [new, old, none]


def test_an_official_outranks_a_caption_by_relevance(archive):
    rosa = add_official(archive, "Rosa Luna")
    shown = add_asset(archive, appears=[rosa], taken_at=datetime(2020, 1, 1))
    said = add_asset(archive, caption="Vista de la luna, rosa", taken_at=datetime(2026, 1, 1))
    drain(archive)
    assert ids(archive, "lunas OR lunar", Order.RELEVANCE) == [shown, said]
    assert ids(archive, "lunas OR lunar") == [said, shown]


def test_a_mistake_still_searches_and_is_told(archive):
    one = add_asset(archive, caption="Feria del libro")
    drain(archive)
    for text, remark in {
        "feria hotel:libro": Remark.UNKNOWN_FIELD,
        "feria fecha:2026-13": Remark.BAD_DATE,
        "feria tipo:nube": Remark.BAD_VALUE,
        "evento:feria": Remark.NOT_FOUND,
        "municipio:toluca,atlantis": Remark.NOT_AMONG,
        "tipo:foto,nube": Remark.BAD_VALUE,
        "fecha:2026,nunca": Remark.BAD_DATE,
        "de la": Remark.TOO_COMMON,
    }.items():
        page = finding.find(archive, ANYBODY, Query(text))
        assert [hit.asset_id for hit in page.hits] == [one], text
        assert [note.remark for note in page.understood] == [remark], text


@pytest.mark.parametrize(
    "text",
    [
        " OR ".join(["a*"] * 10_000),
        " o ".join(["mitin"] * 10_000),
        " O ".join(["municipio:toluca"] * 10_000),
        "municipio:" + "toluca," * 10_000,
        "o o o u OR | O",
        "municipio:,,, o , municipio:",
        "ex", "ex ex ex", "exexexexex", "ex-", "ex o ex",
        'municipio:toluca," o',
        "*",
        "?",
        "%",
        "_",
        "-",
        '"',
        '""',
        "(((",
        "AND OR NOT",
        "~99",
        "a~99",
        "[a TO b]",
        "\x00\x01\x1b",
        "\ud800",
        "municipio:",
        "municipio:%",
        "evento:*",
        "fecha:..",
        "fecha:9999",
        "fecha:0000",
        "fecha:99999999999999999999",
        "persona:99999999999999999999",
        "distrito:٣",
        "a" * 100_000,
        "' OR 1=1 --",
        "ñ" * 500,
        "\u202egpj",
        "tipo:",
        "sin:",
        "-municipio:toluca",
        "a:b:c:d",
        "::",
        "| | |",
        "cargo:% cargo:_ cargo:'",
        "calificacion:99999999999 calificacion:-1 calificacion:>",
        "camara:* clave:** subido:zzz subido:..",
        "fecha:" + "de " * 300,
        "sin:sin sin:* sin:%",
        "distrito 99999999999999 presidente municipal de",
        '"' + "palabra " * 400,
        "since:9999-99-99T99:99",
    ],
)
@pytest.mark.parametrize("order", list(Order))
def test_nothing_typed_is_an_error(archive, text, order):
    query = Query(text, order=order)
    finding.find(archive, ANYBODY, query)
    finding.counts(archive, ANYBODY, query)
    finding.suggest(archive, ANYBODY, text)
    finding.spell(archive, ANYBODY, query, 0)
    finding.from_args(dict([("q", [text]), ("event", [text]), ("date", [text]), ("order", [text])]))


def test_among_the_best_matches_what_is_written_as_typed_comes_first(archive):
    for number in range(130):
        add_asset(archive, caption="Diputados en sesión", taken_at=datetime(2026, 1, 1, 1, number % 60))
    as_typed = add_asset(archive, caption="Las diputadas en sesión", taken_at=datetime(2019, 1, 1))
    bare = add_asset(archive, caption="Sesion de diputadas", taken_at=datetime(2018, 1, 1))
    other = add_asset(archive, caption="Sesión de la diputada", taken_at=datetime(2017, 1, 1))
    drain(archive)
    few = Query("diputadas sesión fecha:..2019", order=Order.RELEVANCE)
    assert finding.all_ids(archive, ANYBODY, few) == [as_typed, bare, other]
    whole = finding.all_ids(archive, ANYBODY, Query("diputadas sesión", order=Order.RELEVANCE))
    joined, after = [], None
    while after is not None or not joined:
        page = finding.find(archive, ANYBODY, Query("diputadas sesión", order=Order.RELEVANCE), after, 50)
        joined += [hit.asset_id for hit in page.hits]
        after = page.next
    assert joined == whole and len(set(whole)) == 133
    with pytest.raises(Invalid):
        finding.find(archive, ANYBODY, Query("a", order=Order.RELEVANCE), "WyJyZWxldmFuY2UiLC01XQ")


@pytest.mark.parametrize(
    "text",
    [
        " OR ".join(["a*"] * 10_000),
        " ".join(f"palabra{n}" for n in range(500)),
        " ".join(f'"frase {n}"' for n in range(500)),
        " ".join(f"persona:gente{n}" for n in range(500)),
        " ".join(f"cargo:alcalde{n}" for n in range(500)),
        " ".join(["alcalde mitin edomex diputado"] * 100),
        " o ".join(f"palabra{n} delfina" for n in range(10_000)),
        " ".join(f"cargo:alcalde{n} de toluca gira becas" for n in range(100)),
        "persona:" + ",".join(f"gente{n}" for n in range(500)),
        " OR ".join(f"persona:gente{n} OR municipio:lugar{n}" for n in range(500)),
        "exalcalde ex gobernador exdiputada de toluca " * 100,
        "-delfina -oscar " * 200,
        "municipio:" * 500,
    ],
)
def test_a_hostile_query_asks_the_database_a_bounded_number_of_questions(archive, text):
    held = [Office(title="Alcaldesa", folded="alcaldesa", municipality_key=METEPEC)]
    add_asset(archive, caption="La alcaldesa en el mitin", appears=[add_official(archive, "Eva", (), held)])
    drain(archive)
    asked: list[str] = []
    listen = lambda *args: asked.append(args[2])  # noqa: E731
    sa_event.listen(archive.database.engine, "before_cursor_execute", listen)
    try:
        query = Query(text)
        page = finding.find(archive, ANYBODY, query)
        finding.counts(archive, ANYBODY, query)
        finding.suggest(archive, ANYBODY, text)
        finding.spell(archive, ANYBODY, query, page.total)
    finally:
        sa_event.remove(archive.database.engine, "before_cursor_execute", listen)
    assert len(asked) < 700, "32 clauses, whatever is typed"
    assert max(map(len, asked)) < 20_000


def test_pages_go_on_by_key_while_material_comes_and_goes(archive):
    made = [add_asset(archive, taken_at=datetime(2026, 1, 1 + n // 3)) for n in range(12)]
    drain(archive)
    expected = sorted(made, reverse=True)
    first = finding.find(archive, ANYBODY, Query(), limit=5)
    newer = add_asset(archive, taken_at=datetime(2026, 12, 1))
    drain(archive)
    second = finding.find(archive, ANYBODY, Query(), after=first.next, limit=5)
    third = finding.find(archive, ANYBODY, Query(), after=second.next, limit=5)
    assert [hit.asset_id for page in (first, second, third) for hit in page.hits] == expected
    assert third.next is None
    assert finding.all_ids(archive, ANYBODY, Query()) == [newer, *expected]


@pytest.mark.parametrize("order", list(Order))
def test_pages_of_every_order_join_without_gap_or_double(archive, order):
    oscar = add_official(archive, "Óscar Peña")
    event = add_event(archive, "Feria", attendees=[oscar])
    for n in range(23):
        add_asset(
            archive,
            events=[event] if n % 3 else [],
            appears=[oscar] if n % 4 == 0 else [],
            caption="peña " * (n % 2) + "pena oscar",
            taken_at=datetime(2026, 1, n % 5 + 1) if n % 7 else None,
        )
    drain(archive)
    query = Query("oscar peña", order=order)
    whole = finding.all_ids(archive, ANYBODY, query)
    joined, after = [], None
    while True:
        page = finding.find(archive, ANYBODY, query, after=after, limit=4)
        joined += [hit.asset_id for hit in page.hits]
        after = page.next
        if after is None:
            break
    assert joined == whole and len(set(whole)) == 23


@pytest.mark.parametrize(
    "cursor", ["x", "====", "WzEsMl0", "bnVsbA", "é", "W" * 5000, "WyJuZXdlc3QiLDAsMCwwLDldXX0"]
)
def test_a_forged_place_in_the_list_is_refused(archive, cursor):
    with pytest.raises(Invalid):
        finding.find(archive, ANYBODY, Query(), after=cursor)


def test_an_address_says_the_whole_query():
    query = Query(
        "oscar",
        Filters(
            event_ids=(3, 4),
            municipality_keys=("15106",),
            dates=("2026", "2026-05"),
            bylines=("Ana & Co",),
            date_from="2026-01-01",
            appears_only=True,
            official_ids=(9,),
            reviews=("approved",),
        ),
        Order.OLDEST,
    )
    spelled: dict[str, list[str]] = {}
    for name, value in finding.to_args(query):
        spelled.setdefault(name, []).append(value)
    assert finding.from_args(spelled) == query


def test_every_person_without_the_municipality_of_that_name_is_not_lost(archive):
    """Two municipalities are called Metepec; the state tells them apart."""
    one = add_asset(archive, municipality_key=METEPEC)
    drain(archive)
    assert ids(archive, 'municipio:"Metepec, México"') == [one]
    assert ids(archive, "municipio:metepec") == [one]
    assert ids(archive, "municipio:15054") == [one]
    assert ids(archive, "metepec edomex") == [one]


@pytest.mark.parametrize("order", list(Order))
def test_nothing_comes_twice_or_is_left_out_while_material_arrives(archive, order):
    fair = add_event(archive, "Feria")
    before = {add_asset(archive, caption="La feria", events=[fair]) for _ in range(9)}
    drain(archive)
    seen, after = [], None
    while True:
        page = finding.find(archive, ANYBODY, Query("la feria", order=order), after, limit=2)
        seen += [hit.asset_id for hit in page.hits]
        after = page.next
        if after is None:
            break
        if len(seen) < 20:
            add_asset(archive, caption="La feria", events=[fair], taken_at=datetime(2026, 5, 2))
            drain(archive)
    assert len(seen) == len(set(seen)) and before <= set(seen)


def test_a_far_municipality_without_material_is_a_word_like_others(archive):
    with archive.transaction() as tx:
        tx.add_all((
            Municipality(key="07075", name="Reforma", folded="reforma", state_key="07", other_names=[]),
            Municipality(key="09015", name="Cuauhtémoc", folded="cuauhtemoc", state_key="09", other_names=[]),
        ))  # fmt: skip
    eva = add_official(archive, "Eva Lara")
    shown = add_asset(archive, appears=[eva], caption="Sobre la reforma laboral")
    away = add_asset(archive, municipality_key="09015")
    drain(archive)
    page = finding.find(archive, ANYBODY, Query("eva reforma laboral"))
    assert [(hit.asset_id, hit.tier) for hit in page.hits] == [(shown, Tier.APPEARS)]
    assert [note.text for note in page.understood] == ["Eva Lara"]
    assert ids(archive, "alcaldía Cuauhtémoc") == [away]
    assert ids(archive, "alcaldía de Toluca") == [], "there the town hall is meant"


def test_an_asset_is_found_by_its_number_and_by_the_address_of_its_page(archive):
    one, two, _ = (add_asset(archive) for _ in range(3))
    drain(archive)
    assert ids(archive, f"material:{one}") == [one]
    assert ids(archive, f"https://acervo.mx/material/{one}?q=boda") == [one]
    assert ids(archive, f"/material/{one} /material/{two}") == [two, one]
    assert finding.find(archive, ANYBODY, Query("material:boda")).understood[0].remark is Remark.NOT_FOUND
