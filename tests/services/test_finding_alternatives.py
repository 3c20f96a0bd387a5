"""This or that, several values of a field, who held an office before, and what an exclusion takes along."""

from datetime import date, datetime

import pytest

from dam.archive import Archive
from dam.models import Municipality, Office, Role
from dam.services import finding
from dam.services.access import Actor
from dam.services.finding import Query, Remark
from tests.services.finding_material import (
    ANYBODY,
    ECATEPEC,
    METEPEC,
    add_asset,
    add_event,
    add_official,
    add_user,
    drain,
    ids,
)


def told(archive: Archive, text: str) -> list[tuple[Remark, str]]:
    return [(note.remark, note.text) for note in finding.find(archive, ANYBODY, Query(text)).understood]


def test_several_values_of_a_field_mean_any_and_excluded_none_of_them(archive):
    toluca = add_asset(archive, caption="Becas", taken_at=datetime(2026, 5, 3))
    metepec = add_asset(archive, municipality_key=METEPEC, taken_at=datetime(2026, 5, 2))
    ecatepec = add_asset(archive, municipality_key=ECATEPEC, taken_at=datetime(2026, 5, 1))
    drain(archive)
    for text in (
        "municipio:toluca,metepec", 'municipality:"Metepec, México",toluca', "municipio:toluca, metepec",
        "municipio:toluca o metepec", "municipio:15106,15054", "-municipio:ecatepec",
    ):  # fmt: skip
        assert ids(archive, text) == [toluca, metepec], text
    assert ids(archive, "-municipio:toluca,metepec") == [ecatepec]
    assert ids(archive, "municipio:toluca, becas") == [toluca]
    assert told(archive, "municipio:toluca,atlantis,metepec") == [(Remark.NOT_AMONG, "atlantis")]
    assert told(archive, "-municipio:toluca,atlantis") == [(Remark.NOT_AMONG, "atlantis")]
    assert ids(archive, "-municipio:toluca,atlantis") == [metepec, ecatepec]
    assert ids(archive, "municipio:atlantis,lemuria") == []
    assert [one for one, _ in told(archive, "municipio:atlantis,lemuria")] == [Remark.NOT_FOUND] * 2
    assert ids(archive, "municipio:atlantis,becas") == [toluca]


def test_a_name_that_holds_a_comma_is_found(archive):
    forum = add_event(archive, "Foro Agua, vida y territorio")
    shown = add_asset(archive, events=[forum])
    add_asset(archive)
    drain(archive)
    for text in ('evento:"Foro Agua, vida y territorio"', "evento:Foro Agua, vida y territorio",
                 "evento:agua,vida", 'evento:"agua, vida"'):  # fmt: skip
        assert ids(archive, text) == [shown], text


def test_two_people_or_two_places_with_an_or_between_them_are_one_choice(archive):
    delfina, oscar = add_official(archive, "Delfina Gómez"), add_official(archive, "Óscar González")
    rally = add_event(archive, "Mitin", attendees=[oscar])
    her = add_asset(archive, appears=[delfina], taken_at=datetime(2026, 5, 1))
    him = add_asset(archive, appears=[oscar], municipality_key=METEPEC, taken_at=datetime(2026, 4, 1))
    there = add_asset(archive, events=[rally], taken_at=datetime(2026, 5, 2))
    add_asset(archive, municipality_key=ECATEPEC, taken_at=datetime(2026, 3, 1))
    drain(archive)
    for text, said in {
        "de delfina o de óscar": "delfina / óscar",
        "Delfina Gómez OR Óscar González": "Delfina Gómez / Óscar González",
        "gómez | gonzález": "gómez / gonzález",
    }.items():
        page = finding.find(archive, ANYBODY, Query(text))
        assert [hit.asset_id for hit in page.hits] == [her, him, there], text
        assert (page.split, page.attended) == (2, 1), text
        either, chip = page.understood
        assert either.remark is Remark.EITHER and either.text == said, text
        assert chip.remark is Remark.RECOGNISED and chip.values == (str(delfina), str(oscar)), text
    assert ids(archive, "metepec o toluca") == [there, her, him]
    # A person or a word: nobody is put first.
    assert told(archive, "óscar o ecatepec")[1:] == [(Remark.EITHER, "óscar / ecatepec")]
    assert len(ids(archive, "óscar o ecatepec")) == 3
    assert told(archive, "delfina o delfina")[0] == (Remark.EITHER, "delfina")
    assert told(archive, "fotos o videos")[0] == (Remark.EITHER, "fotos / videos")
    assert told(archive, "toluca, metepec o ecatepec")[0] == (Remark.ALSO, "Ecatepec de Morelos")
    listed = told(archive, "en valle de bravo, la Toluca o ecatepec")
    assert listed[1][1] == "valle de bravo / la Toluca / ecatepec"
    assert told(archive, "toluca, metepec o ecatepec")[-1][1] == "Toluca / Metepec / Ecatepec de Morelos"
    assert told(archive, "mitin o marcha")[-1] == (Remark.EITHER, "mitin / marcha")


def test_a_name_does_not_reach_across_an_or(archive):
    whole = add_official(archive, "María José Luna")
    add_official(archive, "José Peña")
    shown = add_asset(archive, appears=[whole])
    other = add_asset(archive, caption="José de pie")
    drain(archive)
    assert ids(archive, "maría josé") == [shown]
    assert set(ids(archive, "maría o josé")) == {shown, other}


