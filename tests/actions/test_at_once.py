"""Two people in the same second: what each decides on rests on what the other has just written (docs/locks.md)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, time
from threading import Barrier

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from crm.actions import activities, companies, people, settings
from crm.choices import ActivityKind, ActivityState, Role, Stage
from crm.errors import CrmError
from crm.models import Company, Project, Setting, User
from crm.rules.activities import ActivityDraft
from crm.rules.companies import CompanyDraft
from crm.rules.days import at
from tests import factories as make


@pytest.fixture
def at_once(session):
    """`at_once(one, other)`: both run in the same moment, each in its own transaction; their refusals, empty where none."""

    def run(*works):
        session.commit()
        bind, met = session.get_bind(), Barrier(len(works), timeout=60)

        def do(work):
            with Session(bind) as own:
                met.wait(10)
                try:
                    work(own)
                    own.commit()
                except CrmError as refusal:
                    return refusal.message
                return ""

        with ThreadPoolExecutor(len(works)) as threads:
            said = list(threads.map(do, works))
        session.expire_all()
        return said

    return run


@pytest.mark.postgresql
@pytest.mark.parametrize("app", ["postgresql"], indirect=True)  # on SQLite the second begins when the first has ended
def test_of_two_talks_logged_at_once_the_later_day_stays(session, acting, officer, team_lead, now):
    """The second must not compute the roll-up from what stood before the first, and write it after him."""
    project = make.make_project(session, lead=officer, stage=Stage.REVIEW)
    session.commit()
    key, bind, one, other = project.id, session.get_bind(), acting(officer), acting(team_lead)
    session.commit()

    def log(own, actor, day):
        told = {
            "kind": ActivityKind.TALK,
            "title": "谈",
            "summary": "谈了",
            "state": ActivityState.DONE,
            "project_ids": (key,),
        }
        activities.log(own, actor, ActivityDraft(happened_at=at(date(2022, 10, day), time(10)), **told), now)

    def log_and_commit():
        with Session(bind) as own:
            log(own, other, 5)
            own.commit()

    with ThreadPoolExecutor(1) as threads, Session(bind) as own:
        log(own, one, 18)
        second = threads.submit(log_and_commit)
        while not second.done() and not own.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
            pass
        own.commit()
        second.result()
    assert session.get(Project, key, populate_existing=True).last_contact_on == date(2022, 10, 18)


def test_one_company_registered_twice_at_once_is_registered_once(session, acting, officer, team_lead, now, at_once):
    actors = [acting(officer), acting(team_lead)]
    said = at_once(
        *(lambda own, actor=actor: companies.create(own, actor, CompanyDraft("同名演示公司"), now) for actor in actors)
    )
    assert sorted(map(bool, said)) == [False, True] and "库中已有" in max(said)
    assert session.scalar(select(func.count()).select_from(Company).where(Company.name == "同名演示公司")) == 1


def test_two_administrators_cannot_end_each_other_at_once(session, acting, admin, at_once):
    second = make.make_user(session, "admin2", "季二", Role.ADMIN, make.team(session))
    session.commit()
    pairs = [(acting(admin), second.id), (acting(second), admin.id)]
    said = at_once(
        *(lambda own, a=actor, k=key: people.set_active(own, a, own.get_one(User, k), False) for actor, key in pairs)
    )
    assert sorted(map(bool, said)) == [False, True]
    assert len(session.scalars(select(User).where(User.role == Role.ADMIN, User.is_active)).all()) == 1


def test_a_link_sets_one_password(session, acting, admin, officer, now, at_once):
    token = people.invite(session, acting(admin), officer, now)
    words = ("first-of-two-22", "second-of-two-22")
    said = at_once(*(lambda own, word=word: people.accept_invitation(own, token, word, now) for word in words))
    assert sorted(map(bool, said)) == [False, True] and "已经用过" in max(said)


def test_limits_that_belong_together_are_judged_together(session, acting, admin, now, at_once):
    """Each change fits what stood before, both together do not."""
    actor = acting(admin)
    said = at_once(
        lambda own: settings.change(own, actor, {"normal_points": "-14"}, now),
        lambda own: settings.change(own, actor, {"behind_points": "-6"}, now),
    )
    assert sorted(map(bool, said)) == [False, True]
    assert session.scalar(select(func.count()).select_from(Setting)) == 1
