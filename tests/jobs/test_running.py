"""Jobs done: once, whoever dies or lingers; with the rights of the moment; and concluded with their effect or not at all."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import create_engine, func, select, update
from sqlalchemy.orm import Session

from crm import storage
from crm.actions import jobs as actions
from crm.actions.jobs import LeaseLost, Order, Outcome
from crm.choices import BatchState, JobKind, JobState, Origin, Role
from crm.clock import Clock
from crm.columns import Base
from crm.db import reading, writing
from crm.errors import Clash, NotAllowed
from crm.extensions import db
from crm.jobs import project_list, running, workers
from crm.jobs.kinds import KINDS
from crm.jobs.ledgers import order_of
from crm.jobs.project_list import Export
from crm.jobs.running import instant, run_next
from crm.jobs.work import House, Kind
from crm.models import AuditEvent, Company, Job, Notice, Project, Setting, User
from crm.queries.project_filters import ProjectFilter, View
from crm.queries.project_question import Question
from crm.replica import Replica
from crm.rules.jobs import LEASE, MOST_ATTEMPTS, OPEN
from tests import factories as make
from tests.actions.imported import bring, ledger, row

ROOT = Path(__file__).resolve().parents[2]
EXPORT = Export(Question(ProjectFilter(View.EVERY)), ("code", "name", "total", "alarm"), "view=every")


@pytest.fixture
def house(app, session):
    """Where the tests' jobs are done."""
    with app.app_context():
        return House(db.engine, app.extensions["crm_config"], app.extensions["crm_clock"])


@pytest.fixture
def order(session, house, acting, now):
    """`order(officer, KIND, {...})` or, without a kind, an export of all one may export; what the test prepared is committed."""

    def go(user, kind=JobKind.PROJECT_LIST, arguments=None, **more):
        actor, arguments = acting(user), EXPORT.as_json() if arguments is None else arguments
        return placed(actor, Order(kind, arguments, **more))

    def placed(actor, wanted):
        session.commit()
        with running.session_on(house.engine) as own:
            job = actions.order(own, actor, wanted, now, instant())
            own.commit()
            own.expunge(job)
        return job

    go.placed = placed
    return go


@pytest.fixture
def run(session, house):
    """Do the next job, after committing what the test prepared; False where there is none."""

    def go(where=house, **more):
        session.commit()
        return run_next(where, **more)

    return go


@pytest.fixture
def doing(monkeypatch):
    """`doing(JobKind.BRIEFING, run)`: what a kind of job does in this test."""

    def go(kind, run, reads=False):
        monkeypatch.setitem(KINDS, kind, Kind(run, reads))

    return go


def fresh(house, job):
    """The job as it is in the database now; no transaction stays open."""
    with reading(), running.session_on(house.engine) as own:
        found = own.get_one(Job, job.id)
        own.expunge(found)
        return found


def left_over(now):
    """What a worker wrote that must not stay."""
    return Company(name="不该留下", name_key="不该留下", created_at=now, origin=Origin.DOMESTIC)


def claim(house, later=timedelta(0)):
    """Take a job in a transaction of its own, as a worker does; `later`: by a clock that is ahead."""
    with running.session_on(house.engine) as own:
        job = actions.claim(own, instant() + later, house.clock.now())
        own.commit()
        if job:
            own.expunge(job)
        return job


# ------------------------------------------------------------------------------------------------------------- the queue


def test_eight_workers_take_each_job_once(session, house, order, officer, run):
    for number in range(24):
        order(officer, key=str(number))
    taken, ready = [], threading.Barrier(8, timeout=60)

    def work():
        ready.wait()
        while job := claim(house):
            taken.append((job.id, job.lease))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(id_ for id_, _lease in taken) == dict.fromkeys(session.scalars(select(Job.id)), 1)
    assert len({lease for _id, lease in taken}) == 24


def test_the_same_asked_twice_is_one_job_until_it_has_ended(session, house, order, officer, other_officer, run):
    first = order(officer, key="k")
    assert order(officer, key="k").id == first.id
    assert order(other_officer, key="k").id != first.id
    run()
    assert order(officer, key="k").id != first.id


