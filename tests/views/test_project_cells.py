"""A cell of the list changed in its place: by whom, with the rules of the whole form, against a second editor."""

from __future__ import annotations

import re

import pytest

from crm.choices import SourceChannel
from crm.models import Project
from tests import factories as make

HTMX = {"HX-Request": "true"}


@pytest.fixture
def mine(session, officer):
    """The officer's own project, of 10 亿元."""
    project = make.make_project(session, "甲项目", lead=officer, total_yuan=10**9)
    session.commit()
    return project


def cell(client, project, column, **data):
    return client.post(f"/projects/{project.id}/cell/{column}", data=data, headers=HTMX)


def seen(client, project, column):
    """The form's token of what its reader has seen."""
    page = client.get(f"/projects/{project.id}/cell/{column}", headers=HTMX).text
    return re.search(r'name="seen"[^>]*value="(\d+)"', page)[1]


def test_pencils_stand_where_the_reader_may_edit(session, client_for, officer, leader, mine):
    team = make.make_project(session, "同组的项目", unit_id=officer.unit_id)
    session.commit()
    page = client_for(officer).get("/projects?view=all&cols=name,total,code").text
    cells = {int(key): row for key, row in re.findall(r'<tr data-row="(\d+)">(.*?)</tr>', page)}
    assert 'data-edit="total/total_yuan"' in cells[mine.id] and 'data-edit="code' not in page
    assert "同组的项目" in page and "data-edit" not in cells[team.id]
    assert "data-edit" not in client_for(leader).get("/projects?view=all").text


def test_a_cell_is_opened_saved_and_comes_back(session, client_for, officer, mine):
    client = client_for(officer)
    page = client.get(f"/projects/{mine.id}/cell/source", headers=HTMX).text
    assert page.lstrip().startswith("<td") and f'id="cell-{mine.id}-source_channel"' in page and "autofocus" in page
    assert 'name="total_yuan"' not in page
    answer = cell(client, mine, "source", source_channel="fair", seen=seen(client, mine, "source"))
    assert answer.status_code == 200 and SourceChannel("fair").label in answer.text and "data-fresh" in answer.text
    assert session.get(Project, mine.id, populate_existing=True).source_channel is SourceChannel("fair")
    shown = client.get(f"/projects/{mine.id}/cell/source?show=1", headers=HTMX)
    assert "<form" not in shown.text and SourceChannel("fair").label in shown.text


def test_without_scripts_the_pencil_leads_to_the_field(client_for, officer, mine):
    answer = client_for(officer).get(f"/projects/{mine.id}/cell/jobs")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/projects/{mine.id}/edit#jobs_count")


@pytest.mark.parametrize(("column", "data", "words"), [
    ("jobs", {"jobs_count": "很多"}, 'value="很多"'),
    ("fixed", {"fixed_yuan": "11"}, 'value="11"'),
    ("sign", {"expected_sign_on": "明天"}, "不是日期"),
    ("company", {"investor": "没有的公司"}, "没有找到"),
    ("total", {"total_yuan": ""}, "不能清空"),
])  # fmt: skip
def test_a_refusal_stands_in_the_cell_and_keeps_what_was_typed(client_for, officer, mine, column, data, words):
    client = client_for(officer)
    answer = cell(client, mine, column, seen=seen(client, mine, column), **data)
    assert answer.status_code == 422 and "field-error" in answer.text and words in answer.text


def test_a_doubtful_unit_asks_and_is_then_believed(session, client_for, officer, mine):
    client = client_for(officer)
    data = {"total_yuan": "50000", "seen": seen(client, mine, "total")}
    asked = cell(client, mine, "total", **data)
    assert asked.status_code == 422 and 'name="confirmed"' in asked.text and 'value="50000"' in asked.text
    assert cell(client, mine, "total", confirmed="y", **data).status_code == 200
    assert session.get(Project, mine.id, populate_existing=True).total_yuan == 50_000 * 10**8


def test_a_second_editor_is_told_in_words_and_then_means_it(session, client_for, officer, team_lead, mine):
    client, lead = client_for(officer), client_for(team_lead)
    began = seen(client, mine, "site")
    assert cell(lead, mine, "site", site="三号地", seen=seen(lead, mine, "site")).status_code == 200
    answer = cell(client, mine, "site", site="五号地", seen=began)
    assert (
        answer.status_code == 409
        and f"{team_lead.name}刚改成“三号地”" in answer.text
        and 'value="五号地"' in answer.text
    )
    told = re.search(r'name="seen"[^>]*value="(\d+)"', answer.text)[1]
    assert cell(client, mine, "site", site="五号地", seen=told).status_code == 200
    assert session.get(Project, mine.id, populate_existing=True).site == "五号地"


def test_nobody_edits_what_is_not_his_or_not_a_cells(session, client_for, officer, other_officer, leader, mine):
    secret = make.make_project(session, "密项目", is_secret=True)
    session.commit()
    assert cell(client_for(officer), secret, "jobs", jobs_count="3").status_code == 404
    assert cell(client_for(other_officer), mine, "jobs", jobs_count="3").status_code == 404
    assert cell(client_for(leader), mine, "jobs", jobs_count="3").status_code == 403
    assert client_for(leader).get(f"/projects/{mine.id}/cell/jobs", headers=HTMX).status_code == 403
    for column in ("code", "lead", "nonsense"):
        assert cell(client_for(officer), mine, column).status_code == 404
