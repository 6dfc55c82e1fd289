"""Putting a project on the annual lists and taking it off."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import policy
from crm.actions.locking import hold
from crm.choices import Word
from crm.errors import Clash, RuleBroken
from crm.models import Listing, Project
from crm.policy import Act, Actor
from crm.rules import listings as rules
from crm.rules.listings import ListingDraft


def enlist(session: Session, actor: Actor, project: Project, draft: ListingDraft, today: date) -> Listing:
    """Put the project on a list of a year, or on it again; raises RuleBroken (with the field) when it stands on it."""
    policy.ensure(actor, Act.LIST_PROJECT, project)
    hold(session, project)
    problem = rules.listing_problem(draft, today)
    if problem:
        raise RuleBroken(problem[1], problem[0])
    listing = session.scalars(
        select(Listing).where(
            Listing.project_id == project.id, Listing.key_list == draft.key_list, Listing.year == draft.year
        )
    ).one_or_none()
    if listing and listing.to_on is None:
        raise RuleBroken(
            Word("项目已在%(year)s年“%(list)s”清单上。", year=draft.year, list=draft.key_list.label), "key_list"
        )
    if listing is None:
        listing = Listing(project_id=project.id, key_list=draft.key_list, year=draft.year, from_on=today)
        session.add(listing)
    listing.to_on = None
    listing.listing_class, listing.batch_label = draft.listing_class, draft.batch_label
    listing.planned_start_on = draft.planned_start_on
    session.flush()
    return listing


def delist(session: Session, actor: Actor, project: Project, listing: Listing, today: date) -> None:
    """Take the project off a list from today on; the row stays."""
    policy.ensure(actor, Act.LIST_PROJECT, project)
    if listing.project_id != project.id or listing.to_on is not None:
        raise Clash("项目已不在这份清单上，请刷新后再看。")
    listing.to_on = today
