"""The briefing as an object: drafts, checked months, issues that never change.

Revision ID: 0007
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import crm.columns

revision = "0007"
down_revision = "0004"
branch_labels = None
depends_on = None

# As crm/schema/months.py had it when this revision was made.
ISSUED_IS_FIXED = {
    "sqlite": (
        "CREATE TRIGGER briefing_issue_fixed BEFORE UPDATE ON briefing_issue WHEN old.state = 'issued' "
        "BEGIN SELECT RAISE(ABORT, 'an issued briefing never changes'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION briefing_issue_fixed() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'an issued briefing never changes'; END $$",
        "CREATE TRIGGER briefing_issue_fixed BEFORE UPDATE ON briefing_issue FOR EACH ROW WHEN (old.state = 'issued') "
        "EXECUTE FUNCTION briefing_issue_fixed()",
    ),
}


def upgrade() -> None:
    op.create_table(
        "briefing_issue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=True),
        sa.Column("checked_at", crm.columns.UtcInstant(timezone=True), nullable=True),
        sa.Column("checked_by_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("total_number", sa.Integer(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("issued_at", crm.columns.UtcInstant(timezone=True), nullable=True),
        sa.Column("issued_by_id", sa.Integer(), nullable=True),
        sa.Column("signer_id", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state = 'draft' OR (facts <> '' AND checked_by_id IS NOT NULL)",
            name=op.f("ck_briefing_issue_checked_has_facts"),
        ),
        sa.CheckConstraint(
            "state <> 'issued' OR (number IS NOT NULL AND digest <> '' AND signer_id IS NOT NULL AND issued_on IS NOT NULL)",
            name=op.f("ck_briefing_issue_issued_is_whole"),
        ),
        sa.CheckConstraint(
            "signer_id IS NULL OR signer_id <> checked_by_id", name=op.f("ck_briefing_issue_signer_is_not_checker")
        ),
        sa.ForeignKeyConstraint(["checked_by_id"], ["user.id"], name=op.f("fk_briefing_issue_checked_by_id")),
        sa.ForeignKeyConstraint(["issued_by_id"], ["user.id"], name=op.f("fk_briefing_issue_issued_by_id")),
        sa.ForeignKeyConstraint(["signer_id"], ["user.id"], name=op.f("fk_briefing_issue_signer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_briefing_issue")),
        sa.UniqueConstraint("month", name=op.f("uq_briefing_issue_month")),
        sa.UniqueConstraint("year", "number", name=op.f("uq_briefing_issue_year_number")),
    )
    op.create_table(
        "briefing_remark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("section", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("entered_at", crm.columns.UtcInstant(timezone=True), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["entered_by_id"], ["user.id"], name=op.f("fk_briefing_remark_entered_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_briefing_remark")),
        sa.UniqueConstraint("month", "section", name=op.f("uq_briefing_remark_month_section")),
    )
    for statement in ISSUED_IS_FIXED[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER briefing_issue_fixed ON briefing_issue")
        op.execute("DROP FUNCTION briefing_issue_fixed()")
    op.drop_table("briefing_remark")
    op.drop_table("briefing_issue")
