"""One person keeping views twice at once, in two windows: real threads, real transactions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.actions import views
from crm.actions.views import ViewDraft
from crm.errors import RuleBroken
from crm.models import SavedView, ViewMark


def both(session, act):
    """Twice at once, each in a transaction of its own: what was refused."""
    session.commit()
    start = Barrier(2, timeout=60)

    def one(_):
        with Session(session.get_bind()) as own:
            start.wait()
            try:
                act(own)
            except RuleBroken as refusal:
                return refusal.message
            own.commit()
            return None

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(one, range(2)))
    session.expire_all()
    return sorted(filter(None, said))


def test_two_views_of_one_name_are_one_and_a_sentence(session, acting, officer, now):
    actor = acting(officer)
    said = both(session, lambda own: views.create(own, actor, "projects.index", ViewDraft("在谈", "stage=lead"), now))
    assert said == ["已有名为“在谈”的视图，请换个名字。"]
    assert session.scalar(select(func.count()).select_from(SavedView)) == 1


def test_two_first_marks_are_one(session, acting, officer, now):
    actor = acting(officer)
    key = views.create(session, actor, "projects.index", ViewDraft("在谈", "stage=lead"), now).id
    assert both(session, lambda own: views.mark(own, actor, own.get(SavedView, key), pinned=True)) == []
    assert session.scalars(select(ViewMark.is_pinned)).all() == [True]
