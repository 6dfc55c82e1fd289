"""The office's settings, targets, rates and calendar. Each change is noted with what it was before, by whom and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import policy
from crm.actions.locking import hold_register
from crm.actions.people import note
from crm.choices import Currency, Word
from crm.errors import NotFound, RuleBroken
from crm.models import ExchangeRate, Holiday, Setting, Target, User
from crm.policy import Act, Actor
from crm.queries import settings as queries
from crm.rules import settings as rules
from crm.rules.holidays import Marked
from crm.rules.settings import DEFAULTS, SPECS, from_texts, text_of
from crm.rules.targets import Aim, said, to_copy


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
    session: Session, actor: Actor, year: int, values: Mapping[Aim, int | None], reason: str, now: datetime
) -> int:
    """Set targets of a year; None takes one away. What was set changes with a reason only. How many changed."""
    policy.ensure(actor, Act.MANAGE_SETTINGS)
    hold_register(session)  # two people must not each set the same target for the first time
    known = queries.targets(session, year)
    names = _names(session, values)
    changed = {aim: value for aim, value in values.items() if value != (known[aim].value if aim in known else None)}
    if not reason and any(aim in known for aim in changed):
        raise RuleBroken("改动已有的目标要写明原因。", "reason")
    for aim, value in changed.items():
        row = known.get(aim)
        before = row.value if row else None
        _set_target(session, row, year, aim, value)
        what = (
            f"{year}年{names[aim]}{aim.indicator.label}：{said(aim.indicator, before)} → {said(aim.indicator, value)}"
        )
        note(session, actor.id, "target", f"{what}（{reason}）" if before is not None else what, now)
    return len(changed)


def copy_targets(session: Session, actor: Actor, year: int, now: datetime) -> int:
    """Give everybody who has no target of the year yet last year's; how many."""
    policy.ensure(actor, Act.MANAGE_SETTINGS)
    hold_register(session)
    last, known = ({aim: row.value for aim, row in queries.targets(session, one).items()} for one in (year - 1, year))
    working = set(session.scalars(select(User.id).where(User.is_active.is_(True))))
    copied = {aim: value for aim, value in to_copy(last, known).items() if aim.officer_id in {None, *working}}
    for aim, value in copied.items():
        _set_target(session, None, year, aim, value)
    if copied:
        note(session, actor.id, "target", f"{year}年：沿用 {year - 1} 年目标 {len(copied)} 项", now)
    return len(copied)


def _names(session: Session, aims: Iterable[Aim]) -> dict[Aim, str]:
    """What each is called: its unit, and its person; raises NotFound for a unit or a person without targets."""
    units = {unit.id: unit.short_name for unit in session.scalars(queries.units_with_targets())}
    wanted = [aim.officer_id for aim in aims if aim.officer_id is not None]
    people = dict(session.execute(select(User.id, User.name).where(User.id.in_(wanted))).all())
    if any(aim.unit_id not in units or aim.officer_id not in {None, *people} for aim in aims):
        raise NotFound("没有找到这个单位或人员。")
    return {aim: units[aim.unit_id] + ("" if aim.officer_id is None else people[aim.officer_id]) for aim in aims}


def _set_target(session: Session, row: Target | None, year: int, aim: Aim, value: int | None) -> None:
    if value is None:
        session.delete(row)
    elif row is None:
        session.add(
            Target(year=year, unit_id=aim.unit_id, officer_id=aim.officer_id, indicator=aim.indicator, value=value)
        )
    else:
        row.value = value


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
