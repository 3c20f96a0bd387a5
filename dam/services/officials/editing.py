"""Adding people to the catalogue, and writing their names right."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import exists, select

from dam.db import Transaction
from dam.errors import Conflict, Invalid
from dam.models import Appearance, Attendance, Official, OfficialAlias
from dam.search.folding import fold
from dam.services import audit, indexing
from dam.services.access import Action, Actor, demand
from dam.services.describing.wording import line, lines
from dam.services.officials.finding import describe_official, get_official, without_titles

MOST_ALIASES = 30


def create_official(
    tx: Transaction,
    actor: Actor,
    name: str,
    *,
    aliases: Iterable[str] = (),
    notes: str | None = None,
    example: bool = False,
    namesake: bool = False,
) -> Official:
    """Add a person. Raises Conflict when somebody has that very name, unless ``namesake`` says that this is
    another person; Invalid without a name."""
    demand(actor, Action.EDIT_CATALOGUE)
    official = Official(example=example)
    _write(official, {"name": name, "notes": notes})
    if not namesake:
        _refuse_namesake(tx, official)
    tx.add(official)
    tx.flush()
    write_aliases(official, aliases)
    tx.flush()
    audit.record(tx, actor, "official.create", ("official", official.id), name=official.name)
    return official


def edit_official(tx: Transaction, actor: Actor, official_id: int, **changes: Any) -> Official:
    """Change name, aliases (all of them) or notes; what is not named stays. Raises NotFound, Invalid."""
    demand(actor, Action.EDIT_CATALOGUE)
    official = get_official(tx, official_id)
    aliases = changes.pop("aliases", None)
    _write(official, changes)
    if aliases is not None:
        write_aliases(official, aliases)
    tx.flush()
    audit.record(tx, actor, "official.edit", ("official", official.id), name=official.name)
    indexing.touch_official(tx, official.id)
    return official


def delete_official(tx: Transaction, actor: Actor, official_id: int) -> None:
    """Remove a person who is in no material and attended nothing. Raises Conflict otherwise."""
    demand(actor, Action.MERGE_CATALOGUE)
    official = get_official(tx, official_id)
    if tx.scalar(select(exists().where(Appearance.official_id == official_id))):
        raise Conflict("This person appears in material. Merge with the right person instead.")
    if tx.scalar(select(exists().where(Attendance.official_id == official_id))):
        raise Conflict(
            "This person attended an event. Merge with the right person, or change the event first."
        )
    audit.record(tx, actor, "official.delete", ("official", official.id), name=official.name)
    tx.delete(official)
    tx.flush()


def _write(official: Official, fields: dict[str, Any]) -> None:
    unknown = set(fields) - {"name", "notes"}
    if unknown:
        raise TypeError(f"A person has no {', '.join(sorted(unknown))}.")
    if "name" in fields:
        name = line(fields["name"], 200, "name")
        if not name:
            raise Invalid("A person needs a name.")
        official.name, official.folded = name, without_titles(name)[:200]
    if "notes" in fields:
        official.notes = lines(fields["notes"], 10_000, "notes")


def _refuse_namesake(tx: Transaction, official: Official) -> None:
    other = tx.scalars(select(Official).where(Official.folded == official.folded).limit(1)).first()
    if other is not None:
        raise Conflict(
            "There is already a person of this name: %(name)s.",
            name=describe_official(other),
            official_id=other.id,
        )


def write_aliases(official: Official, aliases: Iterable[str]) -> None:
    """These and no others, each once, none that is the name itself. Raises Invalid over 30."""
    wanted: dict[str, str] = {}
    for text in aliases:
        alias = line(text, 200, "alias")
        if alias and fold(alias)[:200] != official.folded:
            wanted.setdefault(fold(alias)[:200], alias)
    if len(wanted) > MOST_ALIASES:
        raise Invalid("A person has %(most)s aliases at most.", most=MOST_ALIASES)
    official.aliases[:] = [alias for alias in official.aliases if wanted.get(alias.folded) == alias.name]
    kept = {alias.folded for alias in official.aliases}
    for folded, alias in wanted.items():
        if folded not in kept:
            official.aliases.append(OfficialAlias(name=alias, folded=folded))
