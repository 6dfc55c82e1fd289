"""The dialog of the board: only what a move still lacks, with the fields of the pages where it is otherwise filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from flask_babel import lazy_gettext as _l

from crm.actions.filling import Filling, Seen
from crm.actions.investors import Investor
from crm.choices import MemberRole, Stage
from crm.errors import RuleBroken
from crm.forms.base import RowField, YuanField, text
from crm.forms.companies import CompanyForm
from crm.forms.fields import VersionField
from crm.forms.projects import EditForm, RegisterForm
from crm.rules import credit_code
from crm.rules.companies import ContactDraft
from crm.rules.lifecycle import PROJECT_FIELDS, REQUIREMENTS, Facts, missing_for
from crm.rules.places import full_province

PEOPLE = {"lead": MemberRole.LEAD, "leader": MemberRole.LEADER, "agent": MemberRole.AGENT}
# The fields in which a requirement of the gate is filled in; one that is not named is a field of its own name.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "company_id": ("company",),
    "company_code": ("credit_code",),
    "origin": ("origin", "province", "country"),
    "contact": ("contact_name", "contact_title", "contact_phone"),
    "land_use": ("land_use", "land_mu", "plant_m2"),
}
_ALWAYS = frozenset({"csrf_token", "stood", "seen", "investor_shown", "investor_seen", "reason", "confirmed"})
_COMPANY = ("credit_code", "origin", "province", "country", "registered_yuan")


def fields_of(requirement: str) -> tuple[str, ...]:
    """The names of the fields in which a requirement is filled in."""
    return FIELDS.get(requirement, (requirement,))


class TakeForm(EditForm):
    """The fields of a project, of its investor and of its team, and the reason; `keep` leaves those that are asked for."""

    company = RegisterForm.company
    credit_code = RegisterForm.credit_code
    origin = RegisterForm.origin
    province = RegisterForm.province
    country = RegisterForm.country
    contact_name = RegisterForm.contact_name
    contact_title = RegisterForm.contact_title
    contact_phone = RegisterForm.contact_phone
    registered_yuan = CompanyForm.registered_yuan
    lead = RowField(_l("主办"), blank=_l("请选择"))
    leader = RowField(_l("挂钩领导"), blank=_l("请选择"))
    agent = RowField(_l("代办员"), blank=_l("请选择"))
    reason = text(_l("说明"), length=1000)
    stood = VersionField()  # the stage shown: a project that somebody has moved meanwhile is not moved again
    investor_shown = VersionField()  # whose blanks are filled in, and how far that one's change log had got
    investor_seen = VersionField()

    def keep(self, requirements: Iterable[str]) -> None:
        """Leave only the fields of these requirements of the gate."""
        kept = _ALWAYS.union(*(fields_of(name) for name in requirements))
        for name in [name for name in self._fields if name not in kept]:
            del self[name]

    @property
    def asked(self) -> list[Any]:
        """The fields to fill in, in the order of the gate's fields."""
        return [field for field in self if field.name not in _ALWAYS]

    def seen_state(self) -> Seen:
        """What the dialog showed."""
        stood = -1 if self.stood.data is None else self.stood.data
        return Seen(stood, self.seen.data or 0, self.investor_shown.data, self.investor_seen.data or 0)

    @property
    def names_investor(self) -> bool:
        """Whether an investor is named here, for a project that had none when the dialog opened."""
        return "company" in self and bool(self._value("company"))

    def filling(self, has_company: bool) -> Filling:
        """The typed value; what was left blank is not part of it."""
        has_company = has_company and not self.names_investor
        given = {name: self._value(name) for name in self._fields if name not in _ALWAYS}
        given = {name: value for name, value in given.items() if value not in (None, "")}
        company = {name: value for name, value in given.items() if name in _COMPANY}
        return Filling(
            values={name: value for name, value in given.items() if name in PROJECT_FIELDS},
            investor=Investor() if has_company else self._investor(given),
            company=company if has_company else {},
            contact=self._contact(given) if has_company else None,
            people={role: given[name] for name, role in PEOPLE.items() if name in given},
            confirmed=bool(self.confirmed.data),
        )

    def _value(self, name: str) -> Any:
        field = self[name]
        if isinstance(field, YuanField):
            return field.yuan
        if name == "credit_code":
            return credit_code.normal(field.data or "") or None
        return full_province(field.data or "") if name == "province" else field.data

    def _investor(self, given: Mapping[str, Any]) -> Investor:
        names = ("credit_code", "origin", "province", "country", "contact_name", "contact_title", "contact_phone")
        return replace(Investor(given.get("company", "")), **{name: given[name] for name in names if name in given})

    def _contact(self, given: Mapping[str, Any]) -> ContactDraft | None:
        name, title, phone = (given.get(f"contact_{part}", "") for part in ("name", "title", "phone"))
        return ContactDraft(name, title, phone) if name or title or phone else None

    def lacks(self, facts: Facts, to: Stage) -> bool:
        """Whether the gate would still ask for something that has a field here; the error stands at each such field."""
        met = [item.field for item in REQUIREMENTS if self._is_met(item.field)]
        land_use = self.land_use.data if "land_use" in self else facts.land_use
        after = replace(facts, given=facts.given.union(met), land_use=land_use)
        wanting = [self[_main(item.field)] for item in missing_for(after, to) if _main(item.field) in self]
        for field in wanting:
            field.errors = [*field.errors, _l("这一项必填。")]
        return bool(wanting)

    def _is_met(self, requirement: str) -> bool:
        names = ("province", "country") if requirement == "origin" else (_main(requirement),)
        return any(name in self and self._value(name) not in (None, "") for name in names)

    def refuse(self, refusal: RuleBroken) -> None:
        """Show a refusal of any of the actions at the field of this dialog."""
        field = {"name": "contact_name", "phone": "contact_phone", "company_id": "company"}.get(refusal.field or "")
        super().refuse(RuleBroken(refusal.message, field) if field else refusal)


def _main(requirement: str) -> str:
    """The field that must be filled to meet a requirement."""
    return "province" if requirement == "origin" else fields_of(requirement)[0]
