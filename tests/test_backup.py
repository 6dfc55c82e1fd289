"""Backup and restore on both databases: everything comes back, nothing is replaced unasked, what is broken is said."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from crm import backup, storage
from crm.columns import Base
from crm.extensions import db
from crm.models import Project
from tests import factories as make
from tests.conftest import NOW


def projects():
    count = db.session.scalar(select(func.count()).select_from(Project))
    db.session.remove()
    return count


def test_everything_comes_back(office, run, tmp_path):
    folder, files = tmp_path / "backups", office.extensions["crm_config"].files_dir
    done = run("backup", folder)
    assert done.exit_code == 0 and "1 个项目，新增附件 1 个" in done.output, done.output
    make.make_project(db.session, "备份之后的项目")
    db.session.commit()
    db.session.remove()
    next(files.glob("??/*")).unlink()
    refused = run("restore", folder)
    assert refused.exit_code == 2 and "--replace" in refused.output and projects() == 2
    done = run("restore", folder, "--replace")
    assert done.exit_code == 0 and "补回附件 1 个" in done.output, done.output
    assert projects() == 1
    assert storage.load(files, next(storage.digests(files))) == b"contract"


def test_a_database_older_than_the_program_is_backed_up_too(office, run, tmp_path):
    """The backup before an upgrade is made by the new version, before its migrations."""
    Base.metadata.tables["briefing_issue"].drop(db.engine)
    assert run("backup", tmp_path / "backups").exit_code == 0
    assert run("restore", tmp_path / "backups", "--replace").exit_code == 0


def test_what_was_copied_before_is_not_copied_again_and_old_backups_go(office, tmp_path):
    config, folder = office.extensions["crm_config"], tmp_path / "backups"
    made = [
        backup.back_up(db.engine, config.data_dir, config.files_dir, folder, NOW + timedelta(days=day), keep=2)
        for day in range(3)
    ]
    assert [report.copied for report in made] == [1, 0, 0]
    assert backup.found(folder) == [report.manifest.at for report in made[1:]]
    assert backup.last_stamp(config.data_dir) == (made[2].manifest.when, str(folder))
    assert (folder.stat().st_mode | (folder / made[2].manifest.at).stat().st_mode) & 0o077 in (0, 0o055)


def test_files_that_are_gone_or_broken_are_named_and_end_the_command_with_1(office, run, tmp_path):
    [path] = office.extensions["crm_config"].files_dir.glob("??/*")
    path.write_bytes(b"another")
    done = run("backup", tmp_path / "backups")
    assert done.exit_code == 1 and "1 个附件数据库里有" in done.output and "不符" in done.output
    assert backup.found(tmp_path / "backups")


def test_a_broken_copy_is_refused_and_changes_nothing(office, run, tmp_path):
    run("backup", tmp_path)
    [name] = backup.found(tmp_path)
    manifest = json.loads((tmp_path / name / "manifest.json").read_text())
    with (tmp_path / name / manifest["database"]).open("ab") as file:
        file.write(b"x")
    refused = run("restore", tmp_path, "--replace")
    assert refused.exit_code == 2 and "校验值" in refused.output and projects() == 1


@pytest.mark.parametrize("words", [("restore", "nowhere"), ("backup", "/proc/none")])
def test_refusals_are_sentences(office, run, words):
    refused = run(*words)
    assert refused.exit_code == 2 and refused.output.strip().endswith("。")


def test_without_its_programs_postgresql_says_what_to_install(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert backup.find_program("pg_dump", 99) is None
