"""The next-stage box of a project's page: what is missing and where it is filled in, who may move it, what waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from crm import policy
from crm.choices import ClaimKind, ClaimState, Stage, Status
from crm.models import Claim, Project, StatusChange
from crm.policy import Act
from crm.queries import projects as queries
from crm.queries.gate import ACT_FOR
from crm.rules import lifecycle
from crm.rules.claims import CLAIM_FOR
from crm.rules.lifecycle import Facts, Missing, Place, Way
from crm.views import web
from crm.views.addresses import url_for


@dataclass(frozen=True)
class Gap:
    """Something missing before the next stage, and where it is filled in; no address where the reader may not."""

    words: str
    address: str
    owner: str


@dataclass(frozen=True)
class Gate:
    """The next-stage box: how far the project is from the next stage, and what the reader can do about it."""

    next: Stage | None
    required: int
    gaps: Sequence[Gap]
    way: Way
    may_go: bool
    holders: str
    waiting: Claim | None  # reported for the next stage, not yet decided
    returned: Claim | None  # given back, to be corrected
    draft: Claim | None
    change: StatusChange | None  # why the project is not pursued

    @property
    def met(self) -> int:
        """How many of the requirements are met."""
        return self.required - len(self.gaps)

    @property
    def kind(self) -> ClaimKind | None:
        """What has to be reported to get to the next stage; None for a free step."""
        return CLAIM_FOR.get(self.next) if self.next else None


def open_claims(project: Project) -> Sequence[Claim]:
    """The project's claims that are still in somebody's hands, the newest first; what was corrected is not."""
    states = (ClaimState.REPORTED, ClaimState.RETURNED, ClaimState.DRAFT)
    corrected = select(Claim.replaces_id).where(Claim.project_id == project.id, Claim.replaces_id.is_not(None))
    rows = (
        select(Claim)
        .where(Claim.project_id == project.id, Claim.state.in_(states), Claim.id.not_in(corrected))
        .options(joinedload(Claim.reported_by))
        .order_by(Claim.id.desc())
    )
    return web.session().scalars(rows).all()


def gate(project: Project, claims: Sequence[Claim], facts: Facts) -> Gate:
    """The box, from the project's open claims and what the gate judges of it."""
    following = lifecycle.next_stage(project.stage)
    missing = lifecycle.missing_for(facts, following) if following else []
    way = lifecycle.way(project.stage, following) if following else Way.STAY
    act = ACT_FOR.get(way, Act.MOVE_STAGE)
    kind = CLAIM_FOR.get(following) if following else None

    def find(state: ClaimState) -> Claim | None:
        return next((claim for claim in claims if claim.kind is kind and claim.state is state), None)

    return Gate(
        next=following,
        required=len(lifecycle.required_for(facts, following)) if following else 0,
        gaps=[gap(project, item) for item in missing],
        way=way,
        may_go=policy.allows(web.actor(), act, project),
        holders=policy.holders(act),
        waiting=find(ClaimState.REPORTED),
        returned=find(ClaimState.RETURNED),
        draft=find(ClaimState.DRAFT),
        change=_last_change(project),
    )


def _last_change(project: Project) -> StatusChange | None:
    """Why the project is not pursued."""
    if project.status is Status.ACTIVE:
        return None
    return (
        web.session()
        .scalars(
            select(StatusChange)
            .where(StatusChange.project_id == project.id, StatusChange.to_status == project.status)
            .order_by(StatusChange.id.desc())
            .limit(1)
        )
        .one_or_none()
    )


def gap(project: Project, item: Missing) -> Gap:
    """What is missing as the reader sees it: with the address where he may fill it in, and whose it is to fill in."""
    act, address = where(project, item)
    lead = queries.lead_of(project)
    owner = {Place.TEAM: policy.holders(Act.EDIT_TEAM), Place.PLAN: _("综合统计")}.get(item.anchor)
    may = policy.allows(web.actor(), act, project)
    return Gap(item.words, address if may else "", owner or (lead.name if lead else _("尚无主办")))


def where(project: Project, item: Missing) -> tuple[Act, str]:
    """The right that filling it in needs, and the address of the very field."""
    key = project.id
    company = project.company_id
    match item.anchor:
        case Place.TEAM:
            return Act.EDIT_TEAM, url_for("projects.team", project_id=key, _anchor=item.field)
        case Place.ACTIVITY:
            return Act.LOG_ACTIVITY, url_for("activities.new", project=key)
        case Place.ARRIVAL | Place.COMPLETION:
            return Act.REPORT, url_for("claims.new", project_id=key, kind=item.anchor.value)
        case Place.CONTACT if company:
            return Act.EDIT_COMPANY, url_for("companies.new_contact", company_id=company)
        case Place.COMPANY if company:
            return Act.EDIT_COMPANY, url_for("companies.edit", company_id=company, _anchor=_company_field(item.field))
        case Place.PLAN:
            return Act.LIST_PROJECT, url_for("plans.show", project_id=key, year=web.today().year, _anchor="edit")
        case Place.PROJECT:
            anchor = {"company_id": "investor"}.get(item.field, item.field)
            return Act.EDIT_PROJECT, url_for("projects.edit", project_id=key, _anchor=anchor)
        case _:  # the company itself is missing
            return Act.EDIT_PROJECT, url_for("projects.edit", project_id=key, _anchor="investor")


def _company_field(field: str) -> str:
    return {"company_code": "credit_code"}.get(field, field)
