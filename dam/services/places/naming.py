"""Which municipality people mean. A name that could mean two is refused, never guessed."""

import re
from collections.abc import Sequence
from difflib import get_close_matches

from sqlalchemy import ColumnElement, String, and_, cast, func, or_, select

from dam.db import Transaction
from dam.errors import Ambiguous, Invalid, NotFound
from dam.models import Municipality, State
from dam.search.folding import fold
from dam.services.suggesting import (
    Listed,
    Suggested,
    has_words,
    nearness,
    prefer_as_typed,
    too_short,
)

# What people call a state that is neither its official name, its beginning, nor the short form kept with it.
SPOKEN_STATES = {"estado de mexico": "15", "edo mex": "15", "edo de mexico": "15", "edomex": "15",
                 "distrito federal": "09", "df": "09"}  # fmt: skip
PAGE = 100


def get_municipality(tx: Transaction, key: str) -> Municipality:
    """By INEGI key. Raises NotFound."""
    found = tx.get(Municipality, key)
    if found is None:
        raise NotFound("There is no municipality with the key %(key)s.", key=key)
    return found


def find_municipality(tx: Transaction, text: str) -> Municipality:
    """The one that ``text`` names: a key ("15106"), a name in any case and without accents, another known
    name ("Neza"), or a name with its state ("Metepec, México"). Never creates one.

    Raises Ambiguous or NotFound with candidates such as "15054 Metepec, México".
    """
    text = " ".join(text.split())
    if re.fullmatch(r"\d{5}", text):
        return get_municipality(tx, text)
    for name, state_key in _readings(tx, text):
        found = _called(tx, fold(name), state_key)
        if len(found) == 1:
            return found[0]
        if found:
            raise Ambiguous(
                "Several municipalities are called “%(text)s”. Say which one.",
                text=text,
                candidates=[describe_place(one) for one in found],
            )
    raise NotFound("There is no municipality “%(text)s”.", text=text, candidates=_near(tx, text))


def _readings(tx: Transaction, text: str) -> list[tuple[str, str | None]]:
    """The whole as a name; and, after a comma or in brackets, as a name and a state."""
    readings: list[tuple[str, str | None]] = [(text, None)]
    apart = re.fullmatch(r"(.+?)\s*(?:,\s*([^,]+)|\(([^()]+)\))", text)
    if apart:
        state = _state(tx, apart[2] or apart[3])
        if state is not None:
            readings.append((apart[1], state.key))
    return readings


def _called(tx: Transaction, folded: str, state_key: str | None) -> Sequence[Municipality]:
    """By official name; only when there is none, by another name."""
    if not folded:
        return ()
    inside = Municipality.state_key == state_key if state_key else Municipality.key.is_not(None)
    named = select(Municipality).where(Municipality.folded == folded, inside).order_by(Municipality.key)
    found = tx.scalars(named).all()
    if found:
        return found
    return [one for one in _with_other_names(tx, inside) if folded in map(fold, one.other_names)]


def _with_other_names(tx: Transaction, condition: ColumnElement[bool]) -> Sequence[Municipality]:
    has = and_(condition, func.length(cast(Municipality.other_names, String)) > 2)  # longer than "[]"
    return tx.scalars(select(Municipality).where(has).order_by(Municipality.key)).all()


def _near(tx: Transaction, text: str) -> list[str]:
    """A few municipalities that the writer may have meant, as sentences."""
    name = text.partition(",")[0]
    folded = fold(name)
    if not folded:
        return []
    begins = select(Municipality).where(has_words(Municipality.folded, folded)).limit(5)
    found = list(tx.scalars(begins.order_by(Municipality.folded, Municipality.key)))
    if not found:
        names = get_close_matches(folded, set(tx.scalars(select(Municipality.folded))), n=4, cutoff=0.75)
        found = list(tx.scalars(select(Municipality).where(Municipality.folded.in_(names)).limit(5)))
    return [describe_place(one) for one in found]


def find_state(tx: Transaction, text: str) -> State:
    """By key ("15"), official name, its beginning ("Coahuila"), short form or spoken name ("Edomex").
    Raises NotFound."""
    found = _state(tx, text)
    if found is None:
        raise NotFound("There is no state “%(text)s”.", text=text)
    return found


