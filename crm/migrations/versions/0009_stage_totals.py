"""the totals of stages that are kept

Revision: 0009, after 0008, 2026-11-29
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SUMS = ("yuan", "fixed_yuan", "usd")


def _keys(*first: sa.Column) -> list[sa.Column]:
    """Columns by which shares and totals are told apart and narrowed."""
    return [
        *first,
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("industry_id", sa.Integer(), nullable=False),
        sa.Column("is_secret", sa.Boolean(), nullable=False),
        sa.Column("is_relocation", sa.Boolean(), nullable=False),
    ]


def _stage_and_month() -> list[sa.Column]:
    return [sa.Column("stage", sa.SmallInteger(), nullable=False), sa.Column("month", sa.Date(), nullable=False)]


def upgrade() -> None:
    op.create_index("ix_contract_day", "contract", ["signed_on"])
    op.create_table(
        "stage_share",
        *_keys(sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False), *_stage_and_month()),
        sa.Column("counts", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in SUMS),
        sa.PrimaryKeyConstraint("project_id", "stage", "month", name=op.f("pk_stage_share")),
    )
    op.create_index(
        "ix_stage_share_secret",
        "stage_share",
        ["project_id"],
        postgresql_where=sa.text("is_secret IS true"),
        sqlite_where=sa.text("is_secret IS 1"),
    )
    op.create_table(
        "stage_total",
        *_keys(*_stage_and_month()),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("counts", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in SUMS),
        sa.PrimaryKeyConstraint(
            "month", "stage", "unit_id", "industry_id", "is_secret", "is_relocation", name=op.f("pk_stage_total")
        ),
    )
    op.create_table(
        "stale_project",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stale_project")),
    )
    op.execute("INSERT INTO stale_project (project_id) SELECT id FROM project")  # to be added up by `crm migrate`


def downgrade() -> None:
    for table in ("stale_project", "stage_total", "stage_share"):
        op.drop_table(table)
    op.drop_index("ix_contract_day", table_name="contract")
