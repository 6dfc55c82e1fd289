"""monthly reports on their way: filled in, checked, verified

Revision: 0014, after 0010, 2026-11-29
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0010"
branch_labels = None
depends_on = None

STEPS = ("checked", "returned")


def upgrade() -> None:
    with op.batch_alter_table("monthly_report", schema=None) as batch_op:
        batch_op.add_column(sa.Column("completed_yuan", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("is_confirmed", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("percent", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("reason", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("claim_id", sa.Integer(), nullable=True))
        for step in STEPS:
            batch_op.add_column(sa.Column(f"{step}_by_id", sa.Integer(), nullable=True))
            batch_op.add_column(sa.Column(f"{step}_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_foreign_key(op.f("fk_monthly_report_claim_id"), "claim", ["claim_id"], ["id"])
        for step in STEPS:
            batch_op.create_foreign_key(op.f(f"fk_monthly_report_{step}_by_id"), "user", [f"{step}_by_id"], ["id"])
        batch_op.create_check_constraint(
            op.f("ck_monthly_report_percent_is_one"), "percent IS NULL OR (percent >= 0 AND percent <= 100)"
        )
        batch_op.create_index(op.f("ix_monthly_report_claim_id"), ["claim_id"], unique=False)
        batch_op.create_index("ix_monthly_report_month", ["month", "state"], unique=False)
    with op.batch_alter_table("monthly_report", schema=None) as batch_op:
        batch_op.alter_column("is_confirmed", server_default=None)
        batch_op.alter_column("reason", server_default=None)


def downgrade() -> None:
    # A report on its way back has no word of its own before: it waits to be filled in again.
    op.execute("UPDATE monthly_report SET state = 'draft' WHERE state = 'returned'")
    with op.batch_alter_table("monthly_report", schema=None) as batch_op:
        batch_op.drop_index("ix_monthly_report_month")
        batch_op.drop_index(op.f("ix_monthly_report_claim_id"))
        batch_op.drop_constraint(op.f("ck_monthly_report_percent_is_one"), type_="check")
        for column in ("claim_id", *(f"{step}_by_id" for step in STEPS)):
            batch_op.drop_constraint(op.f(f"fk_monthly_report_{column}"), type_="foreignkey")
        for step in STEPS:
            batch_op.drop_column(f"{step}_at")
            batch_op.drop_column(f"{step}_by_id")
        for column in ("claim_id", "reason", "percent", "is_confirmed", "completed_yuan"):
            batch_op.drop_column(column)
