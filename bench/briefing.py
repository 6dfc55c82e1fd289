"""The monthly briefing of an office with a thousand key projects: what reading and writing it costs in CPU.

    python -m bench.briefing                                          # a SQLite file of its own
    python -m bench.briefing --key 300 --profile                      # fewer key projects, and where the time goes
    python -m bench.briefing --url postgresql://…                     # an empty database, which it fills

CPU is that of this process: all of it on SQLite, the application's part on PostgreSQL. The register is that of dataset.py; the
key projects are its started and signed ones, on one or two lists, with a plan, a completion a month and the month's report.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from sqlalchemy import Connection, Engine, Row, create_engine, event, func, insert, select, text
from sqlalchemy.orm import Session

from bench import dataset
from bench.dataset import Rows, Scale
from crm import db
from crm.choices import ClaimKind, ClaimState, Currency, KeyList, ListingClass, MoneyKind, ReportState, Stage, Status
from crm.models import AnnualPlan, Claim, Listing, MoneyEntry, MonthlyReport, Project
from crm.rules.days import Month
from reports.briefing.collect import collect
from reports.briefing.render import render

MONTH = Month(2022, 9)
NOW = datetime(2022, 10, 20, 2, 0, tzinfo=UTC)
REPORTER, VERIFIER = 1, dataset.STATISTICIAN
SENTENCE = "主体结构施工至地上四层，钢结构厂房屋面板安装完成六成，设备基础同步开挖，室外管网完成招标"
LISTS = (KeyList.CITY, KeyList.DISTRICT, KeyList.PROVINCE_BATCH, KeyList.ZONE, KeyList.PROVINCE)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a step took: CPU seconds of this process, and statements."""

    seconds: float
    statements: int


def key_projects(connection: Connection, count: int) -> int:
    """Put the largest projects that are signed or further on this year's lists, with all that the briefing reads of them."""
    found = connection.execute(
        select(Project.id, Project.total_yuan)
        .where(Project.stage >= Stage.SIGNED, Project.status == Status.ACTIVE, Project.total_yuan.is_not(None))
        .order_by(Project.total_yuan.desc(), Project.id)
        .limit(count)
    ).all()
    claims, money = (connection.scalar(select(func.max(model.id))) or 0 for model in (Claim, MoneyEntry))
    rows: Rows = {model: [] for model in (Listing, AnnualPlan, Claim, MoneyEntry, MonthlyReport)}
    for number, project in enumerate(found):
        _one(rows, project, number, claims + number * 12, money + number * 12)
    for model, some in rows.items():
        connection.execute(insert(model), some)
    dataset.advance_keys(connection)
    connection.execute(text("ANALYZE"))
    return len(found)


def _one(rows: Rows, project: Row[*tuple[Any, ...]], number: int, claims: int, money: int) -> None:
    chance, at = Random(number), datetime(2022, 1, 20, tzinfo=UTC)
    plan = project.total_yuan // 4 or 1
    for key_list in chance.sample(LISTS, 1 + (number % 7 == 0)):
        rows[Listing].append({
            "project_id": project.id, "key_list": key_list, "year": MONTH.year, "listing_class": ListingClass.NEW,
            "batch_label": "2022年第一季度", "planned_start_on": date(2022, 3, 15), "from_on": date(2022, 1, 20),
        })  # fmt: skip
    rows[AnnualPlan].append({
        "project_id": project.id, "year": MONTH.year, "planned_yuan": plan, "goal": SENTENCE[:20], "approved_at": at,
        "planned_start_on": date(2022, 3, 15),
    })  # fmt: skip
    for month in range(1, MONTH.number + 1):
        on, reported = date(MONTH.year, month, 25), datetime(MONTH.year, month, 26, tzinfo=UTC)
        rows[Claim].append({
            "id": claims + month, "project_id": project.id, "kind": ClaimKind.COMPLETION, "state": ClaimState.VERIFIED,
            "happened_on": on, "reported_by_id": REPORTER, "reported_at": reported, "verified_by_id": VERIFIER,
            "verified_at": reported,
        })  # fmt: skip
        amount = int(plan * chance.uniform(0.05, 0.12))
        rows[MoneyEntry].append({
            "id": money + month, "project_id": project.id, "kind": MoneyKind.COMPLETED, "amount": amount,
            "currency": Currency.CNY, "rate": 1, "amount_yuan": amount, "happened_on": on, "entered_at": reported,
            "entered_by_id": REPORTER, "claim_id": claims + month,
        })  # fmt: skip
    rows[MonthlyReport].append({
        "project_id": project.id, "month": MONTH.first, "state": ReportState.VERIFIED, "progress": SENTENCE,
        "problem": SENTENCE[10:34], "request": SENTENCE[:24], "next_plan": SENTENCE[14:38], "reported_at": at,
    })  # fmt: skip


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements sent while it lasts."""
    sent: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def measure(engine: Engine) -> tuple[Cost, Cost, int]:
    """Reading the month, writing the workbook, and its size in bytes."""
    with Session(engine) as session, counted(engine) as sent:
        began = process_time()
        briefing = collect(session, MONTH, "云湖经开区", "经发局", NOW, is_demo=True)
        read = Cost(process_time() - began, len(sent))
    began = process_time()
    book = render(briefing)
    return read, Cost(process_time() - began, 0), len(book)


def main() -> None:
    """Fill, read, write, and say what it cost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--key", type=int, default=1_000, help="key projects")
    parser.add_argument("--projects", type=int, default=6_000)
    parser.add_argument("--url", default="", help="an empty database; without it a SQLite file that goes away again")
    parser.add_argument("--profile", action="store_true", help="the functions that cost most")
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        url = given.url.replace("postgresql://", "postgresql+psycopg://") or f"sqlite:///{Path(folder) / 'b.sqlite3'}"
        engine = create_engine(url, **db.engine_options(url))
        db.equip(engine)
        with engine.begin() as connection:
            dataset.fill(connection, Scale(given.projects, given.projects // 5, given.projects * 3))
            count = key_projects(connection, given.key)
        profile = cProfile.Profile()
        if given.profile:
            profile.enable()
        read, written, size = measure(engine)
        profile.disable()
        engine.dispose()
    print(f"{count:,} key projects of {given.projects:,}")
    print(f"collect: {read.seconds:.2f} s CPU, {read.statements} statements")
    print(f"render:  {written.seconds:.2f} s CPU, {size / 1024:,.0f} kB")
    print(f"in all:  {read.seconds + written.seconds:.2f} s CPU")
    if given.profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(35)


if __name__ == "__main__":
    main()
