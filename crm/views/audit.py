"""The log of what people did and changed."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask_babel import lazy_gettext as _l

from crm import policy
from crm.policy import Act
from crm.queries import audit as queries
from crm.queries.changes import lines
from crm.rules.labels import TABLES
from crm.views import lists, web

views = Blueprint("audit", __name__, url_prefix="/log")
KINDS = {
    "sign_in": _l("登录"),
    "invite": _l("发送设密链接"),
    "export": _l("导出"),
    "download": _l("下载附件"),
    "import": _l("导入台账"),
    "rollback": _l("撤销导入"),
    "briefing": _l("下载月度简报"),
    "briefing_check": _l("核对月度简报"),
    "briefing_issue": _l("签发月度简报"),
    "briefing_remark": _l("补充简报正文"),
    "briefing_layout": _l("调整简报版式"),
    "briefing_template": _l("更换简报模板"),
    "setting": _l("调整口径"),
    "target": _l("调整目标"),
    "rate": _l("登记汇率"),
    "holiday": _l("登记节假日"),
    "feed": _l("新建日历订阅"),
    "feed_revoked": _l("撤销日历订阅"),
}


@views.get("")
def index() -> Response:
    """Operations, or (?show=changes) changes column by column; values of rows one may not see are withheld."""
    policy.ensure(web.actor(), Act.SEE_LOG)
    session, actor = web.session(), web.actor()
    show = "changes" if request.args.get("show") == "changes" else "events"
    filters = queries.Filters(
        person_id=lists.number("person"),
        first_on=lists.day("from"),
        last_on=lists.day("to"),
        what=request.args.get("what", ""),
    )
    if show == "changes":
        found, turn = lists.turned(queries.changes(filters), queries.CHANGES)
        rows = lines(session, actor, found, queries.hidden(session, actor, found))
        choices = dict(TABLES)
    else:
        rows, turn = lists.turned(queries.events(filters), queries.EVENTS)  # type: ignore[assignment]
        choices = {kind: str(KINDS.get(kind, kind)) for kind in queries.kinds(session)}
    return web.page(
        "audit/index.html",
        show=show,
        rows=rows,
        turn=turn,
        filters=filters,
        choices=choices,
        names=queries.names(session),
        periods=lists.periods(web.today()),
        address=lists.address,
    )
