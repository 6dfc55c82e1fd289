"""月度填报 on its way: many projects filled in at once, checked, verified, only then counted; closed with the briefing."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from threading import Barrier, Thread

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from crm.actions import monthly, reminders
from crm.choices import BriefingState, ClaimKind, ClaimState, EvidenceKind, KeyList, MoneyKind, NoticeKind, ReportState
from crm.errors import Clash
from crm.models import Attachment, BriefingIssue, Claim, MonthlyReport, Notice, Project
from crm.queries.totals import Basis, Totals
from crm.rules.days import Month
from crm.rules.monthly import Entry
from crm.rules.settings import Settings
from tests import factories as make

SEPTEMBER = Month(2022, 9)
PAGE, REVIEW = "/monthly?month=2022-09", "/monthly/review?month=2022-09"
YI = 10**8


@pytest.fixture
def key_project(session, officer):
    """The officer's key project: 1.2 亿元 planned for the year, 0.3 completed and verified in August."""
    project = make.make_project(session, "演示压缩机项目", officer)
    make.make_listing(session, project, KeyList.CITY)
    make.make_listing(session, project, KeyList.PROVINCE_BATCH)
    make.make_plan(session, project)
    claim = make.make_claim(session, project, ClaimKind.COMPLETION, date(2022, 8, 25))
    make.make_money(session, project, MoneyKind.COMPLETED, 30_000_000, date(2022, 8, 25), claim)
    session.add(MonthlyReport(project_id=project.id, month=date(2022, 8, 1), state=ReportState.VERIFIED,
                              progress="桩基完成", percent=20))  # fmt: skip
    session.commit()
    return project


def typed(project, deed="submit", version="", **fields):
    values = {"completed_yuan": "0.25", "progress": "一层柱施工", "version": version, **fields}
    return {"deed": deed, **{f"p{project.id}-{name}": value for name, value in values.items()}}


def report_of(session, project):
    session.expire_all()
    rows = select(MonthlyReport).where(MonthlyReport.project_id == project.id, MonthlyReport.month == SEPTEMBER.first)
    return session.scalars(rows).one_or_none()


def completed(session):
    return Totals(session, Basis(date(2022, 10, 20)), SEPTEMBER)["completed_yuan"].month


def handed_in(session, client_for, project, officer, **fields):
    client_for(officer).post(PAGE, data=typed(project, **fields))
    return report_of(session, project)


def test_from_filling_to_the_figure(session, client_for, key_project, officer, team_lead, statistician):
    page = client_for(officer).get(PAGE).get_data(as_text=True)
    assert "演示压缩机项目" in page and "市重点、省集中开工" in page and "8月：桩基完成" in page and "0.30" in page
    answer = client_for(officer).post(PAGE, data=typed(key_project))
    report = report_of(session, key_project)
    assert answer.status_code == 303 and report.state is ReportState.REPORTED and report.completed_yuan == 25_000_000
    assert completed(session) == 0 and session.scalar(select(Claim).where(Claim.state == ClaimState.REPORTED)) is None

    client_for(statistician).post(REVIEW, data={"deed": "verify", "ids": report.id})
    assert report_of(session, key_project).state is ReportState.REPORTED  # the team lead comes first
    client_for(team_lead).post(REVIEW, data={"deed": "check", "ids": report.id})
    report = report_of(session, key_project)
    claim = session.get(Claim, report.claim_id)
    assert (report.state, claim.state, claim.reported_by_id) == (ReportState.CHECKED, ClaimState.REPORTED, officer.id)
    assert claim.happened_on == date(2022, 9, 30) and completed(session) == 0
    client_for(statistician).post(REVIEW, data={"deed": "verify", "ids": report.id})
    assert report_of(session, key_project).state is ReportState.VERIFIED and completed(session) == 25_000_000


