"""Reference: industries, areas, rates, targets, settings, the working calendar."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.choices import Currency, Indicator, IndustryGroup
from crm.columns import Base, Code, Count, Day, Flag, Key, LongText, Money, Rate, ShortText, word


class Industry(Base):
    """An industry of the 2+3+X system, or a sub-industry below one."""

    __tablename__ = "industry"

    id: Mapped[Key]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[ShortText] = mapped_column(unique=True)
    group: Mapped[IndustryGroup] = mapped_column(word(IndustryGroup))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("industry.id"), index=True)
    rank: Mapped[Count] = mapped_column(default=0)


class Area(Base):
    """片区: a part of the zone where projects are built."""

    __tablename__ = "area"

    id: Mapped[Key]
    name: Mapped[ShortText] = mapped_column(unique=True)
    rank: Mapped[Count] = mapped_column(default=0)


class ExchangeRate(Base):
    """Yuan for one unit of a currency, from a day on until the next entry."""

    __tablename__ = "exchange_rate"
    __table_args__ = (UniqueConstraint("currency", "rate_on"), Index("ix_exchange_rate_day", "rate_on", "id"))

    id: Mapped[Key]
    currency: Mapped[Currency] = mapped_column(word(Currency))
    rate_on: Mapped[Day]
    rate: Mapped[Rate]
    source: Mapped[ShortText] = mapped_column(default="")


class Target(Base):
    """A figure the zone, a unit or (`officer_id`) somebody of it means to reach in a year; count, whole yuan or whole dollars
    by indicator."""

    __tablename__ = "target"
    __table_args__ = (
        Index(
            "uq_target_of_unit", "year", "indicator", "unit_id", unique=True,
            sqlite_where=text("officer_id IS NULL"), postgresql_where=text("officer_id IS NULL"),
        ),
        UniqueConstraint("year", "indicator", "unit_id", "officer_id"),
        Index("ix_target_officer", "officer_id"),
    )  # fmt: skip

    id: Mapped[Key]
    year: Mapped[Count]
    indicator: Mapped[Indicator] = mapped_column(word(Indicator))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    value: Mapped[Money]


class Setting(Base):
    """One configured value; rules/settings.py holds the names, types and defaults."""

    __tablename__ = "setting"

    name: Mapped[Code] = mapped_column(primary_key=True)
    value: Mapped[LongText]


class Holiday(Base):
    """A day on which the working calendar differs from the week: a holiday, or a weekend worked."""

    __tablename__ = "holiday"

    day: Mapped[Day] = mapped_column(primary_key=True)
    is_working: Mapped[Flag]
    name: Mapped[ShortText]
