"""The cells of a line read as values: amounts, days, words of a vocabulary, references. A wrong cell is refused by name."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import NoReturn, TypeVar

from crm.choices import Currency, Labelled, Stage
from crm.rules.days import at, start_of
from crm.rules.figures import YUAN_PER_WAN, YUAN_PER_YI
from crm.seeding.known import AMBIGUOUS, Known
from crm.seeding.lines import Line

_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_INSTANT = re.compile(_DAY.pattern + r"[ T]+(\d{1,2}):(\d{2})(?::\d{2})?")
_BETWEEN = re.compile(r"[；;、\n]+")
T = TypeVar("T")
Word = TypeVar("Word", bound=Labelled)


class CellWrong(Exception):
    """A cell that cannot be what its column asks for; `kind` names what it refers to, if it refers to something."""

    def __init__(self, head: str, message: str, kind: str = "") -> None:
        super().__init__(message)
        self.head = head
        self.kind = kind


class Cells:
    """One line, read column by column. `seen` collects the heads that were asked for."""

    def __init__(self, line: Line, known: Known, seen: set[str]) -> None:
        self._line = line
        self._known = known
        self._seen = seen

    # ------------------------------------------------------------------------------------------------------------ text

    def text(self, head: str, longest: int = 200) -> str:
        """The cell's text, "" for an empty one."""
        self._seen.add(head)
        if head not in self._line.cells:
            raise CellWrong(head, "缺少这一列。")
        text = self._line.cells[head]
        if len(text) > longest:
            raise CellWrong(head, f"有 {len(text)} 个字，最多 {longest} 个。")
        return text

    def long(self, head: str) -> str:
        """A text of any length."""
        return self.text(head, 100_000)

    def needed(self, head: str) -> str:
        """A text that must not be empty."""
        return self.given(head, self.text(head))

    def items(self, head: str) -> list[str]:
        """Several entries in one cell, set apart by “；” or “、”."""
        return [item.strip() for item in _BETWEEN.split(self.long(head)) if item.strip()]

    def flag(self, head: str, default: bool = False) -> bool:
        """是 or 否."""
        text = self.text(head)
        if text and text not in ("是", "否"):
            raise CellWrong(head, f"“{text}”应填“是”或“否”。")
        return default if not text else text == "是"

    # ---------------------------------------------------------------------------------------------------------- figures

    def number(self, head: str) -> Decimal | None:
        """A figure; thousands separators are allowed."""
        text = self.text(head).replace(",", "").replace("，", "")
        if not text:
            return None
        try:
            value = Decimal(text)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite():
            raise CellWrong(head, f"“{text}”不是数字。")
        return value

    def needed_number(self, head: str) -> Decimal:
        """A figure that must be there."""
        return self.given(head, self.number(head))

    def whole(self, head: str) -> int | None:
        """A whole figure."""
        value = self.number(head)
        return None if value is None else self._exact(head, value, 1)

    def needed_whole(self, head: str) -> int:
        """A whole figure that must be there."""
        return self.given(head, self.whole(head))

    def yi(self, head: str) -> int | None:
        """An amount in 亿元, as whole yuan."""
        value = self.number(head)
        return None if value is None else self._exact(head, value, YUAN_PER_YI)

    def wan(self, head: str) -> int | None:
        """An amount in 万 (of yuan or of another currency), as whole units."""
        value = self.number(head)
        return None if value is None else self._exact(head, value, YUAN_PER_WAN)

    # ------------------------------------------------------------------------------------------------------------- time

    def day(self, head: str) -> date | None:
        """A day such as 2022-09-01 or 2022/9/1."""
        text = self.text(head)
        if not text:
            return None
        found = _DAY.fullmatch(text)
        if not found:
            self._refuse(head, text, "日期", "2022-09-01")
        year, month, number = map(int, found.groups())
        try:
            return date(year, month, number)
        except ValueError:
            self._refuse(head, text, "日期", "2022-09-01")

    def needed_day(self, head: str) -> date:
        """A day that must be there."""
        return self.given(head, self.day(head))

    def instant(self, head: str) -> datetime | None:
        """A day with a time of day in China, such as 2022-09-01 14:30; a bare day is its beginning."""
        text = self.text(head)
        found = _INSTANT.fullmatch(text)
        if not found:
            day = self.day(head)
            return None if day is None else start_of(day)
        year, month, number, hour, minute = map(int, found.groups())
        try:
            return at(date(year, month, number), time(hour, minute))
        except ValueError:
            self._refuse(head, text, "时间", "2022-09-01 14:30")

    def needed_instant(self, head: str) -> datetime:
        """A time that must be there."""
        return self.given(head, self.instant(head))

    # ------------------------------------------------------------------------------------------------------ vocabularies

    def word(self, vocabulary: type[Word], head: str) -> Word | None:
        """The member of a vocabulary whose Chinese label stands in the cell."""
        text = self.text(head)
        found = next((member for member in vocabulary if member.label == text), None)
        if text and found is None:
            raise CellWrong(head, f"没有“{text}”这一项，可填：{'、'.join(member.label for member in vocabulary)}。")
        return found

    def needed_word(self, vocabulary: type[Word], head: str) -> Word:
        """A word that must be there."""
        return self.given(head, self.word(vocabulary, head))

    def stage(self, head: str) -> Stage:
        """A stage by its Chinese label."""
        text = self.needed(head)
        found = next((stage for stage in Stage if stage.label == text), None)
        if found is None:
            raise CellWrong(head, f"没有“{text}”这个阶段，可填：{'、'.join(stage.label for stage in Stage)}。")
        return found

    # -------------------------------------------------------------------------------------------------------- references

    def one(self, kind: str, head: str) -> int | None:
        """The id of the unit, person, industry ... that the cell names."""
        text = self.text(head)
        return self._refer(kind, head, text) if text else None

    def needed_one(self, kind: str, head: str) -> int:
        """A reference that must be there."""
        return self.given(head, self.one(kind, head))

    def many(self, kind: str, head: str) -> list[int]:
        """The ids of several, set apart by “；” or “、”."""
        return [self._refer(kind, head, item) for item in dict.fromkeys(self.items(head))]

    def rate(self, head: str, currency: Currency, on: date) -> tuple[Decimal, date | None]:
        """(rate, its day): what the cell says, else the newest rate on record; 1 for yuan."""
        stated = self.number(head)
        if currency is Currency.CNY:
            return Decimal(1), None
        if stated is not None:
            return stated, on
        found = self._known.rate(currency, on)
        if found is None:
            raise CellWrong(
                head, f"exchange_rates.csv 里没有 {on} 之前的{currency.label}汇率，请补一行，或在这里填写汇率。"
            )
        return found[1], found[0]

    # ------------------------------------------------------------------------------------------------------------- inside

    def _refer(self, kind: str, head: str, text: str) -> int:
        found = self._known.find(kind, text)
        if found == AMBIGUOUS:
            raise CellWrong(head, f"有不止一个“{text}”，请改填编号或登录名。")
        if found is None:
            likely = self._known.likely(kind, text)
            hint = f"是不是“{likely}”？" if likely else "请先在相应的文件里登记。"
            raise CellWrong(head, f"没有“{text}”这个{kind}，{hint}", kind)
        return found

    @staticmethod
    def given(head: str, value: T | None) -> T:
        """The value; an empty cell is refused."""
        if value is None or value == "":
            raise CellWrong(head, "不能为空。")
        return value

    @staticmethod
    def _exact(head: str, value: Decimal, unit: int) -> int:
        scaled = value * unit
        if scaled != scaled.to_integral_value():
            raise CellWrong(head, f"“{value}”小数位太多。" if unit > 1 else f"“{value}”应为整数。")
        return int(scaled)

    @staticmethod
    def _refuse(head: str, text: str, what: str, example: str) -> NoReturn:
        raise CellWrong(head, f"“{text}”不是{what}，应为 {example} 这样。")
