"""The commands, a module a topic. To add one: write it in its topic's module and name the module here."""

from __future__ import annotations

from flask import Flask

from crm.cli import group
from crm.commands import (
    accounts,
    assets,
    backup,
    briefing,
    compare,
    docs,
    doctor,
    figures,
    ics,
    ledger,
    rates,
    reminders,
    rollups,
    searching,
    seed,
    server,
    tidy,
    translations,
    worker,
)

TOPICS = (
    accounts,
    assets,
    backup,
    briefing,
    compare,
    docs,
    doctor,
    figures,
    ics,
    ledger,
    rates,
    reminders,
    rollups,
    searching,
    seed,
    server,
    tidy,
    translations,
    worker,
)


def register(app: Flask) -> None:
    """Hang the commands into the application."""
    app.cli.add_command(group)
