"""The investor and our own people, out of a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crm.choices import MemberRole, Origin, UnitKind
from crm.rules.importing.drafts import CompanyDraft, Context, MemberDraft
from crm.rules.importing.entry import Entry
from crm.rules.importing.places import Place, place_of
from crm.rules.importing.remarks import Note, warn
from crm.rules.importing.standing import CompanyStanding, Standing
from crm.rules.ledger.fields import Field
from crm.rules.names import company_key, plain

_PLACE = ("origin", "country", "province", "city")
LONGEST_NAME = 200


def investor_of(
    entry: Entry, context: Context, standing: Standing | None, fill_only: bool
) -> tuple[CompanyDraft | None, list[Note]]:
    """The investor the row names, found by its credit code or its name, else new; None where nobody is named."""
    if fill_only and standing is not None and standing.company is not None:
        return _filled(entry, standing.company), []
    found, notes = _found(entry, context, standing)
    if found is not None:
        return _filled(entry, found), notes
    if not entry.company:
        return None, notes
    contact = (entry.contact, "、".join(entry.phones)) if entry.contact or entry.phones else None
    return CompanyDraft(None, entry.company[:LONGEST_NAME], _values(entry), contact), notes


def _found(entry: Entry, context: Context, standing: Standing | None) -> tuple[CompanyStanding | None, list[Note]]:
    by_code = context.by_credit_code.get(entry.credit_code) if entry.credit_code else None
    if by_code is not None:
        return by_code, []
    if not entry.company:
        return (standing.company if standing else None), []
    by_name = context.by_name_key.get(company_key(entry.company))
    known_code = by_name.values.get("credit_code") if by_name else None
    if by_name is None or not entry.credit_code or not known_code or known_code == entry.credit_code:
        return by_name, []
    if plain(by_name.name) != plain(entry.company):  # 有限公司 and 股份有限公司 with two codes are two companies
        return None, []
    words = f"库中“{by_name.name}”的信用代码是 {known_code}，以库中为准，请核对"
    return by_name, [warn(Field.CREDIT_CODE, words, "code_differs")] if by_name.open_to_actor else []


def _filled(entry: Entry, found: CompanyStanding) -> CompanyDraft:
    """A known investor: its blanks are filled, nothing of it is overwritten, and only if the importer may see it."""
    if not found.open_to_actor:
        return CompanyDraft(found.id, found.name, {})
    blank = {name: value for name, value in _values(entry).items() if found.values.get(name) in (None, "")}
    if found.values.get("origin") is not None:  # a place is one statement: half of another is not mixed into it
        blank = {name: value for name, value in blank.items() if name not in _PLACE}
    return CompanyDraft(found.id, found.name, blank, _new_contact(entry, found))


def _values(entry: Entry) -> dict[str, Any]:
    place = place_of(entry.origin) if entry.origin else None
    told = {
        "credit_code": entry.credit_code,
        "registered_yuan": entry.registered.yuan if entry.registered else None,
        "origin": place.origin if place else None,
        "country": (place or Place(Origin.DOMESTIC)).country,
        "province": (place or Place(Origin.DOMESTIC)).province,
        "city": (place or Place(Origin.DOMESTIC)).city,
    }
    return {name: value for name, value in told.items() if value not in (None, "")}


def _new_contact(entry: Entry, company: CompanyStanding) -> tuple[str, str] | None:
    """A person the investor's row does not list yet, or a number that is with nobody there."""
    phone = "、".join(entry.phones)
    if entry.contact:
        return None if entry.contact in company.contacts else (entry.contact, phone)
    known = any(number in held for held in company.contacts.values() for number in entry.phones)
    return None if known or not phone else ("", phone)


def members_of(entry: Entry, context: Context, standing: Standing | None) -> tuple[tuple[MemberDraft, ...], list[Note]]:
    """主办 (the first of several, the others 协办) and 挂钩领导. Whoever leads in the register goes on leading."""
    officers, officer_notes = context.directory.persons(entry.officer, Field.OFFICER)
    leaders, leader_notes = context.directory.persons(entry.leader, Field.LEADER)
    notes = [*officer_notes, *leader_notes]
    roles = (MemberRole.LEAD, *[MemberRole.SUPPORT] * len(officers))
    wanted = [MemberDraft(role, person.id) for role, person in zip(roles, officers, strict=False)]
    leads = standing.leads() if standing else ()
    if leads:
        notes += _other_lead(wanted, leads)
        wanted = [member for member in wanted if member.role is not MemberRole.LEAD]
    elif not wanted and standing is None and context.settings.lead_id is not None:
        wanted = [MemberDraft(MemberRole.LEAD, context.settings.lead_id)]
    wanted += [MemberDraft(MemberRole.LEADER, person.id) for person in leaders]
    known = standing.members if standing else {}
    return tuple(member for member in dict.fromkeys(wanted) if (member.role, member.user_id) not in known), notes


def _other_lead(wanted: Sequence[MemberDraft], leads: Sequence[tuple[int, str]]) -> list[Note]:
    if not wanted or wanted[0].user_id in [user_id for user_id, _ in leads]:
        return []
    return [warn(Field.OFFICER, f"库中主办为{'、'.join(name for _, name in leads)}，主办以库中为准")]


def unit_of(entry: Entry, context: Context, members: Sequence[MemberDraft], default: int) -> int:
    """Whose a new project is: its lead's unit, the team the ledger names, the one chosen for the batch, the importer's."""
    lead = next((member.user_id for member in members if member.role is MemberRole.LEAD), None)
    of_lead = next((person.unit_id for person in context.directory.people if person.id == lead), None)
    named, _ = context.directory.unit(entry.responsible_unit)
    of_team = named.id if named is not None and named.kind is UnitKind.TEAM else None
    return of_lead or of_team or context.settings.unit_id or default
