"""A secret project exists for the persons named on it and for leaders; for everybody else it must not exist anywhere.

The test does not know the pages: it walks every route of the URL map in every role, with the keys of the secret rows filled in,
and looks for a marker that stands in every text of them. Team scope and phone numbers are walked the same way.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from html import unescape
from types import SimpleNamespace
from urllib.parse import quote

import pytest

from crm import storage
from crm.choices import (
    ActionState,
    ActivityKind,
    ActivityResult,
    ActivityState,
    ClaimKind,
    ClaimState,
    EvidenceKind,
    LossReason,
    MemberRole,
    MoneyKind,
    ReportState,
    Role,
    Stage,
    Status,
)
from crm.columns import Base
from crm.models import AgendaItem, AnnualPlan, Attachment, Change, Company, MonthlyReport, Project, StatusChange
from tests import factories as make
from tests.walking import addresses, text_of

ROLES = (
    "officer", "other_officer", "team_lead", "statistician", "coordinator", "agent", "liaison", "admin", "auditor",
)  # fmt: skip
HEAD, MARK = "绝密甲", "七零玖"  # searched for is the head, which a page may repeat; the rest comes from rows alone
SECRET = HEAD + MARK
PHONE = "13977776543"
CREDIT_CODE = "91450300MA5K7Q2X3U"
SEPTEMBER = datetime(2022, 9, 20, 6, tzinfo=UTC)


def _everything_about(session, files_dir, project, by, person, say):
    """Rows of every kind that hang on a project, all of them with the hands of `person` in; `say(what)` is each text.

    Returns the keys by the names of the routes' arguments, several times where there are several rows of a kind.
    """
    company = session.get(Company, project.company_id)
    contact = make.make_contact(
        session, company, say("联系人"), PHONE, title=say("职务"), email=f"{say('邮')}@example.test", note=say("备注")
    )
    activity = make.make_activity(
        session, project, at=SEPTEMBER, by=by, people=(by, person), title=say("洽谈"), summary=say("纪要"),
        demands=say("诉求"), place=say("地点"), city="三亚市", their_side=say("对方"), our_side=say("我方"),
        commitments=say("承诺"), next_step=say("下一步"), next_on=date(2022, 10, 19), next_owner_id=person.id,
        company_id=company.id,
    )  # fmt: skip
    planned = make.make_activity(
        session, project, at=datetime(2022, 10, 21, 6, tzinfo=UTC), by=by, people=(person,), title=say("计划"),
        summary=say("计划摘要"), state=ActivityState.PLANNED,
    )  # fmt: skip
    for kind in (ActivityKind.VIDEO, ActivityKind.TRIP, ActivityKind.VISIT, ActivityKind.EVENT, ActivityKind.SERVICE):
        make.make_activity(
            session, project, kind=kind, at=SEPTEMBER, by=by, people=(person,), title=say(kind.label), summary=say("经过"),
            their_side=say("来宾"), place=say("会址"), city="三亚市", result=ActivityResult.ADVANCE,
        )  # fmt: skip
    alone = make.make_activity(
        session, at=SEPTEMBER, by=by, people=(person,), summary="走访企业，没有项目", company_id=company.id
    )
    meeting = make.make_meeting(
        session, project, title=say("会议"), place=say("会场"), attendees=say("参会"), summary=say("会议纪要"),
        minutes_number=say("纪要号"), chair_id=person.id, entered_by_id=by.id,
    )  # fmt: skip
    item = session.query(AgendaItem).filter_by(meeting_id=meeting.id).one()
    item.situation, item.conclusion = say("情况"), say("结论")
    coming = make.make_meeting(
        session, project, title=say("近日会议"), at=datetime(2022, 10, 21, 6, tzinfo=UTC), state=ActivityState.PLANNED,
        chair_id=person.id,
    )  # fmt: skip
    action = make.make_action(
        session, project, make.team(session, "资规局"), date(2022, 10, 21), meeting_id=meeting.id,
        problem=say("问题"), task=say("任务"), progress=say("进展"), person_id=person.id, support_units=say("协办"),
    )  # fmt: skip
    done = make.make_action(
        session, project, make.team(session, "招商一组"), problem=say("办结的问题"), state=ActionState.DONE,
        done_on=date(2022, 9, 29), meeting_id=meeting.id,
    )  # fmt: skip
    reported = {"reported_by_id": person.id, "note": say("说明")}
    make.sign(
        session, project, amount=777_000_000, contract={"number": say("合同号"), "parties": say("缔约方"), "note": say("约定")},
        **reported,
    )  # fmt: skip
    waiting = make.make_claim(session, project, ClaimKind.ARRIVAL, state=ClaimState.REPORTED, **reported)
    make.make_money(session, project, MoneyKind.ARRIVED, 5_000_000, date(2022, 9, 20), waiting, note=say("到资"))
    completed = make.make_claim(session, project, ClaimKind.COMPLETION, on=date(2022, 9, 25), **reported)
    make.make_money(session, project, MoneyKind.COMPLETED, 6_000_000, date(2022, 9, 25), completed, note=say("完成"))
    make.make_claim(session, project, ClaimKind.START, state=ClaimState.RETURNED, reason=say("退回原因"), **reported)
    make.make_claim(session, project, ClaimKind.FINISH, state=ClaimState.DRAFT, **reported)
    make.make_money(session, project, MoneyKind.PLAN, 777_000_000, date(2022, 2, 1), note=say("计划投资"))
    make.make_move(session, project, Stage.REGISTERED, date(2022, 9, 26), reason=say("推进理由"))
    session.add(
        StatusChange(
            project_id=project.id, from_status=Status.PAUSED, to_status=Status.ACTIVE, changed_on=date(2022, 9, 1),
            reason_class=LossReason.OTHER, reason=say("恢复理由"), lost_to=say("去向"), recorded_at=SEPTEMBER,
        )
    )  # fmt: skip
    digest = storage.store(files_dir, f"{say('附件内容')}".encode())
    file = make.add(
        session,
        Attachment(
            project_id=project.id, claim_id=waiting.id, kind=EvidenceKind.OTHER, filename=f"{say('附件')}.docx",
            media_type="application/msword", size_bytes=30, digest=digest, uploaded_at=SEPTEMBER, uploaded_by_id=by.id,
        ),
    )  # fmt: skip
    make.make_listing(session, project, batch_label=say("批次"), planned_start_on=date(2022, 9, 1))
    session.add_all(
        [
            AnnualPlan(
                project_id=project.id, year=2022, planned_yuan=99_000_000, goal=say("年度目标"), reason=say("调整理由"),
                approved_at=datetime(2022, 1, 5, tzinfo=UTC),
            ),
            MonthlyReport(
                project_id=project.id, month=date(2022, 9, 1), state=ReportState.VERIFIED, progress=say("形象进度"),
                problem=say("存在问题"), request=say("提请"), next_plan=say("下步计划"), reported_by_id=person.id,
                reported_at=SEPTEMBER, verified_at=SEPTEMBER,
            ),
        ]
    )  # fmt: skip
    for table, key, column, project_id in (
        ("project", project.id, "name", project.id), ("company", company.id, "name", None),
        ("contact", contact.id, "name", None), ("contact", contact.id, "phone", None), ("activity", activity.id, "summary", None),
        ("meeting", meeting.id, "title", None), ("action_item", action.id, "problem", project.id),
        ("monthly_report", 1, "progress", project.id), ("listing", 1, "batch_label", project.id),
    ):  # fmt: skip
        old, new = (PHONE, PHONE) if column == "phone" else (say("旧值"), say("新值"))
        session.add(
            Change(
                table_name=table, row_id=key, project_id=project_id, column_name=column, old=old, new=new, at=SEPTEMBER,
                by_id=by.id,
            )
        )  # fmt: skip
    session.flush()
    return {
        "project_id": project.id, "company_id": company.id, "contact_id": contact.id, "activity_id": activity.id,
        "meeting_id": meeting.id, "action_id": action.id, "claim_id": waiting.id, "file_id": file.id,
    }, {"activity_id": planned.id, "meeting_id": coming.id, "action_id": done.id}, {"activity_id": alone.id}  # fmt: skip


def _project(session, by, say, **more):
    company = make.make_company(
        session, say("公司"), short_name=say("简称"), intro=say("简介"), province="海南省", city="海口市",
        credit_code=CREDIT_CODE,
    )  # fmt: skip
    values = {
        "code": say("编号"), "alias": "青松计划", "company_id": company.id, "content": say("建设内容"), "site": say("地址"),
        "source_note": say("来源"), "competitors": say("竞争地"), "judgement": say("研判"), "decision": say("评审"),
    }  # fmt: skip
    return make.make_project(session, say("项目"), by, **{**values, **more})


@pytest.fixture
def secret(app, session):
    """A secret project of team one; nobody of the cast is named on it, though some of them once were."""
    by = make.make_user(session, "keeper", "保密人", Role.OFFICER, make.team(session))

    def say(what):
        return f"{SECRET}{what}"

    project = _project(session, by, say, is_secret=True)
    for login in ("officer", "agent", "team_lead"):
        make.make_member(session, project, make.person(session, login), MemberRole.SUPPORT, to_on=date(2022, 10, 1))
    folder = app.extensions["crm_config"].files_dir
    keys = _everything_about(session, folder, project, by, make.person(session, "officer"), say)
    beside = _neighbours(session, project)
    session.commit()
    return SimpleNamespace(keys=keys[0], more_keys=keys[1:], beside=beside, keeper=by, project=project)


def _neighbours(session, secret):
    """Rows that everybody may see and that point to a secret one; their keys."""
    officer = make.person(session, "officer")
    group = make.make_company(session, "平常演示公司", parent_id=secret.company_id)
    phase = make.make_project(session, "平常项目", officer, company_id=group.id, parent_id=secret.id)
    make.make_project(session, "平常重复项目", officer, duplicate_of_id=secret.id)
    make.make_activity(session, phase, secret, title=f"{SECRET}同访")
    make.make_activity(session, phase, company_id=secret.company_id, title=f"{SECRET}同去")
    make.make_activity(session, kind=ActivityKind.TRIP, company_id=secret.company_id)
    mixed = make.make_meeting(session, phase, secret, title=f"{SECRET}同会")
    action = make.make_action(session, phase, make.team(session), meeting_id=mixed.id)
    for column in ("parent_id", "duplicate_of_id", "company_id"):
        session.add(
            Change(
                table_name="project", row_id=phase.id, project_id=phase.id, column_name=column, old=str(secret.id),
                new=str(secret.company_id), at=SEPTEMBER, by_id=officer.id,
            )
        )  # fmt: skip
    return {"project_id": phase.id, "company_id": group.id, "action_id": action.id}


QUERIES = {
    "projects.index": [
        *(f"view={view}" for view in ("mine", "key", "signed", "unstarted", "stopped", "every")),
        f"q={HEAD}&view=every", f"q={CREDIT_CODE[:8]}&view=every",
        "sort=name&view=every", "sort=-total&view=every", "sort=company", "least=1",
        "signed=2022-09", "stage=signed&view=every", "list=city",
    ],
    "search.index": [f"q={HEAD}", f"q={PHONE}", f"q={PHONE[-6:]}", f"q={CREDIT_CODE}", "q=联系人"],
    "activities.index": ["state=planned", "state=cancelled", f"q={HEAD}", "kind=talk", "person=1", "from=2022-09-01"],
    "activities.projects": [f"q={HEAD}", "q="],
    "meetings.index": ["state=planned", f"q={HEAD}"],
    "meetings.actions": ["show=all", "show=done", "mine=1", f"q={HEAD}&show=all", "show=late"],
    "companies.index": [f"q={HEAD}", f"q={CREDIT_CODE[:8]}", "place=海南省"],
    "companies.new": [f"name={HEAD}"],
    "claims.queue": ["state=verified", "state=returned", "state=reversed", "kind=arrival"],
    "audit.index": ["show=changes", "show=changes&what=project", "show=changes&what=contact", "what=export"],
    "cockpit.show": ["month=2022-09", "month=2022-10", "trend=count"],
    "figures.index": ["month=2022-09"],
    "figures.export": ["month=2022-09"],
    "home.today": ["day=2022-10-21", "show=all"],
    "settings.changes": [""],
}  # fmt: skip


def _asks(app, keys):
    """(path, the route) of every page: those that name no row with their searches, those that do with the rows of `keys`."""
    for address in addresses(app, keys):
        if "GET" in address.methods:
            yield address.path, address
            for query in QUERIES.get(address.endpoint, ()):
                yield f"{address.path}?{quote(query, safe='=&-')}", address


def _told(text, mark=MARK):
    place = text.find(mark)
    return f"…{text[max(0, place - 60) : place + 20]}…" if place >= 0 else ""


@pytest.mark.parametrize("login", ROLES)
def test_a_secret_project_shows_nowhere(app, session, client_for, secret, login):
    client = client_for(make.person(session, login))
    told = []
    for path, _address in _asks(app, secret.keys):
        answer = client.get(path)
        text = text_of(answer)
        assert answer.status_code < 500, path
        told += [
            f"{path}: {found}" for mark in (MARK, CREDIT_CODE, PHONE) if (found := _told(_without_echo(text), mark))
        ]
    assert not told, "\n".join(told)


def _without_echo(text):
    """What a search repeats of its own words tells nothing."""
    for words in (CREDIT_CODE, PHONE):
        for echo in (f'value="{words}"', f"“{words}”", f"q={words}", f">{words}<", f"：{words}"):
            text = text.replace(echo, "")
    return text


def test_no_link_of_figures_cockpit_and_briefing_leads_to_it(session, client_for, secret, statistician):
    client = client_for(statistician)
    waiting, seen = ["/figures?month=2022-09", "/briefings/2022-09", "/cockpit?month=2022-09"], set()
    while waiting:
        answer = client.get(path := waiting.pop())
        assert answer.status_code == 200, path
        assert MARK not in answer.text, (path, _told(answer.text))
        for link in re.findall(r'href="(/(?:figures|briefings)[^"]*)"', answer.text):
            link = unescape(link).split("#")[0]
            what = re.sub(r"[?&](span|value|about|said)=[^&]*", "", link)  # one link for each figure, part and sheet
            if "2022-09" in link and ".xlsx" not in link and what not in seen:
                seen.add(what)
                waiting.append(link)
    assert len(seen) > 40


@pytest.mark.parametrize("login", ["officer", "team_lead", "statistician", "coordinator"])
def test_what_points_to_it_does_not_name_it(app, session, client_for, secret, login):
    client = client_for(make.person(session, login))
    for address in _rows_named(app, secret.beside):
        if "GET" in address.methods:
            text = client.get(address.path).text
            assert MARK not in text, (address.path, _told(text))


def test_saving_what_points_to_it_keeps_the_link(session, client_for, secret, officer):
    page = client_for(officer).get(address := f"/projects/{secret.beside['project_id']}/edit").text
    seen = re.search(r'name="seen"[^>]*value="(\d+)"', page)[1]
    answer = client_for(officer).post(
        address, data={"name": "平常项目改名", "total_yuan": "3.5", "capital_kind": "domestic", "seen": seen}
    )
    project = session.get(Project, secret.beside["project_id"])
    assert answer.status_code == 303 and (project.name, project.parent_id) == ("平常项目改名", secret.project.id)


@pytest.mark.parametrize(
    ("investor", "status"), [({"company": f"{SECRET}公司"}, 303), ({"credit_code": CREDIT_CODE}, 422)]
)
def test_naming_its_investor_does_not_open_the_company(session, client_for, secret, other_officer, investor, status):
    form = {"name": "打探项目", "capital_kind": "domestic", "company": "另一家公司", **investor}
    answer = client_for(other_officer).post("/projects/new", data=form)
    assert answer.status_code == status and MARK not in answer.text
    assert client_for(other_officer).get(f"/companies/{secret.keys['company_id']}").status_code == 404


def _rows_named(app, keys):
    """The routes that name a row, with the keys of these rows."""
    return [address for address in addresses(app, keys) if address.arguments & keys.keys()]


@pytest.mark.parametrize("login", ROLES)
def test_its_addresses_answer_as_if_it_did_not_exist(app, session, client_for, secret, login):
    client = client_for(make.person(session, login))
    absent = {address.endpoint: address.path for address in addresses(app, dict.fromkeys(secret.keys, 987_654))}
    before = _contents(session)
    for address in [address for keys in (secret.keys, *secret.more_keys) for address in _rows_named(app, keys)]:
        for method in address.methods & {"GET", "POST"}:
            ask = client.get if method == "GET" else client.post
            here, nowhere = ask(address.path), ask(absent[address.endpoint])
            assert here.status_code == nowhere.status_code, (method, address.path)
            assert here.status_code in (403, 404), (method, address.path)  # 403: the role may do it to nothing at all
            assert MARK not in here.text
    assert _contents(session) == before


def _contents(session):
    """All rows of all tables."""
    session.commit()
    return {table.name: session.execute(table.select()).all() for table in Base.metadata.sorted_tables}


@pytest.mark.parametrize("login", ["keeper", "leader"])
def test_who_is_named_and_leaders_do_see_it(app, session, client_for, secret, login):
    client = client_for(make.person(session, login))
    for endpoint in (
        "projects.show",
        "companies.show",
        "activities.show",
        "meetings.show",
        "claims.show",
        "meetings.action",
    ):
        path = next(address.path for address in addresses(app, secret.keys) if address.endpoint == endpoint)
        answer = client.get(path)
        assert answer.status_code == 200 and MARK in answer.text, path
    assert client.get(f"/files/{secret.keys['file_id']}").status_code == 200
    assert MARK in client.get(f"/search?q={HEAD}").text
