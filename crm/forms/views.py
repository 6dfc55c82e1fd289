"""Naming a view of a list and sharing it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from crm.actions.views import LONGEST_NAME
from crm.forms.base import HouseForm, RowField, line, required
from crm.forms.fields import VersionField


class ViewForm(HouseForm):
    """A view as it is kept; `query` is the state of the list, carried along unseen."""

    name = line(_l("视图名称"), required(_l("请给视图起个名字。")), length=LONGEST_NAME)
    unit_id = RowField(_l("共享给"), blank=_l("只有我"))
    query = HiddenField()
    version = VersionField()
