"""The column vocabulary of the schema: one word a kind of value, with its units in the name."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import IntEnum
from typing import Annotated, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    String,
    Text,
    TypeDecorator,
    text,
)
from sqlalchemy import Enum as SqlEnum
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from crm.choices import Labelled, Word


class UtcInstant(TypeDecorator[datetime]):
    """An aware instant, UTC inside. SQLite forgets the zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive instants: they are a bug, not a default."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime is not an instant")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Ordinal(TypeDecorator[IntEnum]):
    """An IntEnum stored as its number, so that the database can order and compare it."""

    impl = SmallInteger
    cache_ok = True

    def __init__(self, enum: type[IntEnum]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: IntEnum | None, dialect: Dialect) -> int | None:
        """The number."""
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> IntEnum | None:
        """The member."""
        return None if value is None else self.enum(value)


class Tokens(TypeDecorator[str]):
    """Words without marks, a space between them: a tsvector on PostgreSQL, plain text elsewhere."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """The type of the database at hand."""
        return dialect.type_descriptor(TSVECTOR() if dialect.name == "postgresql" else Text())


class Said(TypeDecorator[str]):
    """A sentence of ours that is kept and read in several languages: as it reads in Chinese and, behind a mark that nobody types,
    what it is made of. Kept texts without the mark are what they are; what people typed never bears it.
    """

    impl = Text
    cache_ok = True
    MARK = "\x1e"

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The Chinese, and its parts."""
        if value is None:
            return None
        plain = str.__str__(value).replace(self.MARK, " ")
        if not isinstance(value, Word):
            return plain
        return f"{plain}{self.MARK}{json.dumps(value.packed(), ensure_ascii=False)}"

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """The sentence again: Chinese where it is compared, the reader's language where it is printed."""
        if value is None:
            return None
        plain, mark, parts = value.partition(self.MARK)
        return Word.unpacked(json.loads(parts)) if mark else plain


def word(enum: type[Labelled], length: int = 20) -> SqlEnum:
    """A closed vocabulary stored as its value in a VARCHAR with a CHECK, the same on every database."""
    return SqlEnum(
        enum,
        native_enum=False,
        length=length,
        create_constraint=False,
        validate_strings=True,
        values_callable=lambda members: [member.value for member in members],
    )


Key = Annotated[int, mapped_column(Integer, primary_key=True)]
Yuan = Annotated[int, mapped_column(BigInteger)]
Money = Annotated[int, mapped_column(BigInteger)]
Count = Annotated[int, mapped_column(Integer)]
Rate = Annotated[Decimal, mapped_column(Numeric(18, 8))]
Measure = Annotated[Decimal, mapped_column(Numeric(14, 2))]
Day = Annotated[date, mapped_column(Date)]
Instant = Annotated[datetime, mapped_column(UtcInstant)]
Flag = Annotated[bool, mapped_column(Boolean)]
Code = Annotated[str, mapped_column(String(64))]
ShortText = Annotated[str, mapped_column(String(200))]
LongText = Annotated[str, mapped_column(Text)]
Sentence = Annotated[str, mapped_column(Said)]
Bytes = Annotated[bytes, mapped_column(LargeBinary)]
Document = Annotated[dict[str, Any], mapped_column(JSON)]
Amounts = Annotated[list[int], mapped_column(JSON(none_as_null=True))]

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The typed base of every table; Flask-SQLAlchemy is handed it as its model class."""

    metadata = MetaData(naming_convention=NAMING)


class Trashable:
    """A row that can be deleted and restored: while `deleted_at` is set no query finds it (crm/trash.py)."""

    deleted_at: Mapped[Instant | None]
    deleted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


def trash_index(table: str) -> Index:
    """Finds the few deleted rows of a `Trashable` table; it is no use, and no temptation, to queries for the living ones."""
    only = text("deleted_at IS NOT NULL")
    return Index(f"ix_{table}_deleted", "deleted_at", sqlite_where=only, postgresql_where=only)
