"""Background work: what is due today, how far a job is, who may fetch a result."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from crm.choices import JobKind, JobState, Role
from crm.rules import jobs as rules
from crm.rules.settings import Settings, parse

NOW = datetime(2022, 10, 20, 2, 0, tzinfo=UTC)  # ten in the morning in China


@dataclass(frozen=True)
class Person:
    role: Role = Role.OFFICER
    unit_ids: frozenset[int] = frozenset({3, 4})


@dataclass(frozen=True)
class Kept:
    state: JobState = JobState.DONE
    digest: str = "d"
    expires_at: datetime | None = NOW + timedelta(days=1)
    rights: dict | None = None


@pytest.mark.parametrize(
    ("times", "due"),
    [
        (("05:30", "10:00", "10:01"), ["tidy:2022-10-20", "remind:2022-10-20"]),
        (("", "", ""), []),
        (("", "09:59", ""), ["remind:2022-10-20"]),
        (("00:00", "23:59", "25:00"), ["tidy:2022-10-20"]),
    ],
)
def test_what_is_due_today(times, due):
    settings = replace(Settings(), tidy_at=times[0], remind_at=times[1], digest_at=times[2])
    assert [key for _kind, key in rules.due_today(rules.daily_times(settings), NOW)] == due


def test_the_day_is_chinas():
    late = datetime(2022, 10, 20, 16, 30, tzinfo=UTC)  # half past midnight, the day after
    assert dict(rules.due_today({JobKind.TIDY: "00:15"}, late)) == {JobKind.TIDY: "tidy:2022-10-21"}


@pytest.mark.parametrize("text", ["24:00", "7:00", "0700", "07:60", "早上"])
def test_an_hour_is_written_as_one(text):
    with pytest.raises(Exception, match="不合要求"):
        parse("remind_at", text)
    assert parse("remind_at", "") == ""


@pytest.mark.parametrize(
    ("state", "done", "total", "percent"),
    [
        (JobState.RUNNING, 0, 0, None),
        (JobState.RUNNING, 1, 3, 33),
        (JobState.RUNNING, 3, 3, 99),  # what is not concluded is not done
        (JobState.RUNNING, 9, 3, 99),
        (JobState.DONE, 0, 0, 100),
    ],
)
def test_how_far_it_is(state, done, total, percent):
    assert rules.percent(state, done, total) == percent


def test_a_result_is_fetched_by_who_has_the_rights_it_was_made_with():
    person = Person()
    kept = Kept(rights=rules.rights_of(person))
    assert rules.result_problem(kept, person, NOW) == ""
    assert "角色和单位" in rules.result_problem(kept, Person(Role.AGENT), NOW)
    assert "角色和单位" in rules.result_problem(kept, Person(unit_ids=frozenset({3})), NOW)
    assert "保留期" in rules.result_problem(kept, person, NOW + timedelta(days=1))
    assert "保留期" in rules.result_problem(replace(kept, digest=""), person, NOW)
    for none in (replace(kept, state=JobState.FAILED), replace(kept, expires_at=None)):
        assert "没有可以下载" in rules.result_problem(none, person, NOW)


def test_faults_are_tried_again_later_and_later():
    assert [rules.retry_delay(n).total_seconds() for n in (1, 2, 3)] == [10, 60, 360]


def test_keys_are_packed():
    assert list(rules.unpacked(rules.packed([5, 1, 2**40]))) == [5, 1, 2**40]
    assert list(rules.unpacked(None)) == []
