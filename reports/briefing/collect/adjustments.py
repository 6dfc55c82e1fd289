"""对往期的调整: what the last issue said and what is known now, told by itself with reason and evidence (domain.md §4.5).

The issue's frozen rows are compared with the rows that count now over the same days, and its key projects with theirs. A project
that was lost since stands there too: the month of its signing stays as it was, the month of its loss subtracts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from crm.choices import KeyList
from crm.models import Attachment, Claim, Contract, MoneyEntry, StageMove, StatusChange
from crm.queries.totals import Totals, Verdict
from crm.queries.totals.basis import EPOCH
from crm.rules.days import Month, Period, day_of
from crm.rules.figures import yi
from crm.rules.lights import Thresholds
from reports.briefing import revisions as told
from reports.briefing.collect import key, ledger
from reports.briefing.collect.month import Reading
from reports.briefing.facts import Adjustment, Briefing, Correction, Entry, Flow, KeyProject, Named
from reports.briefing.revisions import Revision

TABLES: Mapping[str, type[Any]] = {
    "moves": StageMove,
    "milestones": StageMove,
    "contracts": Contract,
    "agreements": Contract,
    "losses": StatusChange,
    "arrivals": MoneyEntry,
    "foreign_arrivals": MoneyEntry,
    "completions": MoneyEntry,
}
# What nobody verifies is told in one line a flow: how many, not which one by one.
TOGETHER = (Flow.LEAD, Flow.SCREENED, Flow.NEGOTIATION, Flow.REGISTERED)
NAMED = 3


def first_day(issued: Briefing) -> date:
    """The first day of which the issue holds rows."""
    return date(issued.month.year - 1, 1, 1)


def adjustments(
    reading: Reading, issued: Briefing, rows: Sequence[Entry], thresholds: Thresholds
) -> tuple[Adjustment, ...]:
    """Everything that differs from the issue. `rows` are all that count now since `first_day`."""
    then = Totals(reading.session, reading.totals.basis, issued.month)
    mine = [entry for entry in rows if entry.on in then.in_year or entry.on in then.in_last_year]
    found = told.revisions(issued.entries, mine)
    lost = [
        Revision(Correction.LOST, Flow.LOST, None, entry)
        for entry in rows
        if entry.flow is Flow.LOST and issued.month.last < entry.on <= reading.month.last
    ]
    teller = Teller(reading, issued, [*found, *lost])
    rows_told = [*teller.one_by_one(), *teller.together(), *_key_projects(issued, _now(reading, then, thresholds))]
    order = list(Correction)
    return tuple(sorted(rows_told, key=lambda row: order.index(row.kind)))


def _now(reading: Reading, then: Totals, thresholds: Thresholds) -> Sequence[KeyProject]:
    return key.key_projects(Reading(reading.session, then, beside=reading), thresholds)


# ------------------------------------------------------------------------------------------------------------- the rows


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind a row: its claim, and when and why it was recorded."""

    claim: Claim | None
    recorded_at: datetime | None
    reason: str


