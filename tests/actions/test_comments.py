"""Comments: who may write, whom they name, what they quote; and who hears of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.actions import comments as actions
from crm.actions import following, lifecycle, pins, verdicts
from crm.actions.comments import CommentDraft, Quote
from crm.actions.files import Upload
from crm.choices import ActivityState, ClaimKind, ClaimState, EvidenceKind, LossReason, NoticeKind, Stage, Status
from crm.errors import Clash, NotAllowed, NotFound, RuleBroken
from crm.models import Attachment, Comment, Follow, Mention, Notice, Pin, Project
from crm.queries import projects
from crm.queries.audience import people_to_name
from crm.queries.timeline import Show, pinned, timeline
from crm.rules.statuses import StatusDraft
from crm.trash import WITH_DELETED
from tests import factories as make

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 30


@pytest.fixture
def project(session, officer, acting):
    made = make.make_project(session, "澜芯总部基地", lead=officer)
    return load(session, acting(officer), made)


def load(session, actor, project):
    session.flush()
    return session.scalars(projects.visible_to(actor).where(Project.id == project.id)).one()


@pytest.fixture
def write(session, acting, project, now, tmp_path):
    def writing(user, body="看过了。", quote=None, uploads=()):
        return actions.write(session, acting(user), project, CommentDraft(body, quote, uploads), tmp_path, now)

    return writing


def told(session, kind):
    return {(notice.user_id, notice.text) for notice in session.scalars(select(Notice).where(Notice.kind == kind))}


def test_who_is_named_is_told_once(session, write, officer, team_lead, statistician):
    comment = write(officer, f"@{team_lead.name} @{statistician.name} 请核对，@{team_lead.name}")
    text = f"{officer.name} 在“澜芯总部基地”的评论里提到你：{comment.body}"
    assert told(session, NoticeKind.MENTION) == {(team_lead.id, text), (statistician.id, text)}
    assert set(session.scalars(select(Mention.user_id))) == {team_lead.id, statistician.id}


@pytest.mark.parametrize("login", ["other_officer", "liaison", "admin"])
def test_who_may_not_see_the_project_cannot_be_named(session, write, officer, login):
    outside = make.person(session, login)
    with pytest.raises(RuleBroken, match=f"“{outside.name}”看不到这个项目"):
        write(officer, f"@{outside.name} 请看")
    assert session.scalars(select(Comment)).all() == [] and told(session, NoticeKind.MENTION) == set()


def test_on_a_secret_project_only_the_named_and_leaders_can_be_named(session, acting, officer, project):
    project.is_secret = True
    seeing = {person.name for person in people_to_name(session, project) if person.may_see}
    assert seeing == {officer.name, make.person(session, "leader").name}


@pytest.mark.parametrize("login", [
    "officer", "other_officer", "team_lead", "statistician", "coordinator", "agent", "liaison", "leader", "admin", "auditor",
])  # fmt: skip
def test_the_audience_is_what_the_policy_says(session, acting, project, login):
    """The one statement for everybody agrees with asking the policy for each."""
    person = make.person(session, login)
    for unit in ("招商一组", "招商二组"):
        project.unit_id = make.team(session, unit).id
        session.flush()
        alone = session.scalars(projects.visible_to(acting(person)).where(Project.id == project.id)).one_or_none()
        among = {named.id for named in people_to_name(session, project) if named.may_see}
        assert (person.id in among) is (alone is not None)


@pytest.mark.parametrize("login", ["auditor", "admin", "other_officer", "agent"])
def test_who_may_not_write(session, write, login):
    with pytest.raises(NotAllowed):
        write(make.person(session, login))


def test_nothing_is_no_comment(write, officer):
    with pytest.raises(RuleBroken, match="请写评论内容"):
        write(officer, "")


def test_a_picture_comes_with_its_comment_and_leaves_with_it(session, acting, write, project, officer, now):
    comment = write(officer, "", uploads=[Upload("截图.png", PNG, EvidenceKind.OTHER, "files")])
    file = session.scalars(select(Attachment)).one()
    (entry,) = timeline(session, acting(officer), project.id)[0]
    assert (file.comment_id, entry.kind, [shown.id for shown in entry.row.files]) == (comment.id, "comment", [file.id])
    actions.delete(session, acting(officer), project, comment, now)
    assert session.scalars(select(Attachment)).all() == [] == timeline(session, acting(officer), project.id)[0]
    assert session.scalars(select(Attachment).execution_options(**WITH_DELETED)).one().deleted_at == now


def test_what_is_no_picture_is_refused(session, write, officer, coordinator):
    with pytest.raises(RuleBroken, match="的内容与扩展名") as refusal:
        write(officer, "看图", uploads=[Upload("截图.png", b"<svg>", EvidenceKind.OTHER, "files")])
    assert refusal.value.field == "files"
    with pytest.raises(NotAllowed):
        write(coordinator, "看图", uploads=[Upload("截图.png", PNG, EvidenceKind.OTHER, "files")])


def test_a_quote_stands_in_an_entry_that_its_author_sees(session, acting, write, project, officer, other_officer):
    talk = make.make_activity(session, project, summary="要求一季度供地。")
    comment = write(officer, "同意", Quote("一季度供地", "activity", talk.id))
    assert (comment.quote, comment.quoted_kind, comment.quoted_id) == ("一季度供地", "activity", talk.id)
    with pytest.raises(RuleBroken, match="与原文不符"):
        write(officer, "同意", Quote("二季度供地", "activity", talk.id))
    elsewhere = make.make_activity(session, make.make_project(session, lead=officer), summary="别处")
    for kind, key in (("activity", elsewhere.id), ("nonsense", 1), ("edit", 1)):
        with pytest.raises(NotFound):
            write(officer, "同意", Quote("别处", kind, key))


def test_a_quote_shows_only_to_who_sees_the_entry_quoted(
    session, acting, write, project, officer, team_lead, other_officer
):
    secret = make.make_project(session, lead=officer, is_secret=True)
    both = make.make_activity(session, project, secret, summary="两个项目一起谈。")
    write(officer, "注意", Quote("一起谈", "activity", both.id))

    def quote(user):
        return timeline(session, acting(user), project.id, Show.COMMENTS)[0][0].row.quote

    assert (quote(officer), quote(team_lead)) == ("一起谈", "")
    both.state = ActivityState.CANCELLED
    session.flush()
    assert quote(officer) == ""


def test_one_corrects_and_deletes_ones_own(session, acting, write, project, officer, team_lead, statistician, now):
    comment = write(officer, f"@{team_lead.name} 请看")
    later = now + timedelta(minutes=5)
    for change in (
        lambda: actions.edit(session, acting(team_lead), project, comment, "改", comment.version, now),
        lambda: actions.delete(session, acting(team_lead), project, comment, now),
    ):
        with pytest.raises(NotAllowed):
            change()
    body = f"@{team_lead.name} @{statistician.name} 请看"
    actions.edit(session, acting(officer), project, comment, body, comment.version, later)
    assert (comment.body, comment.edited_at) == (body, later)
    assert len(told(session, NoticeKind.MENTION)) == 2, "who was told is not told again"
    with pytest.raises(Clash):
        actions.edit(session, acting(officer), project, comment, "再改", comment.version - 1, later)


# ------------------------------------------------------------------------------------------------------------- followers


def test_followers_hear_of_moves_statuses_claims_and_comments(
    session, acting, write, project, officer, team_lead, statistician, now
):
    following.follow(session, acting(team_lead), project, now)
    following.follow(session, acting(team_lead), project, now)
    project.stage, project.status = Stage.REVIEW, Status.ACTIVE
    lifecycle.move_back(session, acting(statistician), project, Stage.NEGOTIATION, "资料不全", now)
    draft = StatusDraft(Status.PAUSED, now.date(), LossReason.OTHER, review_on=now.date() + timedelta(days=30))
    lifecycle.change_status(session, acting(officer), project, draft, now)
    claim = make.make_claim(session, project, ClaimKind.ARRIVAL, state=ClaimState.REPORTED)
    verdicts.verify(session, acting(statistician), claim, now)
    write(officer)
    assert {text for _user, text in told(session, NoticeKind.FOLLOWED)} == {
        f"{statistician.name} 把“澜芯总部基地”从评审改到在谈。",
        f"{officer.name} 把“澜芯总部基地”的状态改为暂缓。",
        f"“澜芯总部基地”的到位资金已由{statistician.name}核定。",
        f"{officer.name} 评论了“澜芯总部基地”：看过了。",
    }
    following.unfollow(session, acting(team_lead), project)
    write(officer, "再看")
    assert len(told(session, NoticeKind.FOLLOWED)) == 4


def test_who_may_no_longer_see_it_hears_nothing_and_nobody_twice(
    session, acting, write, project, officer, team_lead, now
):
    for login in ("team_lead", "leader"):
        following.follow(session, acting(make.person(session, login)), project, now)
    write(officer, f"@{team_lead.name}")
    assert {user for user, _text in told(session, NoticeKind.FOLLOWED)} == {make.person(session, "leader").id}
    project.is_secret = True
    write(officer, "现在涉密")
    assert {user for user, text in told(session, NoticeKind.FOLLOWED) if "涉密" in text} == {
        make.person(session, "leader").id
    }


def test_what_one_may_not_see_one_does_not_follow(session, acting, project, other_officer, now):
    with pytest.raises(NotAllowed):
        following.follow(session, acting(other_officer), project, now)
    assert session.scalars(select(Follow)).all() == []


# ------------------------------------------------------------------------------------------------------------------ pins


def test_pinned_entries_stand_on_top_of_what_one_sees(session, acting, write, project, officer, team_lead, now):
    secret = make.make_project(session, lead=officer, is_secret=True)
    both, talk = make.make_activity(session, project, secret), make.make_activity(session, project)
    comment = write(officer)
    entries = (("activity", both.id), ("activity", talk.id), ("comment", comment.id))
    for minute, (kind, key) in enumerate(entries):
        pins.pin(session, acting(officer), project, kind, key, now + timedelta(minutes=minute))
        pins.pin(session, acting(officer), project, kind, key, now)
    session.flush()
    assert [entry.key for entry in pinned(session, acting(officer), project.id)] == list(reversed(entries))
    assert [entry.key for entry in pinned(session, acting(team_lead), project.id)] == list(reversed(entries[1:]))
    pins.unpin(session, acting(team_lead), project, "activity", talk.id)
    session.flush()
    assert {pin.row_id for pin in session.scalars(select(Pin)) if pin.kind == "activity"} == {both.id}


def test_what_one_does_not_see_cannot_be_pinned_and_five_are_enough(
    session, acting, project, officer, team_lead, auditor, now
):
    secret = make.make_project(session, lead=officer, is_secret=True)
    both = make.make_activity(session, project, secret)
    with pytest.raises(NotFound):
        pins.pin(session, acting(team_lead), project, "activity", both.id, now)
    with pytest.raises(NotFound):
        pins.pin(session, acting(officer), project, "edit", 1, now)
    talks = [make.make_activity(session, project) for _ in range(6)]
    with pytest.raises(NotAllowed):
        pins.pin(session, acting(auditor), project, "activity", talks[0].id, now)
    for talk in talks[:5]:
        pins.pin(session, acting(officer), project, "activity", talk.id, now)
    with pytest.raises(RuleBroken, match="最多置顶 5 条"):
        pins.pin(session, acting(officer), project, "activity", talks[5].id, now)
