"""Loading seed files: again, edited, wrong, saved by Excel; what people did in the program stays as they left it."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterator
from datetime import date, time
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from crm import seeding, storage
from crm.choices import ClaimState, Currency, IndustryGroup, MoneyKind, Role, Stage
from crm.columns import Base
from crm.errors import RuleBroken
from crm.models import (
    Activity,
    ActivityPerson,
    Attachment,
    Change,
    Claim,
    Company,
    CompanyClassMark,
    Contact,
    Contract,
    ExchangeRate,
    Holiday,
    Industry,
    MoneyEntry,
    Project,
    SeedLine,
    StageMove,
    Unit,
    User,
)
from crm.rules.days import at
from crm.rules.files import PDF, PNG, file_problem
from crm.seeding import papers
from crm.trash import WITH_DELETED
from tests import factories
from tests.conftest import NOW

SEED = Path(str(files("seed_data")))
KEPT = ("诺维森精密轴承增资扩产项目", "岑岳协作机器人整机项目", "鲲图自动驾驶测试中心")
Edit = Callable[[str, str, str, str], None]


@pytest.fixture
def empty(session: Session) -> Session:
    """A session on empty tables: without the cast, too."""
    for table in reversed(Base.metadata.sorted_tables):
        session.execute(delete(table))
    session.commit()
    return session


def lines(path: Path) -> list[dict[str, str]]:
    """A file's lines by head."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def save(path: Path, heads: list[str], rows: list[dict[str, str]], encoding: str = "utf-8-sig") -> None:
    """Write a file as Excel does."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, heads)
        writer.writeheader()
        writer.writerows(rows)


def heads(path: Path) -> list[str]:
    """The heads of a file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return next(csv.reader(file))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small seed: all reference data and people, three projects with what belongs to them, no meetings."""
    projects = [row for row in lines(SEED / "projects.csv") if row["项目名称"] in KEPT]
    codes = {row["项目编号"] for row in projects}
    investors = {row["投资方"] for row in projects}
    parents = {row["上级企业"] for row in lines(SEED / "companies.csv") if row["企业名称"] in investors}
    for source in SEED.glob("*.csv"):
        rows = lines(source)
        if source.name in ("meetings.csv", "agenda.csv", "action_items.csv", "deeds.csv"):
            rows = []
        elif source.name == "companies.csv":
            rows = [row for row in rows if row["企业名称"] in investors | parents]
        elif source.name == "contacts.csv":
            rows = [row for row in rows if row["企业"] in investors]
        elif "项目编号" in heads(source):
            rows = [row for row in rows if row["项目编号"] in codes]
        save(tmp_path / source.name, heads(source), rows)
    return tmp_path


@pytest.fixture
def edit(folder: Path) -> Edit:
    """`edit("projects.csv", "鲲图自动驾驶测试中心", "建设内容", "…")`: change a cell of the line in which a text stands."""

    def change(file: str, found_by: str, head: str, value: str) -> None:
        rows = lines(folder / file)
        next(row for row in rows if found_by in row.values())[head] = value
        save(folder / file, heads(folder / file), rows)

    return change


@pytest.fixture
def loaded(empty: Session, folder: Path) -> Session:
    """The small seed, loaded and committed."""
    seeding.load(empty, NOW, folder=folder)
    empty.commit()
    return empty


def counts(session: Session) -> dict[str, int]:
    """Rows a table."""
    tables = Base.metadata.sorted_tables
    return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def checksum(session: Session) -> str:
    """One digest over every column of every row."""
    digest = hashlib.sha256()
    for table in Base.metadata.sorted_tables:
        for row in session.execute(select(table).order_by(*table.primary_key.columns)):
            digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()


def project(session: Session, name: str = "鲲图自动驾驶测试中心") -> Project:
    """A project by name."""
    return session.scalars(select(Project).where(Project.name == name)).one()


def refusal(session: Session, folder: Path) -> str:
    """The message with which the folder is refused; nothing is left of the attempt."""
    with pytest.raises(RuleBroken) as refused:
        seeding.load(session, NOW, folder=folder)
    session.rollback()
    return refused.value.message


# ------------------------------------------------------------------------------------------------------------------ again


def test_loading_everything_twice_changes_nothing(empty: Session) -> None:
    first = seeding.load(empty, NOW)
    empty.commit()
    before = counts(empty), checksum(empty)
    second = seeding.load(empty, NOW)
    empty.commit()
    assert first["created"] > 3000
    assert second == {"unchanged": first["created"]}
    assert (counts(empty), checksum(empty)) == before


def test_reference_data_alone(empty: Session) -> None:
    seeding.load(empty, NOW, demo=False)
    filled = {name for name, count in counts(empty).items() if count}
    assert filled == {"unit", "industry", "area", "exchange_rate", "holiday", "seed_line"}


def test_the_demo_joins_what_an_office_has(session: Session, folder: Path) -> None:
    """A real office's units and namesakes stay; the demo's lines mean the demo's own people."""
    counted = seeding.load(session, NOW, folder=folder)
    team = factories.team(session)
    assert counted["present"] == 2  # two teams of that name
    assert (team.short_name, team.parent_id is None) == ("招商一组", False)
    assert project(session).registered_by_id in set(session.scalars(select(User.id).where(User.is_demo.is_(True))))


