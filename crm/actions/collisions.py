"""撞单: a registration that touches somebody else's right is kept, held back as a duplicate, and becomes a case.

Whoever registers holds the register (actions/codes.py), so of two in the same second one comes first and the other finds it.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from crm import policy
from crm.actions.locking import hold
from crm.actions.notices import News, tell
from crm.actions.versions import ensure_fresh
from crm.choices import CollisionState, NoticeKind, Word
from crm.errors import NotAllowed, RuleBroken
from crm.models import Collision, Project, User
from crm.policy import Act, Actor
from crm.queries import collisions as queries
from crm.queries import settings
from crm.queries.likeness import HOLDING, Asked, Hit, hits
from crm.rules.collisions import Answer, AnswerKind, answer_problem, appeal_until
from crm.rules.days import day_of

LONGEST_REASONS = 200


def check_in(
    session: Session, actor: Actor, project: Project, asked: Asked, answer: Answer | None, now: datetime
) -> Collision | None:
    """Hold a project just registered (`members` loaded) against the register; the case it makes, if any.

    The officer's answer is about what he was shown. What appeared meanwhile becomes a case by itself. A secret project that is
    not his to see becomes a case for those who may see it, and he is told nothing: his project stays as any other.
    """
    people_ids = {member.user_id for member in project.members}
    found = [hit for hit in hits(session, actor, asked, project.id) if hit.collides_with(people_ids)]
    hidden = [hit for hit in found if hit.project.is_secret and not policy.allows(actor, Act.SEE_PROJECT, hit.project)]
    known = [hit for hit in found if hit not in hidden]
    if hidden:
        plea = f"登记时所填信用代码：{asked.credit_code}" if asked.credit_code else ""
        _open(session, actor, hidden[0], project, CollisionState.OPEN, plea, now)
    if not known:
        return None
    words = answer.words if answer else ""
    if answer and (wrong := answer_problem(answer)):
        raise RuleBroken(wrong[1], wrong[0])
    if answer and answer.kind is AnswerKind.APART:
        return _open(session, actor, known[0], project, CollisionState.DISMISSED, words, now)
    project.duplicate_of_id = known[0].project.id
    return _open(session, actor, known[0], project, CollisionState.OPEN, words, now)


def _open(
    session: Session, actor: Actor, hit: Hit, second: Project, state: CollisionState, plea: str, now: datetime
) -> Collision:
    case = Collision(
        first=hit.project, second=second, state=state, percent=hit.verdict.percent,
        reasons="、".join(hit.verdict.reasons)[:LONGEST_REASONS], plea=plea, opened_at=now, opened_by_id=actor.id, rulings=[],
    )  # fmt: skip
    session.add(case)
    session.flush()
    said = "另一份登记声明是不同的项目" if state is CollisionState.DISMISSED else "与另一份登记撞单，等待裁定"
    tell_side(session, case, case.first, f"“{case.first.name}”：{said}。", "opened", now, actor)
    if state is CollisionState.OPEN:
        _tell_arbitrators(session, case, "opened", now, actor)
    return case


# ---------------------------------------------------------------------------------------------------------- what sides say


def side_of(actor: Actor, case: Collision) -> Project | None:
    """The project of the case that is the actor's to speak for: his own, or his team's."""
    spoken_for = (p for p in (case.second, case.first) if policy.allows(actor, Act.EDIT_PROJECT, p))
    return next(spoken_for, None)


def _ensure_side(actor: Actor, case: Collision) -> Project:
    side = side_of(actor, case)
    if side is None:
        raise NotAllowed("只有撞单双方的主办、协办和组长可以陈述和申诉。")
    return side


def plead(session: Session, actor: Actor, case: Collision, words: str, version: int | None) -> None:
    """State one's side while the case waits; what was stated before stays in the history."""
    side = _ensure_side(actor, case)
    ensure_fresh(session, case, version)
    if case.state not in (CollisionState.OPEN, CollisionState.APPEALED):
        raise RuleBroken("撞单已经裁定，不能再改陈述。", "words")
    if side is case.second:
        case.plea = words
    else:
        case.reply = words
    session.flush()


