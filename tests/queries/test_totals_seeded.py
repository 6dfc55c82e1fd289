"""The property that makes figures trustworthy, over a whole demo year: every figure is the sum of the rows it shows."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, text

from crm import seeding
from crm.columns import Base
from crm.queries.people import actor_of, get_by_login
from crm.queries.totals import FIGURES, Basis, Totals, Verdict
from crm.queries.totals.rows import MOST, Question, answer
from crm.queries.totals.slices import Dimension, slices
from crm.rules.days import Month, Period

LEADER, OFFICER = "chengwangshan", "guqingning"


@pytest.fixture
def demo(session, now, today):
    """The demo year instead of the cast."""
    for table in reversed(Base.metadata.sorted_tables):
        session.execute(delete(table))
    seeding.load(session, now)
    session.commit()
    session.execute(text("ANALYZE"))  # as the server does by itself a minute after so many rows
    session.commit()
    return Totals(session, Basis(today), Month(2022, 9))


@pytest.mark.slow
def test_every_figure_is_the_sum_of_its_rows_and_every_part_of_its_parts(session, demo):
    leader, officer = (actor_of(session, get_by_login(session, login)) for login in (LEADER, OFFICER))
    spoken = 0
    for key, figure in FIGURES.items():
        for period in (demo.in_year,) if figure.source.at_end else (demo.in_month, demo.in_year, demo.in_last_year):
            total, rows = demo.over(figure, period), demo.rows(figure, period)
            found = answer(session, leader, Question(figure, demo.basis, period))
            shown = [row.amount(figure.measure) or 0 if figure.unit.is_money else 1 for row in found.rows]
            assert (found.total, found.count, found.hidden) == (total, rows, 0), key
            assert rows > MOST or sum(shown) == total, key
            assert found.reasons.get(Verdict.PENDING, 0) == demo.rows(figure, period, Verdict.PENDING), key
        narrow = answer(session, officer, Question(figure, demo.basis, demo.in_year))
        assert narrow.total == demo[key].year, key
        assert len(narrow.rows) + narrow.hidden == demo.rows(figure, demo.in_year), key
        spoken += bool(narrow.total)
    assert spoken > len(FIGURES) * 3 // 4  # the demo year speaks of most of them
    for dimension in Dimension:
        parts = slices(
            session, FIGURES["signed_total_yuan"], dimension, demo.basis, demo.in_year, Period.month(demo.month)
        )  # fmt: skip
        assert sum(part.yuan for part in parts) == demo["signed_total_yuan"].year
        assert sum(part.count for part in parts) == demo["signed_count"].year
        assert sum(part.month_count for part in parts) == demo["signed_count"].month
