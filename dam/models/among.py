"""``among(Asset.id)``: is the number one of many that are handed over as one value?

A list of parameters makes another question of every length, which SQLAlchemy writes anew, the driver takes
apart anew and PostgreSQL plans anew: for five hundred assets that costs more than the answer.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import String, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator


class Numbers(TypeDecorator[Iterable[int]]):
    """Whole numbers as the text of a list, as the database reads one."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Iterable[int] | None, dialect: Any) -> str | None:
        listed = ",".join([str(int(one)) for one in value or ()])
        return f"{{{listed}}}" if dialect.name == "postgresql" else f"[{listed}]"


class _Among(FunctionElement[Any]):
    inherit_cache = True  # without a type: SQLite's "= 1" behind a Boolean would bar its indexes


def among(column: Any, name: str = "ids") -> _Among:
    """A condition whose numbers are handed to the execution: ``tx.execute(query, {"ids": [1, 2]})``."""
    return _Among(column, bindparam(name, type_=Numbers()))


@compiles(_Among)
def _listed(element: _Among, compiler: Any, **given: Any) -> str:
    column, numbers = (compiler.process(part, **given) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({numbers}))"


@compiles(_Among, "postgresql")
def _array(element: _Among, compiler: Any, **given: Any) -> str:
    column, numbers = (compiler.process(part, **given) for part in element.clauses)
    return f"{column} = ANY(CAST({numbers} AS INTEGER[]))"
