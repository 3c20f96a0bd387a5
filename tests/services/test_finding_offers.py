"""What the box offers while one types, and stacks shown as one."""

from datetime import date, datetime

from dam.models import Kind, Office, Role, Stack, StackKind
from dam.services import finding
from dam.services.access import LOCAL_ADMINISTRATOR, Actor
from dam.services.finding import Filters, Query
from tests.services.finding_material import METEPEC, TOLUCA, add_asset, add_event, add_official, drain


def offered(archive, text: str, actor: Actor = LOCAL_ADMINISTRATOR) -> list[tuple[str, str, str]]:
    return [(one.filter, one.label, one.rest) for one in finding.suggest(archive, actor, text)]


def test_the_name_that_is_being_typed_is_completed_and_the_rest_is_kept(archive):
    delfina = add_official(archive, "Delfina Gómez Robles")
    add_asset(archive, appears=[delfina], municipality_key="15081", byline="Tere Delgado")
    drain(archive)
    assert offered(archive, "del")[:2] == [
        ("official", "Delfina Gómez Robles", ""), ("author", "Tere Delgado", "")
    ]  # fmt: skip
    assert offered(archive, "delfina tecam")[0] == ("municipality", "Tecámac", "delfina")
    assert offered(archive, "becas de delfina gom")[0] == ("official", "Delfina Gómez Robles", "becas de")
    assert offered(archive, "delfina de la")[:1] != [("official", "Delfina Gómez Robles", "")]
    assert offered(archive, "xyzzy") == []


def test_the_very_name_goes_first_then_how_much_and_how_lately(archive):
    old, new, much = (add_official(archive, name) for name in ("Rosa Luna", "Rosa Mora", "Rosalía Paz"))
    long_ago = add_event(archive, "Aniversario", [old], starts_at=datetime(2010, 1, 1))
    lately = add_event(archive, "Aniversario", [new], starts_at=datetime.now())
    for _ in range(3):
        add_asset(archive, events=[long_ago])
        add_asset(archive, events=[lately])
    for _ in range(9):
        add_asset(archive, appears=[much])
    drain(archive)
    labels = [label for _, label, _ in offered(archive, "rosa")]
    assert labels == ["Rosa Mora", "Rosalía Paz", "Rosa Luna"], (
        "ten times the pictures weigh as much as lately"
    )
    assert offered(archive, "rosa luna")[0][1] == "Rosa Luna"


def test_an_office_is_offered_once_for_men_and_women_and_officials_say_theirs(archive):
    def held(title: str, to: date | None) -> Office:
        return Office(title=title, folded=title.lower(), held_to=to, municipality_key=METEPEC)

    ana = add_official(archive, "Ana Ruiz", offices=[held("Presidenta municipal", None)])
    add_official(archive, "Luis Ruiz", offices=[held("Presidente municipal", date(2019, 1, 1))])
    add_asset(archive, appears=[ana], municipality_key=METEPEC)
    drain(archive)
    (office,) = [
        one for one in finding.suggest(archive, LOCAL_ADMINISTRATOR, "presid") if one.filter == "office"
    ]
    assert office.count == 1
    details = {
        one.label: one.detail
        for one in finding.suggest(archive, LOCAL_ADMINISTRATOR, "ruiz")
        if one.filter == "official"
    }
    assert details == {"Ana Ruiz": "Presidenta municipal · Metepec", "Luis Ruiz": ""}
    page = finding.find(archive, LOCAL_ADMINISTRATOR, Query(filters=Filters(office_keys=(office.value,))))
    assert (page.split, page.attended) == (1, 0)
    (counted,) = finding.counts(archive, LOCAL_ADMINISTRATOR, Query()).office
    assert counted.value == office.value and "Presidenta municipal" in counted.label


def test_nothing_is_offered_outside_of_ones_reach(archive):
    ana = add_official(archive, "Ana Ruiz", offices=[Office(title="Síndica", folded="sindica")])
    event = add_event(archive, "Ana en la feria", [ana])
    add_asset(archive, events=[event], appears=[ana], byline="Ana Foto", caption="Anaqueles")
    drain(archive)
    away = Actor(None, "liaison", Role.LIAISON, frozenset({METEPEC}))
    assert len(offered(archive, "ana")) == 3
    for text in ("ana", "sindi", "toluca an"):
        assert offered(archive, text, away) == []
    assert finding.spell(archive, away, Query("anaquelez"), 0) is None
    assert finding.counts(archive, away, Query("ana")).office == ()


def test_a_stack_is_shown_as_one_and_opened_by_its_number(archive):
    with archive.transaction() as tx:
        stack = Stack(kind=StackKind.BURST)
        tx.add(stack)
        tx.flush()
        stack_id = stack.id
    cover = add_asset(archive, caption="Salto", stack_id=stack_id, stack_cover=True)
    frame = add_asset(archive, caption="Salto, con el gobernador", stack_id=stack_id)
    alone = add_asset(archive, caption="Salto", municipality_key=TOLUCA)
    drain(archive)

    def ids(text: str = "", **filters: object) -> list[int]:
        return finding.all_ids(archive, LOCAL_ADMINISTRATOR, Query(text, Filters(**filters)))

    assert ids("salto") == ids() == [alone, cover]
    assert finding.counts(archive, LOCAL_ADMINISTRATOR, Query("salto")).kind[0].count == 2
    assert ids("gobernador") == [frame], "its own words lead to it"
    assert ids("salto", frames=True) == [alone, frame, cover]
    assert ids(stack_ids=(stack_id,)) == [frame, cover]


def test_a_title_before_the_name_that_is_typed_goes_with_it(archive):
    eva = add_official(archive, "Eva Lara")
    add_asset(archive, appears=[eva])
    drain(archive)

    def rests(text):
        return {one.rest for one in finding.suggest(archive, LOCAL_ADMINISTRATOR, text)}

    assert rests("boda lic. eva") == {"boda"}
    assert rests("Mtra. Eva") == rests("municipio de tol") == {""}
    assert rests("boda en municipio de tol") == {"boda en"}
    assert rests("boda en tol") == {"boda en"}


def test_what_is_understood_is_not_offered_otherwise(archive):
    add_asset(archive, caption="Reforma de cuarenta horas; el foro", kind=Kind.VIDEO)
    drain(archive)
    for text in ("hoy", "hoy foro", "fotos"):
        query = Query(text)
        total = finding.find(archive, LOCAL_ADMINISTRATOR, query).total
        assert total == 0 and finding.spell(archive, LOCAL_ADMINISTRATOR, query, total) is None, text
    assert finding.spell(archive, LOCAL_ADMINISTRATOR, Query("hotas"), 0).query.text == "horas"
