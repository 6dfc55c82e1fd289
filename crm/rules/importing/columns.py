"""The project's own columns, out of a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm.choices import CapitalKind, Currency, Origin
from crm.rules import checks
from crm.rules.importing.directory import Directory, channel
from crm.rules.importing.drafts import Context
from crm.rules.importing.entry import Entry, Money
from crm.rules.importing.places import place_of
from crm.rules.importing.remarks import Note, warn
from crm.rules.importing.standing import Standing
from crm.rules.ledger.fields import Field
from crm.rules.names import project_key

LONGEST_LINE = 200
COLUMN_FIELD: Mapping[str, Field] = {
    "name": Field.PROJECT_NAME,
    "capital_kind": Field.CAPITAL_KIND,
    "industry_id": Field.INDUSTRY,
    "area_id": Field.LOCATION,
    "site": Field.LOCATION,
    "source_channel": Field.CHANNEL,
    "source_note": Field.CHANNEL,
    "content": Field.CONTENT,
    "fixed_yuan": Field.FIXED_ASSETS,
    "foreign_usd": Field.FOREIGN_CAPITAL,
    "land_mu": Field.LAND_MU,
    "responsible_unit_id": Field.RESPONSIBLE_UNIT,
    "expected_sign_on": Field.SIGNED_ON,
    "planned_start_on": Field.START_ON,
    "planned_finish_on": Field.END_ON,
    "planned_production_on": Field.PRODUCING_ON,
}


def columns_of(entry: Entry, directory: Directory) -> tuple[dict[str, Any], list[Note]]:
    """The columns the row fills, {column: value}, blank ones left out, and what could not be filled."""
    industry_id, industry_note = directory.industry(entry.industry)
    if not entry.industry:
        industry_id, _ = directory.industry(
            entry.category
        )  # a list's own grouping: taken where it fits, else not missed
    unit, unit_note = directory.unit(entry.responsible_unit)
    fixed_yuan, fixed_note = directory.yuan(entry.fixed, Field.FIXED_ASSETS)
    foreign_usd, foreign_note = _dollars(entry.foreign)
    known_channel = channel(entry.channel)
    told = {
        "name": entry.name[:LONGEST_LINE],
        "capital_kind": _capital_kind(entry),
        "industry_id": industry_id,
        "area_id": directory.area(entry.location) if entry.location else None,
        "site": entry.location[:LONGEST_LINE],
        "source_channel": known_channel,
        "source_note": "" if known_channel else entry.channel[:LONGEST_LINE],
        "content": entry.content,
        "fixed_yuan": fixed_yuan,
        "foreign_usd": foreign_usd,
        "land_mu": entry.land_mu,
        "responsible_unit_id": unit.id if unit else None,
    }
    notes = [note for note in (industry_note, unit_note, fixed_note, foreign_note) if note is not None]
    return {name: value for name, value in told.items() if value not in (None, "")}, notes


def _dollars(money: Money | None) -> tuple[int | None, Note | None]:
    """合同外资 is kept in dollars (domain.md §1.1)."""
    if money is None or money.currency is Currency.USD:
        return (money.units if money else None), None
    return None, warn(Field.FOREIGN_CAPITAL, f"合同外资按美元登记，这里是{money.currency.label}，没有写入")


def _capital_kind(entry: Entry) -> CapitalKind | None:
    place = place_of(entry.origin) if entry.origin else None
    if entry.capital_kind is None and place is not None and place.origin is Origin.FOREIGN:
        return CapitalKind.FOREIGN
    return entry.capital_kind


def differing(
    told: Mapping[str, Any], directory: Directory, standing: Standing | None, fill_only: bool
) -> dict[str, Any]:
    """What of it is news: everything for a new project (domestic where nothing is said), only differences for a known one."""
    if standing is None:
        return {"capital_kind": CapitalKind.DOMESTIC, **told}
    known = standing.values
    return {
        name: value
        for name, value in told.items()
        if not _is_same(name, known.get(name), value, directory) and (not fill_only or known.get(name) in (None, ""))
    }


def _is_same(name: str, known: Any, told: Any, directory: Directory) -> bool:
    """Equal; or a name only spelt otherwise (项目 at its end); or an industry of which the register knows the part."""
    if known == told:
        return True
    if name == "name":
        return bool(known) and project_key(known) == project_key(told)
    return name == "industry_id" and directory.parents.get(known) == told


def plan_of(
    entry: Entry, context: Context, standing: Standing | None, fill_only: bool
) -> tuple[Money | None, list[Note]]:
    """The planned total, if it is news and can be expressed in yuan; an older ledger does not overrule a later statement."""
    if entry.total is None:
        return None, []
    yuan, note = context.directory.yuan(entry.total, Field.TOTAL_INVESTMENT)
    notes = [note] if note else []
    fixed_yuan, _ = context.directory.yuan(entry.fixed, Field.FIXED_ASSETS)
    problem = checks.part_problem("固定资产投资", fixed_yuan, "总投资", yuan)
    if problem is not None:
        notes.append(warn(Field.FIXED_ASSETS, problem))
    if standing is not None and (standing.plan == entry.total or (fill_only and standing.plan is not None)):
        return None, notes
    if standing is not None and standing.plan_on is not None and standing.plan_on > context.settings.as_of:
        words = f"库中总投资是 {standing.plan_on.isoformat()} 报的，比台账新，以库中为准"
        return None, [*notes, warn(Field.TOTAL_INVESTMENT, words, "plan_older")]
    return (entry.total if yuan is not None else None), notes