def contest(session: Session, actor: Actor, case: Collision, words: str, now: datetime) -> None:
    """The earlier side does not believe that it is another project: the case waits to be ruled after all."""
    if _ensure_side(actor, case) is not case.first and not policy.allows(actor, Act.EDIT_PROJECT, case.first):
        raise NotAllowed("只有先报方可以对“不是同一项目”的声明提出异议。")
    hold(session, case)
    if case.state is not CollisionState.DISMISSED:
        raise RuleBroken("这一撞单已在裁定中。", "words")
    case.state, case.reply = CollisionState.OPEN, words
    case.second.duplicate_of_id = case.first_id
    session.flush()
    tell_side(
        session, case, case.second, f"“{case.second.name}”：先报方提出异议，撞单等待裁定。", "contested", now, actor
    )
    _tell_arbitrators(session, case, "contested", now, actor)


def last_appeal_on(session: Session, case: Collision) -> date | None:
    """The last day on which the ruling can be appealed; None where there is nothing to appeal."""
    if case.state is not CollisionState.RULED or not case.rulings:
        return None
    days, calendar = settings.current(session).appeal_days, settings.calendar(session)
    return appeal_until(day_of(case.rulings[-1].decided_at), days, calendar)


def appeal(session: Session, actor: Actor, case: Collision, words: str, now: datetime) -> None:
    """Ask for a second ruling, by somebody else, once, within the office's working days."""
    _ensure_side(actor, case)
    hold(session, case)
    if case.state is not CollisionState.RULED:
        raise RuleBroken("只有已裁定、还没有申诉过的撞单可以申诉一次。", "words")
    until_on = last_appeal_on(session, case)
    if until_on is None or day_of(now) > until_on:
        raise RuleBroken(Word("申诉期已过（%(day)s），裁定已生效。", day=until_on), "words")
    case.state, case.appealed_at, case.appealed_by_id, case.appeal = CollisionState.APPEALED, now, actor.id, words
    session.flush()
    for side in (case.first, case.second):
        text = Word("“%(name)s”的撞单裁定已申诉，由另一位裁定人终裁。", name=side.name)
        tell_side(session, case, side, text, "appealed", now, actor)
    _tell_arbitrators(session, case, "appealed", now, actor)


# ------------------------------------------------------------------------------------------------------------- who is told


def tell_side(
    session: Session, case: Collision, side: Project, text: str, occasion: str, now: datetime, actor: Actor
) -> None:
    """Tell the people of one project, who know it by name."""
    told = {m.user_id for m in side.members if m.to_on is None and m.role in HOLDING}
    news = News(NoticeKind.COLLISION, f"collision:{case.id}:{occasion}:{side.id}", text, side.id, "collision", case.id)
    tell(session, told, news, now, actor.id)


def _tell_arbitrators(session: Session, case: Collision, occasion: str, now: datetime, actor: Actor) -> None:
    """Tell those who may rule it: both projects are theirs to see, and they are named on neither."""
    parties = {member.user_id for side in (case.first, case.second) for member in side.members}
    told = [user.id for user in queries.arbitrators(session) if user.id not in parties and _may_rule(user, case)]
    news = News(
        NoticeKind.COLLISION, f"collision:{case.id}:{occasion}:ruling", Word("有撞单等待裁定。"),
        _quiet(case), "collision", case.id,
    )  # fmt: skip
    tell(session, told, news, now, actor.id)


def _may_rule(user: User, case: Collision) -> bool:
    judge = Actor(user.id, user.name, user.role, user.unit_id)
    return all(policy.allows(judge, Act.ARBITRATE, side) for side in (case.first, case.second))


def _quiet(case: Collision) -> int:
    """The project a notice hangs on: the secret one, so that it hides with it."""
    return case.second_id if case.second.is_secret else case.first_id
