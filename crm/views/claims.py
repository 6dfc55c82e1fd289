"""The queue of what waits to be verified; one claim with what proves it, and the verdicts on it. Reporting: claim_forms.py."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash
from flask_babel import gettext as _

from crm import policy
from crm.actions import verdicts
from crm.choices import ClaimKind, ClaimState
from crm.forms.claims import VerdictForm
from crm.models import Claim
from crm.policy import Act
from crm.queries import claims as queries
from crm.views import lists, web

views = Blueprint("claims", __name__)


# ------------------------------------------------------------------------------------------------------------ the queue


@views.get("/claims")
def queue() -> Response:
    """What waits to be verified, the longest waiting first; what was decided stands behind the other tabs."""
    policy.ensure(web.actor(), Act.SEE_QUEUE)
    wanted = queries.QueueFilter(
        state=lists.word("state", ClaimState) or ClaimState.REPORTED,
        kind=lists.word("kind", ClaimKind),
        unit_id=lists.number("unit"),
        batch_id=lists.number("batch"),
    )
    counts = queries.waiting_counts(web.session(), web.actor(), wanted)
    pager = lists.Pager(lists.page_asked(), counts.get(wanted.kind, 0) if wanted.kind else sum(counts.values()))
    return web.page(
        "claims/queue.html",
        rows=queries.queue(web.session(), web.actor(), wanted, pager.number),
        counts=counts,
        wanted=wanted,
        pager=pager,
        kinds=ClaimKind,
        states=(ClaimState.REPORTED, ClaimState.VERIFIED, ClaimState.RETURNED, ClaimState.REVERSED),
        address=lists.address,
        page_address=lists.page_address,
    )


@views.post("/claims/batch/<int:batch_id>/verify")
def verify_batch(batch_id: int) -> Response:
    """Let everything one import reported count."""
    verified, left = verdicts.verify_batch(web.session(), web.actor(), batch_id, web.now())
    web.session().commit()
    flash(_("已核定 %(n)d 条。", n=verified) + (_("另有 %(n)d 条不能一并核定，请逐条处理。", n=left) if left else ""))
    return web.see_other("claims.queue", batch=batch_id if left else None)


# ---------------------------------------------------------------------------------------------------------- one claim


def _claim(claim_id: int) -> Claim:
    return web.one(queries.visible_to(web.actor()).where(Claim.id == claim_id))


@views.get("/claims/<int:claim_id>")
def show(claim_id: int) -> Response:
    """One claim: what is stated, what proves it, where it stands, and what the reader can do."""
    return _show(_claim(claim_id), VerdictForm(formdata=None))


def _show(claim: Claim, form: VerdictForm, status: int = 200) -> Response:
    actor = web.actor()
    own = claim.reported_by_id == actor.id
    return web.page(
        "claims/show.html",
        status,
        s=queries.statement(web.session(), claim),
        claim=claim,
        form=form,
        own=own,
        waiting_next=_waiting_next(claim),
        may=lambda act: policy.allows(actor, act, claim.project),
    )


def _waiting_next(claim: Claim) -> int | None:
    """The claim that has waited longest, beside this one: so that a verifier goes through them one by one."""
    if not policy.can(web.actor(), Act.SEE_QUEUE):
        return None
    rows = queries.queue(web.session(), web.actor(), queries.QueueFilter())
    return next((row.id for row in rows if row.id != claim.id), None)


@views.post("/claims/<int:claim_id>/verify")
def verify(claim_id: int) -> Response:
    """Let it count."""
    claim = _claim(claim_id)
    verdicts.verify(web.session(), web.actor(), claim, web.now())
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
    claim, form = _claim(claim_id), VerdictForm()
    if not form.validate_on_submit():
        return _show(claim, form, 422)
    decide(web.session(), web.actor(), claim, form.reason.data or "", web.now())
    web.session().commit()
    flash(words)
    return web.see_other("claims.show", claim_id=claim_id)
