"""The commands, a module a topic. To add one: write it in its topic's module and name the module here."""

from __future__ import annotations

from flask import Flask

from crm.cli import group

TOPICS = (
    "accounts", "assets", "backup", "briefing", "compare", "docs", "doctor", "figures", "ics",
    "ledger", "rates", "reminders", "rollups", "searching", "seed", "server", "tidy",
    "translations", "worker",
)  # fmt: skip


def register(app: Flask) -> None:
    """Hang the commands into the application."""
    group.modules = tuple(f"{__name__}.{topic}" for topic in TOPICS)
    app.cli.add_command(group)
