"""Proposals become rows: investors, then projects, then what hangs on them, each layer inserted for the whole batch at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import pieces
from crm.actions import codes
from crm.actions.imports.ground import Ground
from crm.actions.imports.hanging import Hanging
from crm.actions.imports.inserting import AT_ONCE, Draft, insert_all
from crm.actions.imports.investors import Investors
from crm.choices import Stage, Status
from crm.columns import Base
from crm.models import Company, CompanyClassMark, Contact, Project
from crm.queries import settings
from crm.rules.days import day_of
from crm.rules.importing.columns import COLUMN_FIELD
from crm.rules.importing.drafts import Context, Proposal
from crm.rules.importing.entry import Entry
from crm.rules.importing.history import Step
from crm.rules.importing.partners import unit_of
from crm.rules.names import project_key
from crm.rules.protection import protected_until

# Columns of a project that are empty texts, not NULL, where a row says nothing.
_TEXTS = dict.fromkeys(("site", "source_note", "content"), "")


@dataclass(eq=False)
class Work:
    """One row of the ledger being written. `project` None: it makes one, `draft`.

    `made`: what it made, in order; `changed`: rows it changed, with what their columns held before.
    """

    number: int
    entry: Entry
    proposal: Proposal
    project_id: int | None = None
    project: Project | None = None
    draft: Draft | None = None
    company: Company | None = None
    was: tuple[Stage | None, Status] = (None, Status.ACTIVE)
    made: list[Base | Draft] = field(default_factory=list)
    changed: list[tuple[Base, dict[str, Any]]] = field(default_factory=list)

    @property
    def written_id(self) -> int:
        """The key of its project, once that is written."""
        return self.project.id if self.project is not None else self.draft.id if self.draft is not None else 0


class Writer:
    """Writes the rows of one batch. The caller holds the batch; the projects to be changed are locked here, in order."""

    def __init__(self, session: Session, ground: Ground, context: Context) -> None:
        self._session, self._ground, self._context = session, ground, context
        self._contacts: set[tuple[Any, ...]] = set()
        self._protected_on = protected_until(day_of(ground.now), None, settings.current(session).protection_days)

    def write(self, works: Sequence[Work]) -> None:
        """All of them: investors, then projects, then what hangs on them."""
        self._load_projects(works)
        investors = Investors(self._session, self._ground, (work.proposal.company for work in works))
        for work in works:
            self._write_company(work, investors)
        self._session.flush()
        new = [work for work in works if work.project is None]
        for work, code in zip(new, self._codes(new), strict=True):
            work.draft = self._project(work, code)
            work.made.append(work.draft)
        insert_all(self._session, (work.draft for work in new if work.draft is not None))
        for work in works:
            if work.project is not None:
                self._change_project(work, work.project)
        insert_all(self._session, [draft for work in works for draft in self._hangings(work)])
        pieces.catch_up(self._session)

    def _load_projects(self, works: Iterable[Work]) -> None:
        ids = sorted({work.project_id for work in works if work.project_id is not None})
        found: dict[int, Project] = {}
        for place in range(0, len(ids), AT_ONCE):
            some = Project.id.in_(ids[place : place + AT_ONCE])
            locked = select(Project).where(some).order_by(Project.id).with_for_update()
            found |= {project.id: project for project in self._session.scalars(locked)}
        for work in works:
            if work.project_id is not None:
                work.project = found[work.project_id]
                work.was = work.project.stage, work.project.status

    def _write_company(self, work: Work, investors: Investors) -> None:
        draft = work.proposal.company
        if draft is None:
            return
        work.company, is_new = investors.of(draft)
        if is_new:
            work.company.class_marks = [CompanyClassMark(company_class=kind) for kind in work.entry.company_classes]
            work.made.append(work.company)
        elif draft.id is not None:
            blank = {name: value for name, value in draft.values.items() if getattr(work.company, name) in (None, "")}
            self._change(work, work.company, blank)

    def _codes(self, new: Sequence[Work]) -> list[str]:
        """The ledger's own codes, and ours where it gives none."""
        wanting = sum(1 for work in new if not work.entry.code)
        taken = iter(codes.take(self._session, day_of(self._ground.now).year, wanting) if wanting else ())
        return [work.entry.code or next(taken) for work in new]

    def _project(self, work: Work, code: str) -> Draft:
        ground = self._ground
        stage, since_on = self._standing(work.proposal.history.steps)
        values = {
            **dict.fromkeys(COLUMN_FIELD),
            **_TEXTS,
            **work.proposal.project,
            "code": code,
            "name_key": project_key(work.entry.name),
            "company_id": work.company.id if work.company else None,
            "unit_id": unit_of(work.entry, self._context, work.proposal.members, ground.actor.unit_id),
            "stage": stage,
            "stage_since_on": since_on,
            "status": self._status(work) or Status.ACTIVE,
            "total_yuan": self._total(work.proposal),
            "registered_at": ground.now,
            "registered_by_id": ground.actor.id,
            "protected_until_on": self._protected_on,
            "batch_id": ground.batch.id,
        }
        return Draft(Project, values)

    def _standing(self, steps: Iterable[Step]) -> tuple[Stage, date]:
        """Where a new project stands: the furthest move that takes effect now, else 线索 since the ledger's day."""
        moves = [(step.stage, step.on) for step in steps if self._takes_effect(step)]
        return max(moves, default=(Stage.LEAD, self._ground.settings.as_of))

    def _takes_effect(self, step: Step) -> bool:
        return step.claim is None or self._ground.settings.verified

    def _status(self, work: Work) -> Status | None:
        """退库 waits for its claim, unless the ledger is verified history."""
        status = work.proposal.history.status
        return status if status is not Status.WITHDRAWN or self._ground.settings.verified else None

    def _total(self, proposal: Proposal) -> int | None:
        return int(self._ground.money_values(proposal.plan)["amount_yuan"]) if proposal.plan else None

    def _change_project(self, work: Work, project: Project) -> None:
        proposal = work.proposal
        values = dict(proposal.project)
        if "name" in values:
            values["name_key"] = project_key(values["name"])
        if work.company is not None:
            values["company_id"] = work.company.id
        if proposal.plan is not None:
            values["total_yuan"] = self._total(proposal)
        stage, since_on = self._standing(proposal.history.steps)
        if stage > project.stage:
            values |= {"stage": stage, "stage_since_on": since_on}
        if (status := self._status(work)) is not None:
            values["status"] = status
        self._change(work, project, values)

    def _change(self, work: Work, row: Base, values: dict[str, Any]) -> None:
        before = {name: getattr(row, name) for name, value in values.items() if getattr(row, name) != value}
        for name in before:
            setattr(row, name, values[name])
        if before:
            work.changed.append((row, before))

    def _hangings(self, work: Work) -> list[Draft]:
        company_id = work.company.id if work.company else work.project.company_id if work.project else None
        hanging = Hanging(self._ground, work.written_id, company_id, work, work.was)
        drafts = [draft for draft in hanging.drafts() if not self._is_known_contact(draft)]
        work.made.extend(drafts)
        return drafts

    def _is_known_contact(self, draft: Draft) -> bool:
        """The same person in several rows of one ledger is one person."""
        if draft.model is not Contact:
            return False
        key = tuple(draft.values[name] for name in ("company_id", "name", "phone"))
        known = key in self._contacts
        self._contacts.add(key)
        return known
