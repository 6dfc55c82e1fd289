"""The month a page of figures speaks of: read from the address, offered in a select, the last complete one by default."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request
from flask_babel import gettext as _

from crm.errors import NotFound
from crm.rules.days import Month
from crm.views import web

OFFERED = 24


def newest() -> Month:
    """The month that is running."""
    return Month.of(web.today())


def asked() -> Month:
    """?month=2022-09, else the last complete month; what is no month or has not begun is not found."""
    text = request.args.get("month", "")
    if not text:
        return newest().shifted(-1)
    try:
        month = Month.parse(text)
    except ValueError as error:
        raise NotFound(_("没有“%(text)s”这个月份，请写成 2022-09。", text=text)) from error
    if month > newest():
        raise NotFound(_("%(month)s还没有开始。", month=month.label))
    return month


def offered(month: Month) -> Sequence[Month]:
    """The months of the select, the newest first; the one shown is among them however old it is."""
    recent = [newest().shifted(-back) for back in range(OFFERED)]
    return recent if month in recent else [*recent, month]
