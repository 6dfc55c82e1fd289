"""A likely double beside what it may be the same as: a project of the register, or an earlier row of the same ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from crm.actions.imports.batches import settings_of
from crm.choices import Stage
from crm.formats import masked_phone
from crm.models import ImportBatch, ImportRow
from crm.queries import import_register
from crm.queries import imports as queries
from crm.rules.importing.changes import money_words, shown
from crm.rules.importing.entry import Entry
from crm.rules.importing.standing import Standing
from crm.views import web


@dataclass(frozen=True)
class PairLine:
    """A field of the row beside the same of the other side."""

    label: str
    ours: str
    theirs: str

    @property
    def differs(self) -> bool:
        """They do not say the same."""
        return self.ours != self.theirs


@dataclass(frozen=True)
class Against:
    """One side of the comparison: a project of the register, or an earlier row of the same ledger (`project_id` None)."""

    project_id: int | None
    heading: str
    words: str
    lines: Sequence[PairLine]


@dataclass(frozen=True)
class Pair:
    """A row that waits for a person's word, its place among those that do, and what it may be the same as."""

    row: ImportRow
    number: int
    count: int
    previous: int | None
    next: int | None
    against: Sequence[Against]
    out_of_sight: bool


def pair_of(batch: ImportBatch, row_id: int | None) -> Pair | None:
    """The waiting row asked for, or the first one; None when nothing waits."""
    waiting = list(queries.waiting_ids(web.session(), batch.id))
    if not waiting:
        return None
    place = waiting.index(row_id) if row_id in waiting else 0
    row = web.one(queries.one_row(batch.id, waiting[place]))
    return Pair(
        row=row,
        number=place + 1,
        count=len(waiting),
        previous=waiting[place - 1] if place else None,
        next=waiting[place + 1] if place + 1 < len(waiting) else None,
        against=[*_projects_beside(batch, row), *_row_beside(batch, row)],
        out_of_sight=any(finding["code"] == "out_of_sight" for finding in row.content["findings"]),
    )


def _projects_beside(batch: ImportBatch, row: ImportRow) -> Iterator[Against]:
    settings = settings_of(batch)
    ids = [match["id"] for match in row.content["offered"]]
    seen = queries.visible_projects(web.session(), web.actor(), ids)
    standings = import_register.standings(web.session(), web.actor(), list(seen), settings.as_of)
    directory = import_register.directory(web.session(), settings.as_of)
    entry = Entry.from_json(row.content["entry"])
    for match in row.content["offered"]:
        standing = standings.get(match["id"])
        if standing is not None:
            words = _("相似 %(n)d%%：%(why)s", n=match["percent"], why="，".join(match["reasons"]))
            industry = shown("industry_id", standing.values["industry_id"], directory)
            yield Against(standing.id, standing.code, words, _lines(_of_entry(entry), _of_standing(standing, industry)))


def _row_beside(batch: ImportBatch, row: ImportRow) -> Iterator[Against]:
    if not row.content["twin"]:
        return
    sheet, number = row.content["twin"]
    twin = queries.find_row(web.session(), batch.id, sheet, number)
    if twin is not None:
        theirs = _of_entry(Entry.from_json(twin.content["entry"]))
        yield Against(
            None,
            twin.content["label"],
            _("同一份台账里写了两次"),
            _lines(_of_entry(Entry.from_json(row.content["entry"])), theirs),
        )


def _lines(ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[PairLine]:
    return [PairLine(label, ours[label], theirs[label]) for label in ours if ours[label] or theirs[label]]


def _of_entry(entry: Entry) -> dict[str, str]:
    return {
        _("名称"): entry.name,
        _("投资方"): entry.company,
        _("总投资"): money_words(entry.total),
        _("产业"): entry.industry or entry.category,
        _("建设地点"): entry.location,
        _("阶段"): entry.stage.label if entry.stage is not None else "",
        _("签约日期"): entry.signed.words if entry.signed else "",
        _("主办"): entry.officer,
        _("联系电话"): "、".join(masked_phone(phone) for phone in entry.phones),
    }


def _of_standing(standing: Standing, industry: str) -> dict[str, str]:
    company = standing.company
    phones = (
        [masked_phone(phone) for phone in company.contacts.values() if phone]
        if company and company.open_to_actor
        else []
    )
    signed = standing.reached.get(Stage.SIGNED)
    return {
        _("名称"): standing.name,
        _("投资方"): company.name if company else "",
        _("总投资"): money_words(standing.plan),
        _("产业"): industry,
        _("建设地点"): str(standing.values["site"] or ""),
        _("阶段"): standing.stage.label,
        _("签约日期"): signed.on.isoformat() if signed else "",
        _("主办"): "、".join(name for _id, name in standing.leads()),
        _("联系电话"): "、".join(phones[:2]),
    }
