"""`crm ics`: a person's, a room's or a project's meetings as a calendar file, the same as their feeds show."""

from __future__ import annotations

from datetime import date

import click
from sqlalchemy import select

from crm import icalendars, policy
from crm.cli import Refused, group, refusals
from crm.commands.values import DAY
from crm.db import reading
from crm.errors import NotFound
from crm.models import Project, Room
from crm.policy import Act, Actor
from crm.queries import feeds, people
from crm.queries.calendar import Scope
from crm.views import web


@group.command("ics")
@click.option("--person", "login", default="", help="这个登录名参加的会议。")
@click.option("--room", default="", help="这间会议室的会议。")
@click.option("--project", "code", default="", help="议程里有这个项目（编号）的会议。")
@click.option("--by", "reader", default="", help="按谁的权限；默认 --person 是本人，其余只含不涉密的。")
@click.option("--from", "first", type=DAY, help="从哪一天起；默认半年前。")
@click.option("--to", "last", type=DAY, help="到哪一天为止；默认两年后。")
def ics(login: str, room: str, code: str, reader: str, first: date | None, last: date | None) -> None:
    """Print a calendar (iCalendar) of meetings."""
    if sum(map(bool, (login, room, code))) != 1:
        raise Refused("请写 --person 登录名、--room 会议室名称、--project 项目编号中的一个。")
    usual_first, usual_last = feeds.window(web.today())
    with refusals(), reading():
        actor = _reader(reader or login)
        policy.ensure(actor, Act.SEE_MEETING)
        name, scope = _asked(actor, login, room, code)
        found = feeds.entries(web.session(), actor, scope, first or usual_first, last or usual_last, _link())
        web.session().rollback()
    click.echo(icalendars.write(found, name=name), nl=False)


def _link() -> feeds.Link | None:
    """The pages of meetings, where the server's address is known."""
    address = web.config().public_url
    return (lambda meeting_id: f"{address}/meetings/{meeting_id}") if address else None


def _reader(login: str) -> Actor:
    session = web.session()
    return people.actor_of(session, people.get_by_login(session, login)) if login else feeds.bystander()


def _asked(actor: Actor, login: str, room: str, code: str) -> tuple[str, Scope]:
    """What the calendar is called, and whose it is; raises NotFound."""
    session = web.session()
    if login:
        person = people.get_by_login(session, login)
        return f"{person.name}的会议", Scope(person_id=person.id)
    if room:
        found = session.scalar(select(Room).where(Room.name == room))
        if found is None:
            raise NotFound(f"没有名为“{room}”的会议室。")
        return found.name, Scope(room_id=found.id)
    project = session.scalar(feeds.open_project(actor).where(Project.code == code))
    if project is None:
        raise NotFound(f"没有编号为“{code}”的项目，或它是涉密项目、不在可见范围。")
    return f"{project.name}的会议", Scope(project_id=project.id)