class Teller:
    """Tells revisions with their reasons; what it needs of the database it reads once for all of them."""

    def __init__(self, reading: Reading, issued: Briefing, revisions: Sequence[Revision]) -> None:
        self.reading, self.issued, self.revisions = reading, issued, revisions
        touched = [entry for one in revisions for entry in (one.old, one.new) if entry]
        self.behind = _behind(reading, touched)
        self.verdicts = _verdicts(reading, [one.old for one in revisions if one.old and not one.new])
        self.proofs = _proofs(reading, [row.claim.id for row in self.behind.values() if row.claim])
        known = {row.key: row for row in issued.named}
        self.named = known | {row.key: row for row in ledger.named(reading, touched)}

    def one_by_one(self) -> Iterable[Adjustment]:
        """The rows that are verified, each with its project."""
        return [self._told(one) for one in self.revisions if one.flow not in TOGETHER]

    def together(self) -> Iterable[Adjustment]:
        """The rows nobody verifies: a line a flow and year, with how many came and went."""
        for flow in TOGETHER:
            for year in (self.issued.month.year, self.issued.month.year - 1):
                mine = [one for one in self.revisions if one.flow is flow and one.month.year == year]
                if mine:
                    yield self._summed(flow, year, mine)

    def _told(self, one: Revision) -> Adjustment:
        project, kind = self._project(one.entry), self._kind(one)
        if kind is Correction.LOST and one.new:
            return self._lost(one, one.new, project)
        moved = one.kind is Correction.MOVED
        old, new = told.size(one.old), told.size(one.new)
        if moved and one.old and one.new:
            old, new = f"{told.day(one.old.on)} {old}", f"{told.day(one.new.on)} {new}"
        return Adjustment(
            item=str(one.flow.label),
            old=old,
            new=new,
            difference=told.growth(one.old, one.new),
            reason=self._reason(one, kind, project),
            kind=kind,
            evidence=self._evidence(one, project),
            name=project.name,
            project_id=project.project_id,
            month=str(one.month.label),
        )

    def _lost(self, one: Revision, lost: Entry, project: Named) -> Adjustment:
        signed = told.size(lost)
        return Adjustment(
            item=str(Flow.LOST.label),
            old=f"已签约：{signed}",
            new=f"{told.day(lost.on)}退库（流失）",
            difference=told.growth(lost, None),
            reason=self._reason(one, Correction.LOST, project),
            kind=Correction.LOST,
            evidence=self._evidence(one, project),
            name=project.name,
            project_id=project.project_id,
            month=told.day(lost.on),
        )

    def _summed(self, flow: Flow, year: int, mine: Sequence[Revision]) -> Adjustment:
        came, gone = [one for one in mine if not one.old], [one for one in mine if not one.new]
        rest = len(mine) - len(came) - len(gone)
        said = [
            f"{word}{len(rows)}个（{self._names(rows)}）" for word, rows in (("补录", came), ("不再计入", gone)) if rows
        ]
        frozen = [entry for entry in self.issued.entries if entry.flow is flow and entry.on.year == year]
        old, change = (
            _summed(flow, ((None, entry) for entry in frozen)),
            _summed(flow, ((one.old, one.new) for one in mine)),
        )
        return Adjustment(
            item=str(flow.label),
            old=told.size(old),
            new=told.size(_summed(flow, ((None, old), (None, change)))),
            difference=told.growth(None, change),
            reason="；".join([*said, *([f"计划总投资或日期更新{rest}个"] if rest else [])]),
            kind=Correction.LATE if came else Correction.EXCLUDED if gone else Correction.AMOUNT,
            evidence="登记记录，不需核定",
            name=f"{len(mine)}个项目",
            month=f"{year}年1–{self.issued.month.number}月",
        )

    def _names(self, rows: Sequence[Revision]) -> str:
        names = list(dict.fromkeys(self._project(one.entry).name for one in rows))
        return "、".join(names[:NAMED]) + (f"等{len(names)}个" if len(names) > NAMED else "")

    def _project(self, entry: Entry) -> Named:
        return self.named.get(entry.subject) or Named(entry.subject, "已删除的项目")

    def _kind(self, one: Revision) -> Correction:
        if one.kind is Correction.LATE and one.flow is Flow.LOST:
            return Correction.LOST
        if one.kind is Correction.LATE and one.new:
            return Correction.VERIFIED if self._was_reported(one.new) else Correction.LATE
        if one.kind is Correction.VOIDED and one.old:
            verdict = self.verdicts.get(one.old.key)
            if verdict is Verdict.COUNTED:
                return Correction.MOVED
            return Correction.VOIDED if verdict in (Verdict.REVERSED, None) else Correction.EXCLUDED
        return one.kind

    def _was_reported(self, entry: Entry) -> bool:
        """The row was known at the issue, only nobody had verified it."""
        claim = self.behind[entry.key].claim if entry.key in self.behind else None
        reported = claim.reported_at if claim else None
        return reported is not None and reported <= self.issued.frozen_at

    def _reason(self, one: Revision, kind: Correction, project: Named) -> str:
        """Why, from the claims and the log; of a secret project only what names nothing."""
        old, new = (self.behind.get(entry.key) if entry else None for entry in (one.old, one.new))
        parts: list[str] = []
        if kind is Correction.LOST:
            parts.append("签约后退库（流失），原签约月份不变，在退库当月扣减")
        elif one.old and not one.new:
            parts.append(self._why_gone(one.old))
        elif new and new.claim:
            parts.append(_when(new.claim, kind))
        elif one.new and not one.old:
            parts.append("补录" if new and new.recorded_at and new.recorded_at > self.issued.frozen_at else "改为计入")
        if one.old and one.new and one.old.key == one.new.key:
            parts.append("项目计划总投资等数据更新" if one.flow not in (Flow.SIGNED, Flow.COMPLETED) else "记录更正")
        if project.project_id is not None:
            words = [old.claim.reason if old and old.claim else "", new.reason if new else ""]
            parts += [text.strip() for text in words if text.strip()]
        return "；".join(dict.fromkeys(part for part in parts if part))

    def _why_gone(self, entry: Entry) -> str:
        verdict = self.verdicts.get(entry.key)
        if verdict is Verdict.REVERSED:
            claim = self.behind[entry.key].claim
            when = f"{_day(claim.reversed_at)}" if claim and claim.reversed_at else ""
            return f"{when}作废"
        if verdict is Verdict.COUNTED:
            return "日期调整到统计范围以外"
        return f"{verdict.label}，不再计入" if verdict else "记录或项目已删除"

    def _evidence(self, one: Revision, project: Named) -> str:
        entry = one.new or one.old
        row = self.behind.get(entry.key) if entry else None
        claim = row.claim if row else None
        if claim is None:
            return "变更记录" if one.flow is Flow.LOST else "登记记录"
        parts = [f"核定：{claim.verified_by.name}（{_day(claim.verified_at)}）" if claim.verified_by else ""]
        if claim.batch_id:
            parts.append("导入台账")
        parts += [f"{label}{count}份" for label, count in self.proofs.get(claim.id, {}).items()]
        return "；".join(part for part in parts if part)


