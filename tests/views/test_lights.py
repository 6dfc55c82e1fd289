"""The board of lights, one project's history, a light set by hand, and the letter about a red one, through the real client."""

from __future__ import annotations

import re
from datetime import date
from html import unescape

import pytest
from sqlalchemy import select

from crm.choices import BriefingState, ClaimKind, KeyList, Light, MoneyKind
from crm.models import AnnualPlan, BriefingIssue, LightOverride, SupervisionLetter
from crm.rules.days import Month, start_of
from crm.views import lights
from reports.briefing import codec, render, text
from reports.briefing.collect import collect
from reports.briefing.facts import Section
from tests import factories as make

SEPTEMBER = Month(2022, 9)
B, G, Y, R = Light.BLUE, Light.GREEN, Light.YELLOW, Light.RED
TODAY = date(2022, 10, 20)


@pytest.fixture
def project(session, officer):
    """On schedule up to July, then nothing: yellow in August, red from September on."""
    project = make.make_project(session, "演示压缩机项目", officer)
    make.make_listing(session, project, KeyList.CITY)
    make.make_plan(session, project)
    for number in range(1, 8):
        day = date(2022, number, 25)
        claim = make.make_claim(session, project, ClaimKind.COMPLETION, day)
        make.make_money(session, project, MoneyKind.COMPLETED, 10_000_000, day, claim)
    session.commit()
    return project


def page_of(client, address, status=200):
    answer = client.get(address)
    assert answer.status_code == status, answer.get_data(as_text=True)[:400]
    return answer.get_data(as_text=True)


def month_of(page, number):
    """The part of the history that speaks of a month."""
    return re.search(rf'<section class="card light-month" id="m{number}".*?</section>', page, re.DOTALL)[0]


def seen(page, number):
    return re.search(rf'name="m{number}-seen"[^>]*value="([^"]*)"', page)[1]


def freeze(session, month, by, state=BriefingState.CHECKED):
    """Check the month: its facts as they are now."""
    briefing = collect(session, month, "云湖经开区", "招商局", start_of(TODAY))
    row = BriefingIssue(
        month=month.first, year=month.year, state=state, facts=codec.to_json(briefing), checked_by_id=by.id
    )
    session.add(row)
    session.commit()


def test_the_board_counts_and_leads_to_the_history(client_for, project, leader):
    client = client_for(leader)
    page = page_of(client, "/lights")
    assert "演示压缩机项目" in page and f"/projects/{project.id}/lights?year=2022#m9" in page
    assert 'aria-label="2022年9月红 1 个"' in page and 'aria-label="2022年8月黄 1 个"' in page
    assert "演示压缩机项目" in page_of(client, "/lights?month=2022-08&light=yellow")
    other = page_of(client, "/lights?month=2022-08&light=red")
    assert "演示压缩机项目" not in other and "没有符合条件" in other
    assert "没有你能看到的重点项目" in page_of(client, "/lights?year=2021").replace("还没有你", "没有你")
    assert "演示压缩机项目" in page_of(client, "/lights?list=city") and "没有符合条件" in page_of(
        client, "/lights?list=district"
    )
    page_of(client, "/lights?year=1900", 404)


def test_a_year_that_has_not_begun_says_so(client_for, project, leader):
    for address in ("/lights?year=2023&list=city", f"/projects/{project.id}/lights?year=2023"):
        page = page_of(client_for(leader), address)
        assert "2023 年还没有开始" in page and "year=2022" in page and "/plans" in page
        page_of(client_for(leader), address.replace("2023", "2101"), 404)


def test_every_project_of_a_long_board_is_reached(session, client_for, project, officer, leader, monkeypatch):
    monkeypatch.setattr(lights, "PAGE", 4)
    names = {f"演示{n}" for n in range(9)}
    for name in sorted(names):
        other = make.make_project(session, name, officer)
        make.make_listing(session, other)
        make.make_plan(session, other)
    session.commit()

    def walk(way, address):
        found, pages = [], 0
        while address:
            page = page_of(client_for(leader), address)
            found.append(re.findall(r'<th scope="row"><a class="main-link[^>]*title="([^"]+)"', page))
            link = re.search(rf'href="([^"]+)" rel="{way}"', page)
            address, pages = link and unescape(link[1]), pages + 1
            assert 'aria-label="2022年9月红 10 个"' in page and pages < 5  # counted over all pages
        return found

    forth, back = walk("next", "/lights"), walk("prev", "/lights?before=end")
    assert [len(page) for page in forth] == [4, 4, 2] and {*names, "演示压缩机项目"} == {n for p in forth for n in p}
    assert [name for part in forth for name in part] == [name for part in reversed(back) for name in part]
    assert forth[0][0] in page_of(client_for(leader), "/lights?after=nonsense")


