"""What people searched for of late, and what they did not find."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from sqlalchemy import delete, func, select

from dam.db import Transaction
from dam.models import RecentSearch
from dam.search.folding import fold
from dam.services import finding
from dam.services.access import Action, Actor, demand
from dam.services.finding import Query

SHOWN = 8
MOST = 200  # searches of one account that are remembered
REMEMBERED = timedelta(days=90)
TEXT_LIMIT = 200  # characters
QUERY_LIMIT = 4000


@dataclass(frozen=True)
class Recent:
    """``query`` as in the address bar; ``text`` what stood in the box; ``total`` what it found then."""

    query: str
    text: str
    total: int
    at: datetime


@dataclass(frozen=True)
class Fruitless:
    """Words that found nothing the last time they were searched: how often, by how many people, when last."""

    text: str
    query: str
    times: int
    people: int
    at: datetime


def note(tx: Transaction, actor: Actor, query: Query, total: int, at: datetime) -> None:
    """Remember that ``actor`` searched. An empty search is nothing to remember, nor is one by a machine."""
    demand(actor, Action.SEE)
    spelled = urlencode(finding.to_args(query))
    if query.empty or actor.user_id is None or len(spelled) > QUERY_LIMIT:
        return
    digest = _digest(query)
    kept = tx.scalar(
        select(RecentSearch).where(RecentSearch.user_id == actor.user_id, RecentSearch.digest == digest)
    )
    if kept is None:
        kept = RecentSearch(user_id=actor.user_id, digest=digest, times=0)
        tx.add(kept)
    kept.query = spelled
    kept.text = " ".join(query.text.split())[:TEXT_LIMIT]
    kept.total, kept.at, kept.times = total, at, kept.times + 1
    tx.flush()
    _forget_oldest(tx, actor.user_id)


def recent(tx: Transaction, actor: Actor, limit: int = SHOWN) -> list[Recent]:
    """One's own, the last first."""
    demand(actor, Action.SEE)
    rows = tx.scalars(
        select(RecentSearch).where(RecentSearch.user_id == actor.user_id)
        .order_by(RecentSearch.at.desc(), RecentSearch.id.desc()).limit(limit)
    )  # fmt: skip
    return [Recent(one.query, one.text, one.total, one.at) for one in rows]


def fruitless(tx: Transaction, actor: Actor, since: datetime, limit: int = 100) -> Sequence[Fruitless]:
    """Searches of the whole office that found nothing, the most repeated first. Who searched is not told."""
    demand(actor, Action.SEE_AUDIT)
    times, last = func.sum(RecentSearch.times), func.max(RecentSearch.at)
    rows = tx.execute(
        select(
            func.max(RecentSearch.text).label("text"), func.max(RecentSearch.query).label("query"),
            times.label("times"),
            func.count(RecentSearch.user_id.distinct()).label("people"), last.label("at"),
        )
        .where(RecentSearch.total == 0, RecentSearch.at >= since, RecentSearch.text != "")
        .group_by(RecentSearch.digest).order_by(times.desc(), last.desc()).limit(limit)
    )  # fmt: skip
    return [Fruitless(row.text, row.query, row.times, row.people, row.at) for row in rows]


def _digest(query: Query) -> str:
    """The same for the same words, however they are written: accents and case find nothing else."""
    spelled = urlencode(finding.to_args(replace(query, text=fold(query.text))))
    return hashlib.sha256(spelled.encode()).hexdigest()[:32]


def forget_old(tx: Transaction, now: datetime) -> int:
    """Forget what is older than REMEMBERED; how many that were."""
    return tx.execute(delete(RecentSearch).where(RecentSearch.at < now - REMEMBERED)).rowcount


def _forget_oldest(tx: Transaction, user_id: int) -> None:
    beyond = (
        select(RecentSearch.id).where(RecentSearch.user_id == user_id)
        .order_by(RecentSearch.at.desc(), RecentSearch.id.desc()).offset(MOST)
    )  # fmt: skip
    extra = tx.scalars(beyond).all()
    if extra:
        tx.execute(delete(RecentSearch).where(RecentSearch.id.in_(extra)))
