"""Two months side by side: added, left, changed, the same; figures by their keys."""

from __future__ import annotations

import json
from dataclasses import replace

from crm.choices import Light
from reports.briefing.compare import between, document
from reports.briefing.facts import Total
from tests.reports import sample


def numbered(briefing):
    """The sample's rows with keys, as the collector gives them."""
    return replace(
        briefing,
        key_projects=tuple(replace(row, key=n) for n, row in enumerate(briefing.key_projects, 1)),
        signed=tuple(replace(row, key=n) for n, row in enumerate(briefing.signed, 1)),
        negotiations=tuple(replace(row, key=n) for n, row in enumerate(briefing.negotiations, 1)),
        totals=(Total("signed_count", 10, 62), Total("signed_total_yuan", 1, 22_970_000_000)),
    )


def test_a_month_against_itself_has_no_difference():
    month = numbered(sample.september())
    found = between(month, month)
    assert not found.figures
    assert all(not (table.added or table.left or table.changed) for table in found.tables)
    assert [table.same for table in found.tables] == [18, 62, 20]


def test_added_left_and_changed():
    old = numbered(sample.september())
    first, second, *rest = old.key_projects
    new = replace(
        old,
        totals=(Total("signed_count", 3, 65), Total("signed_total_yuan", 1, 22_970_000_000)),
        key_projects=(
            replace(second, light=Light.RED, done_yuan=(second.done_yuan or 0) + 10_000_000),
            *rest,
            replace(first, key=99, name="新列入的项目"),
        ),
        signed=old.signed[1:],
    )
    found = between(old, new)
    keys, signings, talks = found.tables
    assert [row.name for row in keys.added] == ["新列入的项目"] and [row.name for row in keys.left] == [first.name]
    (changed,) = keys.changed
    assert set(changed.changes) == {"light", "done_yuan", "completion"}
    assert changed.changes["light"].new_text == "红"
    assert [row.name for row in signings.left] == [old.signed[0].name] and not talks.changed
    (figure,) = found.figures
    assert (figure.key, figure.old_text, figure.new_text, figure.difference) == ("signed_count", "62", "65", "+3")
    told = json.loads(json.dumps(document(found)))
    assert told["figures"] == {"signed_count": {"from": 62, "to": 65}}
    assert told["key_projects"]["changed"][0]["fields"]["light"]["to"] == "red"
    assert (told["from"]["month"], told["from"]["number"]) == ("2022-09", old.edition.number)
