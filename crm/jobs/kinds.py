"""Every kind of job and how it is done: one table."""

from __future__ import annotations

from collections.abc import Mapping

from crm.choices import JobKind
from crm.jobs import briefing, daily, ledgers, mails, project_list
from crm.jobs.work import Kind

KINDS: Mapping[JobKind, Kind] = {
    JobKind.PROJECT_LIST: Kind(project_list.run, reads=True),
    JobKind.BRIEFING: Kind(briefing.run, reads=True),
    JobKind.LEDGER_READ: Kind(ledgers.read),
    JobKind.LEDGER_APPLY: Kind(ledgers.apply),
    JobKind.MAIL: Kind(mails.run),
    JobKind.TIDY: Kind(daily.run_tidy),
    JobKind.REMIND: Kind(daily.run_remind),
    JobKind.DIGEST: Kind(daily.run_digests),
}
