"""Uploading somebody else's invitation, and which of its meetings is meant."""

from __future__ import annotations

import base64
import binascii

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import FileStorage
from wtforms import FileField, HiddenField
from wtforms.validators import ValidationError

from crm.forms.base import HouseForm

ACCEPT = ".ics,text/calendar"


class InvitationForm(HouseForm):
    """A file; or `kept`, the file of a moment ago (base64), with the number of the meeting that was `chosen`."""

    file = FileField(_l("邀请文件"), render_kw={"accept": ACCEPT})
    kept = HiddenField()
    chosen = HiddenField()

    def validate_file(self, field: FileField) -> None:
        """A file must have been chosen; what it is, is for the reader to say."""
        if not self.kept.data and not (isinstance(field.data, FileStorage) and field.data.filename):
            raise ValidationError(_l("请选择邀请文件（.ics）。"))

    def upload(self) -> bytes:
        """The bytes of the file; none for what is not base64."""
        if self.kept.data:
            try:
                return base64.b64decode(self.kept.data, validate=True)
            except (binascii.Error, ValueError):
                return b""
        data: bytes = self.file.data.read()
        return data

    @property
    def number(self) -> int | None:
        """The place of the meeting that was chosen."""
        text = self.chosen.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else None


def packed(data: bytes) -> str:
    """What `kept` bears."""
    return base64.b64encode(data).decode("ascii")
