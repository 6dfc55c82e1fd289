"""What a proposal makes different of a known project, in words: old -> new."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from crm.choices import Currency, MemberRole
from crm.rules.importing.columns import COLUMN_FIELD
from crm.rules.importing.directory import Directory
from crm.rules.importing.drafts import Change, CompanyDraft, Proposal
from crm.rules.importing.entry import Money
from crm.rules.importing.standing import Standing
from crm.rules.ledger.amounts import money_text
from crm.rules.ledger.fields import Field

_LONGEST = 60
_NAMED = {"industry_id": "industry", "area_id": "area", "responsible_unit_id": "unit"}
_SHOWN: Mapping[str, Callable[[Any], str]] = {
    "fixed_yuan": lambda value: money_text(value, Currency.CNY),
    "foreign_usd": lambda value: money_text(value, Currency.USD),
    "registered_yuan": lambda value: money_text(value, Currency.CNY),
    "land_mu": lambda value: f"{Decimal(value).normalize():f} 亩",
}
_COMPANY_FIELD = {"credit_code": Field.CREDIT_CODE, "registered_yuan": Field.REGISTERED_CAPITAL}


def changes_of(proposal: Proposal, directory: Directory, standing: Standing) -> Iterator[Change]:
    """Every difference, in the order of the project page."""
    for name, value in proposal.project.items():
        old, new = (shown(name, side, directory) for side in (standing.values.get(name), value))
        yield Change(COLUMN_FIELD[name], old, new)
    if proposal.plan is not None:
        yield Change(Field.TOTAL_INVESTMENT, money_words(standing.plan), money_words(proposal.plan))
    if proposal.company is not None:
        yield from _of_company(proposal.company, standing, directory)
    for role, user_id in proposal.members:
        where = Field.LEADER if role is MemberRole.LEADER else Field.OFFICER
        yield Change(where, "", f"{role.label} {directory.name_of('person', user_id)}")
    for listing in proposal.listings:
        yield Change(Field.LEVEL, "", f"{listing.year}年{listing.key_list.label}")
    yield from _of_history(proposal, standing)
    yield from _of_months(proposal)


def _of_company(company: CompanyDraft, standing: Standing, directory: Directory) -> Iterator[Change]:
    now = standing.company
    if now is None or company.id != now.id:
        yield Change(Field.INVESTOR, now.name if now else "", company.name)
    if company.id is None:
        return
    for name, value in company.values.items():
        yield Change(_COMPANY_FIELD.get(name, Field.ORIGIN), "", shown(name, value, directory))
    if company.contact is not None:
        name, phone = company.contact
        yield Change(Field.CONTACT_NAME, "", name) if name else Change(Field.CONTACT_PHONE, "", phone)


def _of_history(proposal: Proposal, standing: Standing) -> Iterator[Change]:
    for step in proposal.history.steps:
        yield Change(Field.STAGE, standing.stage.label, step.words)
    if proposal.history.agreement is not None:
        kind, on = proposal.history.agreement
        yield Change(Field.CONTRACT_KIND, "", f"{kind.label}（{on.isoformat()}）")
    if proposal.history.status is not None:
        yield Change(Field.STAGE, standing.status.label, proposal.history.status.label)


def _of_months(proposal: Proposal) -> Iterator[Change]:
    for step in proposal.money:
        yield Change(step.field, "", step.words)
    if proposal.annual is not None:
        planned = money_text(proposal.annual.planned_yuan, Currency.CNY)
        yield Change(Field.ANNUAL_INVESTMENT, "", f"{proposal.annual.year}年 {planned}")
    if proposal.month is not None:
        yield Change(Field.PROGRESS_TEXT, "", next(text for text in proposal.month if text)[:_LONGEST])


def money_words(money: Money | None) -> str:
    """An amount in words, empty for none."""
    return "" if money is None else money_text(money.units, money.currency)


def shown(name: str, value: Any, directory: Directory) -> str:
    """A column's value as people read it."""
    if value in (None, ""):
        return ""
    if name in _NAMED:
        return directory.name_of(_NAMED[name], value)
    text = _SHOWN[name](value) if name in _SHOWN else str(getattr(value, "label", value))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