def test_what_one_can_do_nothing_about_has_nothing_to_tick(
    session, client_for, key_project, officer, team_lead, statistician
):
    report = handed_in(session, client_for, key_project, officer)
    tick, lead, judge = f'name="ids" value="{report.id}"', client_for(team_lead), client_for(statistician)
    assert tick in lead.get(REVIEW).text and "审核所选" in lead.get(REVIEW).text
    lead.post(REVIEW, data={"deed": "check", "ids": report.id})
    page = lead.get(REVIEW).text
    assert "演示压缩机项目" in page and tick not in page and "审核所选" not in page and "退回给填报人" not in page
    assert tick in judge.get(REVIEW).text and "核定所选" in judge.get(REVIEW).text
    judge.post(REVIEW, data={"deed": "verify", "ids": report.id})
    assert tick not in judge.get(REVIEW).text and "核定所选" not in judge.get(REVIEW).text


def test_nothing_completed_is_said_and_makes_no_claim(
    session, client_for, key_project, officer, team_lead, statistician
):
    report = handed_in(session, client_for, key_project, officer, completed_yuan="0")
    client_for(team_lead).post(REVIEW, data={"deed": "check", "ids": report.id})
    client_for(statistician).post(REVIEW, data={"deed": "verify", "ids": report.id})
    report = report_of(session, key_project)
    assert (report.state, report.claim_id) == (ReportState.VERIFIED, None)


def test_a_row_with_a_fault_keeps_what_was_typed_and_holds_no_other_up(session, client_for, key_project, officer):
    other = make.make_project(session, "演示薄膜项目", officer)
    make.make_listing(session, other)
    make.make_plan(session, other, 280_000_000)
    session.commit()
    data = typed(key_project) | typed(other, completed_yuan="35", progress="设备订货", next_plan="到货")
    answer = client_for(officer).post(PAGE, data=data)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "是否把万元当亿元填了" in page and 'value="35"' in page and "到货" in page
    assert report_of(session, key_project).state is ReportState.REPORTED
    kept = report_of(session, other)
    assert (kept.state, kept.completed_yuan) == (ReportState.DRAFT, 35 * YI)
    data = typed(other, completed_yuan="35", progress="设备订货", version=str(kept.version), confirmed="y")
    assert client_for(officer).post(PAGE, data=data).status_code == 303
    assert report_of(session, other).state is ReportState.REPORTED


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"completed_yuan": "一亿"}, "不是数字"), ({"percent": "120"}, "0 到 100"), ({"progress": ""}, "写明形象进度"),
        ({"issue_class": "money"}, "是什么问题"), ({"issue_class": "nonsense"}, "Not a valid choice"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_at_its_field(session, client_for, key_project, officer, fields, words):
    answer = client_for(officer).post(PAGE, data=typed(key_project, **fields))
    assert answer.status_code == 422
    if words != "Not a valid choice":
        assert words in answer.get_data(as_text=True)
    report = report_of(session, key_project)
    assert report is None or report.state is ReportState.DRAFT


def test_a_draft_is_kept_and_last_months_words_carried(session, client_for, key_project, officer):
    page = client_for(officer).get(f"{PAGE}&carry=1").get_data(as_text=True)
    assert ">\r\n桩基完成</textarea>" in page or ">桩基完成</textarea>" in page
    client_for(officer).post(PAGE, data=typed(key_project, "save", completed_yuan="", progress="一层柱施工"))
    report = report_of(session, key_project)
    assert (report.state, report.completed_yuan, report.progress) == (ReportState.DRAFT, None, "一层柱施工")


def test_blank_rows_are_passed_over(session, client_for, key_project, officer):
    answer = client_for(officer).post(PAGE, data=typed(key_project, completed_yuan="", progress=""))
    assert answer.status_code == 303 and report_of(session, key_project) is None


def test_a_photo_goes_to_the_project(session, client_for, key_project, officer):
    png = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
    )
    data = typed(key_project) | {f"p{key_project.id}-photo": (BytesIO(png), "现场.png")}
    assert client_for(officer).post(PAGE, data=data, content_type="multipart/form-data").status_code == 303
    kept = session.scalars(select(Attachment)).one()
    assert (kept.project_id, kept.kind) == (key_project.id, EvidenceKind.PHOTO)


