"""What is filled in for a project and a month, and the reason why it is given back."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, MultipleFileField
from wtforms.validators import NumberRange, Optional

from crm.actions.files import Upload
from crm.choices import EvidenceKind, IssueClass
from crm.forms.base import ChoiceField, HouseForm, IntegerField, YuanField, line, required, text
from crm.models import MonthlyReport
from crm.rules.files import LARGEST_BYTES
from crm.rules.monthly import Entry

PICTURES = "image/*"


class EntryForm(HouseForm):
    """One project's row; its names begin with the project's key, so that a page holds many."""

    class Meta:
        """The page's own form has the token."""

        csrf = False

    completed_yuan = YuanField(_l("本月完成投资"), [Optional()])
    percent = IntegerField(_l("形象进度百分比"), [Optional(), NumberRange(0, 100, _l("填 0 到 100。"))])
    progress = text(_l("形象进度"), length=500)
    issue_class = ChoiceField(_l("问题类别"), IssueClass, blank=_l("无问题"))
    problem = line(_l("存在问题"), length=500)
    request = line(_l("需协调事项"), length=500)
    next_plan = text(_l("下月计划"), length=500)
    photo = MultipleFileField(_l("现场照片"), render_kw={"accept": PICTURES})
    confirmed = BooleanField(_l("已核对，按此提交"))
    version = HiddenField()

    @classmethod
    def of(cls, project_id: int, **values: Any) -> EntryForm:
        """The form of a project's row."""
        return cls(prefix=f"p{project_id}", **values)

    def entry(self) -> Entry:
        """The typed value."""
        return Entry(
            completed_yuan=self.completed_yuan.yuan,
            percent=self.percent.data,
            progress=self.progress.data or "",
            problem=self.problem.data or "",
            issue_class=self.issue_class.data,
            request=self.request.data or "",
            next_plan=self.next_plan.data or "",
        )

    def seen(self) -> int | None:
        """The version of the report that was shown, None where there was none; what is no number is an old one."""
        typed = self.version.data or ""
        return int(typed) if typed.isdecimal() and len(typed) < 9 else (-1 if typed else None)

    def photos(self) -> list[Upload]:
        """The pictures chosen."""
        files = [file for file in self.photo.data or () if getattr(file, "filename", "")]
        return [Upload(file.filename, file.read(LARGEST_BYTES + 1), EvidenceKind.PHOTO, "photo") for file in files]


def values_of(report: MonthlyReport | None, carried: MonthlyReport | None) -> dict[str, Any]:
    """What the row begins with: what was filled in, else last month's words where they are carried over."""
    fields = ("progress", "issue_class", "problem", "request", "next_plan", "percent")
    source = report or carried
    found = {field: getattr(source, field) for field in fields} if source else {}
    if report:
        found |= {"completed_yuan": report.completed_yuan, "version": report.version}
    return found


class ReturnForm(HouseForm):
    """Why a report is given back."""

    reason = line(_l("退回原因"), required(_l("请写明退回原因，填报人照此修改。")), length=500)
