"""`flask --app wsgi crm ...`: the group of commands, and what every command shares.

Like views, commands look at the clock, sign history and commit. Each topic has its module in crm/commands/.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import click
from flask.cli import AppGroup

from crm.db import patient
from crm.errors import CrmError


class Commands(AppGroup):
    """The commands. Their modules are loaded when one is asked for: a web server never does.

    Nobody waits for a command in a browser, so PostgreSQL lets it take its time.
    """

    modules: tuple[str, ...] = ()

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all."""
        self._load()
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        self._load()
        return super().get_command(ctx, cmd_name)

    def _load(self) -> None:
        for module in self.modules:
            import_module(module)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was named."""
        with patient():
            return super().invoke(ctx)


group = Commands("crm", help="招商项目管理系统的命令。")


@contextmanager
def refusals() -> Iterator[None]:
    """End the command with the sentence of a refusal, and exit code 2."""
    try:
        yield
    except CrmError as error:
        raise Refused(error.message) from error


class Refused(click.ClickException):
    """A refusal of the domain, printed as it is."""

    exit_code = 2

    def show(self, file: object = None) -> None:
        """The sentence alone: it says what is wrong and what to do."""
        click.echo(self.message, err=True)
