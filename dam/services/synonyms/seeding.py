"""The synonyms the product ships."""

from pathlib import Path

from sqlalchemy import select

from dam.db import Transaction
from dam.models import Synonym, SynonymGroup
from dam.search.folding import key_of

SHIPPED = Path(__file__).parent / "synonyms.txt"


def seed(tx: Transaction) -> None:
    """Fill an empty table. What the administration made of it later stays as it is."""
    if tx.scalar(select(SynonymGroup.id).limit(1)) is not None:
        return
    for terms in shipped():
        keyed = {key_of(term): term for term in reversed(terms)}
        tx.add(SynonymGroup(terms=[Synonym(term=term, key=key) for key, term in reversed(keyed.items())]))
    tx.flush()


def shipped() -> list[list[str]]:
    """A group a line, "=" between its expressions."""
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()
    return [[term.strip() for term in line.split("=")] for line in lines if line.strip() and line[0] != "#"]
