"""Who held an office before: "exgobernadora", "ex alcalde de Toluca"."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, or_, select

from dam.db import Transaction
from dam.models import Office
from dam.search.folding import stem
from dam.search.index import Phrase, Word
from dam.services.finding.recognising import places
from dam.services.finding.recognising.offices import Titles, called, held_in, in_texts, titles_of, where_held
from dam.services.synonyms import meanings_of
from dam.services.synonyms.meaning import WORDS

EX = "ex"
# What is written together with "ex" as often as apart, whether the catalogue knows it or not. Most words that
# begin so (exposición, examen) are words of their own.
TOGETHER = frozenset(map(stem, (
    "alcalde", "alumno", "aspirante", "bracero", "candidato", "combatiente", "convento", "delegado",
    "diputado", "director", "dirigente", "edil", "fabrica", "funcionario", "gobernador", "hacienda", "lider",
    "magistrado", "militante", "presidente", "rector", "regidor", "secretario", "senador", "servidor",
    "sindico", "trabajador",
)))  # fmt: skip
SHORTEST = 4  # letters behind "ex" in one word
SPOTS = 4  # of one query that are looked at
HOLDERS = 500  # of one office, those whose term ended last


@dataclass(frozen=True)
class Former:
    """Officials whose terms in an office are over; ``said``: how a text would say it."""

    official_ids: tuple[int, ...]
    name: str
    words: tuple[int, ...]
    said: tuple[Word | Phrase, ...]


def held(tx: Transaction, words: Sequence[str], today: date) -> Former | None:
    """The first office that "ex" stands before among ``words`` (stems), apart or in one word, with the place
    behind it, and who held it and does not hold it ``today``. None where the catalogue knows nobody."""
    for place in spots(words)[:SPOTS]:
        apart = words[place] == EX
        rest = words[place + 1 :] if apart else (words[place][len(EX) :], *words[place + 1 :])
        meanings = meanings_of(tx, rest)
        titles = titles_of(tx, rest, meanings)
        for length in range(min(WORDS, len(rest)), 0, -1):
            run = " ".join(rest[:length])
            keys = _titles(titles, (run, *meanings.keys_at(0, length)))
            if not keys:
                continue
            known = places.known(tx, rest, meanings)
            where = where_held(tx, rest, length, meanings, known) if length < len(rest) else None
            folded = [title for key in keys for title in titles[key]]
            ids = _over(tx, folded, where[2], today) if where else ()
            end, name = (where[0], f" · {where[1]}") if ids and where else (length, "")
            if not ids and not (where and _is_of_municipalities(tx, folded)):
                ids = _over(tx, folded, (), today)
            if ids:
                taken = tuple(range(place, place + end + apart))
                said = _said(rest[:length], in_texts(rest[length:end], where[1]) if where else ())
                return Former(ids, f"ex {called(titles[keys[0]])}{name}", taken, said)
    return None


def spots(words: Sequence[str]) -> list[int]:
    """Where "ex" stands before a word, or begins one."""
    return [
        place for place, word in enumerate(words)
        if (word == EX and place + 1 < len(words) and words[place + 1].isalpha())
        or (word.startswith(EX) and len(word) >= len(EX) + SHORTEST and word.isalpha())
    ]  # fmt: skip


def ways(words: Sequence[str]) -> Iterator[tuple[tuple[int, ...], tuple[Word | Phrase, ...]]]:
    """The places of words with "ex", and both ways of writing them."""
    for place in spots(words):
        if words[place] == EX:
            yield (place, place + 1), _said(words[place + 1 : place + 2], ())
        elif (rest := words[place][len(EX) :]) in TOGETHER:
            yield (place,), _said((rest,), ())


def _said(office: Sequence[str], where: Sequence[str]) -> tuple[Word | Phrase, ...]:
    """ "ex alcalde de Toluca" and "exalcalde de Toluca"; the place need not be said with "de"."""
    made: list[Word | Phrase] = []
    for middle in (("de",), ()) if where else ((),):
        tail = (*office[1:], *middle, *where)
        made.append(Phrase((EX, office[0], *tail)))
        one = stem(EX + office[0])
        made.append(Phrase((one, *tail)) if tail else Word(one))
    return tuple(made)


def _titles(titles: Titles, keys: Sequence[str]) -> list[str]:
    """The very titles, or those that begin so: "ex diputada" of whatever chamber."""
    return [key for key in keys if key in titles] or [
        title for title in titles if any(title.startswith(f"{key} ") for key in keys)
    ]


def _is_of_municipalities(tx: Transaction, titles: Sequence[str]) -> bool:
    query = select(Office.id).where(Office.folded.in_(titles), Office.municipality_key.is_not(None))
    return tx.scalar(query.limit(1)) is not None


def _over(tx: Transaction, titles: Sequence[str], where: Sequence[str], today: date) -> tuple[int, ...]:
    """Who held it (in one of the places, if any are given), and holds it no more."""
    here = and_(Office.folded.in_(titles), *((held_in(where),) if where else ()))
    still = select(Office.official_id).where(
        here,
        or_(Office.held_to.is_(None), Office.held_to >= today),
        or_(Office.held_from.is_(None), Office.held_from <= today),
    )
    ended = (
        select(Office.official_id)
        .where(here, Office.held_to < today, Office.official_id.not_in(still))
        .order_by(Office.held_to.desc(), Office.official_id)
        .limit(HOLDERS)
    )
    return tuple(dict.fromkeys(tx.scalars(ended)))
