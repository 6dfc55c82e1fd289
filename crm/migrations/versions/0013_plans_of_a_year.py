"""annual plans by month, their nodes, and targets of people

Revision: 0013, after 0012, 2026-11-29

Cumulative percents become the twelve amounts they stand for; the rounding of each month's end keeps the sum at the plan.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MONTHS = range(1, 13)
_PLAN = sa.table(
    "annual_plan",
    sa.column("id", sa.Integer),
    sa.column("planned_yuan", sa.BigInteger),
    sa.column("month_shares", sa.JSON(none_as_null=True)),
    sa.column("month_yuan", sa.JSON(none_as_null=True)),
)


def upgrade() -> None:
    with op.batch_alter_table("annual_plan") as batch:
        batch.add_column(sa.Column("planned_finish_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("planned_production_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("month_yuan", sa.JSON(), nullable=True))
    _rewrite("month_shares", "month_yuan", _amounts)
    with op.batch_alter_table("annual_plan") as batch:
        batch.drop_column("month_shares")
    op.create_table(
        "plan_node",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("forecast_on", sa.Date(), nullable=True),
        sa.Column("actual_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_node")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_plan_node_project_id")),
    )
    op.create_index("ix_plan_node_project", "plan_node", ["project_id", "year"])
    op.create_table(
        "plan_node_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("node_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(length=20), nullable=False),
        sa.Column("old_on", sa.Date(), nullable=True),
        sa.Column("new_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_node_move")),
        sa.ForeignKeyConstraint(["node_id"], ["plan_node.id"], name=op.f("fk_plan_node_move_node_id")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_plan_node_move_by_id")),
    )
    op.create_index("ix_plan_node_move_node_id", "plan_node_move", ["node_id"])
    with op.batch_alter_table("target") as batch:
        batch.add_column(sa.Column("officer_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_target_officer_id"), "user", ["officer_id"], ["id"])
        batch.drop_constraint(op.f("uq_target_year_indicator_unit_id"), type_="unique")
        batch.create_unique_constraint(
            op.f("uq_target_year_indicator_unit_id_officer_id"), ["year", "indicator", "unit_id", "officer_id"]
        )
        batch.create_index("ix_target_officer", ["officer_id"])
    _only_a_units = sa.text("officer_id IS NULL")
    op.create_index(
        "uq_target_of_unit", "target", ["year", "indicator", "unit_id"],
        unique=True, sqlite_where=_only_a_units, postgresql_where=_only_a_units,
    )  # fmt: skip


def downgrade() -> None:
    op.execute("DELETE FROM target WHERE officer_id IS NOT NULL")
    op.drop_index("uq_target_of_unit", "target")
    with op.batch_alter_table("target") as batch:
        batch.drop_index("ix_target_officer")
        batch.drop_constraint(op.f("uq_target_year_indicator_unit_id_officer_id"), type_="unique")
        batch.drop_constraint(op.f("fk_target_officer_id"), type_="foreignkey")
        batch.drop_column("officer_id")
        batch.create_unique_constraint(
            op.f("uq_target_year_indicator_unit_id"), ["year", "indicator", "unit_id"]
        )
    op.drop_table("plan_node_move")
    op.drop_table("plan_node")
    with op.batch_alter_table("annual_plan") as batch:
        batch.add_column(sa.Column("month_shares", sa.JSON(), nullable=True))
    _rewrite("month_yuan", "month_shares", _shares)
    with op.batch_alter_table("annual_plan") as batch:
        for name in ("month_yuan", "planned_production_on", "planned_finish_on"):
            batch.drop_column(name)


def _rewrite(old: str, new: str, made: Any) -> None:
    bind = op.get_bind()
    for key, planned, value in bind.execute(sa.select(_PLAN.c.id, _PLAN.c.planned_yuan, _PLAN.c[old])).all():
        if value:
            bind.execute(_PLAN.update().where(_PLAN.c.id == key).values({new: made(planned, value)}))


def _amounts(planned: int, shares: dict[str, float]) -> list[int] | None:
    """A month without a percent keeps the last one before it; what is missing at the year's end falls into December."""
    ends, percent = [0], 0.0
    for month in MONTHS:
        percent = max(percent, float(shares.get(str(month), percent)))
        ends.append(planned if month == MONTHS[-1] else min(planned, round(planned * percent / 100)))
    return [after - before for before, after in pairwise(ends)]


def _shares(planned: int, amounts: list[int]) -> dict[str, float] | None:
    shares = {str(month): round(sum(amounts[:month]) * 100 / planned, 2) for month in MONTHS} if planned else {}
    return {month: int(share) if share == int(share) else share for month, share in shares.items()} or None
