"""What is typed of a room, and of somebody's absence."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField
from wtforms.validators import Optional

from crm.choices import AbsenceKind, DayPart
from crm.forms.base import ChoiceField, DayField, HouseForm, RowField, line, required
from crm.forms.bookings import WholeField
from crm.forms.fields import SuggestField
from crm.rules.absences import AbsenceDraft
from crm.rules.rooms import RoomDraft


class RoomForm(HouseForm):
    """A room."""

    name = line(_l("名称"), required())
    building = SuggestField(_l("楼宇"))
    capacity = WholeField(_l("可容纳"), [required()])
    equipment = line(_l("设备"))
    rank = WholeField(_l("排序"), [Optional()])
    is_active = BooleanField(_l("在用"), default=True)

    def draft(self) -> RoomDraft:
        """The typed value."""
        return RoomDraft(
            self.name.data or "",
            self.capacity.data or 0,
            self.building.data or "",
            self.equipment.data or "",
            self.rank.data or 0,
            bool(self.is_active.data),
        )


class AbsenceForm(HouseForm):
    """Somebody is away."""

    user_id = RowField(_l("谁"), [required(_l("请选择人员。"))])
    kind = ChoiceField(_l("事由"), AbsenceKind, default=AbsenceKind.TRIP)
    first_on = DayField(_l("第一天"), [required()])
    last_on = DayField(_l("最后一天"), [Optional()])
    part = ChoiceField(_l("时段"), DayPart, default=DayPart.WHOLE)
    note = line(_l("说明"))

    def draft(self) -> AbsenceDraft:
        """The typed value; one day where no last one is said."""
        first_on = self.first_on.data
        assert first_on is not None  # required
        last_on = self.last_on.data or first_on
        return AbsenceDraft(
            self.user_id.data or 0, self.kind.data, first_on, last_on, self.part.data, self.note.data or ""
        )  # fmt: skip
