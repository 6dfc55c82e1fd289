"""Ledgers brought in: what is found, what is written, by whom it counts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlalchemy import event, func, select

from crm.actions import verdicts
from crm.actions.imports import apply as applying
from crm.actions.imports import batches, rows
from crm.choices import (
    BatchState,
    ClaimKind,
    ClaimState,
    ContractKind,
    Currency,
    MemberRole,
    MoneyKind,
    RowDecision,
    RowResult,
    Stage,
    Status,
)
from crm.errors import Clash, NotAllowed, RuleBroken
from crm.extensions import db
from crm.models import (
    Change,
    Claim,
    Company,
    Contract,
    ExchangeRate,
    ImportBatch,
    MoneyEntry,
    Project,
    ProjectMember,
    StageMove,
    StatusChange,
    User,
)
from crm.queries import claims as claim_queries
from crm.queries.people import actor_of
from crm.rules.importing.decision import OUT_OF_SIGHT, Choice
from crm.rules.names import company_key, project_key
from crm.sheets import UnreadableFile
from tests import factories as make
from tests.actions.imported import (
    COLUMNS,
    GUILIN,
    NINGXIA,
    PIPELINES,
    bring,
    check,
    counts,
    ledger,
    row,
    rows_of,
)

YI = 100_000_000


@pytest.fixture
def folder(tmp_path):
    return tmp_path


@pytest.fixture
def write(session, folder, now):
    """`write(user, file)` brings a ledger in and writes it; doubtful rows are left out."""

    def go(user, file, **options):
        actor, batch = bring(session, user, file, folder, **options)
        applying.apply(session, actor, batch, now, leave_undecided=True)
        return batch

    return go


def known_project(session, name, investor="霁澜演示科技有限公司", **more):
    """A project as the pages register it, with the keys that matching needs."""
    company = make.make_company(session, investor, name_key=company_key(investor)) if investor else None
    return make.make_project(
        session, name, name_key=project_key(name), company_id=company.id if company else None, **more
    )


def one(session, name):
    return session.scalars(select(Project).where(Project.name == name)).one()


# ------------------------------------------------------------------------------------------------------- the real files


@pytest.mark.parametrize(
    ("file", "written", "total_yuan", "left"),
    [
        (GUILIN, 52, 69_797_321_000, {}),
        (NINGXIA, 199, 0, {"skipped": 11}),  # eleven names stand on two sheets
        (PIPELINES, 475, 1_011_317_231_460, {"skipped": 1, "failed": 2}),  # of 6 billion one row repeats another
    ],
)
def test_a_published_ledger_written_twice(session, write, statistician, file, written, total_yuan, left):
    first = write(statistician, file)
    assert first.counts["results"] == {"created": written, **left}
    total = select(func.coalesce(func.sum(MoneyEntry.amount_yuan), 0)).where(
        MoneyEntry.kind == MoneyKind.PLAN, MoneyEntry.currency == Currency.CNY
    )
    assert session.scalar(total) == total_yuan
    before = counts(session)
    again = write(statistician, file)
    results = again.counts["results"]
    assert results["unchanged"] == sum(results.values()) - results.get("failed", 0)
    assert counts(session) == before


def test_foreign_totals_wait_for_a_rate_and_are_never_added(session, write, statistician):
    write(statistician, PIPELINES)
    assert not session.scalar(select(func.count(MoneyEntry.id)).where(MoneyEntry.currency == Currency.USD))
    session.add(ExchangeRate(currency=Currency.USD, rate_on=date(2022, 10, 1), rate=7))
    again = write(statistician, PIPELINES)
    assert again.counts["results"]["updated"] == 2
    dollars = session.scalars(select(MoneyEntry).where(MoneyEntry.currency == Currency.USD)).all()
    assert {(entry.amount, entry.amount_yuan) for entry in dollars} == {
        (1_040_000_000, 7_280_000_000),
        (1_555_300_000, 10_887_100_000),
    }


# ----------------------------------------------------------------------------------------------------------- who may say


def test_what_cannot_be_read_is_refused_and_leaves_nothing(session, acting, officer, folder, now):
    with pytest.raises(UnreadableFile, match="空"):
        batches.upload(session, acting(officer), "台账.xlsx", b"", folder, now)
    assert not list(folder.iterdir()) and not session.scalar(select(func.count(ImportBatch.id)))


@pytest.mark.parametrize("login", ["leader", "admin", "coordinator", "agent", "auditor"])
def test_who_may_not_import(session, acting, folder, now, login):
    with pytest.raises(NotAllowed):
        batches.upload(session, acting(make.person(session, login)), "台账.xlsx", ledger(row("甲")), folder, now)


def test_only_the_uploader_goes_on_with_a_batch(session, acting, officer, statistician, folder, now):
    _, batch = bring(session, officer, ledger(row("甲项目")), folder)
    with pytest.raises(NotAllowed):
        applying.apply(session, acting(statistician), batch, now)


SIGNED = row("澜芯减速器项目", 总投资=12, 接洽="2022-03-15", 项目阶段="已签约", 签约="2022-09-08")


def test_a_statisticians_ledger_is_verified_history(session, write, statistician, now):
    batch = write(statistician, ledger(SIGNED))
    project = one(session, "澜芯减速器项目")
    claim = session.scalars(select(Claim)).one()
    assert (claim.kind, claim.state, claim.happened_on) == (ClaimKind.SIGNING, ClaimState.VERIFIED, date(2022, 9, 8))
    assert (claim.reported_by_id, claim.verified_by_id, claim.verified_at) == (None, statistician.id, now)
    assert claim.batch_id == project.batch_id == batch.id
    assert (project.stage, project.stage_since_on, project.total_yuan) == (Stage.SIGNED, date(2022, 9, 8), 12 * YI)
    contract = session.scalars(select(Contract)).one()
    assert (contract.kind, contract.signed_on, contract.claim_id) == (ContractKind.FORMAL, date(2022, 9, 8), claim.id)
    amounts = {entry.kind: entry.amount_yuan for entry in session.scalars(select(MoneyEntry))}
    assert amounts == {MoneyKind.PLAN: 12 * YI, MoneyKind.CONTRACT: 12 * YI}
    log = session.scalars(select(StageMove).order_by(StageMove.moved_on)).all()
    assert [(move.from_stage, move.to_stage, move.moved_on, move.claim_id) for move in log] == [
        (None, Stage.NEGOTIATION, date(2022, 3, 15), None),
        (Stage.NEGOTIATION, Stage.SIGNED, date(2022, 9, 8), claim.id),
    ]


def test_an_officers_ledger_is_reported_and_counts_once_somebody_else_verifies(
    session, write, acting, officer, statistician, now
):
    write(officer, ledger(SIGNED))
    project, claim = one(session, "澜芯减速器项目"), session.scalars(select(Claim)).one()
    assert (claim.state, claim.reported_by_id, claim.verified_at) == (ClaimState.REPORTED, officer.id, None)
    assert (project.stage, project.unit_id) == (Stage.NEGOTIATION, officer.unit_id)
    lead = session.scalars(select(ProjectMember)).one()
    assert (lead.user_id, lead.role) == (officer.id, MemberRole.LEAD)
    waiting = session.scalars(claim_queries.visible_to(acting(statistician)).where(Claim.id == claim.id)).one()
    verdicts.verify(session, acting(statistician), waiting, now + timedelta(hours=1))
    assert (project.stage, project.stage_since_on) == (Stage.SIGNED, date(2022, 9, 8))


def test_an_officer_cannot_bring_verified_history(session, officer, folder, now):
    actor, batch = bring(session, officer, ledger(SIGNED), folder, verified=True)
    with pytest.raises(NotAllowed):
        applying.apply(session, actor, batch, now)


def test_a_statistician_may_only_report_too(session, write, statistician):
    write(statistician, ledger(SIGNED), verified=False)
    claim = session.scalars(select(Claim)).one()
    assert (claim.state, claim.reported_by_id) == (ClaimState.REPORTED, statistician.id)


def test_a_framework_agreement_is_no_signing(session, write, statistician):
    header = ("序号", "项目名称", "投资方", "项目阶段", "协议类型", "签约日期")
    cells = {
        "项目名称": "甲园",
        "投资方": "乙公司",
        "项目阶段": "在谈",
        "协议类型": "框架协议",
        "签约日期": "2022-08-30",
    }
    write(statistician, ledger(cells, header=header))
    assert session.scalars(select(Claim.kind)).all() == [ClaimKind.CONTRACT]
    assert session.scalars(select(Contract.kind)).all() == [ContractKind.FRAMEWORK]


def test_a_lost_project(session, write, statistician):
    write(statistician, ledger(row("澜芯减速器项目", 接洽="2022-03-15", 项目阶段="已流失")))
    assert one(session, "澜芯减速器项目").status is Status.LOST
    assert session.scalars(select(StatusChange.to_status)).all() == [Status.LOST]


def test_a_stage_without_a_day_waits_for_consent(session, statistician, folder, now):
    actor, batch = bring(session, statistician, ledger(row("甲项目", 项目阶段="在谈")), folder)
    assert batch.counts["tally"]["undated"] == 1
    batches.choose(session, actor, batch, batches.settings_of(batch).allowing_undated(), batch.options["hints"], now)
    check(session, actor, batch, folder)
    assert "undated" not in batch.counts["tally"]
    applying.apply(session, actor, batch, now)
    assert (one(session, "甲项目").stage, one(session, "甲项目").stage_since_on) == (
        Stage.NEGOTIATION,
        date(2022, 10, 20),
    )


# --------------------------------------------------------------------------------------------------------- updating


def test_an_update_writes_only_what_the_row_says(session, write, statistician):
    industry = make.make_industry(session, "智能制造")
    project = known_project(session, "澜芯减速器项目", content="原有内容", industry_id=industry.id)
    batch = write(statistician, ledger(row("澜芯减速器项目", 总投资=7.5)))
    assert batch.counts["results"] == {"updated": 1}
    assert (project.content, project.industry_id, project.total_yuan) == ("原有内容", industry.id, 750_000_000)
    change = session.scalars(select(Change)).one()
    assert (change.column_name, change.old, change.new) == ("total_yuan", "350000000", "750000000")
    assert (change.by_id, change.batch_id, change.project_id) == (statistician.id, batch.id, project.id)


@pytest.mark.parametrize(
    ("mode", "results"),
    [
        ("both", {"created": 1, "updated": 1}),
        ("create", {"created": 1, "skipped": 1}),
        ("update", {"updated": 1, "skipped": 1}),
    ],
)
def test_modes(session, write, statistician, mode, results):
    known_project(session, "澜芯减速器项目")
    batch = write(statistician, ledger(row("澜芯减速器项目", 总投资=7.5), row("启衡电机园", 总投资=2)), mode=mode)
    assert batch.counts["results"] == results


def test_a_code_finds_its_project_whatever_it_is_called_now(session, write, statistician):
    project = known_project(session, "澜芯减速器项目")
    header = ("序号", "项目编号", "项目名称", "投资方")
    cells = {"项目编号": project.code, "项目名称": "澜芯精密减速器项目", "投资方": "霁澜演示科技有限公司"}
    write(statistician, ledger(cells, header=header))
    assert (project.name, project.name_key) == ("澜芯精密减速器项目", project_key("澜芯精密减速器项目"))


def test_an_officer_updates_what_is_his_and_nothing_else(session, write, officer):
    mine = known_project(session, "澜芯减速器项目", lead=officer)
    colleagues = known_project(session, "启衡电机园", "启衡电气有限公司")  # the officer's team, another's project
    batch = write(officer, ledger(row("澜芯减速器项目", 总投资=7), row("启衡电机园", "启衡电气有限公司", 总投资=7)))
    assert batch.counts["results"] == {"updated": 1, "skipped": 1}
    assert (mine.total_yuan, colleagues.total_yuan) == (700_000_000, 350_000_000)
    assert rows_of(session, batch)[1].result_note == "库中已有，不是上传人可以修改的项目"


def test_one_investor_of_many_rows_is_made_once(session, write, statistician):
    write(
        statistician,
        ledger(
            row("甲园", "澜芯传动（上海）有限公司"),
            row("乙园", "澜芯传动(上海) 有限公司", 统一="91310000MA1FL3K83H"),
            row("丙园", "澜芯传动（上海）有限责任公司"),
        ),
    )
    company = session.scalars(select(Company)).one()
    assert company.credit_code == "91310000MA1FL3K83H"
    assert session.scalars(select(Project.company_id).distinct()).all() == [company.id]


def test_a_project_changed_since_the_preview_is_not_written(session, statistician, folder, now):
    project = known_project(session, "澜芯减速器项目")
    actor, batch = bring(session, statistician, ledger(row("澜芯减速器项目", 总投资=7), row("启衡电机园")), folder)
    project.content = "刚刚改过"
    session.flush()
    assert applying.apply(session, actor, batch, now) == {"failed": 1, "created": 1}
    assert project.total_yuan == 350_000_000 and "有变" in rows_of(session, batch)[0].result_note


def test_a_project_registered_since_the_preview_is_not_doubled(session, statistician, folder, now):
    actor, batch = bring(session, statistician, ledger(row("澜芯减速器项目")), folder)
    known_project(session, "澜芯减速器项目")
    assert applying.apply(session, actor, batch, now) == {"failed": 1}


# ----------------------------------------------------------------------------------------------------- likely doubles


@pytest.fixture
def doubtful(session, statistician, folder):
    """A row much like a project of the register."""
    project = known_project(
        session, "澜芯精密减速器总部基地", "澜芯传动科技（上海）有限公司", content="原有内容", total_yuan=12 * YI
    )
    file = ledger(row("澜芯减速器总部项目", "澜芯传动科技（上海）", 总投资=12, 产业="智能制造"))
    make.make_industry(session, "智能制造")
    actor, batch = bring(session, statistician, file, folder)
    return project, actor, batch, rows_of(session, batch)[0]


def test_a_likely_double_is_asked_about_and_holds_the_batch_up(session, doubtful, now):
    project, actor, batch, line = doubtful
    assert (line.decision, line.match_id, line.match_percent) == (RowDecision.ASK, project.id, 90)
    assert line.content["offered"][0]["reasons"] == ["名称相近（77%）", "投资方相同", "总投资相同"]
    with pytest.raises(RuleBroken, match="还有 1 行疑似重复待定"):
        applying.apply(session, actor, batch, now)


@pytest.mark.parametrize(
    ("choice", "result", "projects"),
    [(Choice.SAME, RowResult.UPDATED, 1), (Choice.OTHER, RowResult.CREATED, 2), (Choice.SKIP, RowResult.SKIPPED, 1)],
)
def test_a_likely_double_decided(session, doubtful, folder, now, choice, result, projects):
    project, actor, batch, line = doubtful
    chosen = project.id if choice is Choice.SAME else None
    rows.choose_row(session, actor, batch, line, choice, chosen, folder)
    assert not batch.counts["tally"].get("ask")
    applying.apply(session, actor, batch, now)
    assert line.result is result and session.scalar(select(func.count(Project.id))) == projects
    filled = choice is Choice.SAME
    assert (project.name, project.content, project.industry_id is not None) == (
        "澜芯精密减速器总部基地",
        "原有内容",
        filled,
    )


def test_a_decision_can_be_taken_back(session, doubtful, folder):
    _, actor, batch, line = doubtful
    rows.choose_row(session, actor, batch, line, Choice.SKIP, None, folder)
    assert line.decision is RowDecision.SKIP and batch.counts["tally"] == {"rows": 1, "skip": 1}
    rows.choose_row(session, actor, batch, line, None, None, folder)
    assert line.decision is RowDecision.ASK


def test_a_project_that_was_not_offered_cannot_be_chosen(session, doubtful, folder):
    _, actor, batch, line = doubtful
    other = known_project(session, "完全不同的冷链园", "星渡供应链有限公司")
    with pytest.raises(RuleBroken, match="相近项目里选"):
        rows.choose_row(session, actor, batch, line, Choice.SAME, other.id, folder)


def test_two_rows_about_one_project_become_one(session, statistician, folder, now):
    file = ledger(row("澜芯减速器项目", 接洽="2022-03-15"), row("澜芯减速器 项目", 总投资=3), row("启衡电机园"))
    actor, batch = bring(session, statistician, file, folder)
    assert [line.decision for line in rows_of(session, batch)] == [
        RowDecision.CREATE,
        RowDecision.ASK,
        RowDecision.CREATE,
    ]
    assert rows.choose_rest(session, actor, batch, Choice.SAME, folder) == 1
    assert applying.apply(session, actor, batch, now) == {"created": 2, "updated": 1}
    assert rows_of(session, batch)[1].result_note == "并入“第 2 行”"
    assert one(session, "澜芯减速器项目").total_yuan == 3 * YI


def test_of_a_secret_project_nothing_is_told(session, officer, statistician, folder, now):
    for name in ("翰翎机载处理机项目", "朗弈电源芯片项目"):
        known_project(session, name, None, is_secret=True, content="机密内容")
    file = ledger(row("翰翎机载处理机项目", None, 总投资=3), row("朗弈电源芯片中试项目", None))
    for user in (officer, statistician):
        actor, batch = bring(session, user, file, folder)
        for line in rows_of(session, batch):
            assert line.decision is RowDecision.ASK and line.match_id is None and line.content["offered"] == []
            assert [finding["message"] for finding in line.content["findings"]] == [OUT_OF_SIGHT]
        assert applying.apply(session, actor, batch, now, leave_undecided=True) == {"skipped": 2}


def test_a_code_of_a_project_out_of_sight_cannot_be_taken(session, statistician, folder):
    hidden = known_project(session, "翰翎机载处理机项目", None, is_secret=True)
    header = ("序号", "项目编号", "项目名称", "投资方")
    _, batch = bring(
        session, statistician, ledger({"项目编号": hidden.code, "项目名称": "云岫碳纤维园"}, header=header), folder
    )
    (line,) = rows_of(session, batch)
    assert line.severity == "error" and "编号库中已有" in str(line.content["findings"])


# ---------------------------------------------------------------------------------------------------- cells corrected


def test_a_cell_is_corrected_and_its_row_judged_anew(session, statistician, folder, now):
    file = ledger(row("澜芯减速器项目", 总投资=26000), row("启衡电机园", 接洽="2022.13.5"))
    actor, batch = bring(session, statistician, file, folder)
    first, second = rows_of(session, batch)
    assert [line.severity for line in (first, second)] == ["error", "error"]
    rows.correct(session, actor, batch, first, {COLUMNS["总投资（亿元）"]: "2.6"}, folder)
    assert first.severity == "" and batch.counts["tally"] == {"rows": 2, "create": 1, "error": 1}
    assert first.content["cells"][str(COLUMNS["总投资（亿元）"])] == "26000"  # the file stays as it is
    assert applying.apply(session, actor, batch, now) == {"created": 1, "failed": 1}
    assert one(session, "澜芯减速器项目").total_yuan == 260_000_000
    assert second.result_note.startswith("没有 13 月")


def test_a_correction_can_make_a_row_match(session, statistician, folder):
    project = known_project(session, "澜芯减速器项目")
    actor, batch = bring(session, statistician, ledger(row("澜心减素器园")), folder)
    (line,) = rows_of(session, batch)
    rows.correct(session, actor, batch, line, {COLUMNS["项目名称"]: "澜芯减速器项目"}, folder)
    assert (line.decision, line.match_id) == (RowDecision.UPDATE, project.id)


def test_a_correction_can_make_two_rows_twins(session, statistician, folder):
    actor, batch = bring(session, statistician, ledger(row("澜芯减速器项目"), row("启衡电机园")), folder)
    line = rows_of(session, batch)[1]
    rows.correct(session, actor, batch, line, {COLUMNS["项目名称"]: "澜芯减速器项目"}, folder)
    assert line.decision is RowDecision.ASK and line.content["twin"] == ["台账", 2]


def test_corrections_survive_another_reading(session, statistician, folder, now):
    actor, batch = bring(session, statistician, ledger(row("澜芯减速器项目", 总投资=26000)), folder)
    rows.correct(session, actor, batch, rows_of(session, batch)[0], {COLUMNS["总投资（亿元）"]: "2.6"}, folder)
    batches.choose(session, actor, batch, batches.settings_of(batch), batch.options["hints"], now)
    check(session, actor, batch, folder)
    (line,) = rows_of(session, batch)
    assert line.severity == "" and line.content["entry"]["total"] == [260_000_000, "CNY"]
    assert line.content["cells"][str(COLUMNS["总投资（亿元）"])] == "26000"


def test_settings_go_over_to_the_next_file_but_not_what_was_said_of_rows(session, acting, statistician, folder, now):
    actor, batch = bring(session, statistician, ledger(row("甲项目")), folder)
    hints = {"sheets": None, "tables": {"台账": {"unit": "万元", "kinds": {"2": "项目"}}}}
    settings = batches.settings_of(batch)
    batches.choose(session, actor, batch, settings.allowing_undated(), hints, now)
    later = batches.upload(session, actor, "九月.xlsx", ledger(row("乙项目", 总投资=3)), folder, now, batch)
    assert later.options["hints"]["tables"] == {"台账": {"unit": "万元"}}
    assert not batches.settings_of(later).undated


def test_a_ledger_of_tomorrow_is_refused(session, statistician, folder, now):
    actor, batch = bring(session, statistician, ledger(row("甲项目")), folder, as_of="2022-10-21")
    with pytest.raises(RuleBroken, match="不能晚于今天"):
        batches.choose(session, actor, batch, batches.settings_of(batch), {}, now)


# ---------------------------------------------------------------------------------------------------- once, or not at all


def test_a_batch_is_written_once(session, statistician, folder, now):
    actor, batch = bring(session, statistician, ledger(row("甲项目")), folder)
    applying.apply(session, actor, batch, now)
    with pytest.raises(Clash, match="已写入"):
        applying.apply(session, actor, batch, now)
    with pytest.raises(Clash):
        rows.correct(session, actor, batch, rows_of(session, batch)[0], {1: "乙"}, folder)


def test_two_clicks_write_once(app, session, statistician, folder, now):
    """Two transactions on one batch: one writes it, the other is told."""
    _, batch = bring(session, statistician, ledger(row("甲项目"), row("乙园")), folder)
    session.commit()
    key, user_id = batch.id, statistician.id
    session.rollback()
    gate = Barrier(2, timeout=60)

    def attempt(_: int) -> str:
        with app.app_context():
            mine = db.session()
            actor = actor_of(mine, mine.get(User, user_id))
            mine.rollback()
            gate.wait(10)
            try:
                applying.apply(mine, actor, mine.get(ImportBatch, key), now)
                mine.commit()
            except Clash:
                mine.rollback()
                return "clash"
            return "written"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, range(2))) == ["clash", "written"]
    assert session.scalar(select(func.count(Project.id))) == 2


def test_two_ledgers_at_once_never_share_a_code(app, session, statistician, officer, folder, now):
    keys = []
    for user, name in ((statistician, "甲项目"), (officer, "乙园")):
        _, batch = bring(session, user, ledger(row(name), row(f"{name}扩建")), folder)
        keys.append((batch.id, user.id))
    session.commit()
    gate = Barrier(2, timeout=60)

    def attempt(key: tuple[int, int]) -> None:
        with app.app_context():
            mine = db.session()
            actor = actor_of(mine, mine.get(User, key[1]))
            mine.rollback()
            gate.wait(10)
            applying.apply(mine, actor, mine.get(ImportBatch, key[0]), now)
            mine.commit()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(attempt, keys))
    assert session.scalar(select(func.count(Project.code.distinct()))) == 4


def test_a_crash_in_the_middle_leaves_nothing(session, statistician, folder, now):
    actor, batch = bring(session, statistician, ledger(SIGNED, row("乙园", 总投资=3)), folder)
    session.commit()
    before = counts(session)

    def crash(_connection, _cursor, statement, *_rest):
        if statement.startswith("INSERT INTO money_entry"):
            raise RuntimeError("the machine stopped here")

    event.listen(session.get_bind(), "before_cursor_execute", crash)
    try:
        with pytest.raises(RuntimeError):
            applying.apply(session, actor, batch, now)
    finally:
        event.remove(session.get_bind(), "before_cursor_execute", crash)
    session.rollback()
    assert counts(session) == before and session.get(ImportBatch, batch.id).state is BatchState.PREVIEWED