# ----------------------------------------------------------------------------------------------------------------- edited


def test_an_edited_cell_changes_its_column(loaded: Session, folder: Path, edit: Edit) -> None:
    edit("projects.csv", "鲲图自动驾驶测试中心", "建设内容", "建设封闭测试场和仿真平台。")
    counted = seeding.load(loaded, NOW, folder=folder)
    assert (counted["updated"], counted["created"]) == (1, 0)
    assert project(loaded).content == "建设封闭测试场和仿真平台。"


def test_an_edited_line_leaves_what_people_changed(loaded: Session, folder: Path, edit: Edit) -> None:
    project(loaded).site = "石桥 B-01 地块"
    loaded.commit()
    edit("projects.csv", "鲲图自动驾驶测试中心", "建设内容", "建设封闭测试场和仿真平台。")
    seeding.load(loaded, NOW, folder=folder)
    assert project(loaded).site == "石桥 B-01 地块"


def test_an_unchanged_line_does_not_undo_people(loaded: Session, folder: Path) -> None:
    company = loaded.scalars(select(Company).where(Company.short_name.startswith("鲲图"))).one()
    company.intro = "改过的简介"
    activity = loaded.scalars(select(Activity)).first()
    assert activity is not None
    gone = activity.id
    loaded.execute(delete(ActivityPerson).where(ActivityPerson.activity_id == gone))
    loaded.execute(
        Base.metadata.tables["activity_project"]
        .delete()
        .where(Base.metadata.tables["activity_project"].c.activity_id == gone)
    )
    loaded.delete(activity)
    factories.make_unit(loaded, "新设的一组", factories.UnitKind.TEAM)
    loaded.commit()
    before = checksum(loaded)
    seeding.load(loaded, NOW, folder=folder)
    assert loaded.get(Activity, gone) is None
    assert checksum(loaded) == before


def test_an_edit_is_written_into_history(loaded: Session, folder: Path, edit: Edit) -> None:
    edit("projects.csv", "鲲图自动驾驶测试中心", "项目名称", "鲲图智能驾驶测试中心")
    seeding.load(loaded, NOW, folder=folder)
    loaded.flush()
    change = loaded.scalars(select(Change).where(Change.column_name == "name")).one()
    assert (change.old, change.new, change.by_id) == ("鲲图自动驾驶测试中心", "鲲图智能驾驶测试中心", None)
    assert project(loaded, "鲲图智能驾驶测试中心").name_key == "鲲图智能驾驶测试中心"