def test_given_back_with_a_reason_and_handed_in_anew(
    session, client_for, key_project, officer, team_lead, statistician
):
    report = handed_in(session, client_for, key_project, officer)
    client_for(team_lead).post(REVIEW, data={"deed": "check", "ids": report.id})
    first = report_of(session, key_project).claim_id
    address = f"/monthly/{report.id}/return?month=2022-09"
    assert client_for(statistician).post(address, data={"reason": ""}).status_code == 422
    assert client_for(team_lead).post(address, data={"reason": "x"}).status_code == 403  # it is the statistician's now
    assert client_for(statistician).post(address, data={"reason": "与监理月报不一致"}).status_code == 303
    report = report_of(session, key_project)
    assert report.state is ReportState.RETURNED and session.get(Claim, first).state is ClaimState.RETURNED
    notice = session.scalars(select(Notice).where(Notice.kind == NoticeKind.MONTHLY)).one()
    assert notice.user_id == officer.id and "与监理月报不一致" in notice.text
    page = client_for(officer).get(PAGE).get_data(as_text=True)
    assert "退回：与监理月报不一致" in page
    handed_in(session, client_for, key_project, officer, completed_yuan="0.2", version=str(report.version))
    client_for(team_lead).post(REVIEW, data={"deed": "check", "ids": report.id})
    client_for(statistician).post(REVIEW, data={"deed": "verify", "ids": report.id})
    report = report_of(session, key_project)
    assert report.claim_id != first and session.get(Claim, report.claim_id).replaces_id == first
    assert completed(session) == 20_000_000


def test_money_reported_on_the_project_already_is_not_reported_twice(
    session, client_for, key_project, officer, team_lead
):
    claim = make.make_claim(session, key_project, ClaimKind.COMPLETION, date(2022, 9, 25), ClaimState.REPORTED)
    make.make_money(session, key_project, MoneyKind.COMPLETED, 25_000_000, date(2022, 9, 25), claim)
    session.commit()
    report = handed_in(session, client_for, key_project, officer)
    client_for(team_lead).post(REVIEW, data={"deed": "check", "ids": report.id})
    assert report_of(session, key_project).claim_id == claim.id
    assert client_for(officer).post(PAGE, data=typed(key_project)).status_code in (303, 422)
    assert len(session.scalars(select(Claim).where(Claim.state == ClaimState.REPORTED)).all()) == 1


def test_a_team_leads_own_report_is_checked_with_it_and_verified_by_another(
    session, client_for, team_lead, statistician
):
    project = make.make_project(session, lead=team_lead)
    make.make_listing(session, project)
    session.commit()
    report = handed_in(session, client_for, project, team_lead)
    assert report.state is ReportState.CHECKED and report.claim_id is not None


def test_a_closed_month_takes_nothing_more(session, client_for, key_project, officer, team_lead, statistician):
    report = handed_in(session, client_for, key_project, officer)
    session.add(BriefingIssue(month=SEPTEMBER.first, year=2022, state=BriefingState.CHECKED, facts="{}",
                              checked_by_id=statistician.id))  # fmt: skip
    session.commit()
    assert "已锁定" in client_for(officer).get(PAGE).get_data(as_text=True)
    client_for(team_lead).post(REVIEW, data={"deed": "check", "ids": report.id})
    client_for(officer).post(PAGE, data=typed(key_project, completed_yuan="9"))
    report = report_of(session, key_project)
    assert (report.state, report.completed_yuan) == (ReportState.REPORTED, 25_000_000)


def test_a_month_is_not_filled_in_before_it_opens(session, client_for, key_project, officer):
    answer = client_for(officer).post("/monthly?month=2022-10", data=typed(key_project))
    assert answer.status_code == 422 and "2022-10-25 起填报" in answer.get_data(as_text=True)


def test_who_sees_whose(session, client_for, key_project, officer, other_officer, team_lead, leader, statistician):
    secret = make.make_project(session, "演示密项", officer, is_secret=True)
    make.make_listing(session, secret)
    session.commit()
    assert "演示压缩机项目" not in client_for(other_officer).get(PAGE).get_data(as_text=True)
    client_for(other_officer).post(PAGE, data=typed(key_project))
    assert report_of(session, key_project) is None
    handed_in(session, client_for, secret, officer)
    page = client_for(statistician).get(REVIEW).get_data(as_text=True)
    assert "演示压缩机项目" in page and "演示密项" not in page
    hidden = report_of(session, secret)
    assert client_for(statistician).post(f"/monthly/{hidden.id}/return", data={"reason": "x"}).status_code == 404
    assert client_for(leader).get(PAGE).status_code == 403 and client_for(officer).get(REVIEW).status_code == 403


