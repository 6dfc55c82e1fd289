"""Versions of the layout: who may, one after the other, the later of two told; whoever comes first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.actions import briefing_layouts as actions
from crm.errors import Clash, NotAllowed, RuleBroken
from crm.models import BriefingLayout, User
from crm.queries import briefings as queries
from crm.queries.people import actor_of

CHANGES = {"sheets": {"signed": {"tab": "签约表"}}}


@pytest.mark.parametrize("login", ["officer", "team_lead", "coordinator", "agent", "liaison", "leader", "auditor"])
def test_only_the_statistician_and_the_administrator_arrange(session, acting, login, now, tmp_path):
    actor = acting(session.query(User).filter_by(login=login).one())
    with pytest.raises(NotAllowed):
        actions.keep(session, actor, CHANGES, "", "", 0, now)
    with pytest.raises(NotAllowed):
        actions.keep_template(session, actor, "a.xlsx", b"PK", "", tmp_path, now)
    with pytest.raises(NotAllowed):
        actions.drop_template(session, actor, now)


def test_versions_follow_each_other_and_say_what_changed(session, acting, statistician, admin, now):
    assert queries.layout_in_force(session) is None
    first = actions.keep(session, acting(statistician), CHANGES, "", "改表名", 0, now)
    with pytest.raises(RuleBroken, match="没有要保存的改动"):
        actions.keep(session, acting(statistician), CHANGES, "", "", 1, now)
    with pytest.raises(Clash, match="第 1 版（改表名）"):
        actions.keep(session, acting(admin), {}, "", "", 0, now)
    second = actions.keep(session, acting(admin), {}, "恢复", "", 1, now)
    assert (first.number, first.note, second.number, second.note) == (1, "改表名", 2, "恢复")
    assert queries.layout_in_force(session) is second


def test_of_two_who_save_at_once_one_is_told(app, session, statistician, admin, now):
    bind, barrier, ids = session.get_bind(), Barrier(2), (statistician.id, admin.id)
    session.commit()

    def save(user_id):
        with Session(bind) as own:
            user = own.get_one(User, user_id)
            actor = actor_of(own, user)
            own.rollback()
            barrier.wait()
            try:
                actions.keep(own, actor, {"order": [str(user_id)]}, "", "", 0, now)
                own.commit()
            except Clash:
                return False
            return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(save, ids)) == [False, True]
    assert [row.number for row in session.scalars(select(BriefingLayout))] == [1]
