"""Lists in styles nobody designed for: what the clerk wrote is what must be read."""

from __future__ import annotations

import pytest

from tests.rules.ledger.clerks import Clerk
from tests.rules.ledger.grids import ledger


@pytest.mark.parametrize("seed", range(250))
def test_a_clerks_list_is_read_as_it_was_meant(seed):
    written = Clerk(seed).write()
    rows = [row for _, row in ledger(written.sheet).projects]
    assert [row.name for row in rows] == written.names
    assert sum(row.total.yuan or 0 for row in rows if row.total) == written.yuan
    assert sum(1 for row in rows if not row.total or not row.total.sure) == written.unsure
