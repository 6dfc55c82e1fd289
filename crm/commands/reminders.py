"""`crm remind` and `crm digest`: what is due is told, and each person's day is put together. The workers do both
every morning, at the hours of the settings; by hand they do no harm."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime

import click

from crm.actions import reminders as actions
from crm.cli import group, refusals
from crm.commands.values import DAY
from crm.jobs import daily
from crm.queries.digest import Digest, document
from crm.rules.days import at, local
from crm.rules.dues import due
from crm.rules.today import Todo
from crm.views import web

ON = click.option("--on", "on", type=DAY, help="按哪一天算；默认今天。")
PERSON = click.option("--person", "login", default="", help="只算这个登录名；默认所有在用账号。")


@group.command("remind")
@ON
@PERSON
def remind(on: date | None, login: str) -> None:
    """Leave notices of what comes near or is late; a second run on the same day leaves nothing."""
    session, (today, now) = web.session(), _when(on)
    with refusals():
        users = actions.everybody(session, login)
    told = daily.remind(session, users, today, now, lambda _done: session.commit())
    for name, count in told.items():
        click.echo(f"{name}　{count} 条")
    click.echo(f"{today.isoformat()} 共提醒 {len(told)} 人、{sum(told.values())} 条。")


@group.command("digest")
@ON
@PERSON
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def daily_digest(on: date | None, login: str, as_json: bool) -> None:
    """Put each person's day together, leave one notice that leads to it, and print it."""
    session, (today, now) = web.session(), _when(on)
    with refusals():
        users = actions.everybody(session, login)
    found = daily.digests(session, users, today, now, lambda _done: session.commit())
    if as_json:
        click.echo(json.dumps([document(made) for made in found], ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(line for made in found if login or not made.is_empty for line in _lines(made)))


def _when(on: date | None) -> tuple[date, datetime]:
    """The day asked for and an instant on it, by the real time of day."""
    now = web.clock().now()
    return (web.clock().today(), now) if on is None else (on, at(on, local(now).time()))


def _lines(found: Digest) -> Iterator[str]:
    yield f"{found.name}　{found.on.isoformat()}　{found.summary}"
    late = (("逾期", found.day.missed), ("停滞", found.day.stale))
    for words, todos in (*late, ("今天", found.day.today), ("接下来 7 天", found.day.ahead)):
        yield from _part(words, todos, found.on)
    for event in found.followed:
        yield f"  关注　{event.project}　{event.words}"


def _part(words: str, todos: Sequence[Todo], on: date) -> Iterator[str]:
    for todo in todos:
        project = f"　{todo.project[1]}" if todo.project else ""
        yield f"  {words}　{todo.on.isoformat()}　{todo.what}{project}（{due(todo.on, on).words}）"
