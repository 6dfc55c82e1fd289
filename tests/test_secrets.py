"""A secret project exists for the persons named on it and for leaders; for everybody else it must not exist anywhere.

The test does not know the pages: it walks every route of the URL map in every role, with the keys of the secret rows filled in,
and looks for a marker that stands in every text of them. Team scope and phone numbers are walked the same way.
"""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from types import SimpleNamespace
from urllib.parse import quote

import pytest

from crm.choices import (
    ActivityKind,
    InvestmentForm,
    MemberRole,
    Role,
)
from crm.columns import Base
from crm.models import Activity, Attachment, Change, Claim, Comment, Contact, ImportBatch, Meeting, Project
from tests import factories as make
from tests.hanging import CREDIT_CODE, PHONE, SEPTEMBER, everything_about, investment, remark
from tests.walking import addresses, text_of

ROLES = (
    "officer", "other_officer", "team_lead", "statistician", "coordinator", "agent", "liaison", "admin", "auditor",
)  # fmt: skip
HEAD, MARK = "绝密甲", "七零玖"  # searched for is the head, which a page may repeat; the rest comes from rows alone
SECRET = HEAD + MARK


@pytest.fixture
def secret(app, session):
    """A secret project of team one; nobody of the cast is named on it, though some of them once were."""
    by = make.make_user(session, "keeper", "保密人", Role.OFFICER, make.team(session))

    def say(what):
        return f"{SECRET}{what}"

    project = investment(session, by, say, is_secret=True)
    for login in ("officer", "agent", "team_lead"):
        make.make_member(session, project, make.person(session, login), MemberRole.SUPPORT, to_on=date(2022, 10, 1))
    folder = app.extensions["crm_config"].files_dir
    keys = everything_about(session, folder, project, by, make.person(session, "officer"), say)
    beside = _neighbours(session, project)
    session.commit()
    return SimpleNamespace(keys=keys[0], more_keys=keys[1:], beside=beside, keeper=by, project=project)


def _neighbours(session, secret):
    """Rows that everybody may see and that point to a secret one; their keys."""
    officer = make.person(session, "officer")
    group = make.make_company(session, "平常演示公司", parent_id=secret.company_id)
    phase = make.make_project(session, "平常项目", officer, company_id=group.id, parent_id=secret.id)
    make.make_project(session, "平常重复项目", officer, duplicate_of_id=secret.id)
    both = make.make_activity(session, phase, secret, title=f"{SECRET}同访", summary=f"{SECRET}同谈")
    remark(session, phase, officer, both, lambda what: what)
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
        f"view=every&c=1:name:has:{HEAD}&c=2:secret:yes:&totals=1", "view=every&c=1:total:filled:&c=2:total:empty:",
        "view=every&before=end", "view=every&sort=name,-total&cols=name,code,company,site,lead",
        f"builder=1&g1=1&f1=name&o1=has&v1={HEAD}",
    ],
    "projects.board": [
        "view=every&lanes=lead,screening,negotiation,review,signed,registered,preparation,started,finished,producing,"
        "full_capacity,stopped", f"q={HEAD}", "at=stopped", "only=negotiation.late", "lane=negotiation&after=2001-01-01_0",
    ],
    "projects.take": ["to=registered", "to=stopped", "to=signed", "to=lead"],
    "project_bulk.change": ["all=1&view=every", f"all=1&view=every&q={HEAD}", *(f"ids={n}" for n in (1, 2, 3))],
    "search.index": [f"q={HEAD}", f"q={PHONE}", f"q={PHONE[-6:]}", f"q={CREDIT_CODE}", "q=联系人"],
    "search.palette": [f"q={HEAD}", f"q={PHONE}", f"q={PHONE[-6:]}", f"q={CREDIT_CODE}", "q=联系人", "q=jmj", "q=jueimi"],
    "activities.index": ["state=planned", "state=cancelled", f"q={HEAD}", "kind=talk", "person=1", "from=2022-09-01"],
    "activities.projects": [f"q={HEAD}", "q="],
    "meetings.index": ["state=planned", f"q={HEAD}"],
    "meetings.present": ["at=1", "at=2", "at=1&decided=1"],
    "meetings.paper": ["edition=1", "edition=2"],
    "meetings.calendar": [
        "view=month", "view=agenda", "view=week&who=me", "view=day&on=2022-10-21&each=leaders", "view=month&kind=coordination",
        "view=day&on=2022-10-21&each=rooms", f"p={HEAD}", "who=2", "room=1", "view=agenda&on=2022-09-01",
    ],
    "meetings.plan_check": [
        f"held_on=2022-10-21&begins=14:00&minutes=60&room_id=1&chair_id={n}&required_ids={n + 1}" for n in (1, 3, 5)
    ],
    "meetings.plan": ["like=1&carry=people&carry=agenda", "project=1"],
    "meetings.actions": ["show=all", "show=done", "mine=1", f"q={HEAD}&show=all", "show=late", "show=late_done&from=2022-01-01"],
    "meetings.deadline": ["working_days=3"],
    "supervision.board": ["by=person"],
    "supervision.ranking": ["year=2021"],
    "lights.board": ["month=2022-09", "light=yellow&month=2022-09", "list=city", "year=2021"],
    "lights.history": ["year=2022", "year=2021"],
    "companies.index": [f"q={HEAD}", f"q={CREDIT_CODE[:8]}", "place=海南省"],
    "companies.new": [f"name={HEAD}"],
    "claims.queue": ["state=verified", "state=returned", "state=reversed", "kind=arrival"],
    "audit.index": ["show=changes", "show=changes&what=project", "show=changes&what=contact", "what=export"],
    "cockpit.show": ["month=2022-09", "month=2022-10", "trend=count"],
    "figures.index": ["month=2022-09"],
    "figures.export": ["month=2022-09"],
    "briefing_layout.sheet": ["preview=1&month=2022-09", "preview=1&month=2022-10"],
    "briefings.compare": ["from=2022-08&to=2022-09", "from=2022-09&to=2022-10"],
    "home.today": ["day=2022-10-21", "show=all"],
    "settings.changes": [""],
    "notices.index": ["after=0.1700000000.1", "after=1.0.1"],
    "notices.daily": ["day=2022-09-21", "day=2022-10-21"],
    "projects.show": [*(f"show={part}" for part in ("comments", "edits", "files", "talks")), "order=oldest",
        "view=every&sort=name",
    ],
    "pool.index": ["band=large", "band=medium"],
    "plans.index": ["year=2022", "year=2022&missing=1", "year=2022&list=city", "year=2021", "year=2022&before=end"],
    "pool.transfers": ["show=sent"],
    "merges.projects": [f"q={HEAD}", "gone=2"],
    "merges.companies": [f"q={HEAD}", "gone=2"],
    "alike.projects": [
        f"name={HEAD}", f"name={SECRET}项目", f"company={SECRET}公司", f"credit_code={CREDIT_CODE}", "name=juemijia", "name=jmj",
    ],
    "alike.companies": [f"name={HEAD}", f"name={SECRET}公司", f"name=甲&credit_code={CREDIT_CODE}", "name=juemijia"],
    "collisions.index": ["state=open", "state=ruled", "state=final", "state=dismissed", "state=appealed"],
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


