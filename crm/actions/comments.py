"""Comments on a project's timeline: written, corrected and taken away by their author; who is named in one is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import update
from sqlalchemy.orm import Session

from crm import policy
from crm.actions import files
from crm.actions.files import Upload
from crm.actions.following import tell_followers
from crm.actions.locking import hold
from crm.actions.notices import News, tell
from crm.actions.versions import ensure_fresh
from crm.choices import NoticeKind, Word
from crm.errors import NotAllowed, RuleBroken
from crm.models import Attachment, Comment, Mention, Project
from crm.policy import Act, Actor
from crm.queries import audience, timeline
from crm.rules import mentions, quotes

EXCERPT = 60


@dataclass(frozen=True)
class Quote:
    """Words of a timeline entry, and which entry it is."""

    text: str
    kind: str
    row_id: int


@dataclass(frozen=True)
class CommentDraft:
    """What somebody remarks, what he quotes, what he encloses."""

    body: str
    quote: Quote | None = None
    uploads: Sequence[Upload] = ()


def write(
    session: Session, actor: Actor, project: Project, draft: CommentDraft, folder: Path, now: datetime
) -> Comment:
    """Add a comment with its files; tell who is named in it, and the project's followers.

    Raises RuleBroken with the field: nothing said, a quote that is not in the entry, somebody who may not see the project.
    """
    policy.ensure(actor, Act.COMMENT, project)
    if not draft.body and not draft.uploads:
        raise RuleBroken("请写评论内容，或附一张图片。", "body")
    named = _people(session, project, draft.body)
    comment = Comment(
        project_id=project.id, author_id=actor.id, written_at=now, body=draft.body,
        **_quoted(session, actor, project, draft.quote), mentions=[Mention(user_id=key) for key in named],
    )  # fmt: skip
    session.add(comment)
    session.flush()
    for upload in draft.uploads:
        files.attach(session, actor, project, upload, folder, now, comment_id=comment.id)
    _tell(session, actor, project, comment, named, now)
    return comment


def edit(
    session: Session, actor: Actor, project: Project, comment: Comment, body: str, version: int, now: datetime
) -> None:
    """Correct one's own comment; who is newly named is told. `comment.mentions` must be loaded.

    Raises Clash when it was changed since `version` was shown.
    """
    _ensure_own(actor, project, comment)
    ensure_fresh(session, comment, version)
    if not body:
        raise RuleBroken("请写评论内容；不要了可以删除这条评论。", "body")
    named = _people(session, project, body)
    kept = {mention.user_id: mention for mention in comment.mentions}
    comment.mentions = [kept.get(key) or Mention(user_id=key) for key in named]
    comment.body, comment.edited_at = body, now
    session.flush()
    _tell_named(session, actor, project, comment, set(named) - set(kept), now)


def delete(session: Session, actor: Actor, project: Project, comment: Comment, now: datetime) -> None:
    """Take one's own comment away, with its files; both lie in the trash. Raises Clash for one that is gone already."""
    _ensure_own(actor, project, comment)
    hold(session, comment)
    comment.deleted_at, comment.deleted_by_id = now, actor.id
    session.execute(
        update(Attachment)
        .where(Attachment.comment_id == comment.id, Attachment.deleted_at.is_(None))
        .values(deleted_at=now, deleted_by_id=actor.id)
    )
    session.flush()


def _ensure_own(actor: Actor, project: Project, comment: Comment) -> None:
    policy.ensure(actor, Act.COMMENT, project)
    if comment.author_id != actor.id:
        raise NotAllowed("评论由写的人修改和删除。")


def _people(session: Session, project: Project, body: str) -> list[int]:
    if "@" not in body:
        return []
    people = audience.people_to_name(session, project)
    problem = mentions.problem(body, people)
    if problem:
        raise RuleBroken(problem, "body")
    return mentions.people_in(body, people)


def _quoted(session: Session, actor: Actor, project: Project, quote: Quote | None) -> dict[str, str | int]:
    """The columns of a quote, once it is found in the words of an entry that its author sees."""
    if quote is None:
        return {}
    original = timeline.words_of(session, actor, project.id, quote.kind, quote.row_id)
    problem = quotes.quote_problem(quote.text, original)
    if problem:
        raise RuleBroken(problem, "body")
    return {"quote": quote.text, "quoted_kind": quote.kind, "quoted_id": quote.row_id}


def _tell(
    session: Session, actor: Actor, project: Project, comment: Comment, named: Sequence[int], now: datetime
) -> None:
    _tell_named(session, actor, project, comment, set(named), now)
    said = {"who": actor.name, "project": project.name, "words": _excerpt(comment.body)}
    text = Word("%(who)s 评论了“%(project)s”：%(words)s", **said)
    tell_followers(session, project, f"comment:{comment.id}", text, now, actor.id, frozenset(named))


def _tell_named(
    session: Session, actor: Actor, project: Project, comment: Comment, people: set[int], now: datetime
) -> None:
    said = {"who": actor.name, "project": project.name, "words": _excerpt(comment.body)}
    text = Word("%(who)s 在“%(project)s”的评论里提到你：%(words)s", **said)
    news = News(NoticeKind.MENTION, f"mention:{comment.id}", text, project.id, Comment.__tablename__, comment.id)
    tell(session, people, news, now, actor.id)


def _excerpt(body: str) -> str:
    line = " ".join(body.split())
    return line if len(line) <= EXCERPT else f"{line[:EXCERPT]}…"
