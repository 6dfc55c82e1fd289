"""A worker process of a test: it does the next job as any worker does, says when it is in the middle of an export, and waits
there to be killed. Configured by the environment as every process of the application.
"""

from __future__ import annotations

import sys
import threading

from sqlalchemy import create_engine

from crm import db, trash  # noqa: F401 - deleted rows stay hidden
from crm.clock import Clock
from crm.config import from_environment
from crm.jobs import project_list
from crm.jobs.running import run_next
from crm.jobs.work import House

write = project_list.write


def write_half(*arguments):  # type: ignore[no-untyped-def]
    """The real export, held after its first batch: half of a workbook lies in a file nobody knows of."""

    def wait(_count: int) -> None:
        sys.stdout.write("half\n")
        sys.stdout.flush()
        threading.Event().wait()

    return write(*arguments[:-1], wait)


project_list.write = write_half
config = from_environment()
engine = create_engine(config.database_url, **db.engine_options(config.database_url))
db.equip(engine)
run_next(House(engine, config, Clock(config.today)))
sys.exit("nobody killed it")