def test_a_contract_line_moves_all_its_rows(loaded: Session, folder: Path, edit: Edit) -> None:
    """Claim, contract, money and stage move follow one line; the amount in yuan follows the rate of the new day."""
    found = project(loaded, "诺维森精密轴承增资扩产项目")
    number = lines(folder / "contracts.csv")
    line = next(row for row in number if row["项目编号"] == found.code)["记录编号"]
    edit("contracts.csv", line, "签订日期", "2022/4/6")
    edit("contracts.csv", line, "填报时间", "2022/4/6 15:30")
    edit("contracts.csv", line, "核定时间", "2022/4/7 9:00")
    seeding.load(loaded, NOW, folder=folder)
    contract = loaded.scalars(select(Contract).where(Contract.project_id == found.id)).one()
    money = loaded.scalars(select(MoneyEntry).where(MoneyEntry.contract_id == contract.id)).one()
    move = loaded.scalars(select(StageMove).where(StageMove.claim_id == contract.claim_id)).one()
    claim = loaded.get(Claim, contract.claim_id)
    assert claim is not None
    assert {contract.signed_on, money.happened_on, move.moved_on, claim.happened_on} == {date(2022, 4, 6)}
    assert (money.rate_on, money.rate) == (date(2022, 4, 1), Decimal("6.3509"))
    assert money.amount_yuan == round(money.amount * Decimal("6.3509"))


def test_an_edited_state_moves_the_project(loaded: Session, folder: Path, edit: Edit) -> None:
    found = project(loaded, "诺维森精密轴承增资扩产项目")
    assert found.stage is Stage.STARTED
    line = next(row for row in lines(folder / "milestones.csv") if row["项目编号"] == found.code)["记录编号"]
    for head, value in (("核定状态", "待核定"), ("核定人", ""), ("核定时间", "")):
        edit("milestones.csv", line, head, value)
    seeding.load(loaded, NOW, folder=folder)
    loaded.refresh(found)
    assert found.stage is Stage.PREPARATION


def test_lists_in_a_cell_gain_and_lose_rows(loaded: Session, folder: Path, edit: Edit) -> None:
    company = loaded.scalars(select(Company).where(Company.short_name.startswith("鲲图"))).one()
    edit("companies.csv", company.name, "企业类别", "瞪羚企业；上市公司")
    seeding.load(loaded, NOW, folder=folder)
    edit("companies.csv", company.name, "企业类别", "瞪羚企业")
    seeding.load(loaded, NOW, folder=folder)
    marks = loaded.scalars(select(CompanyClassMark).where(CompanyClassMark.company_id == company.id)).all()
    assert [mark.company_class.label for mark in marks] == ["瞪羚企业"]


def test_a_day_that_is_its_own_key(loaded: Session, folder: Path, edit: Edit) -> None:
    edit("holidays.csv", "2022-10-08", "名称", "调休上班")
    seeding.load(loaded, NOW, folder=folder)
    holiday = loaded.get(Holiday, date(2022, 10, 8))
    assert holiday is not None
    assert (holiday.name, holiday.is_working) == ("调休上班", True)


def test_a_new_line_may_refer_to_the_line_above_it(loaded: Session, folder: Path) -> None:
    place = folder / "industries.csv"
    rows = lines(place)
    rows.append({"编码": "LC", "名称": "低空经济", "类别": "突破产业", "上级产业": "", "排序": "95"})
    rows.append({"编码": "LC1", "名称": "低空物流", "类别": "突破产业", "上级产业": "低空经济", "排序": "96"})
    save(place, heads(place), rows)
    counted = seeding.load(loaded, NOW, folder=folder)
    child = loaded.scalars(select(Industry).where(Industry.code == "LC1")).one()
    parent = loaded.get(Industry, child.parent_id)
    assert counted["created"] == 2
    assert parent is not None
    assert (parent.name, child.group) == ("低空经济", IndustryGroup.BREAKTHROUGH)


def test_a_line_taken_out_leaves_its_row(loaded: Session, folder: Path) -> None:
    place = folder / "areas.csv"
    save(place, heads(place), lines(place)[:-1])
    before = checksum(loaded)
    seeding.load(loaded, NOW, folder=folder)
    assert checksum(loaded) == before