def test_the_history_says_why(client_for, project, officer):
    page = page_of(client_for(officer), f"/projects/{project.id}/lights")
    august, september = month_of(page, 8), month_of(page, 9)
    assert "light-yellow" in august and "欠序时8.3个百分点" in august and "未报送，沿用上月累计" in august
    assert "light-red" in september and "−16.7" in september and "按今天已核定的数据计算" in september
    assert "调整亮灯" not in page and "发督办函" not in page  # not hers to do


def test_set_by_hand_it_is_shown_everywhere(session, client_for, project, statistician, leader, officer):
    client = client_for(statistician)
    page = page_of(client, f"/projects/{project.id}/lights")
    data = {"m8-light": "red", "m8-reason": "约谈后未见起色", "m8-seen": seen(page, 8)}
    answer = client.post(f"/projects/{project.id}/lights/2022-08", data=data)
    assert (answer.status_code, answer.location) == (303, f"/projects/{project.id}/lights?year=2022#m8")
    august = month_of(page_of(client_for(officer), f"/projects/{project.id}/lights"), 8)
    assert "系统黄→人工红" in august and "约谈后未见起色" in august and statistician.name in august
    assert "黄→红" in page_of(client_for(leader), "/lights")
    briefing = collect(session, Month(2022, 8), "云湖经开区", "招商局", start_of(TODAY))
    (row,) = briefing.key_projects
    assert (row.light, row.system_light, row.light_note, row.light_by) == (R, Y, "约谈后未见起色", statistician.name)
    sheet = render.table(briefing, "重点项目推进情况表")
    cells = [str(cell.value) for cell in sheet.canvas.cells.values()]
    assert "黄→红" in cells and any("亮灯系统黄→人工红" in cell for cell in cells)
    notes = [str(cell.value) for cell in render.table(briefing, "编制说明").canvas.cells.values()]
    assert any(f"系统黄→人工红，约谈后未见起色，{statistician.name}）" in cell for cell in notes)
    said = next(chapter for chapter in text.overview(briefing) if chapter.section is Section.LIGHTS)
    words = "".join(str(part if isinstance(part, str) else part.text) for p in said.paragraphs for part in p.parts)
    assert "其中人工调整1个" in words and "系统黄→人工红" in words


@pytest.mark.parametrize(
    ("login", "data", "status", "words"),
    [
        ("statistician", {"light": "green", "reason": "理由"}, 403, "只能调重"),
        ("statistician", {"light": "red", "reason": ""}, 422, "写明调整的理由"),
        ("statistician", {"light": "yellow", "reason": "照旧"}, 422, "现在就是黄灯"),
        ("statistician", {"light": "", "reason": "照旧"}, 422, "选择要亮的灯"),
        ("statistician", {"light": "violet", "reason": "照旧"}, 422, "照旧"),
        ("leader", {"light": "red", "reason": "说过了", "seen": "blue.7"}, 409, "刚有变化"),
    ],
)
def test_a_refusal_keeps_what_was_typed(session, client_for, project, login, data, status, words):
    client = client_for(make.person(session, login))
    page = page_of(client, f"/projects/{project.id}/lights")
    typed = {"seen": seen(page, 8), **data}
    answer = client.post(f"/projects/{project.id}/lights/2022-08", data={f"m8-{k}": v for k, v in typed.items()})
    page = answer.get_data(as_text=True)
    assert (
        answer.status_code == status
        and words in page
        and data["reason"] in page
        and '<details class="light-set" open' in page
    )
    assert session.scalars(select(LightOverride)).all() == []


