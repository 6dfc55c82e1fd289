"""A batch of the importer: upload a ledger, choose how to read it, hold it while it is worked on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import policy, sheets, storage
from crm.choices import BatchState, Role, Word
from crm.errors import Clash, NotAllowed, RuleBroken
from crm.models import ImportBatch
from crm.policy import Act, Actor
from crm.rules.days import day_of
from crm.rules.files import clean_name
from crm.rules.importing.settings import ImportSettings
from crm.rules.matching import MatchKey

OWNERS = frozenset({Role.OFFICER, Role.TEAM_LEAD})


def upload(
    session: Session,
    actor: Actor,
    filename: str,
    data: bytes,
    folder: Path,
    now: datetime,
    like: ImportBatch | None = None,
) -> ImportBatch:
    """Keep a ledger that can be read; `like`: a batch whose settings it takes over. Raises UnreadableFile."""
    policy.ensure(actor, Act.IMPORT)
    name = clean_name(filename)
    sheets.read(data, name)
    batch = ImportBatch(
        state=BatchState.UPLOADED,
        filename=name,
        size_bytes=len(data),
        digest=storage.store(folder, data),
        options=_begun(actor, now, like),
        counts={},
        uploaded_at=now,
        uploaded_by_id=actor.id,
    )
    session.add(batch)
    session.flush()
    return batch


def _begun(actor: Actor, now: datetime, like: ImportBatch | None) -> dict[str, Any]:
    """New projects are their importer's, unless a statistician brings a ledger that is history."""
    verified = policy.can(actor, Act.IMPORT_VERIFIED)
    own = actor.role in OWNERS
    settings = ImportSettings(
        as_of=day_of(now), verified=verified, unit_id=actor.unit_id if own else None, lead_id=actor.id if own else None
    ).as_json()
    if like is None:
        return {"settings": settings, "hints": {}}
    hints = {
        **like.options["hints"],
        "tables": {k: _lasting(v) for k, v in like.options["hints"].get("tables", {}).items()},
    }
    kept = {**like.options["settings"], "as_of": settings["as_of"], "undated": False}
    return {"settings": {**kept, "verified": kept["verified"] and verified}, "hints": hints}


def _lasting(table: Mapping[str, Any]) -> dict[str, Any]:
    """What of a table's hints holds for another file of the same shape: not what single rows were said to be."""
    return {name: told for name, told in table.items() if name != "kinds"}


def settings_of(batch: ImportBatch) -> ImportSettings:
    """How the batch is imported."""
    return ImportSettings.from_json(batch.options["settings"])


def key_of(batch: ImportBatch) -> MatchKey:
    """The key by which rows are certainly known: the one chosen, else the one proposed when the file was read."""
    return settings_of(batch).key or MatchKey.parse(batch.counts.get("key", MatchKey.NAME_INVESTOR.value))


def ensure_mine(actor: Actor, batch: ImportBatch) -> None:
    """Raise NotAllowed unless the actor uploaded the batch: what a row may do was judged by the uploader's rights."""
    policy.ensure(actor, Act.IMPORT)
    if batch.uploaded_by_id != actor.id:
        raise NotAllowed("只有上传这份台账的人能改动和写入；综合统计可以查看和撤销。")


def hold(session: Session, batch: ImportBatch, *states: BatchState) -> None:
    """Lock the batch until the transaction ends; raises Clash when it is not in one of these states any more."""
    session.execute(select(ImportBatch.id).where(ImportBatch.id == batch.id).with_for_update())
    session.refresh(batch, [column.key for column in ImportBatch.__table__.columns])
    if batch.state not in states:
        raise Clash(Word("这批台账%(state)s，不能再做这一步；请回到这批台账看最新情况。", state=batch.state.label))


def choose(
    session: Session,
    actor: Actor,
    batch: ImportBatch,
    settings: ImportSettings,
    hints: Mapping[str, Any],
    now: datetime,
) -> None:
    """Read the file another way: sheets, header rows, units, columns, mode, key. What was found is found anew (`keep`)."""
    ensure_mine(actor, batch)
    hold(session, batch, BatchState.UPLOADED, BatchState.PREVIEWED)
    if settings.as_of > day_of(now):
        raise RuleBroken("台账日期不能晚于今天。", "as_of")
    if settings.verified:
        policy.ensure(actor, Act.IMPORT_VERIFIED)
    batch.options = {"settings": settings.as_json(), "hints": dict(hints)}
    batch.state = BatchState.UPLOADED