def _summed(flow: Flow, pairs: Iterable[tuple[Entry | None, Entry | None]]) -> Entry:
    """The sum of the second less that of the first, as one entry."""
    total = Counter[str]()
    for old, new in pairs:
        for name in told.SIZE:
            total[name] += told.amount(new, name) - told.amount(old, name)
    return Entry("", flow, 0, date.min, *(total[name] for name in told.SIZE))


def _when(claim: Claim, kind: Correction) -> str:
    reported, verified = _day(claim.reported_at), _day(claim.verified_at)
    if claim.batch_id and not claim.reported_at:
        return f"台账导入，{verified}核定"
    word = "截止时未核定" if kind is Correction.VERIFIED else "迟报" if kind is Correction.LATE else "更正"
    return f"{word}，{reported}填报、{verified}核定" if reported else f"{word}，{verified}核定"


def _day(instant: datetime | None) -> str:
    if instant is None:
        return ""
    on = day_of(instant)
    return f"{on.year}年{on.month}月{on.day}日"


def _place(entry: Entry) -> tuple[str, int]:
    source, _, number = entry.key.partition(":")
    return source, int(number)


def _behind(reading: Reading, entries: Iterable[Entry]) -> Mapping[str, Behind]:
    """The claim and the record behind each row, by its key; a statement a table."""
    wanted: dict[type[Any], dict[int, str]] = {}
    for entry in entries:
        source, number = _place(entry)
        if source in TABLES:
            wanted.setdefault(TABLES[source], {})[number] = entry.key
    found: dict[str, Behind] = {}
    for model, keys in wanted.items():
        rows = reading.session.scalars(
            select(model)
            .options(joinedload(model.claim).joinedload(Claim.verified_by))
            .where(model.id.in_(keys))
            .execution_options(populate_existing=True)
        )
        for row in rows:
            recorded = row.recorded_at if hasattr(row, "recorded_at") else row.entered_at
            # Why it came late or otherwise is said with the report; a contract's own note tells of its terms.
            told_with_it = row.claim.note if row.claim else ""
            said = getattr(row, "reason", "") or told_with_it or getattr(row, "note", "")
            found[keys[row.id]] = Behind(row.claim, recorded, said)
    return found