def test_only_what_one_may_set_is_offered(client_for, project, statistician, leader):
    def offered(person, number):
        part = month_of(page_of(client_for(person), f"/projects/{project.id}/lights"), number)
        return re.findall(r'<option value="(\w+)"', part.partition(f'name="m{number}-light"')[2])

    assert offered(statistician, 8) == ["red"] and offered(statistician, 9) == []  # yellow, red
    assert offered(leader, 8) == ["blue", "green", "red"] and offered(leader, 9) == ["blue", "green", "yellow"]
    part = month_of(page_of(client_for(statistician), f"/projects/{project.id}/lights"), 9)
    assert "调整亮灯" not in part


def test_taken_back(session, client_for, project, statistician):
    client = client_for(statistician)
    history = f"/projects/{project.id}/lights"
    data = {"m8-light": "red", "m8-reason": "约谈", "m8-seen": seen(page_of(client, history), 8)}
    client.post(f"{history}/2022-08", data=data)
    token = re.search(r'name="seen" value="(yellow\.\d+)"', page_of(client, history))[1]
    assert client.post(f"{history}/2022-08/withdraw", data={"seen": token}).status_code == 303
    august = month_of(page_of(client, history), 8)
    assert "撤销或改设" in august and "light-yellow" in august and "<b>人工调整</b>" not in august
    assert client.post(f"{history}/2022-08/withdraw", data={"seen": token}).status_code == 409


def test_who_has_no_right_is_refused(session, client_for, project, officer, coordinator, other_officer):
    history = f"/projects/{project.id}/lights"
    for person in (officer, coordinator):
        data = {"m8-light": "red", "m8-reason": "约谈", "m8-seen": "yellow.0"}
        assert client_for(person).post(f"{history}/2022-08", data=data).status_code == 403
        assert client_for(person).post(f"{history}/2022-08/withdraw", data={"seen": "yellow.0"}).status_code == 403
    assert client_for(officer).post(f"{history}/2022-09/letter").status_code == 403
    project.is_secret = True
    session.commit()
    assert client_for(coordinator).get(history).status_code == 404
    assert "演示压缩机项目" not in page_of(client_for(coordinator), "/lights")


@pytest.mark.parametrize("state", [BriefingState.CHECKED])
def test_a_closed_month_keeps_its_light(session, client_for, project, statistician, leader, state):
    freeze(session, SEPTEMBER, statistician, state)
    session.add(
        AnnualPlan(project_id=project.id, year=2022, planned_yuan=80_000_000, approved_at=start_of(date(2022, 10, 5)))
    )
    session.commit()
    client = client_for(leader)
    page = page_of(client, f"/projects/{project.id}/lights")
    august, september = month_of(page, 8), month_of(page, 9)
    assert "light-blue" in august and "已冻结" not in august  # 70 of 80 against 66.7: open, computed anew
    assert "light-red" in september and "简报已核对，已冻结" in september and "−16.7" in september
    assert "按今天的数据会亮蓝灯" in september and "调整亮灯" not in september
    data = {"m9-light": "yellow", "m9-reason": "理由", "m9-seen": "blue.0"}
    answer = client.post(f"/projects/{project.id}/lights/2022-09", data=data)
    assert answer.status_code == 422 and "不能再改" in answer.get_data(as_text=True)
    board = page_of(client, "/lights")
    assert "现在计算为蓝" in board and "已冻结" in board


def test_a_letter_about_a_red_light(session, client_for, project, coordinator, officer, liaison):
    project.responsible_unit_id = make.team(session, "资规局").id
    session.commit()
    client = client_for(coordinator)
    assert client.post(f"/projects/{project.id}/lights/2022-08/letter").location.endswith("#m8")  # yellow
    assert "发督办函" in month_of(page_of(client, f"/projects/{project.id}/lights"), 9)
    answer = client.post(f"/projects/{project.id}/lights/2022-09/letter")
    letter = session.scalars(select(SupervisionLetter)).one()
    assert answer.location == f"/supervision/letters/{letter.id}" and letter.month == SEPTEMBER.first
    paper = page_of(client_for(liaison), f"/supervision/letters/{letter.id}")  # of the unit it went to
    for words in (
        "督办函〔2022〕第1号",
        "演示压缩机项目",
        "欠序时16.7个百分点",
        "2022年11月3日前书面报送赶工计划",
        "累计完成0.70亿元",
    ):
        assert words in paper
    assert "登记赶工计划" not in paper
    page = month_of(page_of(client, f"/projects/{project.id}/lights"), 9)
    assert "督办函〔2022〕第1号" in page and "已发督办函" in page_of(client, "/lights")
    assert ">发督办函" not in page and "11月3日 前报送赶工计划" in page  # not again while its plan may still come
    briefing = collect(session, SEPTEMBER, "云湖经开区", "招商局", start_of(date(2022, 10, 21)))
    assert briefing.key_projects[0].supervision == "已发督办函，须于11月3日前报送赶工计划"
    data = {"answered_on": "2022-10-20", "answer": "增加班组两个"}
    assert client.post(f"/supervision/letters/{letter.id}/answer", data=data).status_code == 303
    assert "增加班组两个" in page_of(client, f"/supervision/letters/{letter.id}")
    assert client.post(f"/supervision/letters/{letter.id}/answer", data=data).status_code == 409
    assert client_for(officer).post(f"/supervision/letters/{letter.id}/answer", data=data).status_code == 403


