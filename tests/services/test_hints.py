"""Names and cities inside files, accepted for a whole batch."""

import pytest

from dam.archive import Archive
from dam.errors import Conflict
from dam.models import Appearance, Event, MunicipalitySource
from dam.services import describing, officials
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.ingest import hints
from dam.services.ingest.hints import Hint, HintKind
from tests.services.filed import asset, file, open_batch


@pytest.fixture
def batch(archive: Archive, event: Event) -> int:
    return open_batch(archive, event)


@pytest.fixture
def oscar(archive: Archive) -> int:
    with archive.transaction() as tx:
        return officials.create_official(tx, LOCAL_ADMINISTRATOR, "Óscar Peña").id


def found(archive: Archive, batch: int) -> tuple[Hint, ...]:
    with archive.reading() as tx:
        return hints.of_batch(tx, LOCAL_ADMINISTRATOR, batch)


def accept(archive: Archive, batch: int, names: list[str] | None = None) -> int:
    with archive.transaction() as tx:
        return hints.accept(tx, LOCAL_ADMINISTRATOR, batch, names).id


def shown(archive: Archive, asset_id: int) -> list[tuple[int, bool]]:
    with archive.reading() as tx:
        rows = tx.query(Appearance).filter_by(asset_id=asset_id).order_by(Appearance.position)
        return [(row.official_id, row.confirmed) for row in rows]


def test_a_name_that_fits_one_official_is_only_suggested(archive: Archive, batch: int, oscar: int) -> None:
    first = file(archive, batch, persons=("Dip. Oscar Pena", "Nadie Conocido"))
    second = file(archive, batch, persons=("Dip. Oscar Pena",))
    (hint,) = found(archive, batch)
    assert (hint.kind, hint.key, hint.asset_ids) == (HintKind.PERSON, oscar, (first, second))
    assert shown(archive, first) == []


def test_a_name_that_fits_two_is_no_suggestion(archive: Archive, batch: int, oscar: int) -> None:
    with archive.transaction() as tx:
        officials.create_official(tx, LOCAL_ADMINISTRATOR, "Óscar Peña Ruiz", aliases=["Oscar Peña"])
    file(archive, batch, persons=("Óscar Peña",))
    assert found(archive, batch) == ()


def test_a_number_is_nobodys_name(archive: Archive, batch: int, oscar: int) -> None:
    file(archive, batch, persons=(str(oscar),), city="15106")
    assert found(archive, batch) == ()


def test_one_press_accepts_all_and_another_takes_it_back(archive: Archive, batch: int, oscar: int) -> None:
    first = file(archive, batch, persons=("Óscar Peña",), city="Metepec", state="Estado de México")
    second = file(archive, batch, persons=("Óscar Peña",))
    change = accept(archive, batch)
    assert shown(archive, first) == shown(archive, second) == [(oscar, True)]
    there = asset(archive, first)
    assert (there.municipality_key, there.municipality_source) == ("15054", MunicipalitySource.PERSON)
    assert found(archive, batch) == ()
    with pytest.raises(Conflict):
        accept(archive, batch)
    with archive.transaction() as tx:
        describing.undo(tx, LOCAL_ADMINISTRATOR, change)
    assert shown(archive, first) == []
    assert asset(archive, first).municipality_key == "15106"
    assert len(found(archive, batch)) == 2


def test_one_of_them_is_accepted_alone(archive: Archive, batch: int, oscar: int) -> None:
    first = file(archive, batch, persons=("Óscar Peña",), city="Metepec")
    person = next(hint for hint in found(archive, batch) if hint.kind == HintKind.PERSON)
    accept(archive, batch, [person.name])
    assert shown(archive, first) == [(oscar, True)]
    assert asset(archive, first).municipality_key == "15106"


def test_the_city_that_the_event_says_already_is_no_suggestion(archive: Archive, batch: int) -> None:
    file(archive, batch, city="Toluca")
    assert found(archive, batch) == ()


def test_a_persons_word_about_the_place_is_not_asked_again(archive: Archive, batch: int) -> None:
    asset_id = file(archive, batch, city="Metepec")
    with archive.transaction() as tx:
        describing.describe(
            tx, LOCAL_ADMINISTRATOR, [asset_id], describing.Description(municipality_key="15106")
        )
    assert found(archive, batch) == ()