# ------------------------------------------------------------------------------------------------------------------ wrong


@pytest.mark.parametrize(
    ("file", "found_by", "head", "value", "expected"),
    [
        ("projects.csv", KEPT[2], "产业", "智能往联", "projects.csv 第 4 行“产业”列：没有“智能往联”这个产业，是不是“智能网联”？"),
        ("projects.csv", KEPT[2], "登记时间", "2022-02-30 09:00", "“2022-02-30 09:00”不是时间，应为 2022-09-01 14:30 这样。"),
        ("projects.csv", KEPT[2], "主办", "顾清凝", "“主办”列：没有“顾清凝”这个人员，是不是“顾清宁”？"),
        ("projects.csv", KEPT[2], "首报总投资（亿元）", "一亿", "“首报总投资（亿元）”列：“一亿”不是数字。"),
        ("projects.csv", KEPT[2], "首报总投资（亿元）", "1.234567891", "小数位太多"),
        ("projects.csv", KEPT[2], "内外资", "中资", "没有“中资”这一项，可填：内资、外资。"),
        ("projects.csv", KEPT[2], "涉密", "不是", "“不是”应填“是”或“否”。"),
        ("projects.csv", KEPT[2], "项目名称", "", "“项目名称”列：不能为空。"),
        ("projects.csv", KEPT[2], "项目编号", "", "“项目编号”列：不能为空。"),
        ("companies.csv", "Q001", "企业类别", "百强", "“企业类别”列：没有“百强”这一项"),
        ("companies.csv", "Q001", "上级企业", "没有这家公司", "没有“没有这家公司”这个企业"),
        ("stages.csv", "J0001", "阶段", "签约", "“签约”要经核定，请填在 contracts.csv 或 milestones.csv。"),
        ("stages.csv", "J0001", "阶段", "洽谈", "没有“洽谈”这个阶段，可填：线索、研判"),
        ("milestones.csv", "K0001", "类型", "签约", "“类型”列：应填：开工、竣工、投产。"),
        ("contracts.csv", "H0001", "核定人", "", "“核定人”列：不能为空。"),
        ("contracts.csv", "H0001", "核定时间", "", "“核定时间”列：不能为空。"),
        ("contracts.csv", "H0001", "核定时间", "2020-01-01 09:00", "核定时间早于填报时间。"),
        ("contracts.csv", "H0001", "核定状态", "已退回", "“退回或作废时间”列：“已退回”要有退回时间。"),
        ("contracts.csv", "H0001", "核定状态", "已作废", "“退回或作废时间”列：“已作废”要有作废时间。"),
        ("contracts.csv", "H0001", "币种", "韩元", "“汇率”列：exchange_rates.csv 里没有"),
        ("money.csv", "M0001", "类别", "合同投资", "合同金额请填在 contracts.csv。"),
        ("money.csv", "M0001", "金额（万）", "", "“金额（万）”列：不能为空。"),
        ("annual_plans.csv", "N202201", "分月计划（万元）", "九月1500", "“九月1500”应写成“9月1500”这样"),
        ("monthly_reports.csv", "2022年9月", "月份", "2022年13月", "“2022年13月”不是月份"),
        ("activities.csv", "A220001", "下一步日期", "下周三", "“下周三”不是日期，应为 2022-09-01 这样。"),
        ("activities.csv", "A220001", "主题", "长" * 201, "有 201 个字，最多 200 个。"),
        ("targets.csv", "签约金额（亿元）", "年度", "2022.5", "“2022.5”应为整数。"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_named(
    empty: Session, folder: Path, edit: Edit, file: str, found_by: str, head: str, value: str, expected: str
) -> None:
    first = lines(folder / file)
    known = any(found_by in row.values() for row in first)
    edit(file, found_by if known else next(iter(first[0].values())), head, value)
    message = refusal(empty, folder)
    assert file in message
    assert expected in message
    assert counts(empty)["unit"] == 0


def test_a_person_cannot_verify_his_own_report(empty: Session, folder: Path, edit: Edit) -> None:
    line = lines(folder / "contracts.csv")[0]
    edit("contracts.csv", line["记录编号"], "核定人", line["填报人"])
    assert "“核定人”列：核定人不能是填报人本人。" in refusal(empty, folder)


def test_all_wrong_lines_of_a_file_are_named_at_once(empty: Session, folder: Path) -> None:
    rows = lines(folder / "holidays.csv")
    for row in rows[:25]:
        row["日期"] += "（放假）"
    save(folder / "holidays.csv", heads(folder / "holidays.csv"), rows)
    message = refusal(empty, folder)
    assert message.count("不是日期") == 20
    assert "另有 5 处" in message


def test_a_wrong_line_does_not_drag_others_along(empty: Session, folder: Path, edit: Edit) -> None:
    """Units below the wrong one are not called unknown parents."""
    edit("units.csv", "经发局", "类别", "局")
    message = refusal(empty, folder)
    assert len(message.splitlines()) == 2
    assert "units.csv 第 3 行“类别”列" in message


def test_a_key_twice(empty: Session, folder: Path) -> None:
    rows = lines(folder / "areas.csv")
    save(folder / "areas.csv", heads(folder / "areas.csv"), [*rows, rows[0]])
    assert f"areas.csv 第 {len(rows) + 2} 行“名称”列：与前面的行重复：“泗塘片区”。" in refusal(empty, folder)


def test_heads_missing_unknown_and_twice(empty: Session, folder: Path) -> None:
    place = folder / "areas.csv"
    text = place.read_text(encoding="utf-8-sig")
    place.write_text(text.replace("排序", "次序"), encoding="utf-8-sig")
    assert "“排序”列：缺少这一列。" in refusal(empty, folder)
    place.write_text("名称,排序,颜色\n泗塘片区,1,红\n", encoding="utf-8-sig")
    assert "没有“颜色”这一列" in refusal(empty, folder)
    place.write_text("名称,名称\n泗塘片区,1\n", encoding="utf-8-sig")
    assert "列名“名称”出现了不止一次" in refusal(empty, folder)
    place.write_text("", encoding="utf-8-sig")
    assert "没有列名" in refusal(empty, folder)
    place.unlink()
    assert "areas.csv：没有这个文件。" in refusal(empty, folder)


def test_a_comma_too_many_and_no_text_at_all(empty: Session, folder: Path) -> None:
    place = folder / "areas.csv"
    place.write_text("名称,排序\n泗塘片区,1,沿河\n", encoding="utf-8-sig")
    assert "比列名多出“沿河”，格内的逗号请用中文“，”。" in refusal(empty, folder)
    place.write_bytes(b"\xff\xfe\x00\x81\x30")
    assert "areas.csv：不是文本文件" in refusal(empty, folder)


# --------------------------------------------------------------------------------------------------------- saved by Excel


def test_files_saved_by_a_chinese_excel(loaded: Session, folder: Path) -> None:
    """GB18030 instead of UTF-8, slashes in days, heads in another order, a note column, blank lines below."""
    for name in ("areas.csv", "projects.csv"):
        save(folder / name, heads(folder / name), lines(folder / name), encoding="gb18030")
    place = folder / "exchange_rates.csv"
    turned = list(reversed(heads(place)))
    save(place, [*turned, "（经办）"], [{**row, "（经办）": "方"} for row in lines(place)])
    with place.open("a", encoding="utf-8", newline="") as file:
        file.write(",,,,\r\n")
    counted = seeding.load(loaded, NOW, folder=folder)
    assert set(counted) == {"unchanged"}


def test_yen_are_quoted_by_the_hundred(loaded: Session) -> None:
    rate = loaded.scalars(
        select(ExchangeRate).where(ExchangeRate.currency == Currency.JPY, ExchangeRate.rate_on == date(2022, 9, 1))
    ).one()
    assert rate.rate == Decimal("0.0495")


# ---------------------------------------------------------------------------------------------------------- what it makes


def test_a_project_line_makes_its_log_plan_and_team(loaded: Session) -> None:
    found = project(loaded)
    moves = loaded.scalars(select(StageMove).where(StageMove.project_id == found.id).order_by(StageMove.id)).all()
    plan = loaded.scalars(
        select(MoneyEntry).where(MoneyEntry.project_id == found.id, MoneyEntry.kind == MoneyKind.PLAN)
    ).one()
    assert [(move.from_stage, move.to_stage) for move in moves] == [
        (None, Stage.LEAD),
        (Stage.LEAD, Stage.SCREENING),
        (Stage.SCREENING, Stage.NEGOTIATION),
    ]
    assert (plan.amount_yuan, found.total_yuan) == (160_000_000, 160_000_000)
    assert found.last_contact_on == date(2022, 8, 29)
    assert found.stage is Stage.NEGOTIATION


def test_every_line_knows_its_rows(loaded: Session) -> None:
    line = loaded.scalars(select(SeedLine).where(SeedLine.file == "contracts.csv")).first()
    assert line is not None
    assert set(line.made) == {"claim", "contract", "money_entry", "stage_move"}
    claim = loaded.get(Claim, line.made["claim"])
    assert claim is not None
    assert claim.state is ClaimState.VERIFIED


# ----------------------------------------------------------------------------------------------------- papers and deeds


def test_papers_are_drawn_once_and_are_what_their_rows_say(loaded: Session, tmp_path: Path) -> None:
    kept = loaded.scalars(select(Attachment)).all()
    assert {file.media_type for file in kept} == {PDF, PNG}
    assert papers.lay_out(loaded, tmp_path / "files") == len(kept)
    assert papers.lay_out(loaded, tmp_path / "files") == 0
    for file in kept:
        data = storage.load(tmp_path / "files", file.digest)
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file.size_bytes, file.digest)
        assert file_problem(file.filename, len(data), data[:16]) is None


def test_a_paper_has_a_name_that_says_how_to_draw_it(empty: Session, folder: Path, edit: Edit) -> None:
    number = lines(folder / "evidence.csv")[0]["凭证编号"]
    edit("evidence.csv", number, "文件名", "投资协议.docx")
    assert "evidence.csv 第 2 行“文件名”列：应以 .pdf 或 .png 结尾" in refusal(empty, folder)


def deed(**cells: str) -> dict[str, str]:
    """A line of deeds.csv."""
    return {"记录编号": "T1", "经办人": "方致远", "时间": "2022-10-19 09:00"} | cells


def test_a_deed_is_done_once(loaded: Session, folder: Path) -> None:
    number = lines(folder / "contacts.csv")[0]["联系人编号"]
    add(folder, "deeds.csv", **deed(办理="删除", 种类="联系人", 对象=number))
    before = loaded.scalar(select(func.count(Contact.id))) or 0
    assert seeding.load(loaded, NOW, folder=folder)["created"] == 1
    assert loaded.scalar(select(func.count(Contact.id))) == before - 1
    for contact in loaded.scalars(select(Contact).execution_options(**WITH_DELETED)):
        contact.deleted_at = None  # people took it back
    loaded.flush()
    assert seeding.load(loaded, NOW, folder=folder)["created"] == 0
    assert loaded.scalar(select(func.count(Contact.id))) == before


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"办理": "删除", "种类": "项目", "对象": "鲲图自动驾驶测试中心", "经办人": "沈亦舟"}, "deeds.csv 第 2 行：这条记录由"),
        ({"办理": "合并", "种类": "会议", "对象": "HY1"}, "第 2 行“对象”列：没有“HY1”这个会议"),
        ({"办理": "作废", "种类": "项目", "对象": "鲲图自动驾驶测试中心"}, "第 2 行“办理”列：应填“删除”"),
    ],
)  # fmt: skip
def test_a_deed_that_cannot_be_done_is_named(
    empty: Session, folder: Path, cells: dict[str, str], sentence: str
) -> None:
    add(folder, "deeds.csv", **deed(**cells))
    assert sentence in refusal(empty, folder)


