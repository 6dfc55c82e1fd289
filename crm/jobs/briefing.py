"""月度简报: a month's facts and its workbook, and the job that makes them where the register is large.

A checked month's facts are those that were frozen, an issued one's bytes those that were kept; anything else is collected as
known at an instant. Page, download, command and job ask here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import IO

from sqlalchemy.orm import Session

from crm import policy, storage
from crm.actions.jobs import Outcome
from crm.choices import BriefingState, Word
from crm.config import Config
from crm.errors import NotFound
from crm.jobs.work import Work, keep_file
from crm.models import BriefingIssue
from crm.policy import Act
from crm.queries import briefings
from crm.rules.days import Month, start_of
from reports.briefing import codec, render, template
from reports.briefing.changes import layout_of
from reports.briefing.collect import collect
from reports.briefing.default_layout import DEFAULT
from reports.briefing.facts import Briefing
from reports.briefing.layout import Layout


def facts(session: Session, config: Config, month: Month, issue: BriefingIssue | None, known: datetime) -> Briefing:
    """The month's facts: what was frozen, else as known at an instant."""
    if issue is not None and issue.state is not BriefingState.DRAFT:
        return codec.from_json(issue.facts)
    return collect(session, month, config.zone_name, config.bureau_name, known, is_demo=config.demo)


def layout(session: Session, issue: BriefingIssue | None) -> Layout:
    """The layout the month is printed in: that of its check, else the one in force."""
    version = briefings.layout_of(session, issue)
    return layout_of(version.changes, version.number) if version else DEFAULT


def workbook(session: Session, config: Config, briefing: Briefing, issue: BriefingIssue | None) -> bytes:
    """The bytes of the month's workbook: of an issue, those that were issued and no others."""
    if issue is None or issue.state is not BriefingState.ISSUED:
        return render.render(briefing, layout(session, issue))
    try:
        return storage.load(config.files_dir, issue.digest)
    except NotFound:
        again = render.render(briefing, layout(session, issue))  # facts and layout are kept: they bring the bytes back
        if storage.digest_of(again) != issue.digest:
            raise
        return again


def filled(session: Session, config: Config, briefing: Briefing, issue: BriefingIssue | None) -> bytes:
    """The office's own template filled in with the month's facts; of a checked or issued month the template of its check.

    Raises NotFound where there is none. Only the standard workbook is kept with an issue: this one is made from the same facts.
    """
    kept = briefings.template_of(session, issue)
    if kept is None:
        raise NotFound("这个月没有可用的模板：请先在“口径与目标—简报版式”里上传；已核对的月份按核对时的模板。")
    return template.fill(storage.load(config.files_dir, kept.digest), briefing)


def run(work: Work) -> Outcome:
    """The job: the copy that circulates, in which secret projects are masked for everybody."""
    policy.ensure(work.owner, Act.SEE_BRIEFING)
    month, config = Month.parse(work.arguments["month"]), work.config
    work.progress(0, 2, Word("正在汇总数据"))
    issue = briefings.find(work.session, month)
    briefing = facts(work.session, config, month, issue, start_of(work.today))
    work.progress(1, 2, Word("正在写入工作簿"))

    def written(file: IO[bytes]) -> Iterable[int]:
        file.write(workbook(work.session, config, briefing, issue))
        return ()

    kept = keep_file(config.results_dir, render.file_name(briefing, layout(work.session, issue)), written)
    return Outcome(f"{month.label}简报已生成。", kept, (("briefing", str(month)),))
