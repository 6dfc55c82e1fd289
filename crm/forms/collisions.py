"""What is said in a collision case: pleas, appeals, the ruling."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField
from wtforms.validators import Optional

from crm.choices import CollisionOutcome
from crm.forms.base import ChoiceField, HouseForm, required, text
from crm.forms.fields import VersionField
from crm.rules.collisions import Decision


class WordsForm(HouseForm):
    """A side's plea, objection or appeal."""

    words = text(_l("说明"), required(), length=4000)
    version = VersionField()


class RulingForm(HouseForm):
    """A decision with its reason."""

    outcome = ChoiceField(_l("裁定"), CollisionOutcome, [required()], blank=_l("请选择"))
    first_percent = IntegerField(_l("先报方所占比例"), [Optional()])
    reason = text(_l("理由"), required(), length=4000)

    def decision(self) -> Decision:
        """The typed value."""
        return Decision(self.outcome.data, self.reason.data or "", self.first_percent.data)
