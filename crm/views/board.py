"""The board: the projects of the list as cards in columns by stage. Taking a card elsewhere: board_move.py."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from crm import policy
from crm.policy import Act
from crm.queries import board as queries
from crm.rules.board import LANES, Arrangement
from crm.views import board_address, lists, project_address, web
from crm.views.projects import views

__all__ = ["MOVERS", "views"]
# Who may do any of these sees how to take a card elsewhere.
MOVERS = (Act.MOVE_STAGE, Act.SCREEN, Act.MOVE_BACK, Act.CHANGE_STATUS, Act.VERIFY)


@views.get("/projects/board")
def board() -> Response:
    """The board of this address; asked for by htmx, the columns alone, or the next cards of the one that goes on."""
    policy.ensure(web.actor(), Act.SEE_PROJECT)
    session, actor, today, limits = web.session(), web.actor(), web.today(), web.limits()
    shown, wanted = board_address.shown(), project_address.wanted()
    rows = queries.rows_of(actor, wanted, today)
    context: dict[str, Any] = {
        "shown": shown,
        "wanted": wanted,
        "limits": limits,
        "links": board_address,
        "states": Arrangement,
        "movable": any(policy.can(actor, act) for act in MOVERS),
        "lanes": LANES,
        "here": request.full_path,
    }
    if web.wants_fragment() and shown.lane and shown.after:
        one = [shown.of(shown.lane)]
        column = queries.columns(session, actor, rows, one, today, limits)[shown.lane]
        return web.page("board/_cards.html", lane=shown.lane, column=column, **context)
    context |= {
        "heads": queries.heads(session, actor, rows, today, limits),
        "columns": queries.columns(session, actor, rows, shown.wanted(), today, limits),
    }
    if web.wants_fragment():
        return web.page("board/_board.html", **context)
    choices = project_address.choices(session)
    return web.page(
        "board/show.html",
        choices=choices,
        applied=project_address.applied(wanted, choices),
        address=lists.address,
        **context,
    )