def _state(tx: Transaction, text: str) -> State | None:
    text = text.strip()
    if re.fullmatch(r"\d{1,2}", text):
        return tx.get(State, text.zfill(2))
    folded = _without_dots(text)
    if not folded:
        return None
    if folded in SPOKEN_STATES:
        return tx.get(State, SPOKEN_STATES[folded])
    states = list_states(tx)
    for fits in (lambda s: s.folded == folded, lambda s: _without_dots(s.short) == folded,
                 lambda s: s.folded.startswith(f"{folded} ")):  # fmt: skip
        found = [state for state in states if fits(state)]
        if len(found) == 1:
            return found[0]
    return None


def list_states(tx: Transaction) -> Sequence[State]:
    """All 32, by key."""
    return tx.scalars(select(State).order_by(State.key)).all()


def suggest_municipalities(tx: Transaction, text: str, limit: int = 8) -> list[Suggested]:
    """Whose name, other name or key begins so; "metepec, pue" narrows by state. Nothing under two letters."""
    name, _, state_text = text.partition(",")
    if too_short(name):
        return []
    inside = _in_states_beginning(tx, state_text)
    folded = fold(name)
    fits = has_words(Municipality.folded, folded)
    if re.fullmatch(r"\d{2,5}", folded):
        fits = or_(fits, Municipality.key.startswith(folded))
    best = (nearness(Municipality.folded, folded), Municipality.folded, Municipality.key)
    found = list(tx.scalars(select(Municipality).where(fits, inside).order_by(*best).limit(limit)))
    if len(found) < limit:
        found += [
            one for one in _with_other_names(tx, inside) if one not in found and _other_fits(one, folded)
        ]
    lines = [Suggested(one.key, one.name, f"{one.state.name} · {one.key}") for one in found[:limit]]
    return prefer_as_typed(name, lines)


def _other_fits(one: Municipality, folded: str) -> bool:
    return any(f" {fold(other)}".find(f" {folded}") >= 0 for other in one.other_names)


def _without_dots(text: str) -> str:
    """Short forms are written with dots and without: "N.L.", "NL", "Edo. Mex."."""
    return fold(text.replace(".", " " if ". " in text else ""))


def _in_states_beginning(tx: Transaction, text: str) -> ColumnElement[bool]:
    folded = _without_dots(text)
    if not folded:
        return Municipality.key.is_not(None)
    keys = [
        state.key
        for state in list_states(tx)
        if state.folded.startswith(folded)
        or _without_dots(state.short).startswith(folded)
        or state.key == folded
    ]
    keys += [key for spoken, key in SPOKEN_STATES.items() if spoken.startswith(folded)]
    return Municipality.state_key.in_(keys)


def list_municipalities(
    tx: Transaction,
    *,
    text: str = "",
    state_key: str | None = None,
    after: str | None = None,
    limit: int = PAGE,
) -> Listed[Municipality]:
    """By name, a page at a time. ``after``: the ``next`` of the page before."""
    query = select(Municipality).order_by(Municipality.folded, Municipality.key).limit(limit + 1)
    if fold(text):
        query = query.where(has_words(Municipality.folded, fold(text)))
    if state_key:
        query = query.where(Municipality.state_key == state_key)
    if after:
        last = tx.get(Municipality, after)
        if last is None:
            raise Invalid("This page of the list does not exist any more. Begin again.")
        namesake = and_(Municipality.folded == last.folded, Municipality.key > last.key)
        query = query.where(or_(Municipality.folded > last.folded, namesake))
    rows = tx.scalars(query).all()
    return Listed(tuple(rows[:limit]), rows[limit - 1].key if len(rows) > limit else None)


def label(municipality: Municipality, home_state: str = "15") -> str:
    """As the office writes it: the state only when it is not the own one."""
    if municipality.state_key == home_state:
        return municipality.name
    return f"{municipality.name}, {municipality.state.name}"


def describe_place(municipality: Municipality) -> str:
    """A sentence that tells it from its namesakes: "15054 Metepec, México"."""
    return f"{municipality.key} {municipality.name}, {municipality.state.name}"
