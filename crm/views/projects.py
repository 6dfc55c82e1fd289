"""Projects: the list and its export, and one project's page. Registering and changing: project_forms.py."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request
from markupsafe import Markup

from crm import language, policy
from crm.actions.jobs import Order
from crm.actions.people import note
from crm.choices import JobKind
from crm.db import reading
from crm.errors import NotFound, RuleBroken
from crm.jobs import project_list as exporting
from crm.policy import Act
from crm.queries import keyset, presence, project_filters, project_list
from crm.queries import project_columns as columns
from crm.queries import projects as queries
from crm.queries import saved_views as view_queries
from crm.queries.project_rows import Row
from crm.queries.stage_log import stage_log
from crm.rules.jobs import EXPORTED_AT_ONCE
from crm.views import (
    chrome,
    jobs,
    lists,
    memory,
    project_address,
    project_builder,
    project_page,
    project_state,
    project_timeline,
    saved_views,
    web,
)
from crm.views.project_builder import Line
from crm.views.project_looks import Beside, rows_printer
from crm.views.project_state import State
from reports import ledgers

views = Blueprint("projects", __name__)
TOOLS_KEPT = 30  # three to an address, between which a reader may turn within a minute
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


# ------------------------------------------------------------------------------------------------------------- the list


@views.get("/projects")
def index() -> Response:
    """The projects one may see, narrowed and sorted by the address, with totals over the whole filter."""
    policy.ensure(web.actor(), Act.SEE_PROJECT)
    if "builder" in request.args:
        return redirect(project_builder.meant())  # type: ignore[return-value]
    if "chooser" in request.args:
        return redirect(project_state.chosen())  # type: ignore[return-value]
    kept = memory.remembered("kept", lambda: view_queries.of_page(web.session(), web.actor(), saved_views.PAGE))
    if not request.args and (opens := saved_views.default_address(kept)):
        return redirect(opens)  # type: ignore[return-value]
    state, session, actor = project_state.read(), web.session(), web.actor()
    if "looks" in request.args and web.wants_fragment():
        return web.page("projects/list/_columns.html", choosing=True, fresh=True, **_state(state), **_looks())
    page = project_list.page_of(session, state.list, state.sort, lists.place(state.order), lists.PAGE_SIZE)
    count, totals = _counted(state)
    return web.page(
        "projects/index.html",
        rows=page.rows,
        printer=_printer(state),
        totals=totals,
        turn=lists.Turn(count, page.previous, page.next),
        choosing="looks" in request.args,
        fresh=False,
        views=memory.remembered("views", lambda: project_filters.view_counts(session, actor, web.today())),
        **_state(state),
        **saved_views.bar(kept),
        **_narrowing(state),
        **_looks(),
    )


def _counted(state: State) -> tuple[int, project_list.Totals | None]:
    """How many the list holds and the sums over all of it, which a long list shows when they are asked for (`totals=1`).

    That it is longer than a page counts to stays so for a minute; a number is counted each time.
    """
    found = memory.remembered(
        ("many", state.list),
        lambda: project_list.totals_of_most(web.session(), state.list),
        lambda most: most.count > keyset.MOST_COUNTED,
    )
    if found.count <= keyset.MOST_COUNTED:
        return found.count, found
    asked = request.args.get("totals") == "1"
    return found.count, project_list.totals_of(web.session(), state.list) if asked else None


def _printer(state: State) -> Callable[[bool], Callable[[Row], Markup]]:
    """What prints the rows of this page, called by the template, where the reader's language is known."""
    beside, arguments = Beside(web.today(), web.limits()), project_state.arguments()
    return lambda ticks: rows_printer(state.columns, beside, ticks, arguments)


def _state(state: State) -> dict[str, Any]:
    """The state of the list, and its arguments for other addresses."""
    return {"state": state, "state_args": project_state.arguments()}


@dataclass(frozen=True)
class _Offered:
    """What the filters offer, and what was printed with it for an address: both last as long."""

    choices: project_address.Choices
    printed: dict[Hashable, Markup] = field(default_factory=dict)


def _narrowing(state: State) -> dict[str, Any]:
    """The filters, the builder and the chips."""
    offered = memory.remembered("choices", lambda: _Offered(project_address.choices(web.session())))
    choices = offered.choices
    groups = project_builder.lines(state.asked, choices)
    return {
        "wanted": state.wanted,
        "applied": project_address.applied(state.wanted, choices),
        "groups": groups,
        "chips": project_builder.chips(groups),
        "tools": lambda name: _tool(name, offered, state, groups),
    }


