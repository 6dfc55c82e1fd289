"""The reports that are made on demand, each by the module that makes it.

A report's module is loaded when the report is first asked for: pandas alone takes longer to load than all the rest of the
program, and most days nobody exports.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

REPORTS = {
    "statistics": "reports.figures:build",  # 统计报表
    "notice": "reports.notice:build",  # 招商业绩通报
    "plans": "reports.plans:build",  # 重点项目年度计划
}


def build(report: str, *facts: Any) -> bytes:
    """The workbook of a report; raises KeyError for an unknown one."""
    module, _, function = REPORTS[report].partition(":")
    make: Callable[..., bytes] = getattr(import_module(module), function)
    return make(*facts)
