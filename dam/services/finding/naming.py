"""Names in a query become ids: which officials, places and events a person means."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, and_, or_, select

from dam.db import Transaction
from dam.models import Asset, District, Event, Municipality, Office, Official, OfficialAlias, State
from dam.search.folding import COMMON, fold, stem, tokens, without_tilde
from dam.search.offices import office_key
from dam.services.finding.recognising.beginnings import start_of

CANDIDATES = 500  # rows looked at for one name


def officials(tx: Transaction, text: str) -> tuple[int, ...]:
    """Every word of ``text`` begins a word of the name, or of one alias."""
    if text.strip().isdecimal():
        return _known(tx, Official.id, text)
    by_name = _named(tx, Official.id, Official.name, Official.folded, text)
    by_alias = _named(tx, OfficialAlias.official_id, OfficialAlias.name, OfficialAlias.folded, text)
    return tuple(dict.fromkeys((*by_name, *by_alias)))


def events(tx: Transaction, text: str) -> tuple[int, ...]:
    if text.strip().isdecimal() and (known := _known(tx, Event.id, text)):
        return known
    return _named(tx, Event.id, Event.name, Event.folded, text)


def municipalities(tx: Transaction, text: str) -> tuple[str, ...]:
    """By key, or by name; "Metepec, México" means the one of that state. The very name goes before names
    that only begin so."""
    if text.strip().isdecimal():
        return _known(tx, Municipality.key, text)
    name, _, state = text.partition(",")
    within = Municipality.state_key.in_(states(tx, state)) if state.strip() else None
    exact = select(Municipality.key).where(Municipality.folded == fold(name))
    found = tuple(tx.scalars(exact if within is None else exact.where(within)))
    return found or _named(tx, Municipality.key, Municipality.name, Municipality.folded, name, within)


def pictured(tx: Transaction, municipality_keys: Sequence[str]) -> bool:
    """Was anything taken in one of them?"""
    there = select(Asset.id).where(Asset.municipality_key.in_(municipality_keys)).limit(1)
    return bool(municipality_keys) and tx.scalar(there) is not None


def states(tx: Transaction, text: str) -> tuple[str, ...]:
    if text.strip().isdecimal():
        return _known(tx, State.key, text)
    folded = fold(text).replace(".", "")
    exact = [one.key for one in tx.execute(select(State.key, State.folded, State.short))
             if folded in (one.folded, fold(one.short).replace(".", ""))]  # fmt: skip
    return tuple(exact) or _named(tx, State.key, State.name, State.folded, text)


def districts(tx: Transaction, text: str) -> tuple[int, ...]:
    """By number, with "federal" or "local" where it matters."""
    words = tokens(text)
    numbers = [int(word) for word in words if word.isascii() and word.isdigit() and len(word) < 4]
    if not numbers:
        return ()
    query = select(District.id).where(District.number.in_(numbers))
    kinds = [word for word in words if word in ("federal", "local")]
    return tuple(tx.scalars(query.where(District.kind.in_(kinds)) if kinds else query))


def offices(tx: Transaction, text: str, others: Iterable[str] = ()) -> tuple[str, ...]:
    """Keys of offices in whose title each word of ``text`` begins a word, or whose key is among ``others``
    (synonyms); the very title only, if there is one."""
    wanted = [
        (without_tilde(token), without_tilde(stem(token))) for token in tokens(text) if token not in COMMON
    ]
    if not wanted:
        return ()
    keys = {office_key(text), *others}
    titles = select(Office.folded).distinct().limit(CANDIDATES)
    begun = and_(*(Office.folded.contains(start_of(short), autoescape=True) for _, short in wanted))
    same = or_(*(Office.folded.contains(start_of(key.split()[0]), autoescape=True) for key in keys if key))
    found = tuple(tx.scalars(titles.where(or_(begun, same))))
    exact = {key for title in found if (key := office_key(title)) in keys}
    return tuple(
        sorted(exact or {office_key(title) for title in found if _begins_each(tokens(title), wanted)})
    )


def _known(tx: Transaction, column: ColumnElement, text: str) -> tuple:
    key = text.strip()
    if not key.isascii() or len(key) > 9:
        return ()
    wanted = key if column.type.python_type is str else int(key)
    return tuple(tx.scalars(select(column).where(column == wanted)))


def _named(
    tx: Transaction, key: ColumnElement, name: ColumnElement, folded: ColumnElement, text: str,
    within: ColumnElement[bool] | None = None,
) -> tuple:  # fmt: skip
    """Keys of the rows in whose name each word of ``text`` begins a word; the very names only, if any."""
    wanted = [
        (without_tilde(token), without_tilde(stem(token))) for token in tokens(text) if token not in COMMON
    ]
    if not wanted:
        return ()
    query = select(key, folded).where(
        and_(*(folded.contains(start_of(short), autoescape=True) for _, short in wanted))
    )
    if within is not None:
        query = query.where(within)
    rows = tx.execute(query.limit(CANDIDATES)).all()
    exact = [row[0] for row in rows if row[1] == fold(text)]
    return tuple(dict.fromkeys(exact or (row[0] for row in rows if _begins_each(tokens(row[1]), wanted))))


def _begins_each(name: Sequence[str], wanted: Sequence[tuple[str, str]]) -> bool:
    return all(any(word.startswith(full) or stem(word) == short for word in name) for full, short in wanted)
