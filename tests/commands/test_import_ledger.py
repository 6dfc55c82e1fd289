"""`crm import-ledger` on really published ledgers and on files that cannot be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from crm.models import Project
from tests import factories as make

LEDGERS = Path(__file__).resolve().parents[1] / "data" / "ledgers"
GUILIN = LEDGERS / "guilin2022_preliminary_projects.xlsx"


@pytest.fixture
def run(app, session):
    """The command on the tests' database: its exit code and what it printed."""

    def run_it(*arguments):
        session.commit()
        done = app.test_cli_runner().invoke(args=["crm", "import-ledger", *map(str, arguments)])
        return done.exit_code, done.output

    return run_it


def read(run, *arguments):
    code, output = run(*arguments, "--json")
    assert code == 0, output
    return json.loads(output)


def test_the_guilin_ledger(run):
    (sheet,) = read(run, GUILIN)["sheets"]
    assert (sheet["projects"], sheet["total_yuan"], sheet["unit"], sheet["left_out"]) == (
        52,
        69_797_321_000,
        "万元",
        [],
    )
    kinds = {section["name"]: section["agrees"] for section in sheet["sections"]}
    assert len(kinds) > 10 and any(kinds.values()) and not kinds["合计"]
    assert all(row["reason"] for row in sheet["skipped"])
    assert any(finding["column"] == "J" and "#REF!" in finding["message"] for finding in sheet["findings"])


def test_names_only(run):
    sheets = read(run, LEDGERS / "ningxia2020_names_only.xlsx")["sheets"]
    assert [sheet["projects"] for sheet in sheets] == [118, 27, 37, 28]
    assert {sheet["total_yuan"] for sheet in sheets} == {0}


def test_foreign_amounts_stand_apart(run):
    (sheet,) = read(run, LEDGERS / "gem_china_pipelines_yuan.xlsx")["sheets"]
    assert (sheet["projects"], sheet["unit"]) == (478, "元")
    assert list(sheet["foreign_totals"]) == ["USD"] and len(sheet["left_out"]) == 4


def test_one_sheet_only(run):
    sheets = read(run, LEDGERS / "ningxia2020_names_only.xlsx", "--sheet", "run2")["sheets"]
    assert [sheet["name"] for sheet in sheets] == ["run2"]
    code, output = run(LEDGERS / "ningxia2020_names_only.xlsx", "--sheet", "没有的表")
    assert code == 2 and "没有工作表“没有的表”" in output


def test_reading_writes_nothing(run, session):
    read(run, GUILIN)
    assert session.scalar(select(func.count(Project.id))) == 0


def test_applying_twice_changes_nothing_the_second_time(run, session):
    first = read(run, GUILIN, "--apply", "--as", "statistician")["applied"]
    assert (first["created"], first["failed"]) == (52, 0)
    assert session.scalar(select(func.sum(Project.total_yuan))) == 69_797_321_000
    second = read(run, GUILIN, "--apply", "--as", "statistician")["applied"]
    assert (second["created"], second["unchanged"]) == (0, 52)


def test_who_writes_must_be_clear_and_allowed(run, session):
    assert "--as" in run(GUILIN, "--apply")[1]  # two statisticians: whose name?
    assert run(GUILIN, "--apply", "--as", "nobody") == (2, "没有登录名为“nobody”的在用账号。\n")
    code, output = run(GUILIN, "--apply", "--as", make.person(session, "leader").login)
    assert code == 2 and "导入台账" in output


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("empty.xlsx", b"", "空"),
        ("broken.xlsx", b"PK\x03\x04 cut off", ""),
        ("photo.xlsx", b"\x89PNG\r\n\x1a\n", "图片"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(run, tmp_path, name, data, words):
    (tmp_path / name).write_bytes(data)
    code, output = run(tmp_path / name)
    assert code == 2 and words in output and output.count("\n") == 1 and "Traceback" not in output
