"""What a row is to write, compared with what the register has. Blank cells never overwrite.

For a new project everything the row says; for a known one only what differs, old -> new; `fill_only` (a likely duplicate that a
person confirmed) only what the register leaves blank. Whatever the mode, the register's 主办 stays, an investor's row is only
filled, and history is only added to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from crm.choices import ListingClass, MemberRole
from crm.rules.importing.changes import changes_of
from crm.rules.importing.columns import columns_of, differing, plan_of
from crm.rules.importing.drafts import NO_HISTORY, AnnualDraft, Context, ListingDraft, MonthDraft, Proposal
from crm.rules.importing.entry import Entry
from crm.rules.importing.history import history_of
from crm.rules.importing.partners import investor_of, members_of
from crm.rules.importing.settings import ImportSettings
from crm.rules.importing.standing import Standing
from crm.rules.importing.sums import money_steps


def propose(entry: Entry, context: Context, standing: Standing | None = None, fill_only: bool = False) -> Proposal:
    """What the row writes into a new project, or into the one that stands in the register."""
    settings = context.settings
    told, notes = columns_of(entry, context.directory)
    company, company_notes = investor_of(entry, context, standing, fill_only)
    history = NO_HISTORY if fill_only else history_of(entry, settings, standing)
    plan, plan_notes = plan_of(entry, context, standing, fill_only)
    members, member_notes = members_of(entry, context, standing)
    money, money_notes = ((), ()) if fill_only else money_steps(entry, settings, standing)
    proposal = Proposal(
        project=differing({**told, **history.plans}, context.directory, standing, fill_only),
        company=company,
        plan=plan,
        members=members,
        listings=tuple(_listings(entry, settings, standing)),
        history=history,
        money=money,
        annual=None if fill_only else _annual(entry, settings, standing),
        month=_month(entry, standing),
        notes=(*notes, *company_notes, *plan_notes, *member_notes, *money_notes, *history.notes),
    )
    if standing is None:
        return proposal
    return replace(proposal, changes=tuple(changes_of(proposal, context.directory, standing)))


def _listings(entry: Entry, settings: ImportSettings, standing: Standing | None) -> Iterator[ListingDraft]:
    year = entry.year or settings.as_of.year
    for key_list in entry.levels:
        if standing is None or (key_list, year) not in standing.listings:
            yield ListingDraft(key_list, year, entry.listing_class or ListingClass.NEW)


def _annual(entry: Entry, settings: ImportSettings, standing: Standing | None) -> AnnualDraft | None:
    """The year's plan; only where the ledger is verified history, for a plan is approved, not reported."""
    planned = entry.annual.yuan if entry.annual else None
    if planned is None or not settings.verified:
        return None
    year = entry.year or settings.as_of.year
    known = standing.annual.get(year) if standing else None
    if known is not None and known[0] == planned and entry.annual_goal in ("", known[1]):
        return None
    return AnnualDraft(year, planned, entry.annual_goal or (known[1] if known else ""))


def _month(entry: Entry, standing: Standing | None) -> MonthDraft | None:
    """Progress, problems and next steps go into the ledger's month, unless somebody has filed it."""
    said = MonthDraft(entry.progress, entry.problems, entry.next_plan)
    return said if any(said) and not (standing and standing.has_month) else None


def merged(first: Proposal, more: Proposal) -> Proposal:
    """Two rows of one ledger about one new project: the first speaks, the second fills what the first leaves blank."""
    leads = {member.role for member in first.members} & {MemberRole.LEAD}
    members = [*first.members, *(member for member in more.members if member.role not in leads)]
    listed = {(listing.key_list, listing.year) for listing in first.listings}
    return replace(
        first,
        project={**more.project, **first.project},
        company=first.company or more.company,
        plan=first.plan or more.plan,
        members=tuple(dict.fromkeys(members)),
        listings=(*first.listings, *(item for item in more.listings if (item.key_list, item.year) not in listed)),
        history=first.history if first.history.steps else more.history,
        annual=first.annual or more.annual,
        month=first.month or more.month,
    )
