"""后台任务: what one asked to be done in the background, how far it is, its result; cancelled, done again, fetched."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, flash, send_file
from flask_babel import gettext as _

from crm import language, policy, storage
from crm.actions import jobs as actions
from crm.actions.jobs import Order
from crm.choices import JobKind, JobState
from crm.jobs.running import instant
from crm.models import Job
from crm.policy import Act
from crm.queries import jobs as queries
from crm.rules import jobs as rules
from crm.views import lists, web

views = Blueprint("jobs", __name__, url_prefix="/jobs")
log = logging.getLogger("crm.downloads")
LIGHTS = {
    JobState.WAITING: "none", JobState.RUNNING: "blue", JobState.DONE: "green", JobState.FAILED: "red",
    JobState.CANCELLED: "none",
}  # fmt: skip
LATELY = timedelta(days=7)


@dataclass(frozen=True)
class Shown:
    """A job as its owner sees it. `problem` is why its file cannot be had; `has_file`: it made one."""

    job: Job
    light: str
    percent: int | None
    sentence: str
    is_open: bool
    is_untouched: bool
    has_file: bool
    problem: str

    @property
    def batch_id(self) -> int | None:
        """The ledger it worked on."""
        return self.job.row_id if self.job.kind in (JobKind.LEDGER_READ, JobKind.LEDGER_APPLY) else None


def shown(job: Job) -> Shown:
    """With what the page says of it."""
    has_file = job.state is JobState.DONE and job.expires_at is not None
    return Shown(
        job,
        LIGHTS[job.state],
        rules.percent(job.state, job.done, job.total),
        language.translated(job.sentence),
        job.state in rules.OPEN,
        job.state is JobState.WAITING and instant() - job.not_before > rules.UNTOUCHED,
        has_file,
        language.translated(rules.result_problem(job, web.actor(), web.now())) if has_file else "",
    )


def _own(job_id: int) -> Job:
    policy.ensure(web.actor(), Act.SEE_JOBS)
    return web.one(queries.of(web.actor()).where(Job.id == job_id))


def ordered(wanted: Order) -> Response:
    """Ask for a job, and go to where its progress is seen; the same asked twice is one."""
    if wanted.key is None:
        said = json.dumps(wanted.arguments, sort_keys=True, ensure_ascii=False)
        wanted = replace(wanted, key=f"{wanted.kind.value}:{hashlib.sha256(said.encode()).hexdigest()[:32]}")
    wanted = replace(wanted, is_fresh=web.wrote_lately())
    job = actions.order(web.session(), web.actor(), wanted, web.now(), instant())
    web.session().commit()
    return web.see_other("jobs.show", job_id=job.id)


# -------------------------------------------------------------------------------------------------------------- pages


@views.get("")
def index() -> Response:
    """One's own jobs, the newest first; who runs the house also sees how the work as a whole stands."""
    policy.ensure(web.actor(), Act.SEE_JOBS)
    found, turn = lists.turned(queries.of(web.actor()), queries.NEWEST)
    context: dict[str, Any] = {"jobs": [shown(job) for job in found], "turn": turn, "address": lists.address}
    if web.wants_fragment():
        return web.page("jobs/_list.html", **context)
    since = web.now() - LATELY
    runs = policy.can(web.actor(), Act.MANAGE_USERS)
    standing = queries.standing(web.session(), since) if runs else None
    return web.page("jobs/index.html", standing=standing, states=tuple(JobState), days=LATELY.days, **context)


@views.get("/<int:job_id>")
def show(job_id: int) -> Response:
    """One job; the page asks again every two seconds while it is open."""
    one = shown(_own(job_id))
    return web.page("jobs/_job.html" if web.wants_fragment() else "jobs/show.html", one=one, refused="")


@views.post("/<int:job_id>/cancel")
def cancel(job_id: int) -> Response:
    """Take it back: what it had not finished is undone."""
    actions.cancel(web.session(), web.actor(), _own(job_id), web.now())
    web.session().commit()
    flash(_("已取消。"))
    return web.see_other("jobs.show", job_id=job_id)


@views.post("/<int:job_id>/again")
def again(job_id: int) -> Response:
    """The same anew, with the rights and rows of today."""
    fresh = web.wrote_lately()
    job = actions.again(web.session(), web.actor(), _own(job_id), web.now(), instant(), is_fresh=fresh)
    web.session().commit()
    return web.see_other("jobs.show", job_id=job.id)


@views.get("/<int:job_id>/file")
def file(job_id: int) -> Response:
    """Its result, while it is kept and its owner has the right to all of it."""
    job = _own(job_id)
    policy.ensure(web.actor(), actions.ACTS[job.kind])
    if rules.result_problem(job, web.actor(), web.now()):
        return _refused(job, 403 if job.digest else 404)
    if lost := queries.out_of_reach(web.session(), web.actor(), job):
        return _refused(job, 403, _("文件里有 %(n)d 个项目你现在不能导出（已转走、涉密或删除）。请重新生成。", n=lost))
    folder = web.config().results_dir
    if not storage.has(folder, job.digest):  # results are not in the backup
        return _refused(job, 404, _("文件已不在服务器上。请重新生成。"))
    log.info("result of job %s downloaded by user %s from %s", job.id, web.actor().id, web.address())
    answer = send_file(storage.path_of(folder, job.digest), mimetype=job.media_type, etag=False, max_age=0)
    web.name_file(answer, "attachment", job.filename)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _refused(job: Job, status: int, sentence: str = "") -> Response:
    """The page of the job, with why its file cannot be had and the button that makes it anew."""
    return web.page("jobs/show.html", status, one=shown(job), refused=sentence)