def _tool(name: str, offered: _Offered, state: State, groups: Sequence[Sequence[Line]]) -> Markup:
    """The quick filters, the builder, the heads of the columns: the same on every page of a list."""
    opened = web.wants_fragment() or bool(request.args.get("builder"))
    key, printed = (name, lists.address(), opened, language.is_english()), offered.printed
    if key not in printed:
        if len(printed) >= TOOLS_KEPT:
            printed.clear()
        shown = render_template(
            f"projects/list/_{name}.html",
            wanted=state.wanted,
            choices=offered.choices,
            groups=groups,
            opened=opened or any(not line.is_understood for group in groups for line in group),
            field_menu=project_builder.menu(),
            **_state(state),
            **_looks(),
        )
        printed[key] = chrome.unindented(shown)
    return printed[key]


def _looks() -> dict[str, Any]:
    """What the templates need to make addresses, and what may be chosen."""
    return {
        "address": lists.address,
        "after_click": columns.sort_after_click,
        "all_columns": columns.COLUMNS,
        "widths": list(columns.Width),
        "densities": list(columns.Density),
        "most_counted": keyset.MOST_COUNTED,
    }


@views.post("/projects.xlsx")
def export() -> Response:
    """The list as a workbook, as far as one may export: all that the filter holds or (`only=ticked`) the ticked rows of it.

    `fields=shown` gives the columns as the list shows them. A long list becomes a job. Who exported what is kept.
    """
    policy.ensure(web.actor(), Act.EXPORT)
    session, actor, today = web.session(), web.actor(), web.today()
    state = project_state.read()
    ticked = request.args.get("only") == "ticked"
    shown = [item.column.key for item in state.columns]
    wanted = exporting.Export(
        project_state.ticked(request.form.getlist("ids")) if ticked else state.question,
        shown if request.args.get("fields") == "shown" else list(ledgers.PROJECT_COLUMNS),
        request.query_string.decode(),
    )
    count = keyset.count(session, wanted.question.rows(actor, today, Act.EXPORT), EXPORTED_AT_ONCE)
    if ticked and not count:
        raise RuleBroken("没有勾选可以导出的项目：请先在列表里勾选，只能导出自己有导出权限的项目。")
    if count > EXPORTED_AT_ONCE:
        return jobs.ordered(Order(JobKind.PROJECT_LIST, wanted.as_json(), _told_apart(state)))
    return _exported(wanted)


def _exported(wanted: exporting.Export) -> Response:
    """At once; the database is only read while the workbook is written, and the log knows before anybody has it."""
    session, actor, today, limits, file = web.session(), web.actor(), web.today(), web.limits(), BytesIO()

    def write() -> int:
        file.seek(0)
        file.truncate()
        return len(exporting.write(session, actor, wanted, today, limits, file, lambda _count: None))

    session.rollback()
    with reading():
        count = web.read_elsewhere(write)
        session.rollback()
    note(session, actor.id, *wanted.event(count), web.now())
    session.commit()
    return web.download(file.getvalue(), exporting.file_name(today), XLSX)


def _told_apart(state: State) -> str:
    """What an export is of: the view and the conditions in force."""
    choices = project_address.choices(web.session())
    plain = [f"{chip.name} {chip.value}" for chip in project_address.applied(state.wanted, choices)]
    groups = project_builder.chips(project_builder.lines(state.asked, choices))
    told = [*plain, *(" + ".join(str(words) for words, _address in group) for group in groups)]
    return "，".join([str(state.wanted.view.label), *told])[:300]


# ----------------------------------------------------------------------------------------------------------- one project


@views.get("/projects/<int:project_id>")
@web.by_key
def show(project_id: int) -> Response:
    """The project: where it stands, what is next, what is known, what happened."""
    session, actor = web.session(), web.actor()
    there, met = presence.there_and_met(session, actor.id, project_id)
    project = queries.find_whole(session, actor, project_id, there)
    if project is None:
        raise NotFound
    steps = stage_log(session, project)
    if web.wants_fragment():
        return web.page("projects/_timeline.html", **project_timeline.parts(project, steps, there))
    return web.page("projects/show.html", **project_page.parts(project, steps, there, met), **_in_list(project_id))


def _in_list(project_id: int) -> dict[str, Any]:
    """The list that the address says the project was opened from, and the projects next to it there."""
    opened_from = project_state.arguments()
    if not opened_from:
        return {"state_args": {}, "neighbours": (None, None)}
    state = project_state.read()
    beside = project_list.neighbours(web.session(), state.rows(), state.order, project_id)
    return {"state_args": opened_from, "neighbours": beside}
