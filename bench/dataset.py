"""A register of the size that counts, all invented: companies, projects with their histories, and activities.

Every row is a function of the seed and its own number, so the rows can be made in any order by any number of processes
(bench/filling.py), and the same seed gives the same rows. What rows repeat of each other (a project's stage, its last contact,
its protection) is as the product's own rules would write it. Names are put together from invented parts; everything is marked as
demo.

    python -m bench.dataset sqlite:////tmp/bench.sqlite3 --projects 10000 --companies 2000 --activities 30000
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from random import Random
from typing import Any

from sqlalchemy import Connection, create_engine, insert, text

from crm import db
from crm.choices import (
    ActivityKind,
    ActivityState,
    CapitalKind,
    ClaimKind,
    ClaimState,
    ContractKind,
    Currency,
    IndustryGroup,
    MemberRole,
    MoneyKind,
    Origin,
    Role,
    SourceChannel,
    Stage,
    Status,
    UnitKind,
)
from crm.columns import Base
from crm.models import (
    Activity,
    ActivityPerson,
    ActivityProject,
    Area,
    Claim,
    Company,
    Contact,
    Contract,
    Industry,
    MoneyEntry,
    Project,
    ProjectMember,
    StageMove,
    StatusChange,
    Unit,
    User,
)
from crm.rules.days import day_of
from crm.rules.names import company_key, project_key
from crm.rules.protection import protected_until
from crm.rules.settings import Settings

MONTHS, TEAMS, OFFICERS = 36, 4, 10
BATCH = 5_000
TODAY = date(2022, 10, 20)
FIRST, SECOND = "霁恒澜云青朔望景曜岚泽砚", "芯源川图禾拓远岳峰宁舟衡"
TRADES = ("精密制造", "新材料", "生物科技", "智能装备", "光电", "储能", "供应链", "食品", "软件", "半导体")
WORKS = ("减速器", "载板", "电芯", "光学膜", "冷链仓", "数据中心", "传感器", "整车", "研发总部", "原料药")
_PROTECTION_DAYS = Settings().protection_days
PROVINCES = ("上海市", "北京市", "广东省", "江苏省", "浙江省", "山东省", "湖北省", "四川省")
# The word that is searched for: in the name of every 370th project and of every 370th company, which has five.
RARE, RARE_EVERY = "钙钛矿", 370
SECRET_EVERY = 500  # such a project only shows to those named on it
# How many of a hundred projects stand in a stage, from 线索 on.
SHARES = (18, 16, 24, 8, 8, 6, 6, 6, 3, 3, 2)
STATUSES = (Status.ACTIVE,) * 82 + (Status.PAUSED,) * 6 + (Status.LOST,) * 9 + (Status.WITHDRAWN,) * 3
CLAIMED = {
    Stage.SIGNED: ClaimKind.SIGNING, Stage.STARTED: ClaimKind.START, Stage.FINISHED: ClaimKind.FINISH,
    Stage.PRODUCING: ClaimKind.PRODUCTION,
}  # fmt: skip

_STAGES = tuple(Stage)
Rows = dict[type[Base], list[dict[str, Any]]]


@dataclass(frozen=True)
class Scale:
    """How much of each, and the seed that makes it."""

    projects: int = 100_000
    companies: int = 20_000
    activities: int = 300_000
    seed: int = 7

    def __str__(self) -> str:
        return f"{self.projects:,} projects, {self.companies:,} companies, {self.activities:,} activities"


# ------------------------------------------------------------------------------------------------------ the few rows first


def people() -> Rows:
    """The zone with its teams, industries and areas, one person of each role and the officers."""
    units = [(1, "云湖经开区", UnitKind.ZONE, None), (2, "经发局（招商局）", UnitKind.BUREAU, 1)]
    units += [(3 + n, f"招商{'一二三四'[n]}组", UnitKind.TEAM, 2) for n in range(TEAMS)]
    others = [role for role in Role if role is not Role.OFFICER]
    return {
        Unit: [
            {"id": key, "name": name, "short_name": name, "kind": kind, "parent_id": parent, "rank": key}
            for key, name, kind, parent in units
        ],
        Industry: [
            {"id": n, "code": f"B{n}", "name": name, "group": IndustryGroup.FEATURE, "rank": n}
            for n, name in enumerate(TRADES, 1)
        ],
        Area: [{"id": n, "name": f"{n} 号片区", "rank": n} for n in range(1, 6)],
        User: [
            *(_user(n, f"officer{n}", f"专员{n}", Role.OFFICER, _team(n)) for n in range(1, OFFICERS + 1)),
            *(_user(OFFICERS + n, role.value, role.label, role, 2) for n, role in enumerate(others, 1)),
        ],
    }


def _user(key: int, login: str, name: str, role: Role, unit_id: int) -> dict[str, Any]:
    at = datetime(2019, 1, 1, tzinfo=UTC)
    return {
        "id": key, "login": login, "name": name, "role": role, "unit_id": unit_id, "created_at": at, "is_demo": True,
    }  # fmt: skip


def _team(officer: int) -> int:
    return 3 + officer % TEAMS


def _officer(number: int) -> int:
    return number % OFFICERS + 1


STATISTICIAN = OFFICERS + 1 + [role for role in Role if role is not Role.OFFICER].index(Role.STATISTICIAN)


# ------------------------------------------------------------------------------------------------------------- companies


def _named(number: int) -> str:
    return f"{FIRST[number % 12]}{SECOND[number // 12 % 12]}{TRADES[number // 144 % 10]}"


def company(number: int, _scale: Scale) -> Rows:
    """A company and the person one calls there."""
    rare = RARE if number % RARE_EVERY == 2 else ""
    name = f"{_named(number)}{rare}{number}演示有限公司"
    province = PROVINCES[number * 31 % len(PROVINCES)]
    at = _instant(_day(number), number)
    return {
        Company: [{
            "id": number, "name": name, "name_key": company_key(name), "short_name": _named(number)[:2],
            "origin": Origin.DOMESTIC, "province": province, "city": province, "created_at": at, "is_demo": True,
        }],
        Contact: [{
            "id": number, "company_id": number, "name": f"联系人{number}", "title": "总经理", "phone": f"000{number:08d}",
            "created_at": at,
        }],
    }  # fmt: skip


# -------------------------------------------------------------------------------------------------------------- projects


def _day(number: int) -> date:
    """The day of registration: evenly over the months, the latest last."""
    return TODAY - timedelta(days=1 + (number * 7919) % (MONTHS * 30))


def _instant(day: date, number: int, minutes: int = 0) -> datetime:
    return datetime.combine(day, time(number % 7 + 1, number % 60), UTC) + timedelta(minutes=minutes)


@dataclass(frozen=True)
class Life:
    """What happened to a project: everything its rows tell."""

    number: int
    scale: Scale

    @cached_property
    def chance(self) -> Random:
        """Its own luck, whatever was made before it."""
        return Random((self.scale.seed << 32) + self.number)

    @cached_property
    def began(self) -> date:
        """The day of its registration."""
        return _day(self.number)

    @cached_property
    def age(self) -> int:
        """Days since."""
        return (TODAY - self.began).days - 1

    @cached_property
    def stage_days(self) -> list[date]:
        """The day on which each stage was reached, from 线索 to where it stands."""
        stage = self.chance.choices(_STAGES, SHARES)[0]
        later = sorted(self.chance.randrange(self.age + 1) for _ in range(stage))
        return [self.began + timedelta(days=days) for days in (0, *later)]

    @property
    def stage(self) -> Stage:
        """Where it stands."""
        return _STAGES[len(self.stage_days) - 1]

    @property
    def talks(self) -> int:
        """How many activities it has."""
        return (self.scale.activities - self.number) // self.scale.projects + 1

    def talked_at(self, place: int) -> datetime:
        """When its activity of that place was, from 0."""
        days = self.age * (place + 1) // (self.talks + 1)
        return _instant(self.began + timedelta(days=days), self.number, 60 + place)

    @property
    def last_contact_on(self) -> date | None:
        """The day of the last of them."""
        return day_of(self.talked_at(self.talks - 1)) if self.talks else None


def project(number: int, scale: Scale) -> Rows:
    """A project with all its history but the activities."""
    life = Life(number, scale)
    stage, since, chance = life.stage, life.stage_days[-1], life.chance
    total = int(10 ** chance.uniform(7, 10)) // 10**5 * 10**5 if chance.random() > 0.04 else None
    status, contact_on = STATUSES[chance.randrange(100)], life.last_contact_on
    rare = RARE if number % RARE_EVERY == 1 else ""
    name = f"{_named(number * 13)}{rare}{chance.choice(WORKS)}项目{number}"
    registered_at = _instant(life.began, number)
    own = {
        "id": number, "code": f"BM-{life.began.year}-{number:06d}", "name": name, "name_key": project_key(name),
        "company_id": number % scale.companies + 1, "unit_id": _team(_officer(number)), "lead_id": _officer(number),
        "capital_kind": CapitalKind.FOREIGN if number % 9 == 0 else CapitalKind.DOMESTIC,
        "industry_id": number // OFFICERS % len(TRADES) + 1, "area_id": number % 5 + 1 if stage >= Stage.SIGNED else None,
        "source_channel": chance.choice(list(SourceChannel)), "stage": stage, "stage_since_on": since,
        "status": status, "total_yuan": total, "fixed_yuan": total and total * 6 // 10,
        "last_contact_on": contact_on,
        "protected_until_on": protected_until(day_of(registered_at), contact_on, _PROTECTION_DAYS),
        "planned_start_on": since + timedelta(days=200) if stage >= Stage.SIGNED else None,
        "registered_at": registered_at, "registered_by_id": _officer(number),
        "is_secret": number % SECRET_EVERY == 0, "is_demo": True,
    }  # fmt: skip
    lead = {
        "id": number, "project_id": number, "user_id": _officer(number), "role": MemberRole.LEAD, "from_on": life.began,
    }  # fmt: skip
    return {Project: [own], ProjectMember: [lead], **_history(life, status, total)}


def _history(life: Life, status: Status, total: int | None) -> Rows:
    """Its moves with the claims behind them, its contract, its money, and what stopped it."""
    number, days = life.number, life.stage_days
    rows: Rows = {Claim: [], StageMove: [], Contract: [], MoneyEntry: [], StatusChange: []}

    def claim(place: int, kind: ClaimKind, on: date, at: datetime) -> int:
        key = number * 8 + place
        rows[Claim].append({
            "id": key, "project_id": number, "kind": kind, "state": ClaimState.VERIFIED, "happened_on": on,
            "reported_by_id": _officer(number), "reported_at": at, "verified_by_id": STATISTICIAN, "verified_at": at,
        })  # fmt: skip
        return key

    def money(place: int, kind: MoneyKind, amount: int, on: date, **more: int) -> None:
        rows[MoneyEntry].append({
            "id": number * 4 + place, "project_id": number, "kind": kind, "amount": amount, "currency": Currency.CNY,
            "rate": 1, "amount_yuan": amount, "happened_on": on, "entered_at": _instant(on, number, 11),
            "entered_by_id": _officer(number), **more,
        })  # fmt: skip

    claims = {}
    for place, on in enumerate(days):
        stage, at = _STAGES[place], _instant(on, number, place)
        if kind := CLAIMED.get(stage):
            claims[stage] = claim(list(CLAIMED).index(stage), kind, on, at)
        rows[StageMove].append({
            "id": number * len(Stage) + place, "project_id": number, "from_stage": _STAGES[place - 1] if place else None,
            "to_stage": stage, "moved_on": on, "claim_id": claims.get(stage), "recorded_at": at,
            "recorded_by_id": _officer(number),
        })  # fmt: skip
    if total:
        money(0, MoneyKind.PLAN, total, days[0])
    if signing := claims.get(Stage.SIGNED):
        on = days[Stage.SIGNED]
        rows[Contract].append({
            "id": number, "project_id": number, "kind": ContractKind.FORMAL, "number": f"HT-{number}", "signed_on": on,
            "claim_id": signing, "entered_at": _instant(on, number),
        })  # fmt: skip
        if total:
            money(1, MoneyKind.CONTRACT, total, on, contract_id=number, claim_id=signing)
    if total and life.stage >= Stage.REGISTERED:
        on = days[Stage.REGISTERED]
        arrival = claim(5, ClaimKind.ARRIVAL, on, _instant(on, number))
        money(2, MoneyKind.ARRIVED, total * 3 // 10, on, claim_id=arrival)
    if status is not Status.ACTIVE:
        at = _instant(days[-1], number, 30)
        withdrawal = claim(4, ClaimKind.STATUS, days[-1], at) if status is Status.WITHDRAWN else None
        rows[StatusChange].append({
            "id": number, "project_id": number, "from_status": Status.ACTIVE, "to_status": status, "changed_on": days[-1],
            "claim_id": withdrawal, "recorded_at": at, "recorded_by_id": _officer(number),
        })  # fmt: skip
    return rows


# ------------------------------------------------------------------------------------------------------------ activities

_KINDS = (ActivityKind.TALK, ActivityKind.CALL, ActivityKind.VISIT, ActivityKind.VIDEO)


def activity(number: int, scale: Scale) -> Rows:
    """A talk about a project, and who of us was there."""
    place, before = divmod(number - 1, scale.projects)
    life = Life(before + 1, scale)
    officer, at = _officer(life.number), life.talked_at(place)
    own = {
        "id": number, "kind": _KINDS[number * 7919 % len(_KINDS)], "state": ActivityState.DONE, "happened_at": at,
        "summary": f"第 {number} 次洽谈：对方询问供地时间与能耗指标。", "unit_id": _team(officer), "entered_by_id": officer,
        "entered_at": at,
    }  # fmt: skip
    return {
        Activity: [own],
        ActivityProject: [{"activity_id": number, "project_id": life.number}],
        ActivityPerson: [{"activity_id": number, "user_id": officer}],
    }


# ------------------------------------------------------------------------------------------------------------ all of them


@dataclass(frozen=True)
class Stretch:
    """Some neighbours of one kind: what a process makes at once."""

    kind: str  # of STREAMS
    first: int
    last: int


STREAMS: dict[str, Callable[[int, Scale], Rows]] = {"companies": company, "projects": project, "activities": activity}


def stretches(scale: Scale, size: int) -> Iterator[Stretch]:
    """Everything but the few rows that come first, in an order that foreign keys agree with."""
    for kind in STREAMS:
        many = getattr(scale, kind)
        yield from (Stretch(kind, first, min(first + size - 1, many)) for first in range(1, many + 1, size))


def made(stretch: Stretch, scale: Scale) -> Rows:
    """The rows of a stretch, by table."""
    found: Rows = {}
    for number in range(stretch.first, stretch.last + 1):
        for model, rows in STREAMS[stretch.kind](number, scale).items():
            found.setdefault(model, []).extend(rows)
    return found


def fill(connection: Connection, scale: Scale) -> None:
    """Write everything in one transaction of the caller's, slowly and on any database; makes the tables where there are none."""
    Base.metadata.create_all(connection)
    for rows in (people(), *(made(stretch, scale) for stretch in stretches(scale, BATCH))):
        for model, some in rows.items():
            for shape in {tuple(row) for row in some}:  # rows of one statement have the same columns
                connection.execute(insert(model), [row for row in some if tuple(row) == shape])
    advance_keys(connection)
    connection.execute(text("ANALYZE"))