def test_a_letter_keeps_to_those_who_may_know(session, client_for, project, coordinator, liaison, statistician):
    project.responsible_unit_id = make.team(session, "资规局").id
    session.commit()
    client_for(coordinator).post(f"/projects/{project.id}/lights/2022-09/letter")
    letter = session.scalars(select(SupervisionLetter)).one()
    project.is_secret = True
    session.commit()
    for person in (liaison, coordinator, statistician):
        assert client_for(person).get(f"/supervision/letters/{letter.id}").status_code == 404


def test_the_number_of_statements_does_not_grow(session, client_for, project, officer, leader, count_queries):
    client = client_for(leader)
    client.get("/lights")

    def asked(address):
        with count_queries() as statements:
            client.get(address)
        return len(statements)

    board, history = asked("/lights"), asked(f"/projects/{project.id}/lights")
    for n in range(6):
        other = make.make_project(session, f"演示{n}", officer)
        make.make_listing(session, other)
        make.make_plan(session, other)
        session.add(LightOverride(project_id=other.id, month=date(2022, 3, 1), system_light=R, light=Y, reason="理由",
                                  at=make.NOW, by_id=leader.id))  # fmt: skip
    session.commit()
    assert (asked("/lights"), asked(f"/projects/{project.id}/lights")) == (board, history)
    assert board <= 20 and history <= 20


def test_the_register_of_letters(
    session, client_for, project, coordinator, statistician, officer, liaison, count_queries
):
    unit = make.team(session, "资规局")
    make.make_light_letter(session, project, unit, coordinator, 1, date(2022, 10, 19))
    waiting = make.make_light_letter(session, project, unit, coordinator, 2)
    done = make.make_light_letter(session, project, unit, coordinator, 3, date(2022, 10, 18))
    done.answered_on, done.answered_by_id = date(2022, 10, 17), coordinator.id
    secret = make.make_project(session, "涉密演示项目", make.person(session, "other_officer"), is_secret=True)
    make.make_light_letter(session, secret, make.team(session), coordinator, 4)
    session.commit()
    address = "/supervision/letters"
    page = page_of(client_for(statistician), address)
    assert (
        page.index("第3号") < page.index("第2号") < page.index("第1号")
        and "逾期 1 天" in page
        and "10月17日 收到" in page
    )
    assert "全部 3" in page and "等待回复 2" in page and "逾期未回复 1" in page and "已回复 1" in page
    assert "第4号" not in page and "涉密" not in page
    for state, shown in (("waiting", (1, 2)), ("late", (1,)), ("answered", (3,)), ("nonsense", (1, 2, 3))):
        page = page_of(client_for(liaison), f"{address}?state={state}")
        assert {n for n in range(1, 5) if f"第{n}号" in page} == set(shown)
    assert f"/supervision/letters/{waiting.id}" in page_of(client_for(officer), address)
    client = client_for(coordinator)
    with count_queries() as few:
        client.get(address)
    for serial in range(5, 12):
        make.make_light_letter(session, project, make.team(session), coordinator, serial)
    session.commit()
    with count_queries() as many:
        client.get(address)
    assert len(few) == len(many)


def test_without_letters_the_register_says_where_they_come_from(client_for, coordinator, liaison):
    assert "还没有发过督办函" in page_of(client_for(coordinator), "/supervision/letters")
    assert "还没有你能看到的督办函" in page_of(client_for(liaison), "/supervision/letters")
    assert "没有这样的督办函" in page_of(client_for(coordinator), "/supervision/letters?state=late")
