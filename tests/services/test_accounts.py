"""Accounts: sign-in, roles, territories; and what nobody can do to them."""

import pytest
from argon2 import PasswordHasher

from dam.archive import Archive
from dam.errors import Conflict, Forbidden, Invalid, NotFound
from dam.models import District, DistrictKind, Municipality, Role, User
from dam.services import accounts
from dam.services.access import LOCAL_ADMINISTRATOR, Actor
from dam.services.accounts import links, passwords

WORDS = "nopales con queso"


@pytest.fixture
def ana(archive: Archive) -> User:
    with archive.transaction() as tx:
        user = accounts.add_user(
            tx, LOCAL_ADMINISTRATOR, "Ana@Example.MX ", "  Ana   Pérez ", Role.ADMINISTRATOR
        )
        token = links.one_time_link(tx, LOCAL_ADMINISTRATOR, user)
    return links.set_password(archive, token, WORDS)


def test_a_sign_in_name_is_kept_in_small_letters_and_found_in_any(archive: Archive, ana: User) -> None:
    assert (ana.login, ana.name) == ("ana@example.mx", "Ana Pérez")
    assert accounts.sign_in(archive, " ANA@example.mx", WORDS).id == ana.id


@pytest.mark.parametrize("login", ["", "a", "con espacio", "x" * 121, "a\nb", "<script>", "../x"])
def test_a_sign_in_name_is_one_word(archive: Archive, login: str) -> None:
    with pytest.raises(Invalid), archive.transaction() as tx:
        accounts.add_user(tx, LOCAL_ADMINISTRATOR, login, "Nombre", Role.EDITOR)


def test_a_sign_in_name_is_taken_once(archive: Archive, ana: User) -> None:
    with pytest.raises(Conflict), archive.transaction() as tx:
        accounts.add_user(tx, LOCAL_ADMINISTRATOR, "ANA@example.mx", "Otra", Role.EDITOR)


def test_unknown_name_wrong_password_closed_account_and_no_password_are_told_alike(
    archive: Archive, ana: User
) -> None:
    with archive.transaction() as tx:
        closed = accounts.add_user(tx, LOCAL_ADMINISTRATOR, "closed", "Cerrada", Role.EDITOR)
        closed.password_hash, closed.active = passwords.make(WORDS), False
        accounts.add_user(tx, LOCAL_ADMINISTRATOR, "fresh", "Nueva", Role.EDITOR)
    said = set()
    for login, password in [
        ("nobody", WORDS),
        (ana.login, "wrong"),
        ("closed", WORDS),
        ("fresh", ""),
        ("", ""),
    ]:
        with pytest.raises(Forbidden) as refused:
            accounts.sign_in(archive, login, password)
        said.add((refused.value.message, refused.value.code, str(refused.value.detail)))
    assert len(said) == 1