def advance_keys(connection: Connection) -> None:
    """Keys were given: PostgreSQL's counters have to be told."""
    if connection.dialect.name == "postgresql":
        for table in Base.metadata.sorted_tables:
            name = connection.dialect.identifier_preparer.quote(table.name)
            counted = text("SELECT pg_get_serial_sequence(:name, 'id')")
            if "id" in table.columns and connection.scalar(counted, {"name": name}):
                kept = f"setval(pg_get_serial_sequence('{name}', 'id'), greatest(max(id), 1))"
                connection.execute(text(f"SELECT {kept} FROM {name}"))


def add_sizes(parser: argparse.ArgumentParser) -> None:
    """The options that say how much."""
    parser.add_argument("--projects", type=int, default=Scale.projects)
    parser.add_argument("--companies", type=int, default=Scale.companies)
    parser.add_argument("--activities", type=int, default=Scale.activities)
    parser.add_argument("--seed", type=int, default=Scale.seed)


def main() -> None:
    """Fill the database named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="sqlite:///… or postgresql://…")
    add_sizes(parser)
    wanted = parser.parse_args()
    scale = Scale(wanted.projects, wanted.companies, wanted.activities, wanted.seed)
    url = wanted.url.replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url, **db.engine_options(url))
    db.equip(engine)
    with engine.begin() as connection:
        fill(connection, scale)
    print(scale)


if __name__ == "__main__":
    main()