# ---------------------------------------------------------------------------------------------------------- on the console


@pytest.fixture
def console(app: Flask, empty: Session) -> Iterator[Callable[..., tuple[int, str]]]:
    """`console("seed", "--reference")` runs a command and gives its exit code and what it said."""

    def run(*arguments: str) -> tuple[int, str]:
        result = app.test_cli_runner().invoke(args=["crm", *arguments])
        return result.exit_code, result.output

    yield run


def in_environment(app: Flask, environment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the application believe it runs elsewhere."""
    config = app.extensions["crm_config"]
    changed = type(config)(**{**vars(config), "environment": environment})
    monkeypatch.setitem(app.extensions, "crm_config", changed)


def test_the_command_says_what_it_did(
    console: Callable[..., tuple[int, str]], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.commands.seed.bring_up_to_date", lambda: None)  # the tables are there already
    reference = ("units", "industries", "areas", "exchange_rates", "holidays")
    count = sum(len(lines(folder / f"{name}.csv")) for name in reference)
    code, said = console("seed", "--reference", "--folder", str(folder))
    assert (code, said) == (0, f"新增 {count} 行，更新 0 行，无变化 0 行，已有而未动 0 行。\n")
    code, said = console("seed", "--reference", "--folder", str(folder))
    assert (code, said) == (0, f"新增 0 行，更新 0 行，无变化 {count} 行，已有而未动 0 行。\n")


def test_the_command_ends_with_the_refusal(
    console: Callable[..., tuple[int, str]], folder: Path, edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.commands.seed.bring_up_to_date", lambda: None)
    edit("areas.csv", "石桥片区", "排序", "第一")
    code, said = console("seed", "--folder", str(folder))
    assert code == 2
    assert "areas.csv 第 5 行“排序”列：“第一”不是数字。" in said


def test_production_takes_reference_data_only(
    app: Flask, console: Callable[..., tuple[int, str]], empty: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.commands.seed.bring_up_to_date", lambda: None)
    in_environment(app, "production", monkeypatch)
    code, said = console("seed")
    assert code == 2
    assert "--reference" in said
    assert console("seed", "--reference")[0] == 0
    assert empty.scalar(select(func.count()).select_from(Unit)) == 25
    assert empty.scalar(select(func.count()).select_from(User).where(User.role == Role.OFFICER)) == 0


# -------------------------------------------------------------------------------------------------------- whose project it is


def add(folder: Path, file: str, **cells: str) -> None:
    """Write one more line at a file's end; columns not named stay empty."""
    rows = [*lines(folder / file), dict.fromkeys(heads(folder / file), "") | cells]
    save(folder / file, heads(folder / file), rows)


def test_a_project_lies_in_the_pool_since_it_last_went_there(loaded: Session, folder: Path) -> None:
    code = project(loaded).code
    add(folder, "pool.csv", 记录编号="T1", 项目编号=code, 去向="保护期满", 时间="2022-09-01 08:00")
    seeding.load(loaded, NOW, folder=folder)
    assert project(loaded).pooled_at == at(date(2022, 9, 1), time(8))
    add(folder, "pool.csv", 记录编号="T2", 项目编号=code, 去向="领取", 时间="2022-09-02 08:00", 经办人="顾清宁")
    seeding.load(loaded, NOW, folder=folder)
    loaded.expire_all()
    assert project(loaded).pooled_at is None


def test_a_ruling_that_would_change_projects_is_not_seeded(loaded: Session, folder: Path) -> None:
    first, second = (project(loaded, name).code for name in KEPT[:2])
    case = {"先报项目编号": first, "项目编号": second, "相似度（%）": "90", "提出时间": "2022-09-01 08:00"}
    add(folder, "collisions.csv", 撞单编号="T1", 裁定="合并", 裁定理由="同一项目", **case)
    assert "归先报方" in refusal(loaded, folder)
