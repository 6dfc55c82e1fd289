"""`crm briefing 2022-09 --output FILE`: the same bytes as the page's download; `--issue` issues the month."""

from __future__ import annotations

from pathlib import Path

import click

from crm.actions import briefings as actions
from crm.choices import BriefingState
from crm.cli import Refused, group, refusals
from crm.commands.values import MONTH
from crm.db import reading
from crm.errors import RuleBroken
from crm.models import BriefingIssue, User
from crm.queries import briefings as queries
from crm.queries.people import actor_of, find_by_login
from crm.rules.days import Month
from crm.views import briefing_facts, briefings, web
from reports.briefing import render


@group.command("briefing")
@click.argument("month", type=MONTH)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="写到这个文件；默认用简报的名字写在当前目录。"
)
@click.option("--template", "own", is_flag=True, help="填进本单位的模板，不写标准工作簿。")
@click.option(
    "--issue", "issues", is_flag=True, help="签发这一期：冻结数据、编期号、留存工作簿。要同时给 --by 和 --signer。"
)
@click.option("--by", "login", help="经办的综合统计人员的登录名。")
@click.option("--signer", help="签发领导的姓名或登录名。")
@click.option("--number", type=int, help="期号；只在本年第一期可以指定，默认接着上一期。")
def briefing(
    month: Month,
    output: Path | None,
    own: bool,
    issues: bool,
    login: str | None,
    signer: str | None,
    number: int | None,
) -> None:
    """Write the month's briefing as a workbook, in the office's layout; of an issued month, the bytes that were issued."""
    with refusals():
        briefings.month_of(str(month), web.clock().today())
        if issues:
            issued = _issue(month, login, signer, number)
            click.echo(f"已签发：{issued.year}年第{issued.number}期（{month.label}），签发日期 {issued.issued_on}")
            click.echo(f"SHA-256 {issued.digest}")
            if output is None:
                return
        with reading():
            issue = queries.find(web.session(), month)
            facts = briefing_facts.facts(month, issue)
            data = briefing_facts.filled(facts, issue) if own else briefing_facts.workbook(facts, issue)
            name = render.file_name(facts, briefing_facts.layout(issue), own=own)
    target = output or Path(name)
    try:
        target.write_bytes(data)
    except OSError as error:
        raise Refused(f"不能写入“{target}”：{error.strerror}。请换一个位置。") from error
    click.echo(str(target))


def _issue(month: Month, login: str | None, signer: str | None, number: int | None) -> BriefingIssue:
    """Check the month where nobody has yet, and issue it; one transaction."""
    if not login or not signer:
        raise RuleBroken("签发要写明经办人和签发人：--by 综合统计人员的登录名，--signer 领导的姓名或登录名。")
    session, now = web.session(), web.now()
    by = find_by_login(session, login)
    if by is None:
        raise RuleBroken(f"没有登录名为“{login}”的在用人员。")
    actor, leader = actor_of(session, by), _signer(signer)
    row = queries.find(session, month)
    if row is None or row.state is BriefingState.DRAFT:
        actions.check(session, actor, month, briefing_facts.frozen(briefing_facts.at_this_moment(month)), now)
    row = actions.issue(session, actor, month, leader, briefing_facts.bind, now, number)
    session.commit()
    return row


def _signer(who: str) -> User:
    found = queries.people_called(web.session(), who)
    if not found:
        raise RuleBroken(f"没有叫“{who}”的在用人员，请写姓名或登录名。")
    if len(found) > 1:
        raise RuleBroken(f"叫“{who}”的不止一人，请写登录名：{'、'.join(user.login for user in found)}。")
    return found[0]
