"""Reference files: units, industries, areas, exchange rates and holidays of any office; people and targets of the demo."""

from __future__ import annotations

from decimal import Decimal

from crm.choices import Currency, Indicator, IndustryGroup, Role, UnitKind
from crm.models import Area, ExchangeRate, Holiday, Industry, Target, Unit, User
from crm.seeding.cells import Cells
from crm.seeding.parts import Part

IN_YI = frozenset({Indicator.SIGNED_YUAN, Indicator.ARRIVED_YUAN, Indicator.COMPLETED_YUAN})
IN_WAN = frozenset({Indicator.FOREIGN_USD})


def unit(cells: Cells) -> list[Part]:
    """units.csv: a node of the tree; its parent stands in a line above."""
    values = {
        "parent_id": cells.one("单位", "上级"),
        "kind": cells.needed_word(UnitKind, "类别"),
        "name": cells.needed("名称"),
        "short_name": cells.text("简称") or cells.needed("名称"),
        "rank": cells.whole("排序") or 0,
    }
    return [Part(Unit, values)]


def industry(cells: Cells) -> list[Part]:
    """industries.csv: an industry of the 2+3+X system, or a sub-industry that names the one above it."""
    values = {
        "code": cells.needed("编码"),
        "name": cells.needed("名称"),
        "group": cells.needed_word(IndustryGroup, "类别"),
        "parent_id": cells.one("产业", "上级产业"),
        "rank": cells.whole("排序") or 0,
    }
    return [Part(Industry, values)]


def area(cells: Cells) -> list[Part]:
    """areas.csv: a 片区."""
    return [Part(Area, {"name": cells.needed("名称"), "rank": cells.whole("排序") or 0})]


def rate(cells: Cells) -> list[Part]:
    """exchange_rates.csv: yuan for one unit of a currency (100 for yen, as banks quote it), from a day on."""
    currency = cells.needed_word(Currency, "币种")
    per = cells.whole("每") or 1
    values = {
        "currency": currency,
        "rate_on": cells.needed_day("日期"),
        "rate": (cells.needed_number("汇率") / per).quantize(Decimal("0.00000001")),
        "source": cells.text("来源"),
    }
    return [Part(ExchangeRate, values)]


def holiday(cells: Cells) -> list[Part]:
    """holidays.csv: a weekday off, or a weekend day worked."""
    values = {"day": cells.needed_day("日期"), "is_working": cells.flag("上班"), "name": cells.needed("名称")}
    return [Part(Holiday, values)]


def person(cells: Cells) -> list[Part]:
    """people.csv: a demo account, without a password."""
    values = {
        "login": cells.needed("登录名").lower(),
        "name": cells.needed("姓名"),
        "title": cells.text("职务"),
        "role": cells.needed_word(Role, "角色"),
        "unit_id": cells.needed_one("单位", "单位"),
        "phone": cells.text("电话"),
        "is_active": cells.flag("在用", default=True),
        "is_demo": True,
        "created_at": cells.needed_instant("启用日期"),
    }
    return [Part(User, values)]


def target(cells: Cells) -> list[Part]:
    """targets.csv: a figure to reach in a year, in the unit that the indicator's name states."""
    indicator = cells.needed_word(Indicator, "指标")
    read = cells.yi if indicator in IN_YI else cells.wan if indicator in IN_WAN else cells.whole
    values = {
        "year": cells.needed_whole("年度"),
        "indicator": indicator,
        "unit_id": cells.needed_one("单位", "单位"),
        "officer_id": None,
        "value": cells.given("数值", read("数值")),
    }
    return [Part(Target, values)]


def officer_target(cells: Cells) -> list[Part]:
    """officer_targets.csv: what somebody of a team is to reach in a year."""
    (part,) = target(cells)
    return [Part(Target, {**part.values, "officer_id": cells.needed_one("人员", "人员")})]
