"""A deleted record does not exist: no page, list, search, export or figure knows of it, and the trash alone lists it.

The walk knows no pages: it asks every address of the URL map, with the keys of a deleted project and all that hung on it.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from crm.actions import trash as actions
from crm.choices import CollisionState, Role, TransferState
from crm.models import Attachment, Change, Claim, Collision, Company, Contract, MoneyEntry, Project, StageMove, Transfer
from crm.queries.settings import basis
from crm.queries.totals import FIGURES
from crm.queries.totals.evaluate import Totals
from crm.rules.days import Month
from tests import factories as make
from tests.hanging import everything_about, investment
from tests.test_secrets import HEAD, MARK, SECRET, _asks, _told
from tests.walking import addresses, text_of

ROLES = ("officer", "team_lead", "statistician", "coordinator", "leader", "auditor", "admin")
TELLS = frozenset({"trash.index", "audit.index"})  # what was deleted, and the log of changes, do say so


def _everything(app, session, by, **more):
    """An investment with all that can hang on one, but for what counts: such a project is not deleted."""
    project = investment(session, by, _say, **more)
    folder = app.extensions["crm_config"].files_dir
    keys, *_more = everything_about(session, folder, project, by, make.person(session, "team_lead"), _say)
    for model in (StageMove, MoneyEntry, Contract):
        session.execute(delete(model).where(model.project_id == project.id, model.claim_id.is_not(None)))
    for file in session.scalars(select(Attachment)):
        file.claim_id = None
    session.flush()
    session.execute(delete(Claim).where(Claim.project_id == project.id))
    session.execute(delete(Change))
    session.execute(update(Transfer).values(state=TransferState.REFUSED))
    session.execute(update(Collision).values(state=CollisionState.DISMISSED))  # under way, neither would be deleted
    session.execute(update(Project).where(Project.duplicate_of_id == project.id).values(name="并入的演示项目"))
    session.commit()
    del keys["claim_id"]
    return keys, project


def _say(what):
    return f"{SECRET}{what}"


@pytest.fixture
def buried(app, session, acting, officer, statistician, now):
    """A project of the officer, deleted with all that hangs on it, and then its company; the keys of their rows."""
    keys, project = _everything(app, session, officer)
    company = session.get(Company, project.company_id)
    actions.delete(session, acting(statistician), project, now)
    actions.delete(session, acting(statistician), company, now + timedelta(seconds=1))
    session.commit()
    return keys, project, company


@pytest.mark.parametrize("login", ROLES)
def test_a_deleted_project_shows_nowhere(app, session, client_for, buried, login):
    keys = buried[0]
    client = client_for(make.person(session, login))
    for path, address in _asks(app, keys):
        answer = client.get(path)
        assert answer.status_code < 500, path
        if address.arguments & keys.keys():
            assert answer.status_code in (403, 404), path
        if address.endpoint not in TELLS:
            assert MARK not in (text := text_of(answer)), (path, _told(text))


@pytest.mark.parametrize("login", ["other_officer", "team_lead", "statistician", "coordinator", "auditor", "admin"])
def test_deleted_a_secret_project_stays_secret(app, session, acting, client_for, now, login):
    keeper = make.make_user(session, "keeper", "保密人", Role.OFFICER, make.team(session))
    keys, project = _everything(app, session, keeper, is_secret=True)
    beside = make.make_project(session, "平常项目", make.person(session, "officer"))
    make.make_activity(session, project, beside, title=_say("同访"))
    make.make_meeting(session, project, beside, title=_say("同会"))
    actions.delete(session, acting(keeper), project, now)
    client = client_for(make.person(session, login))
    for path, _address in _asks(app, keys):
        assert MARK not in (text := text_of(client.get(path))), (path, _told(text))


def test_its_addresses_refuse_every_write(app, client_for, buried, statistician):
    keys = buried[0]
    client = client_for(statistician)
    for address in addresses(app, keys):
        if "POST" in address.methods and address.arguments & keys.keys() and "restore" not in address.endpoint:
            assert client.post(address.path).status_code in (403, 404), address.path


def test_the_trash_lists_it_once_and_brings_it_back(session, client_for, buried, statistician):
    _keys, project, company = buried
    client = client_for(statistician)
    page = client.get("/trash").text
    assert page.count('name="row"') == 2 and MARK in page
    answer = client.post("/trash/restore", data={"row": [f"project-{project.id}", f"company-{company.id}"]})
    assert answer.status_code == 303
    assert client.get(f"/projects/{project.id}").status_code == 200
    assert MARK in client.get(f"/search?q={HEAD}").text
    assert 'name="row"' not in client.get("/trash").text


def test_no_figure_counts_what_was_deleted(session, acting, officer, statistician, now, today, buried):
    _keys, project, company = buried

    def figures():
        totals = Totals(session, basis(session, today), Month(2022, 9))
        return {key: totals[key].year for key in FIGURES}

    without = figures()
    alone = {"talk_count": 1}  # with the company only, on no project
    assert {key: value for key, value in without.items() if value} == alone
    actions.restore(session, acting(statistician), company, now)
    actions.restore(session, acting(statistician), project, now)
    restored = figures()
    assert restored["lead_count"] and restored["talk_count"] > 1 and restored["coordination_meeting_count"]
    assert restored["action_assigned_count"]
    assert session.get(Project, project.id) is project


def test_a_touchpoint_deleted_by_itself_counts_nowhere(session, acting, officer, now, today):
    project = make.make_project(session, lead=officer)
    activity, meeting = make.make_activity(session, project), make.make_meeting(session, project)
    actions.delete(session, acting(officer), activity, now)
    actions.delete(session, acting(officer), meeting, now)
    totals = Totals(session, basis(session, today), Month(2022, 9))
    assert (totals["talk_count"].month, totals["coordination_meeting_count"].month) == (0, 0)
