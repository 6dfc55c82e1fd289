"""What a reader was told a moment ago: kept for him alone, until he writes or a minute is over."""

from __future__ import annotations

from flask import Flask, g, session

from crm.views import memory
from crm.views.memory import Memory, note_write, remembered
from tests.conftest import test_config as config


def asking(app: Flask, actor: str, wrote: int = 0, method: str = "GET") -> str:
    """What a reader is told when the truth is `asking.truth`."""
    with app.test_request_context(method=method):
        g.actor, session["wrote"] = actor, wrote
        return remembered("counts", lambda: asking.truth)  # type: ignore[attr-defined]


def test_it_is_kept_for_its_reader_until_he_writes(app, monkeypatch):
    kept = Memory(seconds=60)
    monkeypatch.setitem(app.extensions, "crm_memory", kept)
    asking.truth = "three"
    assert asking(app, "officer") == "three"
    asking.truth = "four"
    assert asking(app, "officer") == "three"
    assert asking(app, "team_lead") == "four"  # nobody is told what another was told
    assert asking(app, "officer", method="POST") == "four"  # who writes is told the truth
    assert asking(app, "officer", wrote=1) == "four"


def test_it_is_forgotten_after_its_time(monkeypatch):
    kept, now = Memory(seconds=60), [100.0]
    monkeypatch.setattr(memory.time, "monotonic", lambda: now[0])
    assert kept.recall("key", lambda: 1) == 1
    now[0] += 59
    assert kept.recall("key", lambda: 2) == 1
    now[0] += 2
    assert kept.recall("key", lambda: 3) == 3


def test_a_write_changes_the_cookie_and_an_opened_page_does_not(app):
    for endpoint_path, expected in (("/projects/new", 1), ("/visits", 0)):
        with app.test_request_context(endpoint_path, method="POST"):
            g.actor, g.committed = "officer", True
            note_write(app.response_class())
            assert session.get("wrote", 0) == expected


def test_tests_are_told_the_truth(tmp_path):
    assert config("sqlite://", tmp_path).memory_seconds == 0
