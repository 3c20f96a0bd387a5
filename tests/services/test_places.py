"""Which municipality people mean, and what the product knows before any layer is loaded."""

import pytest
from sqlalchemy import func, select

from dam.archive import Archive
from dam.errors import Ambiguous, NotFound
from dam.models import Municipality, State
from dam.services import places


@pytest.fixture
def country(archive: Archive) -> Archive:
    """A few municipalities of other states, as a layer would have added them."""
    with archive.transaction() as tx:
        for key, name, folded in (
            ("13035", "Metepec", "metepec"),
            ("28021", "El Mante", "el mante"),
            ("21015", "Amozoc", "amozoc"),
            ("26042", "Nacozari Peña", "nacozari pena"),
        ):
            tx.add(Municipality(key=key, name=name, folded=folded, state_key=key[:2], other_names=[]))
    return archive


def test_the_product_ships_all_states_and_the_125_municipalities_of_the_estado_de_mexico(
    archive: Archive,
) -> None:
    with archive.transaction() as tx:
        places.seed(tx)
        places.seed(tx)
    with archive.reading() as tx:
        assert tx.scalar(select(func.count(State.key))) == 32
        keys = set(tx.scalars(select(Municipality.key)))
        assert keys == {f"15{number:03}" for number in range(1, 126)}
        assert places.get_municipality(tx, "15058").name == "Nezahualcóyotl"
        assert all(
            18 < one.latitude < 20.4 and -100.7 < one.longitude < -98.5
            for one in tx.scalars(select(Municipality))
        )


def test_seeding_again_leaves_names_as_people_and_layers_wrote_them(archive: Archive) -> None:
    with archive.transaction() as tx:
        places.get_municipality(tx, "15106").name = "Toluca de Lerdo"
    with archive.transaction() as tx:
        places.seed(tx)
    with archive.reading() as tx:
        assert places.get_municipality(tx, "15106").name == "Toluca de Lerdo"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("15106", "15106"),
        ("toluca", "15106"),
        ("  TOLUCA ", "15106"),
        ("nezahualcoyotl", "15058"),
        ("Neza", "15058"),
        ("ecatepec", "15033"),
        ("Metepec, México", "15054"),
        ("Metepec, Estado de México", "15054"),
        ("metepec, edomex", "15054"),
        ("Metepec, Edo. Mex.", "15054"),
        ("Metepec (15)", "15054"),
        ("Metepec, Hidalgo", "13035"),
        ("metepec, hgo", "13035"),
    ],
)
def test_a_municipality_is_found_by_key_name_other_name_and_state(
    country: Archive, text: str, key: str
) -> None:
    with country.reading() as tx:
        assert places.find_municipality(tx, text).key == key


def test_a_name_that_exists_twice_is_refused_with_the_candidates(country: Archive) -> None:
    with country.reading() as tx, pytest.raises(Ambiguous) as refused:
        places.find_municipality(tx, "Metepec")
    assert refused.value.detail["candidates"] == ["13035 Metepec, Hidalgo", "15054 Metepec, México"]


@pytest.mark.parametrize(
    ("text", "near"),
    [("Tolca", ["15106 Toluca, México"]),
     ("Atizap", ["15012 Atizapán, México", "15013 Atizapán de Zaragoza, México"]),
     ("99999", None), ("", []), ("Toluca, Puebla", ["15106 Toluca, México"])],
)  # fmt: skip
def test_an_unknown_name_is_refused_with_what_is_near_and_never_made(
    archive: Archive, text: str, near: list[str] | None
) -> None:
    with archive.reading() as tx, pytest.raises(NotFound) as refused:
        places.find_municipality(tx, text)
    assert refused.value.detail.get("candidates") == near
    with archive.reading() as tx:
        assert tx.scalar(select(func.count(Municipality.key))) == 125


def test_typing_ahead_finds_the_beginning_of_any_word_best_first(country: Archive) -> None:
    with country.reading() as tx:
        assert [one.key for one in places.suggest_municipalities(tx, "atizapan")] == ["15012", "15013"]
        assert [one.key for one in places.suggest_municipalities(tx, "brav")] == ["15110"]
        assert [one.key for one in places.suggest_municipalities(tx, "neza")] == ["15058"]
        assert [one.key for one in places.suggest_municipalities(tx, "mete, hid")] == ["13035"]
        assert places.suggest_municipalities(tx, "t") == []
        assert places.suggest_municipalities(tx, "%") == []


def test_a_list_goes_on_where_the_page_before_ended(archive: Archive) -> None:
    seen: list[str] = []
    after = None
    with archive.reading() as tx:
        while True:
            page = places.list_municipalities(tx, after=after, limit=40)
            seen += [one.key for one in page.rows]
            after = page.next
            if after is None:
                break
    assert len(seen) == len(set(seen)) == 125


def test_the_own_state_goes_without_saying(country: Archive) -> None:
    with country.reading() as tx:
        assert places.label(places.get_municipality(tx, "15054")) == "Metepec"
        assert places.label(places.get_municipality(tx, "13035")) == "Metepec, Hidalgo"