def test_an_unknown_name_costs_a_comparison_too(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    real = passwords._hasher.verify

    class Counting:
        hash = staticmethod(passwords._hasher.hash)

        def verify(self, kept: str, given: str) -> bool:
            compared.append(kept)
            return real(kept, given)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    with pytest.raises(Forbidden):
        accounts.sign_in(archive, "nobody", "whatever")
    assert len(compared) == 1


def test_a_password_made_with_other_parameters_is_renewed_at_sign_in(archive: Archive, ana: User) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(WORDS)
    with archive.transaction() as tx:
        accounts.get_user(tx, ana.id).password_hash = weak
    renewed = accounts.sign_in(archive, ana.login, WORDS).password_hash
    assert renewed != weak and not passwords.is_dated(renewed)
    assert accounts.sign_in(archive, ana.login, WORDS).password_hash == renewed


def test_changing_the_password_ends_other_sessions(archive: Archive, ana: User) -> None:
    mark = ana.session_mark
    with pytest.raises(Forbidden):
        accounts.change_password(archive, accounts.actor_of(None, ana), "wrong", "otra frase larga")
    changed = accounts.change_password(archive, accounts.actor_of(None, ana), WORDS, "otra frase larga")
    assert changed.session_mark != mark
    assert accounts.sign_in(archive, ana.login, "otra frase larga")


@pytest.mark.parametrize("password", ["corta", "aaaaaaaaaaaa", "abababababab", "ana@example.mx", "x" * 257])
def test_a_password_that_is_easy_to_guess_is_refused(archive: Archive, ana: User, password: str) -> None:
    with pytest.raises(Invalid):
        accounts.change_password(archive, accounts.actor_of(None, ana), WORDS, password)


def test_the_last_active_administrator_is_neither_closed_nor_demoted(archive: Archive, ana: User) -> None:
    for change in ({"active": False}, {"role": Role.EDITOR}, {"role": Role.VIEWER, "active": False}):
        with pytest.raises(Conflict), archive.transaction() as tx:
            accounts.change_user(tx, LOCAL_ADMINISTRATOR, accounts.get_user(tx, ana.id), **change)
    with archive.transaction() as tx:
        accounts.add_user(tx, LOCAL_ADMINISTRATOR, "beto", "Beto", Role.ADMINISTRATOR)
        accounts.change_user(tx, LOCAL_ADMINISTRATOR, accounts.get_user(tx, ana.id), role=Role.EDITOR)
    with archive.reading() as tx:
        assert accounts.get_user(tx, ana.id).role == Role.EDITOR


def test_a_closed_administrator_does_not_count(archive: Archive, ana: User) -> None:
    with archive.transaction() as tx:
        beto = accounts.add_user(tx, LOCAL_ADMINISTRATOR, "beto", "Beto", Role.ADMINISTRATOR)
        accounts.change_user(tx, LOCAL_ADMINISTRATOR, beto, active=False)
    with pytest.raises(Conflict), archive.transaction() as tx:
        accounts.change_user(tx, LOCAL_ADMINISTRATOR, accounts.get_user(tx, ana.id), active=False)


@pytest.mark.parametrize("change", [{"role": Role.EDITOR}, {"active": False}])
def test_another_role_or_a_closed_account_ends_its_sessions(
    archive: Archive, ana: User, change: dict
) -> None:
    with archive.transaction() as tx:
        beto = accounts.add_user(tx, LOCAL_ADMINISTRATOR, "beto", "Beto", Role.ADMINISTRATOR)
        mark = beto.session_mark
        accounts.change_user(tx, LOCAL_ADMINISTRATOR, beto, **change)
        assert beto.session_mark != mark


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_only_administrators_make_and_change_accounts(archive: Archive, ana: User, role: Role) -> None:
    actor = Actor(ana.id + 1, "Alguien", role)
    with archive.transaction() as tx:
        user = accounts.get_user(tx, ana.id)
        for forbidden in (
            lambda: accounts.add_user(tx, actor, "nueva", "Nueva", Role.ADMINISTRATOR),
            lambda: accounts.change_user(tx, actor, user, role=Role.VIEWER),
            lambda: accounts.set_territory(tx, actor, user, states=["15"]),
            lambda: accounts.users(tx, actor),
            lambda: links.one_time_link(tx, actor, user),
        ):
            with pytest.raises(Forbidden):
                forbidden()


def test_a_liaisons_district_stands_for_its_municipalities(archive: Archive) -> None:
    with archive.transaction() as tx:
        towns = [tx.get_one(Municipality, key) for key in ("15106", "15054")]
        district = District(kind=DistrictKind.LOCAL, number=34, state_key="15", municipalities=towns)
        tx.add(district)
        user = accounts.add_user(tx, LOCAL_ADMINISTRATOR, "enlace", "Enlace", Role.LIAISON)
        tx.flush()
        accounts.set_territory(
            tx, LOCAL_ADMINISTRATOR, user, states=["09"], districts=[district.id], municipalities=["15033"]
        )
        assert accounts.actor_of(tx, user).territory == {"09", "15106", "15054", "15033"}


def test_a_territory_names_places_that_exist(archive: Archive, ana: User) -> None:
    with pytest.raises(NotFound), archive.transaction() as tx:
        accounts.set_territory(
            tx, LOCAL_ADMINISTRATOR, accounts.get_user(tx, ana.id), municipalities=["99999"]
        )


def test_people_change_their_own_name_and_language_and_nothing_else(archive: Archive, ana: User) -> None:
    with archive.transaction() as tx:
        accounts.change_own(tx, accounts.actor_of(tx, ana), name="Ana P.", language="en", credit="Foto: Ana")
    with archive.reading() as tx:
        user = accounts.get_user(tx, ana.id)
    assert (user.name, user.language, user.credit, user.role) == (
        "Ana P.",
        "en",
        "Foto: Ana",
        Role.ADMINISTRATOR,
    )
    with pytest.raises(Invalid), archive.transaction() as tx:
        accounts.change_own(tx, accounts.actor_of(tx, ana), language="fr")
