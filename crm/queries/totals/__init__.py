"""Every figure leadership sees, defined once, as of a day, from history; never from the stage a project has now.

basis     what counts, as a verdict on every row          sources, money, work, listed     the rows, by topic
registry  the figures: name, 口径, unit, rows             evaluate                         a month's figures in few statements
slices    a figure parted by industry, origin, team ...   rows                             what stands behind a figure
"""

from __future__ import annotations

from crm.queries.totals.basis import Basis, Verdict
from crm.queries.totals.evaluate import Spans, Totals
from crm.queries.totals.registry import FIGURES, Figure, Unit

__all__ = ["FIGURES", "Basis", "Figure", "Spans", "Totals", "Unit", "Verdict"]
