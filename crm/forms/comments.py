"""A comment as it is typed: the words, what is quoted, the pictures and files enclosed."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, MultipleFileField

from crm.actions.comments import CommentDraft, Quote
from crm.actions.files import Upload
from crm.choices import EvidenceKind
from crm.forms.base import HouseForm, text, text_filter
from crm.forms.fields import VersionField
from crm.rules.files import ACCEPT, LARGEST_BYTES

LONGEST = 4000


class CommentForm(HouseForm):
    """Writing a comment."""

    body = text(_l("评论"), length=LONGEST, render_kw={"rows": 2})
    files = MultipleFileField(_l("图片或文件"), render_kw={"accept": ACCEPT})
    quote = HiddenField(filters=[text_filter])
    quoted_kind = HiddenField(filters=[text_filter])
    quoted_id = VersionField()

    def draft(self) -> CommentDraft:
        """The typed value."""
        quote = None
        if self.quote.data and self.quoted_id.data is not None:
            quote = Quote(self.quote.data, self.quoted_kind.data or "", self.quoted_id.data)
        chosen = [file for file in self.files.data or () if getattr(file, "filename", "")]
        uploads = [Upload(file.filename, file.read(LARGEST_BYTES + 1), EvidenceKind.OTHER, "files") for file in chosen]
        return CommentDraft(self.body.data or "", quote, uploads)


class CommentEditForm(HouseForm):
    """Correcting one's own comment."""

    body = text(_l("评论"), length=LONGEST, render_kw={"rows": 5})
    version = VersionField()
