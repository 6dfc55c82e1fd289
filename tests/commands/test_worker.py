"""`crm worker`: several processes, one of which may die at any time, and all of which go when they are told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.app import create_app
from crm.choices import JobKind, JobState
from crm.columns import Base
from crm.extensions import db
from crm.jobs.running import instant
from crm.models import Job
from tests import factories as make
from tests.conftest import test_config

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60


@pytest.fixture
def engine(tmp_path):
    """An office of its own, on SQLite."""
    app = create_app(test_config(f"sqlite:///{tmp_path / 'crm.sqlite3'}", tmp_path))
    with app.app_context():
        Base.metadata.create_all(db.engine)
        yield db.engine
        db.engine.dispose()


def until(question):
    """The first answer that is not nothing."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not (answer := question()):
        assert time.monotonic() < end
        time.sleep(0.1)
    return answer


@contextmanager
def started(command, **surroundings):
    """A process that does not outlive what the test wants of it, however that ends."""
    process = subprocess.Popen(command, start_new_session=True, **surroundings)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def children(pid):
    return set(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="no /proc")
def test_a_process_that_dies_is_replaced_and_all_go_gently(engine, tmp_path):
    with Session(engine) as session:
        job = Job(kind=JobKind.TIDY, arguments={}, not_before=instant(), created_at=make.NOW)
        session.add(job)
        session.commit()
        job_id = job.id
    environment = os.environ | {
        "CRM_ENV": "test", "CRM_DATABASE_URL": str(engine.url), "CRM_SECRET_KEY": "k" * 40, "CRM_DATA_DIR": str(tmp_path),
        "CRM_TODAY": "2022-10-20",
    }  # fmt: skip
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "crm", "worker", "--processes", "2", "--grace", "1"]
    with (
        (tmp_path / "log").open("wb") as log,
        started(command, cwd=ROOT, env=environment, stdout=log, stderr=log) as worker,
    ):
        first = until(lambda: len(found := children(worker.pid)) == 2 and found)

        def ended():
            with Session(engine) as session:
                state = session.scalar(select(Job.state).where(Job.id == job_id))
            return state is JobState.DONE

        until(ended)
        os.kill(int(min(first)), signal.SIGKILL)
        until(lambda: len(found := children(worker.pid)) == 2 and found != first)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(PATIENCE_SECONDS) == 0


def test_what_waits_is_done_at_once(app, session, officer):
    job = make.add(
        session,
        Job(
            kind=JobKind.BRIEFING,
            owner_id=officer.id,
            arguments={"month": "2022-09"},
            not_before=instant(),
            created_at=make.NOW,
        ),
    )
    session.commit()
    done = app.test_cli_runner().invoke(args=["crm", "worker", "--once"])
    assert done.exit_code == 0, done.output
    session.refresh(job)
    assert job.state is JobState.DONE