def _verdicts(reading: Reading, gone: Iterable[Entry]) -> Mapping[str, Verdict]:
    """How the rows that count no more are judged now, by their key; a statement a source."""
    wanted: dict[str, list[int]] = {}
    for entry in gone:
        source, number = _place(entry)
        wanted.setdefault(source, []).append(number)
    found: dict[str, Verdict] = {}
    ever = Period(EPOCH, reading.totals.basis.as_of)
    for name, numbers in wanted.items():
        rows = ledger.SOURCES[name].rows(reading.totals.basis, ever).subquery(name)
        judged = select(rows.c.id, rows.c.verdict).where(rows.c.id.in_(numbers))
        for number, verdict in reading.session.execute(judged):
            found[f"{name}:{number}"] = Verdict.parse(verdict)
    return found


def _proofs(reading: Reading, claim_ids: Sequence[int]) -> Mapping[int, Mapping[str, int]]:
    """How many files of which kind prove each claim."""
    if not claim_ids:
        return {}
    counted = (
        select(Attachment.claim_id, Attachment.kind, func.count())
        .where(Attachment.claim_id.in_(claim_ids))
        .group_by(Attachment.claim_id, Attachment.kind)
        .order_by(Attachment.claim_id, Attachment.kind)
    )
    found: dict[int, dict[str, int]] = {}
    for claim_id, kind, count in reading.session.execute(counted):
        found.setdefault(claim_id or 0, {})[str(kind.label)] = count
    return found


# ---------------------------------------------------------------------------------------------------------- key projects


def _key_projects(issued: Briefing, now: Sequence[KeyProject]) -> list[Adjustment]:
    """Lists, plans, totals and reports that are otherwise now. Money completed is told by its rows."""
    before, after = {row.key: row for row in issued.key_projects}, {row.key: row for row in now}
    found: list[Adjustment] = []
    for number in sorted(before.keys() | after.keys()):
        found += _key_project(issued.month, before.get(number), after.get(number))
    return found


def _key_project(month: Month, old: KeyProject | None, new: KeyProject | None) -> Iterable[Adjustment]:
    row = new or old
    assert row is not None

    def told(item: str, values: Sequence[str], reason: str, kind: Correction, evidence: str) -> Adjustment:
        was, now_is, change = values
        return Adjustment(
            item, was, now_is, change, reason, kind, evidence, row.name, row.project_id, month=str(month.label)
        )

    lists = (_lists(old) or "未列入", _lists(new) or "未列入", "—")
    if lists[0] != lists[1]:
        yield told("重点项目清单", lists, "清单调整", Correction.LISTED, "清单记录")
    if old is None or new is None:
        return
    if old.plan_yuan != new.plan_yuan:
        values = _money(old.plan_yuan, new.plan_yuan)
        yield told("年度计划投资", values, "年度计划调整", Correction.PLANNED, "年度计划")
    if old.total_yuan != new.total_yuan:
        values = _money(old.total_yuan, new.total_yuan)
        yield told("总投资", values, "项目总投资更新", Correction.AMOUNT, "项目变更记录")
    if not old.reported and new.reported:
        yield told("月报", ("未报送", "已补报", "—"), "截止后补报", Correction.REPORTED, "月报")


def _lists(row: KeyProject | None) -> str:
    return "、".join(one.label for one in KeyList if row and one in row.lists)


def _money(old: int | None, new: int | None) -> tuple[str, str, str]:
    change = (new or 0) - (old or 0)
    return (f"{yi(old)}亿元", f"{yi(new)}亿元", f"{'+' if change > 0 else ''}{yi(change)}亿元")
