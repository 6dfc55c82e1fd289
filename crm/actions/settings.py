"""The office's settings, targets, rates and calendar. Each change is noted with what it was before, by whom and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import policy
from crm.actions.locking import hold_register
from crm.actions.people import note
from crm.choices import Currency, Indicator, Word
from crm.errors import NotFound, RuleBroken
from crm.models import ExchangeRate, Holiday, Setting, Target
from crm.policy import Act, Actor
from crm.queries import settings as queries
from crm.rules import settings as rules
from crm.rules.figures import printed, wan, yi
from crm.rules.holidays import Marked
from crm.rules.settings import DEFAULTS, SPECS, from_texts, text_of


@dataclass(frozen=True, slots=True)
class RateDraft:
    """Yuan for one unit of a currency from a day on."""

    currency: Currency
    rate_on: date
    rate: Decimal
    source: str = ""


@dataclass(frozen=True, slots=True)
class DayDraft:
    """A day on which the working calendar differs from the week."""

    day: date
    is_working: bool
    name: str


def change(session: Session, actor: Actor, texts: Mapping[str, str], now: datetime) -> list[str]:
    """Set what is given, keep the rest; the names that changed. Raises RuleBroken (field = name) for what cannot be."""
    policy.ensure(actor, Act.MANAGE_SETTINGS)
    hold_register(session)  # limits are judged together: two people must not each change one of a pair
    before = queries.current(session)
    typed = {name: text_of(rules.parse(name, text)) for name, text in texts.items()}
    after = from_texts({**queries.stored(session), **typed})
    changed = [name for name in SPECS if getattr(before, name) != getattr(after, name)]
    for name in changed:
        _store(session, name, getattr(after, name))
        was, now_is = (_said(name, getattr(values, name)) for values in (before, after))
        note(session, actor.id, "setting", f"{SPECS[name].label}：{was} → {now_is}", now)
    return changed


def _store(session: Session, name: str, value: rules.Value) -> None:
    """Only what differs from the default is kept."""
    row = session.get(Setting, name)
    if value == getattr(DEFAULTS, name):
        if row is not None:
            session.delete(row)
    elif row is None:
        session.add(Setting(name=name, value=text_of(value)))
    else:
        row.value = text_of(value)


def _said(name: str, value: rules.Value) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return f"{text_of(value)}{SPECS[name].unit}" or "（空）"


def set_targets(
    session: Session, actor: Actor, year: int, values: Mapping[tuple[int, Indicator], int | None], now: datetime
) -> int:
    """Set the targets of a year, by (unit, indicator); None takes one away. How many changed."""
    policy.ensure(actor, Act.MANAGE_SETTINGS)
    known = {(target.unit_id, target.indicator): target for target in queries.targets(session, year)}
    names = {unit.id: unit.short_name for unit in session.scalars(queries.units_with_targets())}
    changed = 0
    for (unit_id, indicator), value in values.items():
        if unit_id not in names:
            raise NotFound("没有找到这个单位。")
        row = known.get((unit_id, indicator))
        before = row.value if row else None
        if before == value:
            continue
        _set_target(session, row, year, unit_id, indicator, value)
        was, now_is = (said_target(indicator, amount) for amount in (before, value))
        note(session, actor.id, "target", f"{year}年{names[unit_id]}{indicator.label}：{was} → {now_is}", now)
        changed += 1
    return changed


def _set_target(
    session: Session, row: Target | None, year: int, unit_id: int, indicator: Indicator, value: int | None
) -> None:
    if value is None:
        session.delete(row)
    elif row is None:
        session.add(Target(year=year, unit_id=unit_id, indicator=indicator, value=value))
    else:
        row.value = value


def said_target(indicator: Indicator, value: int | None) -> str:
    """A target in the unit of its label; "未设" for none."""
    if value is None:
        return "未设"
    if indicator.value.endswith("_yuan"):
        return yi(value)
    return wan(value) if indicator.value.endswith("_usd") else printed(value)


def set_rate(session: Session, actor: Actor, draft: RateDraft, now: datetime) -> ExchangeRate:
    """State a rate; one already stated for the day is corrected. Money already entered keeps the rate it was entered with."""
    policy.ensure(actor, Act.MANAGE_SETTINGS)
    if draft.currency is Currency.CNY:
        raise RuleBroken("人民币不需要汇率。", "currency")
    if draft.rate <= 0:
        raise RuleBroken("汇率应大于零。", "rate")
    same_day = select(ExchangeRate).where(
        ExchangeRate.currency == draft.currency, ExchangeRate.rate_on == draft.rate_on
    )
    row = session.scalars(same_day).one_or_none()
    was = f"{row.rate.normalize():f}" if row else "未设"
    if row is None:
        row = ExchangeRate(currency=draft.currency, rate_on=draft.rate_on)
        session.add(row)
    row.rate, row.source = draft.rate, draft.source
    said = f"{draft.currency.label} {draft.rate_on}：{was} → {draft.rate.normalize():f}"
    note(session, actor.id, "rate", f"{said}（{draft.source}）" if draft.source else said, now)
    return row


def set_day(session: Session, actor: Actor, draft: DayDraft, now: datetime) -> None:
    """Mark a day as a holiday or as a weekend worked."""
    policy.ensure(actor, Act.MANAGE_SETTINGS)
    if draft.is_working and draft.day.weekday() < 5:
        sentence = Word("%(day)s 是工作日，本来就上班；要取消放假，请在列表里取消登记。", day=draft.day)
        raise RuleBroken(sentence, "is_working")
    row = session.get(Holiday, draft.day)
    if row is None:
        row = Holiday(day=draft.day)
        session.add(row)
    row.is_working, row.name = draft.is_working, draft.name
    note(session, actor.id, "holiday", f"{draft.day} {draft.name}：{'上班' if draft.is_working else '放假'}", now)


def set_days(session: Session, actor: Actor, days: Sequence[Marked], now: datetime) -> int:
    """Mark the days of a whole notice; those it does not name stay as they are. How many changed."""
    policy.ensure(actor, Act.MANAGE_SETTINGS)
    known = {row.day: row for row in session.scalars(select(Holiday).where(Holiday.day.in_([d.day for d in days])))}
    changed = [d for d in days if d.day not in known or _says(known[d.day]) != (d.is_working, d.name)]
    for marked in changed:
        row = known.get(marked.day) or Holiday(day=marked.day)
        session.add(row)
        row.is_working, row.name = marked.is_working, marked.name
    if changed:
        span = f"{changed[0].day} 至 {changed[-1].day}"
        note(session, actor.id, "holiday", f"粘贴放假通知：{span}，改动 {len(changed)} 天", now)
    return len(changed)


def _says(row: Holiday) -> tuple[bool, str]:
    return row.is_working, row.name


def clear_day(session: Session, actor: Actor, day: date, now: datetime) -> None:
    """Take a day back to the ordinary week; raises NotFound for a day that is not marked."""
    policy.ensure(actor, Act.MANAGE_SETTINGS)
    row = session.get(Holiday, day)
    if row is None:
        raise NotFound("这一天没有登记放假或调班。")
    note(session, actor.id, "holiday", f"{day} {row.name}：取消登记", now)
    session.delete(row)
