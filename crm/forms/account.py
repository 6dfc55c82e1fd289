"""Signing in, setting a password, and what an administrator types of an account."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from wtforms import Field, PasswordField
from wtforms.validators import EqualTo, Regexp, ValidationError

from crm.choices import Role, Theme
from crm.forms.base import ChoiceField, HouseForm, RowField, line, required, short
from crm.rules.bookings import is_address


class SignInForm(HouseForm):
    """Login and password."""

    login = line(_l("登录名"), required(), length=64, render_kw={"autocomplete": "username", "autofocus": True})
    password = PasswordField(_l("密码"), [required(), short()], render_kw={"autocomplete": "current-password"})


class NewPasswordForm(HouseForm):
    """A password, twice."""

    password = PasswordField(_l("新密码"), [required(), short()], render_kw={"autocomplete": "new-password"})
    again = PasswordField(
        _l("再输一次"),
        [required(), EqualTo("password", _l("两次输入不一致，请重新输入。"))],
        render_kw={"autocomplete": "new-password"},
    )


class ThemeForm(HouseForm):
    """The colours a person likes."""

    theme = ChoiceField(_l("外观"), Theme)


@dataclass(frozen=True)
class AccountDraft:
    """What an administrator says of an account."""

    login: str
    name: str
    title: str
    role: Role
    unit_id: int
    email: str = ""


class AccountForm(HouseForm):
    """An account; units are filled in by the view."""

    login = line(
        _l("登录名"),
        required(),
        Regexp(r"^[A-Za-z0-9._-]{2,64}$", message=_l("登录名用 2—64 个字母、数字、点、下划线或短横。")),
        length=64,
    )
    name = line(_l("姓名"), required(), length=40)
    title = line(_l("职务"), length=60)
    email = line(_l("邮箱"), render_kw={"inputmode": "email", "autocomplete": "off"})
    role = ChoiceField(_l("角色"), Role)
    unit_id = RowField(_l("单位"), [required(_l("请选择单位。"))])

    def draft(self) -> AccountDraft:
        """The typed value."""
        return AccountDraft(
            self.login.data or "",
            self.name.data or "",
            self.title.data or "",
            self.role.data,
            self.unit_id.data or 0,
            self.email.data or "",
        )

    def validate_email(self, field: Field) -> None:
        """Where invitations go; nobody needs to have one."""
        if field.data and not is_address(field.data):
            raise ValidationError(_l("“%(text)s”不是邮箱，请写成 name@example.gov.cn，或空着。", text=field.data))