@pytest.mark.parametrize("investor", [{"company": f"{SECRET}公司"}, {"credit_code": CREDIT_CODE}])
def test_naming_its_investor_does_not_open_the_company(session, client_for, secret, other_officer, investor):
    form = {"name": "打探项目", "capital_kind": "domestic", "company": "另一家公司", **investor}
    answer = client_for(other_officer).post("/projects/new", data=form)
    assert (
        answer.status_code == 303 and MARK not in answer.text
    )  # as for any investor: nothing tells that this one is known
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


# ------------------------------------------------------------------------------------- what many rows go out or change by

EXPORTS = ["view=every", f"view=every&q={HEAD}", "view=every&fields=shown&cols=name,code,company,site,lead&sort=company",
           "view=every&c=1:secret:yes:", "view=every&only=ticked", "only=ticked"]  # fmt: skip
OF_ONE = frozenset(  # one new row, or one's own account and office: tried by tests of their own, above or beside their topic
    {
        "activities.new", "companies.new", "imports.upload", "account.accept", "account.me", "account.keys",
        "account.language", "notices.reminders", "meetings.new", "notices.read_all", "projects.new", "settings.index",
        "settings.calendar", "settings.clear_day", "settings.paste_calendar", "settings.rates", "settings.targets",
        "settings.copy_targets",
        "account.sign_in", "account.sign_out", "users.new", "saved_views.index",
        "meetings.absences", "meetings.assign_alone", "meetings.plan", "meetings.rooms", "feeds.index", "invitations.read",
        "answers.show",
        # A month as a whole, by who may see every figure; what it shows of secret projects: tests/views/test_briefings.py.
        "briefings.make", "briefings.check", "briefings.reopen", "briefings.issue", "briefings.remark",
        # How the briefing is laid out; its preview is the circulated copy: tests/views/test_briefing_layout.py.
        "briefing_layout.arrange", "briefing_layout.add_sheet", "briefing_layout.sheet", "briefing_layout.remove_sheet",
        "briefing_layout.restore", "briefing_layout.upload_template", "briefing_layout.drop_template",
    }
)  # fmt: skip


