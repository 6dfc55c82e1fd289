"""Commands are there for who asks for them, and not loaded by a server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from crm import commands

ROOT = Path(__file__).resolve().parents[2]


def test_every_module_of_commands_is_named():
    modules = (ROOT / "crm" / "commands").glob("*.py")
    found = [path.stem for path in modules if "@group." in path.read_text(encoding="utf-8")]
    assert sorted(commands.TOPICS) == sorted(found)


def test_a_server_loads_no_command(tmp_path):
    script = "import sys, wsgi; print([name for name in sys.modules if name.startswith('crm.commands.')])"
    environment = os.environ | {"CRM_ENV": "demo", "CRM_DATA_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_the_group_finds_all_and_says_what_it_does_not_know(app):
    runner = app.test_cli_runner()
    told = runner.invoke(args=["crm", "--help"]).output
    assert {"briefing", "doctor", "migrate", "serve", "worker"} <= set(told.split())
    assert runner.invoke(args=["crm", "nonsense"]).exit_code == 2