def test_an_export_ends_as_a_file_a_notice_and_a_line_in_the_log(session, house, order, officer, other_officer, run):
    mine = make.make_project(session, "甲项目", lead=officer)
    make.make_project(session, "乙项目", lead=other_officer)
    job = order(officer)
    assert run() and not run()
    job = fresh(house, job)
    assert (job.state, job.attempts, job.lease, job.key, job.sentence) == (JobState.DONE, 1, "", None, "共 1 个项目。")
    book = openpyxl.load_workbook(io.BytesIO(storage.load(house.config.results_dir, job.digest)))
    assert [line[1] for line in book.active.iter_rows(values_only=True)] == ["项目名称", mine.name, None]
    assert job.expires_at - job.finished_at == timedelta(days=7)
    notice = session.scalars(select(Notice)).one()
    assert (notice.user_id, notice.table_name, notice.row_id) == (officer.id, "job", job.id)
    event = session.scalars(select(AuditEvent).where(AuditEvent.kind == "export")).one()
    assert (event.by_id, event.detail) == (officer.id, "projects.xlsx 1 view=every")


def test_rights_are_those_of_the_moment_it_runs(session, house, order, statistician, officer, other_officer, run):
    make.make_project(session, "甲项目", lead=officer)
    make.make_project(session, "乙项目", lead=other_officer)
    seen, stopped, gone = (order(statistician, key=key) for key in "abc")
    run()
    assert fresh(house, seen).sentence == "共 2 个项目。"
    statistician.role = Role.COORDINATOR  # may not export
    session.commit()
    run()
    stopped = fresh(house, stopped)
    assert stopped.state is JobState.FAILED and "权限不含“导出”" in stopped.sentence
    statistician.is_active = False
    session.commit()
    run()
    gone = fresh(house, gone)
    assert gone.state is JobState.FAILED and "停用" in gone.sentence


# --------------------------------------------------------------------------------------------------- who dies or lingers


