"""What merging two records would do, as the preview shows it: values side by side, what goes over, what stands in the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from crm.actions.company_merging import side_of
from crm.history import as_text
from crm.models import Company, Project
from crm.queries import companies
from crm.queries import merges as queries
from crm.rules import merging as rules
from crm.rules.labels import label, printed
from crm.rules.merging import Obstacle
from crm.views import web


@dataclass(frozen=True)
class Line:
    """A column of the two records. `is_filled`: the kept one has nothing there, so the other one's value stays."""

    column: str
    kept: str
    gone: str
    is_filled: bool
    is_chosen: bool

    @property
    def name(self) -> str:
        """What the column is called."""
        return label(self.column)


@dataclass(frozen=True)
class Pair:
    """Two records on their way to be one, as the preview shows them."""

    table: str
    kept: Any
    gone: Any
    obstacle: Obstacle | None
    lines: Sequence[Line]
    moves: Sequence[tuple[str, int]]
    warnings: Sequence[str]

    @property
    def back(self) -> str:
        """The kept record's page."""
        return address_of(self.table, self.kept.id)

    @property
    def swapped(self) -> str:
        """The same preview the other way round."""
        return preview_address(self.table, self.gone.id, self.kept.id)


def address_of(table: str, key: int) -> str:
    """The page of a project or a company."""
    if table == "company":
        return url_for("companies.show", company_id=key)
    return url_for("projects.show", project_id=key)


def preview_address(table: str, kept_id: int, gone_id: int | None = None) -> str:
    """Where merging the one into the other is looked at."""
    values: dict[str, Any] = {"company_id" if table == "company" else "project_id": kept_id, "gone": gone_id}
    return url_for(f"merges.{'companies' if table == 'company' else 'projects'}", **values)


def project_pair(kept: Project, gone: Project) -> Pair:
    """Two projects, each loaded whole."""
    session = web.session()
    found = rules.obstacle(*queries.sides(session, kept.id, gone.id))
    return Pair(
        "project",
        kept,
        gone,
        found,
        _lines(rules.PROJECT_COLUMNS, kept, gone, lambda column, key: _name_of(kept, gone, column, key)),
        queries.would_move(session, web.actor(), "project", gone.id),
        _project_warnings(kept, gone),
    )


def _name_of(kept: Any, gone: Any, column: str, key: int) -> str:
    """The name behind a key: the row that the column of one of the two points to."""
    rows = (getattr(side, column.removesuffix("_id")) for side in (kept, gone) if getattr(side, column) == key)
    return next((row.name for row in rows if row is not None), "")


def _project_warnings(kept: Project, gone: Project) -> list[str]:
    warnings = []
    if gone.registered_at < kept.registered_at:
        warnings.append(_("并入方登记更早：首报以先登记的为准，首报人会一并记入，登记时间不变；也可以改为保留它。"))
    if gone.stage > kept.stage:
        warnings.append(_("并入方已到“%(stage)s”，阶段以保留方为准，合并后可再推进。", stage=gone.stage.label))
    if gone.duplicate_of_id is None:
        warnings.append(_("登记了两次的项目今后只计一次：线索和在谈的个数会少 1 个，已核定的数字不变。"))
    return warnings


def company_pair(kept: Company, gone: Company) -> Pair:
    """Two companies."""
    session = web.session()
    sentence = rules.company_obstacle(side_of(session, kept), side_of(session, gone))
    seen = companies.visible_to(web.actor()).where(Company.id.in_({kept.parent_id, gone.parent_id} - {None}))
    names = {row.id: row.name for row in session.scalars(seen).unique()}
    return Pair(
        "company",
        kept,
        gone,
        Obstacle(sentence) if sentence else None,
        _lines(rules.COMPANY_COLUMNS, kept, gone, lambda _column, key: names.get(key, _("不在你的可见范围"))),
        queries.would_move(session, web.actor(), "company", gone.id),
        [],
    )


def _lines(columns: Sequence[str], kept: Any, gone: Any, name: Callable[[str, int], str]) -> list[Line]:
    """The columns in which the two differ and the gone one has something to offer."""
    ours, theirs = ({column: getattr(side, column) for column in columns} for side in (kept, gone))
    filled = rules.settled(columns, ours, theirs, ())
    chosen = set(request.form.getlist("take"))
    differing = (column for column in columns if ours[column] != theirs[column] and theirs[column] not in (None, ""))
    return [
        Line(
            column,
            _printed(column, ours[column], name),
            _printed(column, theirs[column], name),
            column in filled,
            column in chosen,
        )
        for column in differing
    ]


def _printed(column: str, value: Any, name: Callable[[str, int], str]) -> str:
    names = {value: name(column, value)} if column.endswith("_id") and value is not None else None
    return printed(column, as_text(value), names)
