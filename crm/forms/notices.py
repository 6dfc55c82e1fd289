"""What a person wants to be told: a row of fields for each kind of news, made from the vocabulary."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField
from wtforms.validators import ValidationError

from crm.choices import NoticeKind
from crm.forms.base import HouseForm, NumberField
from crm.rules.reminders import FARTHEST_DAYS, TIMED, Wish, Wishes

# What the daily digest is made of.
DIGESTED = (*TIMED, NoticeKind.FOLLOWED)


def _reachable(_form: Any, field: Any) -> None:
    days = field.data
    if days is not None and (not days.is_finite() or days != int(days) or not 0 <= days <= FARTHEST_DAYS):
        raise ValidationError(_l("提前天数应为 0 到 %(most)d 的整数；留空按单位设置。", most=FARTHEST_DAYS))


class RemindersForm(HouseForm):
    """One row of fields a kind: `on-…`, `digest-…`, `days-…`."""

    def draft(self) -> dict[NoticeKind, Wish]:
        """What was wished, kind by kind."""
        return {kind: self._wish(kind) for kind in NoticeKind}

    def _wish(self, kind: NoticeKind) -> Wish:
        days = self[f"days-{kind.value}"].data if kind in TIMED else None
        digested = kind not in DIGESTED or self[f"digest-{kind.value}"].data
        return Wish(self[f"on-{kind.value}"].data, digested, None if days is None else int(days))

    def rows(self) -> Iterable[tuple[NoticeKind, Any, Any, Any]]:
        """(kind, told, days ahead, in the digest) for the table; None where a kind has no such field."""
        for kind in NoticeKind:
            on, days, digest = (self._fields.get(f"{part}-{kind.value}") for part in ("on", "days", "digest"))
            yield kind, on, days, digest


for _kind in NoticeKind:
    setattr(RemindersForm, f"on-{_kind.value}", BooleanField(_l("提醒")))
    if _kind in DIGESTED:
        setattr(RemindersForm, f"digest-{_kind.value}", BooleanField(_l("列入每日提要")))
    if _kind in TIMED:
        setattr(RemindersForm, f"days-{_kind.value}", NumberField(_l("提前天数"), [_reachable]))


def reminders_form(wishes: Wishes) -> RemindersForm:
    """The form with what is in force."""
    data: dict[str, Any] = {}
    for kind in NoticeKind:
        wish = wishes.get(kind, Wish())
        days = None if wish.days is None else Decimal(wish.days)
        data |= {f"on-{kind.value}": wish.is_on, f"digest-{kind.value}": wish.in_digest, f"days-{kind.value}": days}
    return RemindersForm(data=data)