def test_a_worker_killed_in_the_middle_loses_nothing(app, session, house, order, officer, tmp_path, run):
    for number in range(3):
        make.make_project(session, f"项目{number}", lead=officer)
    job = order(officer)
    url = house.engine.url.render_as_string(hide_password=False)
    environment = os.environ | {
        "CRM_ENV": "test", "CRM_DATABASE_URL": url, "CRM_SECRET_KEY": "k" * 40, "CRM_TODAY": "2022-10-20",
        "CRM_DATA_DIR": str(house.config.data_dir), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    command = [sys.executable, str(ROOT / "tests" / "jobs" / "killed.py")]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as worker:
        said, job = worker.stdout.readline(), fresh(house, job)
        worker.kill()
        assert (said, job.state, job.attempts) == ("half\n", JobState.RUNNING, 1)
    assert not run()  # its lease has not run out yet
    session.execute(update(Job).values(beat_at=instant() - LEASE - timedelta(seconds=1)))
    session.commit()
    assert run()
    job = fresh(house, job)
    assert (job.state, job.attempts) == (JobState.DONE, 2)
    count = select(func.count())
    assert session.scalar(count.select_from(Notice)) == 1
    assert session.scalar(count.select_from(AuditEvent).where(AuditEvent.kind == "export")) == 1
    kept = {path.name for path in house.config.results_dir.rglob("*") if path.is_file()}
    assert job.digest in kept


def test_who_lost_the_lease_can_conclude_nothing(session, house, order, officer, now, run):
    job = order(officer)
    slow = claim(house)
    quick = claim(house, later=LEASE + timedelta(seconds=1))
    assert slow.id == quick.id == job.id and slow.lease != quick.lease
    with Session(house.engine) as own:
        own.add(left_over(now))
        with pytest.raises(LeaseLost):
            actions.finish(own, slow, Outcome("慢的"), None, 7, now)
    for change in (
        lambda own: actions.fail(own, slow, "慢的", now),
        lambda own: actions.put_back(own, slow, instant(), is_counted=True),
    ):
        with Session(house.engine) as own, pytest.raises(LeaseLost):
            change(own)
    with Session(house.engine) as own:
        assert not actions.beat(own, slow.id, slow.lease, instant())
        assert actions.beat(own, quick.id, quick.lease, instant(), done=1)
        actions.finish(own, quick, Outcome("快的"), None, 7, now)
        own.commit()
    job = fresh(house, job)
    assert (job.state, job.sentence) == (JobState.DONE, "快的")
    assert session.scalar(select(func.count()).select_from(Company).where(Company.name == "不该留下")) == 0


def test_what_breaks_every_worker_is_given_up_with_a_sentence(session, house, order, officer, run):
    job = order(officer)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert claim(house, later=attempt * (LEASE + timedelta(seconds=1))).attempts == attempt
    assert claim(house, later=(MOST_ATTEMPTS + 1) * (LEASE + timedelta(seconds=1))) is None
    job = fresh(house, job)
    assert job.state is JobState.FAILED and "停止重试" in job.sentence
    assert "没有完成" in session.scalars(select(Notice.text)).one()


def test_a_fault_is_tried_again_and_then_said(session, house, order, officer, doing, run):
    def broken(_work):
        raise RuntimeError("a bug")

    doing(JobKind.BRIEFING, broken)
    job = order(officer, JobKind.BRIEFING, {})
    for attempt in range(1, MOST_ATTEMPTS):
        assert run() and not run()  # it rests before it is tried again
        job = fresh(house, job)
        assert (job.state, job.attempts) == (JobState.WAITING, attempt)
        session.execute(update(Job).values(not_before=instant()))
        session.commit()
    run()
    job = fresh(house, job)
    assert job.state is JobState.FAILED and "已记录" in job.sentence


@pytest.mark.parametrize("reads", [True, False])
def test_cancelled_in_the_middle_it_leaves_nothing(session, house, order, officer, acting, now, doing, reads, run):
    job, actor = order(officer, JobKind.BRIEFING, {}), acting(officer)

    def work_on(work):
        work.progress(0, 2, "第一步")
        assert fresh(house, job).sentence == "第一步"
        with writing(), running.session_on(house.engine) as own:
            actions.cancel(own, actor, own.get_one(Job, job.id), now)
            own.commit()
        if not reads:
            work.session.add(left_over(now))
            work.session.flush()
        work.progress(0, 2, "第二步")  # on SQLite a job that writes hears of it at its end
        return Outcome("做完了")

    doing(JobKind.BRIEFING, work_on, reads)
    run()
    ended = fresh(house, job)
    assert (ended.state, ended.sentence) == (JobState.CANCELLED, "")
    assert [session.scalar(select(func.count()).select_from(table)) for table in (Company, Notice)] == [0, 0]
    assert not run()
    with pytest.raises(Clash, match="已经结束"):
        actions.cancel(session, actor, ended, now)


def test_a_worker_that_is_to_go_puts_its_job_back(house, order, officer, doing, run):
    going = threading.Event()

    def work_on(work):
        going.set()
        work.progress(1, 2, "半路")
        return Outcome("做完了")

    doing(JobKind.BRIEFING, work_on, reads=True)
    job = order(officer, JobKind.BRIEFING, {})
    run(giving_way=going)
    job = fresh(house, job)
    assert (job.state, job.attempts, job.lease) == (JobState.WAITING, 0, "")
    doing(JobKind.BRIEFING, lambda _work: Outcome("做完了"))
    run()
    assert fresh(house, job).sentence == "做完了"


def test_only_its_owner_touches_a_job(session, house, order, officer, other_officer, acting, now, run):
    job = order(officer)
    for change in (
        lambda: actions.cancel(session, acting(other_officer), job, now),
        lambda: actions.again(session, acting(other_officer), job, now, instant()),
    ):
        with pytest.raises(NotAllowed):
            change()
    with pytest.raises(Clash):
        actions.again(session, acting(officer), job, now, instant())


# ----------------------------------------------------------------------------------------------------------- kinds of jobs


def test_a_ledger_is_read_and_written_by_jobs(session, house, order, officer, run):
    rows = [row(f"台账项目{number}", 总投资=3) for number in range(3)]
    actor, batch = bring(session, officer, ledger(*rows), house.config.files_dir)
    batch.state = BatchState.UPLOADED
    session.commit()
    wanted = {kind: order_of(kind, batch) for kind in (JobKind.LEDGER_READ, JobKind.LEDGER_APPLY)}
    for kind, state in ((JobKind.LEDGER_READ, BatchState.PREVIEWED), (JobKind.LEDGER_APPLY, BatchState.APPLIED)):
        job = order.placed(actor, wanted[kind])
        assert order.placed(actor, wanted[JobKind.LEDGER_APPLY]).id == job.id  # one at a time on a batch
        run()
        job = fresh(house, job)
        session.refresh(batch)
        assert (job.state, batch.state) == (JobState.DONE, state), job.sentence
    assert session.scalar(select(func.count()).select_from(Project)) == 3
    again = order.placed(actor, wanted[JobKind.LEDGER_APPLY])
    run()
    again = fresh(house, again)
    assert again.state is JobState.FAILED and "不能再做这一步" in again.sentence


def test_a_briefing_is_the_same_bytes_as_the_download(session, house, order, officer, client_for, run):
    job = order(officer, JobKind.BRIEFING, {"month": "2022-09"})
    run()
    data = storage.load(house.config.results_dir, fresh(house, job).digest)
    assert data == client_for(officer).get("/briefings/2022-09.xlsx").data


# --------------------------------------------------------------------------------------------------------------- the day


def test_the_daily_jobs_are_made_once_and_done(session, house, officer, run):
    real = replace(house, clock=Clock(None))
    assert workers.plan_the_day(house) == 0  # where the calendar is fixed, no day begins
    due, ready = [], threading.Barrier(2, timeout=60)

    def plan():
        ready.wait()
        due.append(workers.plan_the_day(real))

    session.merge(Setting(name="tidy_at", value="00:00"))
    session.commit()
    threads = [threading.Thread(target=plan) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    jobs = session.scalars(select(Job)).all()
    assert sum(due) == len(jobs) == len({job.key for job in jobs}) >= 1
    assert all(job.owner_id is None for job in jobs)
    while run(real):
        pass
    assert {fresh(house, job).state for job in jobs} == {JobState.DONE}
    assert workers.plan_the_day(real) == 0  # what is done is not asked for again


def test_results_expire_and_files_nobody_needs_go(session, house, order, officer, now, run):
    make.make_project(session, "甲项目", lead=officer)
    old, young = order(officer, key="a"), order(officer, key="b")
    while run():
        pass
    folder = house.config.results_dir
    session.execute(update(Job).where(Job.id == old.id).values(expires_at=now))
    left = folder / "unfinished"
    left.write_bytes(b"half")
    session.commit()
    assert actions.expire(session, now) == 1
    needed = actions.needed_files(session)
    session.commit()
    assert needed == {fresh(house, young).digest} and fresh(house, old).digest == ""
    assert left not in set(storage.strays(folder, needed, left.stat().st_mtime - 60))
    going = set(storage.strays(folder, needed, left.stat().st_mtime + 60))
    assert left in going and not any(path.name in needed for path in going)
    session.execute(update(Job).values(finished_at=now - timedelta(days=91)))
    actions.expire(session, now)
    assert session.scalar(select(func.count()).select_from(Job)) == 0


def test_a_worker_works_until_it_is_told_to_go(session, house, order, officer, run):
    worker = workers.Worker(house)
    job = order(officer)
    worker.start()
    for _ in range(200):
        if fresh(house, job).state not in OPEN:
            break
        threading.Event().wait(0.05)
    worker.go(0)
    worker.join(20)
    assert fresh(house, job).state is JobState.DONE and not worker._thread.is_alive()


def test_the_export_is_read_as_it_is_written(session, house, order, officer, monkeypatch, run):
    for number in range(7):
        make.make_project(session, f"项目{number}", lead=officer)
    sizes = []
    real = project_list.project_list.stream

    def stream(*arguments):
        for part in real(*arguments, size=3):
            sizes.append(len(part))
            yield part

    monkeypatch.setattr(project_list.project_list, "stream", stream)
    job = order(officer)
    run()
    assert fresh(house, job).sentence == "共 7 个项目。" and sizes == [3, 3, 1]


def test_what_only_reads_reads_from_the_replica_unless_its_owner_just_wrote(
    house, order, officer, doing, run, tmp_path
):
    class Near(Replica):
        def usable(self):
            return True

    other = create_engine(f"sqlite:///{tmp_path / 'replica.sqlite3'}")
    Base.metadata.create_all(other)
    beside = replace(house, replica=Near(other, house.engine, 10))
    doing(JobKind.BRIEFING, lambda work: Outcome(str(work.session.scalar(select(func.count(User.id))))), reads=True)
    jobs = [order(officer, JobKind.BRIEFING, {}, is_fresh=fresh) for fresh in (False, True)]
    while run(beside):
        pass
    other.dispose()
    said = [fresh(house, job) for job in jobs]
    assert [job.state for job in said] == [JobState.DONE] * 2 and said[0].sentence == "0" < said[1].sentence