def _many(secret):
    """(endpoint, path, form) of every request that names many rows at once, with the secret ones among them."""
    keys, project, beside = secret.keys, secret.keys["project_id"], secret.beside["project_id"]
    ids = {"ids": [project, beside]}
    for query in EXPORTS:
        yield "projects.export", f"/projects.xlsx?{quote(query, safe='=&-,:')}", ids
    change = {"investment_form": "new", "planned_start_on": "2022-12-01", "follow": "y"}
    for query in ("all=1&view=every", f"all=1&view=every&q={quote(HEAD)}", f"ids={project}&ids={beside}"):
        yield "project_bulk.change", f"/projects/bulk?{query}", change
    yield "plans.export", "/plans.xlsx?year=2022", {}
    for deed in ("check", "verify"):
        yield "monthly.decide", "/monthly/review?month=2022-09", {"deed": deed, "ids": [keys["report_id"]]}
    filled = {
        "deed": "submit",
        f"p{project}-completed_yuan": "1",
        f"p{project}-progress": "改写",
        f"p{project}-version": "1",
    }
    yield "monthly.keep", "/monthly?month=2022-09", filled
    yield "claims.verify_some", "/claims/verify", {"claim": [keys["claim_id"]]}
    yield "claims.verify_batch", f"/claims/batch/{secret.batch_id}/verify", {}
    rows = [f"{kind}-{keys[f'{kind}_id']}" for kind in ("activity", "meeting", "contact", "company", "file", "comment")]
    for row in rows:
        yield "trash.restore_some", "/trash/restore", {"row": [row]}
    for kind in ("project", "company", "contact", "activity", "meeting"):
        yield "search.visit", "/visits", {"kind": kind, "row_id": keys[f"{kind}_id"]}


@pytest.fixture
def secret_batch(session, secret):
    """The secret project again, its waiting claim of a ledger's, and something of every kind of it in the trash."""
    batch = make.add(
        session,
        ImportBatch(
            filename="台账.xlsx",
            options={},
            counts={},
            digest="0" * 64,
            size_bytes=1,
            uploaded_at=SEPTEMBER,
            uploaded_by_id=secret.keeper.id,
        ),
    )
    session.get(Claim, secret.keys["claim_id"]).batch_id = batch.id
    for model, name in (
        (Activity, "activity"),
        (Meeting, "meeting"),
        (Contact, "contact"),
        (Attachment, "file"),
        (Comment, "comment"),
    ):
        session.get(model, secret.keys[f"{name}_id"]).deleted_at = SEPTEMBER
    session.commit()
    secret.batch_id = batch.id
    return secret


@pytest.mark.parametrize("login", ROLES)
def test_no_export_and_no_change_of_many_reaches_it(app, session, client_for, secret_batch, login):
    client = client_for(make.person(session, login))
    before = _secret_rows(session, secret_batch)
    for _endpoint, path, form in _many(secret_batch):
        answer = client.post(path, data=form)
        assert answer.status_code < 500, path
        for mark in (MARK, CREDIT_CODE, PHONE):
            assert mark not in (text := _without_echo(text_of(answer))), (path, _told(text, mark))
        assert _secret_rows(session, secret_batch) == before, path


def _secret_rows(session, secret):
    """What bulk actions could change: the rows of the secret project itself, its figures and what of it lies in the trash."""
    session.commit()
    found = []
    for table in Base.metadata.sorted_tables:
        if table.name not in ("notice", "change") and "project_id" in table.c:
            found += session.execute(
                table.select().where(table.c.project_id == secret.project.id).order_by(*table.primary_key)
            ).all()
    tables = Base.metadata.tables
    for name in ("project", "activity", "meeting", "contact", "company"):
        found += session.execute(tables[name].select().where(tables[name].c.id == secret.keys[f"{name}_id"])).all()
    return found


def test_who_may_does_export_and_change_it(session, client_for, secret_batch, leader):
    """The walk above means something: with the right the same requests do reach it."""
    client = client_for(leader)
    reached = {
        endpoint for endpoint, path, form in _many(secret_batch) if MARK in text_of(client.post(path, data=form))
    }
    assert reached == {"projects.export", "plans.export"}  # a leader changes nothing
    client = client_for(session.merge(secret_batch.keeper))
    for _endpoint, path, form in _many(secret_batch):
        client.post(path, data=form)
    project = session.get(Project, secret_batch.project.id)
    assert (project.investment_form, project.planned_start_on) == (InvestmentForm.NEW, date(2022, 12, 1))


def test_every_request_that_names_many_is_walked(app, secret_batch):
    walked = {endpoint for endpoint, _path, _form in _many(secret_batch)}
    posted = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "POST" in rule.methods and not any(name.endswith("_id") for name in rule.arguments)
    }
    assert posted == (walked - {"claims.verify_batch"}) | OF_ONE, "is it tried on a secret project? then name it here"
