"""Column shorthands the tables share."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, Integer, String
from sqlalchemy.orm import mapped_column
from sqlalchemy.types import TypeDecorator

from dam.db import Moment

BIG = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only in INTEGER keys

BigKey = Annotated[int, mapped_column(BIG, primary_key=True, autoincrement=True)]
Key = Annotated[int, mapped_column(primary_key=True)]
Instant = Annotated[datetime, mapped_column(Moment)]
Document = Annotated[dict[str, Any], mapped_column(JSON)]
Words = Annotated[list[str], mapped_column(JSON, default=list)]


class Choice(TypeDecorator[StrEnum]):
    """A StrEnum kept as its text, so that a new member needs no migration."""

    impl = String(24)
    cache_ok = True

    def __init__(self, enum: type[StrEnum]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        return None if value is None else str(self.enum(value))

    def process_result_value(self, value: Any, dialect: Any) -> StrEnum | None:
        return None if value is None else self.enum(value)


def now() -> datetime:
    """The instant a row is made."""
    return datetime.now(UTC)
