"""Where the month's facts and bytes come from: a checked month's from what was frozen, an issued one's from what was kept, any
other's from the database as known today. The page, the download and the command ask here, the job where this asks
(jobs/briefing.py), so they say the same."""

from __future__ import annotations

from dataclasses import replace

from crm import storage
from crm.actions.briefings import Bound, Frozen, Numbered
from crm.choices import Light
from crm.jobs import briefing as making
from crm.models import BriefingIssue
from crm.queries import briefings as queries
from crm.queries.totals import FIGURES
from crm.rules.days import Month, start_of
from crm.views import web
from reports.briefing import codec, render
from reports.briefing.changes import layout_of
from reports.briefing.facts import Briefing, Edition
from reports.briefing.layout import Layout


def facts(month: Month, issue: BriefingIssue | None = None) -> Briefing:
    """The month's facts, the same whoever asks; `issue` where the caller has it already."""
    issue = issue or queries.find(web.session(), month)
    return making.facts(web.session(), web.config(), month, issue, start_of(web.clock().today()))


def anew(month: Month) -> Briefing:
    """The month's facts as known today, whatever was frozen."""
    return making.facts(web.session(), web.config(), month, None, start_of(web.clock().today()))


def pair(old: Month, new: Month) -> tuple[Briefing, Briefing]:
    """Two months to compare, each as it was issued or as known today; one month twice is its issue against today."""
    return facts(old), anew(new) if old == new else facts(new)


def workbook(briefing: Briefing, issue: BriefingIssue | None) -> bytes:
    """The bytes of the month's workbook: of an issue, those that were issued and no others."""
    return making.workbook(web.session(), web.config(), briefing, issue)


def filled(briefing: Briefing, issue: BriefingIssue | None) -> bytes:
    """The office's own template filled in with the month's facts."""
    return making.filled(web.session(), web.config(), briefing, issue)


def layout(issue: BriefingIssue | None) -> Layout:
    """The layout the month is printed in."""
    return making.layout(web.session(), issue)


def at_this_moment(month: Month) -> Briefing:
    """The month's facts as known at this moment, for a check."""
    return making.facts(web.session(), web.config(), month, None, web.now().replace(microsecond=0))


def frozen(briefing: Briefing) -> Frozen:
    """The facts as they are kept."""
    events = {total.key: total.year for total in briefing.totals if not FIGURES[total.key].source.at_end}
    return Frozen(codec.to_json(briefing), events)


def lit(facts: str) -> list[tuple[int, Light, str]]:
    """Of the frozen key projects: (number, light, why in words)."""
    return [(row.key, row.light, "；".join(row.light_reasons) or row.light_note) for row in codec.key_projects(facts)]


def bind(numbered: Numbered) -> Bound:
    """The checked facts with their number and signature, made into bytes that are kept for good."""
    checked = codec.from_json(numbered.facts)
    briefing = replace(
        checked,
        edition=Edition(numbered.number, numbered.total_number, numbered.issued_on),
        office=replace(checked.office, head=numbered.signer, reviewer=numbered.checker),
    )
    data = render.render(briefing, layout_of(numbered.changes, numbered.layout_number))
    return Bound(codec.to_json(briefing), storage.store(web.config().files_dir, data), len(data))