def test_two_who_fill_in_the_same_lose_nothing(session, key_project, officer, acting):
    bind, start, outcome = session.get_bind(), Barrier(2, timeout=60), []
    actor, key, now = acting(officer), key_project.id, make.NOW
    session.commit()

    def work(words):
        with Session(bind) as own:
            own.connection()
            project = own.scalars(select(Project).where(Project.id == key).options(selectinload(Project.members))).one()
            own.rollback()
            start.wait()
            project = own.scalars(select(Project).where(Project.id == key).options(selectinload(Project.members))).one()
            try:
                monthly.save(own, actor, project, SEPTEMBER, Entry(progress=words), None, Settings(), now)
                own.commit()
                outcome.append(words)
            except Clash:
                own.rollback()

    threads = [Thread(target=work, args=(words,)) for words in ("甲说", "乙说")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(outcome) == 1 and report_of(session, key_project).progress == outcome[0]


def test_those_who_have_not_filled_in_are_told_once(session, key_project, officer, now):
    def told(day):
        return reminders.remind(session, [officer], day, now).get(officer.login, 0)

    def texts():
        return session.scalars(select(Notice.text).where(Notice.kind == NoticeKind.MONTHLY).order_by(Notice.id)).all()

    told(date(2022, 9, 25))
    assert texts() == []
    told(date(2022, 9, 28))
    told(date(2022, 9, 29))
    assert texts() == ["2022年9月填报 10月3日截止，你还有 1 个项目没有报。"]
    told(date(2022, 10, 5))
    assert len(texts()) == 2 and "已于 10月3日截止" in texts()[1]


def test_the_number_of_statements_does_not_grow(session, client_for, key_project, officer, statistician, count_queries):
    def count(client, page):
        with count_queries() as statements:
            assert client.get(page).status_code == 200
        return len(statements)

    mine, all_of_them = client_for(officer), client_for(statistician)
    before = count(mine, PAGE), count(all_of_them, REVIEW)
    for _ in range(8):
        project = make.make_project(session, lead=officer)
        make.make_listing(session, project)
        make.make_plan(session, project)
        session.add(MonthlyReport(project_id=project.id, month=SEPTEMBER.first, state=ReportState.REPORTED,
                                  progress="施工", reported_by_id=officer.id))  # fmt: skip
    session.commit()
    assert (count(mine, PAGE), count(all_of_them, REVIEW)) == before


def test_the_foot_owes_what_its_rows_owe_and_what_has_not_begun_is_not_judged(
    session, client_for, key_project, officer, team_lead
):
    later = make.make_project(session, "演示晚开工项目", officer)
    make.make_listing(session, later, KeyList.CITY)
    months = (*(0,) * 10, 40_000_000, 40_000_000)
    make.make_plan(session, later, 80_000_000, planned_start_on=date(2022, 11, 1), month_yuan=months)
    session.commit()
    page = client_for(officer).get(PAGE).get_data(as_text=True)
    row = page.partition(f'id="project-{later.id}"')[2].partition("</tr>")[0]
    assert '完成率">—<span class="was">—</span>' in row
    foot = page.partition("<tfoot>")[2].partition("</tfoot>")[0]
    assert "合计 2 个" in foot and '15.0%<span class="was">−30.0</span>' in foot  # 0.3 of 2.0; 0.9 was owed
    assert "连同本月累计 0.30 亿元" in foot
    client_for(officer).post(PAGE, data=typed(key_project))
    page = client_for(team_lead).get(REVIEW).get_data(as_text=True)
    foot = page.partition("<tfoot>")[2].partition("</tfoot>")[0]
    assert "合计 1 个" in foot and "0.55" in foot and "45.8% · −29.2" in foot