def test_who_held_an_office_before_is_found_by_ex_however_it_is_written(archive):
    def governor(start: date, end: date | None) -> list[Office]:
        title = "Gobernadora"
        return [Office(title=title, folded="gobernadora", held_from=start, held_to=end, state_key="15")]

    past = add_official(archive, "Eva Luna", offices=governor(date(2005, 1, 1), date(2011, 1, 1)))
    now = add_official(archive, "Ana Ríos", offices=governor(date(2023, 1, 1), None))
    then = add_asset(archive, appears=[past], taken_at=datetime(2008, 5, 1))
    later = add_asset(archive, appears=[past], taken_at=datetime(2026, 5, 1))
    said = add_asset(archive, caption="La exgobernadora, invitada", taken_at=datetime(2025, 5, 1))
    apart = add_asset(archive, caption="Un ex-gobernador", taken_at=datetime(2024, 5, 1))
    add_asset(archive, appears=[now], taken_at=datetime(2026, 5, 2))
    add_asset(archive, caption="Ex secretario y gobernador electo", taken_at=datetime(2026, 5, 2))
    drain(archive)
    for text in ("exgobernador", "ex gobernadora", "ex-gobernador", "Ex Gobernadores", "EXGOBERNADORA"):
        assert ids(archive, text) == [later, then, said, apart], text
    assert told(archive, "exgobernador") == [(Remark.RECOGNISED, "ex Gobernadora")]
    assert ids(archive, '"exgobernadora"') == [said]
    # An office nobody held: the words alone, either way of writing them.
    assert ids(archive, "exsenador") == ids(archive, "ex senador") == []
    assert told(archive, "exsenador") == []


@pytest.mark.parametrize(
    ("text", "together", "apart"),
    [("exhacienda", True, True), ("ex-hacienda", True, True), ("exposición", True, False)],
)
def test_most_words_that_begin_with_ex_are_words_of_their_own(archive, text, together, apart):
    word = text.replace("-", "")
    one, two = add_asset(archive, caption=f"La {word}"), add_asset(archive, caption=f"La ex {word[2:]}")
    drain(archive)
    assert ids(archive, text) == [*([two] if apart else []), *([one] if together else [])]


def test_who_was_mayor_again_is_no_former_mayor(archive):
    terms = [
        Office(title="Alcaldesa", folded="alcaldesa", municipality_key=ECATEPEC,
               held_from=date(year, 1, 1), held_to=date(year + 2, 12, 31)) for year in (2019, 2025)
    ]  # fmt: skip
    again = add_official(archive, "Eva Luna", offices=terms)
    add_asset(archive, appears=[again], taken_at=datetime(2026, 5, 1))
    drain(archive)
    assert ids(archive, "exalcaldesa de Ecatepec") == []


def test_excluding_a_person_says_what_goes_with_them(archive):
    delfina = add_official(archive, "Delfina Gómez")
    rally = add_event(archive, "Mitin", attendees=[delfina])
    crowd = add_asset(archive, events=[rally])
    other = add_asset(archive, caption="Mitin de otra gente")
    drain(archive)
    assert ids(archive, "mitin -Delfina") == [other]
    assert told(archive, "-Delfina")[-1] == (Remark.WITHOUT_PERSON, "Delfina")
    assert told(archive, '-"Delfina Gómez"')[-1] == (Remark.WITHOUT_PERSON, "Delfina Gómez")
    assert told(archive, "-boda -aparece:delfina") == []
    assert set(ids(archive, "mitin -aparece:Delfina")) == {crowd, other}


def test_an_or_tells_nobody_whom_the_catalogue_has(archive):
    past = Office(title="Alcaldesa", folded="alcaldesa", held_to=date(2020, 1, 1), municipality_key=METEPEC)
    add_official(archive, "Delfina Gómez Robles", offices=[past])
    add_official(archive, "Óscar González Yáñez")
    add_asset(archive, caption="Nadie")
    drain(archive)
    viewer = Actor(add_user(archive, "viewer"), "viewer", Role.LIAISON)
    for text in ("delfina o oscar", "exalcaldesa de metepec o exalcalde de toluca", "-delfina"):
        page = finding.find(archive, viewer, Query(text))
        assert not {"Robles", "Alcaldesa"} & {word for note in page.understood for word in note.text.split()}
        assert Remark.RECOGNISED not in {note.remark for note in page.understood}
        assert Remark.WITHOUT_PERSON not in {note.remark for note in page.understood}


def test_a_far_municipality_goes_on_with_a_list_only_where_something_was_taken(archive):
    with archive.transaction() as tx:
        if tx.get(Municipality, "07074") is None:
            tx.add(Municipality(key="07074", name="Reforma", folded="reforma", state_key="07"))
    avenue = add_asset(archive, caption="En la avenida Reforma")
    plain = add_asset(archive)
    drain(archive)
    assert ids(archive, "municipio:toluca, reforma") == [avenue]
    assert ids(archive, "municipio:toluca,reforma") == [plain, avenue]
    far = add_asset(archive, municipality_key="07074")
    drain(archive)
    assert ids(archive, "municipio:toluca, reforma") == [far, plain, avenue]
