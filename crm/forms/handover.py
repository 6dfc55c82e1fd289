"""Who gets what of a person's work."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField

from crm.forms.base import HouseForm, RowField, required, text
from crm.models import User
from crm.rules.handover import Holding, Plan


class HandOverForm(HouseForm):
    """One receiver for everything; others, where chosen, for a kind. Choices for single projects come beside it."""

    receiver = RowField(_l("接收人"), [required(_l("请选择接收人。"))], blank=_l("请选择"))
    kind_lead = RowField(Holding.LEAD.label, blank=_l("同上"))
    kind_support = RowField(Holding.SUPPORT.label, blank=_l("同上"))
    kind_agent = RowField(Holding.AGENT.label, blank=_l("同上"))
    kind_leader = RowField(Holding.LEADER.label, blank=_l("同上"))
    kind_follow_up = RowField(Holding.FOLLOW_UP.label, blank=_l("同上"))
    kind_planned = RowField(Holding.PLANNED.label, blank=_l("同上"))
    kind_action = RowField(Holding.ACTION.label, blank=_l("同上"))
    kind_transfer = RowField(Holding.TRANSFER.label, blank=_l("同上"))
    kind_view = RowField(Holding.VIEW.label, blank=_l("同上"))
    reason = text(_l("原因"), length=500)
    closes_account = BooleanField(_l("同时停用账号，立即结束登录"))

    def of_kind(self, kind: Holding) -> RowField:
        """The field of a kind."""
        found: RowField = self[f"kind_{kind.value}"]
        return found

    def offer(self, people: Sequence[User], kinds: Collection[Holding]) -> None:
        """Offer these people; kinds of which there is nothing are not asked for."""
        pairs = [(person.id, f"{person.name}（{person.unit.short_name}）") for person in people]
        self.receiver.fill(pairs)
        for kind in Holding:
            self.of_kind(kind).fill(pairs if kind in kinds else [])

    def plan(self, by_project: Mapping[int, int]) -> Plan:
        """The typed value."""
        chosen = {kind: self.of_kind(kind).data for kind in Holding}
        return Plan(
            receiver_id=self.receiver.data or 0,
            by_kind={kind: key for kind, key in chosen.items() if key},
            by_project=by_project,
            reason=self.reason.data or "",
            closes_account=bool(self.closes_account.data),
        )
