"""The table of synonyms: edited at once, searched at once."""

import pytest

from dam.errors import Forbidden, Invalid, NotFound
from dam.models import Role, SynonymGroup
from dam.services import finding, synonyms
from dam.services.access import LOCAL_ADMINISTRATOR, Actor
from dam.services.finding import Query, Remark
from dam.services.synonyms.seeding import shipped
from tests.services.finding_material import add_asset, drain


def found(archive, text: str) -> list[int]:
    return finding.all_ids(archive, LOCAL_ADMINISTRATOR, Query(text))


def test_an_edit_is_searched_from_the_next_moment_on(archive):
    shed = add_asset(archive, caption="La bodega nueva")
    barn = add_asset(archive, caption="El gran galpón de granos")
    apart = add_asset(archive, caption="Galpón vacío, sacos de granos")
    drain(archive)
    assert found(archive, "bodegas") == [shed]
    with archive.transaction() as tx:
        group = synonyms.add(tx, LOCAL_ADMINISTRATOR, "bodega, galpón de granos").id
    assert found(archive, "bodegas") == [barn, shed]
    assert found(archive, "Galpones de grano") == [apart, barn, shed], "typed words may stand anywhere"
    assert found(archive, '"bodega"') == [shed], "quotes mean the very word"
    assert found(archive, "bodega -gran") == [shed]
    page = finding.find(archive, LOCAL_ADMINISTRATOR, Query("bodega"))
    assert [(note.remark, note.text) for note in page.understood] == [(Remark.ALSO, "galpón de granos")]
    with archive.transaction() as tx:
        synonyms.change(tx, LOCAL_ADMINISTRATOR, group, ["bodega", "almacén"])
    assert found(archive, "bodega") == [shed]
    with archive.transaction() as tx:
        assert synonyms.remove(tx, LOCAL_ADMINISTRATOR, group) == ["bodega", "almacén"]
        with pytest.raises(NotFound):
            synonyms.remove(tx, LOCAL_ADMINISTRATOR, group)


@pytest.mark.parametrize(
    "terms",
    [
        "",
        "uno",
        "uno, unos",
        "uno, de la",
        "uno, " + "a" * 121,
        "x, b c d f g h",
        ",".join(map(str, range(20))),
    ],
)
def test_what_is_no_group_is_refused(archive, terms):
    with archive.transaction() as tx, pytest.raises(Invalid):
        synonyms.add(tx, LOCAL_ADMINISTRATOR, terms)


def test_only_heads_edit_them(archive):
    editor = Actor(None, "Ana", Role.EDITOR)
    with archive.transaction() as tx, pytest.raises(Forbidden):
        synonyms.add(tx, editor, "uno, dos")


def test_the_product_ships_some_and_never_overwrites(archive):
    assert all(len(terms) > 1 for terms in shipped())
    with archive.transaction() as tx:
        before = {group.id for group in synonyms.groups(tx)}
        assert len(before) == len(shipped())
        synonyms.remove(tx, LOCAL_ADMINISTRATOR, min(before))
        synonyms.seed(tx)
        assert tx.query(SynonymGroup).count() == len(before) - 1


def test_many_synonyms_cost_a_bounded_number_of_phrases(archive):
    with archive.transaction() as tx:
        for number in range(12):
            synonyms.add(
                tx, LOCAL_ADMINISTRATOR, [f"palabra{number}", f"otra cosa {number}", f"cosa rara {number}"]
            )
        typed = [f"palabra{number}" for number in range(12)]
        meant = synonyms.meanings_of(tx, typed)
    assert 0 < sum(len(one.choices) for one in meant) <= 8
