"""Versions of the briefing's layout and of the office's template: appended, never changed; the newest is in force.

What a layout may say is decided by reports/briefing, which this layer does not know; the view asks it and hands over what may
be kept, with the sentence for the log.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm import policy, storage
from crm.actions.locking import hold_register
from crm.actions.people import note
from crm.choices import Word
from crm.errors import Clash, RuleBroken
from crm.models import BriefingLayout, BriefingTemplate
from crm.policy import Act, Actor
from crm.queries import briefings as queries
from crm.rules.days import minute
from crm.rules.files import clean_name

LONGEST_NOTE = 120
LONGEST_DETAIL = 1000


def keep(
    session: Session, actor: Actor, changes: Mapping[str, Any], words: str, said: str, shown: int, now: datetime
) -> BriefingLayout:
    """One more version of the layout. `shown`: the number of the version it was made from; raises Clash when a newer one is in
    force. `words` is the person's note, `said` what changed."""
    policy.ensure(actor, Act.ARRANGE_BRIEFING)
    hold_register(session)
    newest = queries.layout_in_force(session)
    ensure_newest(newest, shown)
    if dict(changes) == (newest.changes if newest else {}):
        raise RuleBroken("与现用版式相同，没有要保存的改动。")
    text = (words or said)[:LONGEST_NOTE]
    row = BriefingLayout(
        number=(newest.number if newest else 0) + 1,
        changes=dict(changes),
        note=text,
        made_at=now,
        made_by_id=actor.id,
    )
    session.add(row)
    _flush(session)
    note(session, actor.id, "briefing_layout", f"简报版式第{row.number}版：{said or text}"[:LONGEST_DETAIL], now)
    return row


def ensure_newest(newest: BriefingLayout | None, shown: int) -> None:
    """Raise Clash if a version was saved since `shown` was."""
    if newest is None or newest.number == shown:
        return
    raise Clash(
        Word(
            "%(who)s %(at)s 保存了第 %(n)d 版（%(note)s），页面上的已不是最新版式。"
            "你填的都还在：请核对，再次保存将在第 %(n)d 版上改。",
            who=newest.made_by.name,
            at=minute(newest.made_at),
            n=newest.number,
            note=newest.note or Word("没有说明"),
        )
    )


def keep_template(
    session: Session, actor: Actor, filename: str, data: bytes, words: str, folder: Path, now: datetime
) -> BriefingTemplate:
    """One more version of the template; the view has had it looked through."""
    policy.ensure(actor, Act.ARRANGE_BRIEFING)
    name = clean_name(filename)
    return _template(session, actor, name, data, words, storage.store(folder, data), now, f"上传“{name}”")


def drop_template(session: Session, actor: Actor, now: datetime) -> BriefingTemplate:
    """Take the template out of use; months that were checked with it keep it."""
    policy.ensure(actor, Act.ARRANGE_BRIEFING)
    if queries.template_in_force(session) is None:
        raise Clash("现在没有在用的模板。")
    return _template(session, actor, "", b"", "", "", now, "停用模板")


def _template(
    session: Session, actor: Actor, name: str, data: bytes, words: str, digest: str, now: datetime, said: str
) -> BriefingTemplate:
    hold_register(session)
    newest = session.scalars(queries.templates().limit(1)).one_or_none()
    row = BriefingTemplate(
        number=(newest.number if newest else 0) + 1,
        filename=name,
        digest=digest,
        size_bytes=len(data),
        note=words[:LONGEST_NOTE],
        made_at=now,
        made_by_id=actor.id,
    )
    session.add(row)
    _flush(session)
    note(session, actor.id, "briefing_template", f"简报模板第{row.number}版：{said}", now)
    return row


def _flush(session: Session) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        raise Clash("刚才有人也在保存，请刷新页面看最新的版本。") from error
