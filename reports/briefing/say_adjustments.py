"""Sentences of the overview on what is known otherwise since the last issue (一)."""

from __future__ import annotations

from collections import Counter

from reports.briefing.facts import Briefing, Correction
from reports.briefing.grammar import Clause, Figure, joined
from reports.briefing.layout import Layout


def adjusted(briefing: Briefing, layout: Layout) -> Clause:
    """How many figures of earlier months changed, by kind; nothing where none did."""
    previous, rows = briefing.previous, briefing.adjustments
    if previous is None or not rows:
        return ()
    kinds = Counter(row.kind for row in rows)
    shown = joined("、", ((f"{kind.label}{kinds[kind]}项",) for kind in Correction if kinds[kind]))
    head = f"对照{previous.month.year}年第{previous.number}期（{previous.month.label}），往期数据调整"
    listed = f"，逐项列入“{tab}”" if (tab := layout.tab_of("adjustments")) else ""
    return (head, Figure(str(len(rows)), "adjustments"), "项：", *shown, f"{listed}，往期简报不改动。")
