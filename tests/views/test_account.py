"""Signing in and out, invitations, sessions that end, and the throttle that all processes share."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from crm.actions import people
from crm.choices import Role
from crm.errors import Clash, NotFound, RuleBroken
from crm.models import Invitation, SignInAttempt, User
from crm.rules import sign_in
from tests import factories as make

PASSWORD = "湖边第七棵树-1987"


@pytest.fixture
def invited(session, acting, admin, officer, now):
    """The officer with a password, set by a one-time link."""
    token = people.invite(session, acting(admin), officer, now)
    people.accept_invitation(session, token, PASSWORD, now)
    session.commit()
    return officer


def sign_in_with(client, login, password, **more):
    return client.post("/sign-in", data={"login": login, "password": password, **more})


def test_a_stranger_is_sent_to_sign_in_and_brought_back(client_for, invited):
    client = client_for(None)
    asked = client.get("/me?x=1")
    assert asked.status_code == 302
    assert asked.headers["Location"] == "/sign-in?next=/me?x%3D1"
    answer = sign_in_with(client, "officer", PASSWORD, next="/me?x=1")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/me?x=1")
    assert client.get("/me").status_code == 200


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_sent_outside_after_signing_in(client_for, invited, target):
    answer = sign_in_with(client_for(None), "officer", PASSWORD, next=target)
    assert "evil" not in answer.headers["Location"] and answer.headers["Location"].startswith("/")


@pytest.mark.parametrize(("login", "password"), [("officer", "wrong"), ("nobody", PASSWORD), ("admin", ""), ("", "")])
def test_wrong_pairs_read_alike_and_keep_what_was_typed(client_for, invited, login, password):
    answer = sign_in_with(client_for(None), login, password)
    assert answer.status_code == 422
    if login and password:
        assert "登录名或密码不对" in answer.text
        assert f'value="{login}"' in answer.text
    assert PASSWORD not in answer.text


def test_five_failures_close_the_door_for_every_process(client_for, session, invited):
    for _ in range(sign_in.LOGIN_FAILURES):
        assert sign_in_with(client_for(None), "officer", "wrong").status_code == 422
    answer = sign_in_with(client_for(None), "officer", PASSWORD)  # a client that knows nothing of the others
    assert answer.status_code == 422 and "登录尝试过多" in answer.text
    failed = select(func.count()).where(SignInAttempt.succeeded.is_(False))
    assert session.scalar(failed) == sign_in.LOGIN_FAILURES


def test_a_success_clears_the_count(client_for, invited):
    for password in (*["wrong"] * 4, PASSWORD, *["wrong"] * 4, PASSWORD):
        answer = sign_in_with(client_for(None), "officer", password)
    assert answer.status_code == 303


def test_the_throttle_counts_an_address_over_many_logins():
    assert not sign_in.is_throttled(4, 29)
    assert sign_in.is_throttled(5, 0)
    assert sign_in.is_throttled(0, 30)


def test_an_invitation_works_once_and_a_newer_one_ends_it(session, acting, admin, officer, now):
    old = people.invite(session, acting(admin), officer, now)
    new = people.invite(session, acting(admin), officer, now + timedelta(seconds=1))
    with pytest.raises(NotFound, match="已经用过或已过期"):
        people.accept_invitation(session, old, PASSWORD, now + timedelta(seconds=2))
    people.accept_invitation(session, new, PASSWORD, now + timedelta(seconds=2))
    with pytest.raises(NotFound):
        people.accept_invitation(session, new, PASSWORD, now + timedelta(seconds=3))
    assert new not in session.scalars(select(Invitation.token_digest)).all()


def test_an_invitation_expires(session, acting, admin, officer, now):
    token = people.invite(session, acting(admin), officer, now)
    with pytest.raises(NotFound):
        people.accept_invitation(session, token, PASSWORD, now + people.INVITATION_LIFE + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", "至少 10 个字符"),
        ("aaaaaaaaaaaa", "不同的字符太少"),
        ("my-officer-2022", "不要包含登录名"),
        ("顾清宁的密码很长很长", "姓名"),
    ],
)
def test_weak_passwords_are_refused_in_words(password, words):
    assert words in sign_in.password_problem(password, "officer", "顾清宁")


def test_the_page_of_a_link_says_when_it_is_spent(client_for, session, acting, admin, officer, now):
    token = people.invite(session, acting(admin), officer, now)
    client = client_for(None)
    assert client.get(f"/invitation/{token}").status_code == 200
    assert client.post(f"/invitation/{token}", data={"password": "short", "again": "short"}).status_code == 422
    assert client.post(f"/invitation/{token}", data={"password": PASSWORD, "again": PASSWORD}).status_code == 303
    assert client.get(f"/invitation/{token}").status_code == 404


def test_every_write_needs_the_token(client_for, officer):
    client = client_for(officer)
    assert client.post("/sign-out", csrf=False).status_code == 400
    assert client.get("/me").status_code == 200
    assert client.post("/sign-out").status_code == 303
    assert client.get("/me").status_code == 302


def test_raising_the_epoch_ends_open_sessions(client_for, session, acting, admin, officer):
    client = client_for(officer)
    assert client.get("/me").status_code == 200
    people.set_active(session, acting(admin), officer, False)
    assert client.get("/me").status_code == 302
    people.set_active(session, acting(admin), officer, True)
    assert client.get("/me").status_code == 302


def test_a_session_has_a_longest_life(app, client_for, officer):
    client = client_for(officer)
    with client.session_transaction() as cookie:
        cookie["signed_in_at"] -= 13 * 3600
    assert client.get("/me").status_code == 302


def test_demo_accounts_open_nothing_outside_the_demo(client_for, session, officer):
    officer.is_demo = True
    session.commit()
    assert client_for(officer).get("/me").status_code == 302
    assert client_for(None).post(f"/sign-in/demo/{officer.id}").status_code == 404


def test_an_account_is_made_invited_changed_and_ended(client_for, session, admin):
    client = client_for(admin)
    unit = make.team(session)
    made = client.post(
        "/users/new",
        data={"login": "lin.muchuan", "name": "林牧川", "role": "leader", "unit_id": unit.id, "title": "副主任"},
    )
    assert made.status_code == 200 and "/invitation/" in made.text
    user = session.scalars(select(User).where(User.login == "lin.muchuan")).one()
    form = {"name": "林牧川", "role": "officer", "unit_id": unit.id, "title": ""}
    assert client.post(f"/users/{user.id}", data=form).status_code == 303
    session.expire_all()
    assert (user.role, user.session_epoch) == (Role.OFFICER, 1)
    taken = client.post(
        "/users/new", data={"login": "lin.muchuan", "name": "另一人", "role": "leader", "unit_id": unit.id}
    )
    assert taken.status_code == 422 and "已有人使用" in taken.text and 'value="另一人"' in taken.text
    assert client.post(f"/users/{user.id}/active/0").status_code == 303


def test_an_administrator_cannot_lock_himself_out(session, acting, admin):
    with pytest.raises(RuleBroken):
        people.set_active(session, acting(admin), admin, False)
    with pytest.raises(RuleBroken):
        people.change_user(session, acting(admin), admin, admin.name, "", Role.OFFICER, admin.unit_id)


@pytest.mark.parametrize("login", ["officer", "statistician", "leader", "auditor"])
def test_only_an_administrator_manages_accounts(client_for, session, login):
    client = client_for(make.person(session, login))
    assert client.get("/users").status_code == 403
    assert client.get("/users/new").status_code == 403
    assert client.post("/users/1/invitation").status_code == 403
    assert client.post("/users/1/active/0").status_code == 403


def test_the_first_account_is_made_once(session, now):
    with pytest.raises(Clash, match="已经有管理员账号"):
        people.first_admin(session, "boss", "季明川", "云湖经开区", now)
    for user in session.scalars(select(User).where(User.role == Role.ADMIN)):
        user.is_active = False
    token = people.first_admin(session, "Boss", "季明川", "云湖经开区", now)
    assert people.accept_invitation(session, token, PASSWORD, now).login == "boss"
