"""The totals that are kept say what the definition says: whatever is written, undone or written at once, for every reader."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from random import Random
from threading import Barrier, Event

import pytest
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from crm import history, stale
from crm.actions import stage_totals
from crm.choices import ClaimState, ContractKind, MoneyKind, Stage
from crm.extensions import db
from crm.models import Claim, Contract, MoneyEntry, Project, ProjectMember, StageMove, StageTotal, StaleProject, Unit
from crm.queries.people import actor_of
from crm.queries.totals import Basis, kept
from crm.queries.totals.kept import Axis
from crm.rules.days import start_of
from crm.trash import WITH_DELETED
from tests import factories as make
from tests.kept import FIRST, LAST, as_kept, by_definition, check, check_all

CLAIMED = {Stage.SIGNED, Stage.STARTED, Stage.FINISHED, Stage.PRODUCING}


class Work:
    """Random things that people, imports and merges do to the rows of some projects; the same seed does the same."""

    def __init__(self, session: Session, seed: int) -> None:
        self.session, self.chance = session, Random(seed)
        self.officers = [make.person(session, login) for login in ("officer", "other_officer")]
        self.industries = [None, make.make_industry(session, "甲").id, make.make_industry(session, "乙").id]
        self.units = [unit.id for unit in session.query(Unit)]
        for number in range(12):
            self.register()
            if number % 3 == 0:
                make.sign(session, self.project(), self.day())

    def day(self) -> date:
        return date(2022, 1, 1) + timedelta(
            days=self.chance.randrange(300)
        )  # some of them ahead of the 20th of October

    def one(self, model, **options):
        rows = self.session.scalars(select(model).order_by(model.id).execution_options(**options)).all()
        return self.chance.choice(rows) if rows else None

    def project(self):
        return self.one(Project)

    def register(self):
        lead = self.chance.choice(self.officers)
        project = make.make_project(
            self.session, lead=lead, industry_id=self.chance.choice(self.industries), is_secret=self.chance.random() < 0.3,
            registered_at=start_of(self.day()), fixed_yuan=self.chance.choice((None, 7)), foreign_usd=9,
        )  # fmt: skip
        if self.chance.random() < 0.7:
            self.state_plan(project)

    def state_plan(self, project=None):
        project = project or self.project()
        make.make_money(self.session, project, MoneyKind.PLAN, self.chance.randrange(1, 99), self.day())

    def move(self):
        project, stage = self.project(), self.chance.choice(list(Stage))
        state = self.chance.choice((ClaimState.REPORTED, ClaimState.VERIFIED, ClaimState.VERIFIED))
        claim = make.make_claim(self.session, project, on=self.day(), state=state) if stage in CLAIMED else None
        start = self.chance.choice((None, stage, Stage.FINISHED))
        make.make_move(self.session, project, stage, self.day(), claim, from_stage=start)

    def sign(self):
        kinds = (*[ContractKind.FORMAL] * 4, *ContractKind)
        project, kind = self.project(), self.chance.choice(kinds)
        claim = make.make_claim(
            self.session, project, on=self.day(), state=self.chance.choice((ClaimState.VERIFIED, *ClaimState))
        )
        make.make_contract(self.session, project, claim, self.day(), kind, self.chance.randrange(1, 99), foreign_usd=3)

    def judge(self):
        if claim := self.one(Claim):
            claim.state = self.chance.choice(list(ClaimState))
            at = start_of(self.day())
            claim.verified_at = at if claim.state in (ClaimState.VERIFIED, ClaimState.REVERSED) else claim.verified_at
            claim.returned_at = at if claim.state is ClaimState.RETURNED else None
            claim.reversed_at = at if claim.state is ClaimState.REVERSED else None

    def edit(self):
        project = self.project()
        name, values = self.chance.choice((
            ("unit_id", self.units), ("industry_id", self.industries), ("is_secret", (False, True)), ("fixed_yuan", (None, 5)),
            ("is_relocation", (False, True)), ("foreign_usd", (None, 4)),
        ))  # fmt: skip
        setattr(project, name, self.chance.choice(values))

    def delete_or_restore(self):
        project = self.one(Project, **WITH_DELETED)
        project.deleted_at = make.NOW if project.deleted_at is None and self.chance.random() < 0.5 else None

    def double_or_not(self):
        project, other = self.project(), self.project()
        alone = project is not other and self.chance.random() < 0.4
        project.duplicate_of_id = other.id if alone else None

    def phase_or_not(self):
        project, other = self.project(), self.project()
        alone = project is not other and self.chance.random() < 0.4
        project.parent_id = other.id if alone else None

    def name_somebody(self):
        project, user = self.project(), self.chance.choice(self.officers)
        make.make_member(self.session, project, user)
        self.session.execute(update(ProjectMember).where(ProjectMember.id % 5 == 0).values(to_on=date(2022, 9, 1)))

    def many_at_once(self):
        """As imports and merges write: no object of the session knows of it."""
        kept, gone = self.project(), self.project()
        table, rows = MoneyEntry.__table__, StageMove.__table__
        match self.chance.randrange(6):
            case 0:
                self.session.execute(update(table).where(table.c.project_id == gone.id).values(project_id=kept.id))
            case 1:
                self.session.execute(delete(rows).where(rows.c.project_id == gone.id))
            case 2:
                self.session.execute(
                    update(Project).where(Project.unit_id == self.chance.choice(self.units)).values(industry_id=None)
                )
            case 3:
                moves = self.session.scalars(select(StageMove.id)).all()
                if moves:
                    self.session.execute(update(StageMove), [{"id": key, "from_stage": None} for key in moves[:3]])
            case 4:
                given = {"to_stage": Stage.REVIEW, "moved_on": self.day(), "recorded_at": make.NOW, "reason": ""}
                self.session.execute(insert(rows), [{"project_id": key, **given} for key in {kept.id, gone.id}])
            case 5:
                self.session.execute(
                    update(Contract).where(Contract.project_id == kept.id).values(signed_on=self.day())
                )
        self.session.expire_all()

    def something(self):
        deeds = (
            self.register, self.state_plan, self.move, self.move, self.move, self.sign, self.sign, self.judge, self.edit,
            self.delete_or_restore, self.double_or_not, self.phase_or_not, self.name_somebody, self.many_at_once,
        )  # fmt: skip
        self.chance.choice(deeds)()


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_is_done_every_reader_sees_what_the_definition_says(session, acting, today, now, seed):
    work = Work(session, seed)
    session.commit()
    actors = [acting(make.person(session, login)) for login in ("officer", "statistician", "leader", "agent")]
    leader, met = actors[2], set()
    history.sign(session, history.Signature(None, now))
    for step in range(90):
        work.something()
        match work.chance.randrange(8):
            case 0:
                session.rollback()
            case 1:
                with session.begin_nested() as part:
                    work.something()
                    session.flush()
                    part.rollback()
            case 2:
                stage_totals.settle(session, today, 3)
            case 3:
                session.commit()
        if step % 30 == 29:
            check_all(session, actors, today)
            met |= {stage for stage, *_ in as_kept(session, leader, Basis(today))}
    before = as_kept(session, leader, Basis(today))
    assert len(before) > 8 and Stage.SIGNED in met and len(met) > 3  # it was not about nothing
    stage_totals.rebuild(session, today)
    assert as_kept(session, leader, Basis(today)) == before and not stage_totals.differences(session, today)
    check(
        session, leader, Basis(date(2022, 12, 31))
    )  # what was dated ahead counts by now, though nobody wrote anything


def test_differences_are_found(session, officer, today):
    make.sign(session, make.make_project(session, lead=officer))
    stage_totals.catch_up(session, today)
    assert not stage_totals.differences(session, today)
    session.execute(update(StageTotal).values(yuan=StageTotal.yuan + 1))
    assert stage_totals.differences(session, today) == stage_totals.Differences(0, 2)
    stage_totals.rebuild(session, today)
    session.execute(update(Project.__table__).values(fixed_yuan=11).execution_options(synchronize_session=False))
    session.execute(delete(StaleProject))
    session.info.clear()  # as if somebody had written with another program
    assert stage_totals.differences(session, today).shares == 1


def test_what_came_in_bulk_is_caught_up_with(session, officer, statistician, acting, today):
    make.make_project(session, lead=officer)
    session.info.clear()
    assert as_kept(session, acting(statistician), Basis(today)) == {}
    stage_totals.catch_up(session, today)
    assert as_kept(session, acting(statistician), Basis(today)) == by_definition(
        session, acting(statistician), Basis(today)
    )


def test_two_statements_whatever_there_is(session, officer, statistician, acting, today, count_queries):
    actor = acting(statistician)
    for _ in range(3):
        make.sign(session, make.make_project(session, lead=officer))
    stale.note(session)
    for settled in (False, True):
        if settled:
            stage_totals.settle_all(session, today)
        with count_queries() as statements:
            kept.sums(session, actor, Basis(today), kept.Asked((Axis.STAGE, Axis.MONTH), FIRST, LAST))
        assert len(statements) == 2


def test_people_at_once_neither_wait_for_each_other_nor_lose_anything(
    app, session, officer, statistician, today, now, monkeypatch
):
    """Every commit tries to add up; a reader meanwhile always finds the sum that no single write changes."""
    monkeypatch.setattr(stage_totals, "EVERY", 1)
    with app.app_context():
        engine = db.engine
    teams = [make.team(session, name).id for name in ("招商一组", "招商二组")]
    projects = [make.make_project(session, lead=officer) for _ in range(6)]
    for project in projects:
        make.make_money(session, project, MoneyKind.PLAN, 100, date(2022, 3, 1))
    keys, everything = [project.id for project in projects], len(projects) * 100
    session.commit()
    gate, done, reader = Barrier(4, timeout=60), Event(), actor_of(session, statistician)
    session.rollback()

    def write(seed: int) -> int:
        chance, written = Random(seed), 0
        gate.wait(20)
        for _ in range(12):
            with Session(engine) as mine:
                history.sign(mine, history.Signature(None, now))
                some = sorted(chance.sample(keys, 2))  # held in order, as the actions hold rows
                for project in mine.scalars(
                    select(Project).where(Project.id.in_(some)).order_by(Project.id).with_for_update()
                ):
                    project.unit_id = chance.choice(teams)
                mine.commit()
                written += 1
        return written

    def read() -> set[int]:
        found = set()
        gate.wait(20)
        while not done.is_set():
            with Session(engine) as mine:
                sums = kept.sums(mine, reader, Basis(today), kept.Asked((Axis.STAGE,), FIRST, LAST, (Stage.LEAD,)))
                found.add(sums[(Stage.LEAD,)].yuan)
                mine.rollback()
        return found

    with ThreadPoolExecutor(4) as pool:
        reading = pool.submit(read)
        writing = [pool.submit(write, seed) for seed in range(3)]
        assert [work.result(60) for work in writing] == [12, 12, 12]
        done.set()
        assert reading.result(60) == {everything}
    stage_totals.settle_all(session, today)
    assert not stage_totals.differences(session, today)
    assert session.scalar(select(func.count()).select_from(StaleProject)) == 0
