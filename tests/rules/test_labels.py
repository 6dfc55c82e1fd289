"""How history prints what it kept."""

from __future__ import annotations

import pytest

from crm import history
from crm.models import Company, Contact, Listing, Project, ProjectMember
from crm.rules.labels import COLUMNS, printed


@pytest.mark.parametrize(
    ("column", "kept", "expected"),
    [
        ("total_yuan", "1000000000", "10.00 亿元"),
        ("tax_yuan", "92000000", "9,200 万元"),
        ("foreign_usd", "42000000", "4,200 万美元"),
        ("land_mu", "86.00", "86 亩"),
        ("land_mu", "86.50", "86.5 亩"),
        ("jobs_count", "620", "620 人"),
        ("confidence_percent", "75", "75%"),
        ("land_use", "new_land", "新供地"),
        ("stage", "3", "评审"),
        ("status", "paused", "暂缓"),
        ("kind", "video", "线上视频会"),
        ("kind", "huddle", "碰头会"),
        ("role", "lead", "主办"),
        ("is_secret", "True", "是"),
        ("is_relocation", "False", "否"),
        ("industry_id", "7", "智能制造"),
        ("industry_id", "8", "8"),
        ("content", "建设 3.5 万平方米厂房", "建设 3.5 万平方米厂房"),
        ("expected_sign_on", "2022-11-30", "2022-11-30"),
        ("name", None, "空"),
        ("unknown_column", "x", "x"),
    ],
)
def test_printed(column, kept, expected):
    assert printed(column, kept, {7: "智能制造"}) == expected


@pytest.mark.parametrize("model", [Project, Company, Contact, ProjectMember, Listing])
def test_every_column_that_history_keeps_of_the_register_has_a_name(model):
    kept = {column.key for column in model.__table__.columns} - history.UNTRACKED_COLUMNS
    housekeeping = {"id", "is_demo", "created_at", "created_by_id", "registered_at", "registered_by_id", "batch_id"}
    assert not kept - housekeeping - set(COLUMNS)
