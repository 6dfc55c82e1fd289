"""What commands take: months and days, with a sentence where they are written otherwise."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from crm.rules.days import Month


class MonthType(click.ParamType[Month]):
    """A month such as 2022-09."""

    name = "month"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Month:
        """The month; ends the command with a sentence otherwise."""
        try:
            return value if isinstance(value, Month) else Month.parse(value)
        except ValueError:
            self.fail(f"“{value}”不是 2022-09 这样的月份。", param, ctx)


class DayType(click.ParamType[date]):
    """A day such as 2022-09-30."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day; ends the command with a sentence otherwise."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"“{value}”不是 2022-09-30 这样的日期。", param, ctx)


MONTH, DAY = MonthType(), DayType()
