"""Signing in and out, setting a password by a one-time link, and one's own settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, Response, flash, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user

from crm.actions import people as actions
from crm.choices import Theme
from crm.errors import NotFound, RuleBroken
from crm.forms.account import NewPasswordForm, SignInForm, ThemeForm
from crm.models import User
from crm.policy import Actor
from crm.queries import people
from crm.queries.people import Account
from crm.views import navigation, web

views = Blueprint("account", __name__)


@dataclass
class SignedIn:
    """The person of a session, as Flask-Login wants it."""

    account: Account
    actor: Actor
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    @property
    def single_keys(self) -> bool:
        """Whether keys without Ctrl do something."""
        return self.account.single_keys

    @property
    def theme(self) -> Theme:
        """The person's colours."""
        return self.account.theme

    def get_id(self) -> str:
        """The user and the epoch: raising the epoch ends every open session."""
        return f"{self.account.id}:{self.account.session_epoch}"


def load_signed_in(key: str) -> SignedIn | None:
    """The person of a session cookie, unless it is too old, ended, or the account is closed."""
    user_id, _sep, epoch = key.partition(":")
    longest = timedelta(hours=web.config().session_longest_hours)
    began = session.get("signed_in_at", 0)
    if not user_id.isdigit() or web.clock().now().timestamp() - began > longest.total_seconds():
        return None
    found = people.find_account(web.session(), int(user_id), web.asks_by_key()) if len(user_id) < 10 else None
    if found is None or str(found[0].session_epoch) != epoch or (found[0].is_demo and not web.config().demo):
        return None
    return SignedIn(*found)


def _me() -> User:
    """The row of the person of the session."""
    user = people.find_user(web.session(), web.actor().id)
    if user is None:
        raise NotFound
    return user


def _begin(user: User) -> Response:
    """Open a session for the user; nothing of an earlier one is carried over."""
    language = session.get("language")
    session.clear()
    session.permanent = True
    session["signed_in_at"] = web.clock().now().timestamp()
    if language:
        session["language"] = language
    found = people.find_account(web.session(), user.id)
    assert found is not None  # it has just signed in
    login_user(SignedIn(*found))
    actor = found[1]
    return redirect(web.safe_target(request.form.get("next")) or navigation.home(actor), 303)  # type: ignore[return-value]


def _sign_in_page(form: SignInForm, status: int = 200) -> Response:
    cast = people.demo_cast(web.session()) if web.config().demo else []
    target = web.safe_target(request.values.get("next"))
    return web.page("account/sign_in.html", status, form=form, cast=cast, target=target)


@views.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> Response:
    """Login and password; in the demo also the cast as buttons."""
    if current_user.is_authenticated:
        return redirect(navigation.home(current_user.actor))  # type: ignore[return-value]
    form = SignInForm()
    if not form.validate_on_submit():
        return _sign_in_page(form, 422 if form.is_submitted() else 200)
    try:
        user = actions.sign_in_with_password(
            web.session(), form.login.data or "", form.password.data or "", web.address(), web.now()
        )
    except actions.SignInRefused as refusal:
        web.session().commit()  # the failure itself is what must last
        form.refuse(refusal)
        return _sign_in_page(form, 422)
    web.session().commit()
    return _begin(user)


@views.post("/sign-in/demo/<int:user_id>")
def demo_sign_in(user_id: int) -> Response:
    """One click into the demo, for demo accounts, from this machine only."""
    cast = {user.id: user for user in people.demo_cast(web.session())} if web.config().demo else {}
    if user_id not in cast or web.address() not in ("127.0.0.1", "::1"):
        raise NotFound
    user = actions.record_sign_in(web.session(), cast[user_id], web.address(), web.now())
    web.session().commit()
    return _begin(user)


@views.post("/sign-out")
def sign_out() -> Response:
    """End this session."""
    logout_user()
    session.clear()
    return web.see_other("account.sign_in")


@views.route("/invitation/<token>", methods=["GET", "POST"])
def accept(token: str) -> Response:
    """Set a password by a one-time link, then sign in with it."""
    if people.find_invitation(web.session(), actions.digest_of(token), web.now()) is None:
        raise NotFound(_("这个链接已经用过或已过期，请管理员重新发送。"))
    form = NewPasswordForm()
    if form.validate_on_submit():
        try:
            actions.accept_invitation(web.session(), token, form.password.data or "", web.now())
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            web.session().commit()
            flash(_("密码已设好，请登录。"))
            return web.see_other("account.sign_in")
    return web.page("account/accept.html", 422 if form.is_submitted() else 200, form=form)


@views.route("/me", methods=["GET", "POST"])
def me() -> Response:
    """One's own account: colours, language, signing out."""
    form = ThemeForm(theme=current_user.theme)
    if form.validate_on_submit():
        actions.choose_theme(web.session(), _me(), form.theme.data)
        web.session().commit()
        flash(_("外观已改为“%(name)s”。", name=form.theme.data.label))
        return web.see_other("account.me")
    return web.page("account/me.html", form=form, user=_me(), menu_all=navigation.menu(web.actor()))


@views.post("/me/keys")
def keys() -> Response:
    """Single-key shortcuts on or off, for people whose hands or voices press keys they do not mean (WCAG 2.1.4)."""
    on = request.form.get("single_keys") == "on"
    actions.choose_single_keys(web.session(), _me(), on)
    web.session().commit()
    flash(_("单键快捷键已开启。") if on else _("单键快捷键已关闭，Ctrl 组合键仍然可用。"))
    return web.see_other("account.me")


@views.post("/me/language/<language>")
def language(language: str) -> Response:
    """Chinese or English for this session."""
    if language not in ("zh", "en"):
        raise NotFound
    session["language"] = language
    return redirect(web.safe_target(request.form.get("next")) or url_for("account.me"), 303)  # type: ignore[return-value]
