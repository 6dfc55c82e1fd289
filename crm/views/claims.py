"""The queue of what waits to be verified; one claim with what proves it, and the verdicts on it. Reporting: claim_forms.py."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, request
from flask_babel import gettext as _

from crm import policy
from crm.actions import verdicts
from crm.choices import ClaimKind, ClaimState, EvidenceKind
from crm.errors import CrmError
from crm.forms.claims import AttachForm, BindForm, VerdictForm
from crm.language import translated
from crm.models import Claim
from crm.policy import Act
from crm.queries import claims as queries
from crm.queries import evidence, projects
from crm.rules.claims import EVIDENCE, bind_problem, missing_evidence
from crm.views import lists, web

views = Blueprint("claims", __name__)


# ------------------------------------------------------------------------------------------------------------ the queue


@views.get("/claims")
def queue() -> Response:
    """What waits to be verified, the longest waiting first; what was decided stands behind the other tabs."""
    policy.ensure(web.actor(), Act.SEE_QUEUE)
    wanted = queries.QueueFilter(
        state=next((state for state in queries.STATES if state == request.args.get("state")), ClaimState.REPORTED),
        kind=lists.word("kind", ClaimKind),
        unit_id=lists.number("unit"),
        batch_id=lists.number("batch"),
        unproved=request.args.get("proof") == "missing",
        waited_days=lists.number("waited") or 0,
    )
    waits = wanted.state is ClaimState.REPORTED  # only what is still to do is counted by kind
    counts = queries.waiting_counts(web.session(), web.actor(), wanted, web.today()) if waits else {}
    total = (counts[wanted.kind] if wanted.kind else sum(counts.values())) if waits else None
    rows, turn = lists.turned_into(
        queries.queue(web.actor(), wanted, web.today()), queries.QUEUE, queries.QueueRow._make, total, queries.PAGE_SIZE
    )
    return web.page(
        "claims/queue.html",
        rows=rows,
        counts=counts,
        everything=lists.counted(sum(counts.values())) if waits else "",
        counted=lists.counted,
        wanted=wanted,
        turn=turn,
        unproved=evidence.count_lacking(web.session(), web.actor()),
        most=evidence.MOST_COUNTED,
        teams=projects.teams(web.session()),
        form=VerdictForm(formdata=None),
        kinds=ClaimKind,
        states=queries.STATES,
        address=lists.address,
    )


@views.post("/claims/batch/<int:batch_id>/verify")
def verify_batch(batch_id: int) -> Response:
    """Let everything one import reported count."""
    verified, left = verdicts.verify_batch(web.session(), web.actor(), batch_id, web.now())
    web.session().commit()
    flash(_("已核定 %(n)d 条。", n=verified) + (_("另有 %(n)d 条不能一并核定，请逐条处理。", n=left) if left else ""))
    return web.see_other("claims.queue", batch=batch_id if left else None)


@views.post("/claims/verify")
def verify_some() -> Response:
    """Let the chosen ones count; each is judged by itself, and what was refused is said."""
    policy.ensure(web.actor(), Act.VERIFY)
    verified, refusals = 0, []
    for claim_id in _chosen():
        claim = get_claim(claim_id)
        try:
            verdicts.verify(web.session(), web.actor(), claim, web.now())
        except CrmError as refusal:  # raised before anything is written
            refusals.append(f"{claim.project.name}·{claim.kind.label}：{translated(refusal.message)}")
        else:
            verified += 1
    web.session().commit()
    if verified or not refusals:
        flash(_("已核定 %(n)d 条，从现在起计入统计。", n=verified) if verified else _("请先勾选要核定的记录。"))
    for sentence in refusals:
        flash(sentence, "warning")
    return web.see_other("claims.queue")


def _chosen() -> list[int]:
    keys = (lists.key(text) for text in dict.fromkeys(request.form.getlist("claim")[: queries.PAGE_SIZE]))
    return [key for key in keys if key is not None]


# ---------------------------------------------------------------------------------------------------------- one claim


def get_claim(claim_id: int) -> Claim:
    """The claim of an address, if its project may be seen."""
    return web.one(queries.visible_to(web.actor()).where(Claim.id == claim_id))


@views.get("/claims/<int:claim_id>")
def show(claim_id: int) -> Response:
    """One claim: what is stated, what proves it, where it stands, and what the reader can do."""
    return show_claim(get_claim(claim_id), VerdictForm(formdata=None))


def show_claim(
    claim: Claim,
    form: VerdictForm,
    status: int = 200,
    adding: AttachForm | None = None,
    binding: BindForm | None = None,
) -> Response:
    """The claim's page, with the forms as they were sent where something of them is to be mended."""
    actor = web.actor()
    statement = queries.statement(web.session(), claim)
    attached = [file.kind for file in statement.files]
    own = claim.reported_by_id == actor.id
    return web.page(
        "claims/show.html",
        status,
        s=statement,
        wanted=EVIDENCE.get(claim.kind, ()),
        missing=() if statement.batch else missing_evidence(claim.kind, attached),
        adding=adding or AttachForm(formdata=None, kind=next(iter(EVIDENCE.get(claim.kind, ())), EvidenceKind.OTHER)),
        binding=binding or _binding(claim),
        claim=claim,
        form=form,
        own=own,
        waiting_next=_waiting_next(claim),
        may=lambda act: policy.allows(actor, act, claim.project),
    )


def _binding(claim: Claim) -> BindForm | None:
    """The choice among the project's other files, where the reader may bind one."""
    if not policy.allows(web.actor(), Act.ATTACH, claim.project) or bind_problem(claim.state):
        return None
    form = BindForm(formdata=None)
    form.offer(evidence.free_files(web.session(), claim.project_id))
    return form


def _waiting_next(claim: Claim) -> int | None:
    """The claim that has waited longest, beside this one: so that a verifier goes through them one by one."""
    if not policy.can(web.actor(), Act.SEE_QUEUE):
        return None
    return queries.find_waiting(web.session(), web.actor(), web.today(), claim.id)


@views.post("/claims/<int:claim_id>/verify")
def verify(claim_id: int) -> Response:
    """Let it count."""
    claim = get_claim(claim_id)
    verdicts.verify(web.session(), web.actor(), claim, web.now(), lists.number("files", request.form))
    web.session().commit()
    flash(_("已核定“%(name)s”的%(kind)s，从现在起计入统计。", name=claim.project.name, kind=claim.kind.label))
    return web.see_other("claims.show", claim_id=claim_id)


@views.post("/claims/<int:claim_id>/return")
def give_back(claim_id: int) -> Response:
    """Back to the reporter, with the reason."""
    return _decide(claim_id, verdicts.give_back, _("已退回，报送人会看到原因。"))


@views.post("/claims/<int:claim_id>/reverse")
def reverse(claim_id: int) -> Response:
    """Stop counting it."""
    return _decide(claim_id, verdicts.reverse, _("已作废，从现在起不计入；以前签发的简报不变。"))


def _decide(claim_id: int, decide: Any, words: str) -> Response:
    claim, form = get_claim(claim_id), VerdictForm()
    if not form.validate_on_submit():
        return show_claim(claim, form, 422)
    decide(web.session(), web.actor(), claim, form.reason.data or "", web.now())
    web.session().commit()
    flash(words)
    return web.see_other("claims.show", claim_id=claim_id)
