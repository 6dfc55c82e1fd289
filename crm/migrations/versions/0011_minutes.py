"""the minutes of meetings

Revision: 0011, after 0014, 2026-11-29
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import crm.columns

revision = "0011"
down_revision = "0014"
branch_labels = None
depends_on = None

# As crm/schema/meetings.py had it when this revision was made.
ISSUED_IS_FIXED = {
    "sqlite": (
        "CREATE TRIGGER minutes_fixed BEFORE UPDATE ON minutes WHEN old.issued_at IS NOT NULL "
        "BEGIN SELECT RAISE(ABORT, 'issued minutes never change'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION minutes_fixed() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'issued minutes never change'; END $$",
        "CREATE TRIGGER minutes_fixed BEFORE UPDATE ON minutes FOR EACH ROW WHEN (old.issued_at IS NOT NULL) "
        "EXECUTE FUNCTION minutes_fixed()",
    ),
}
# New columns of old tables, with what rows of before hold.
ADDED = (
    ("meeting", "copies_to", sa.Text(), "''"),
    ("attendee", "stand_in", sa.String(length=200), "''"),
    ("agenda_item", "is_deferred", sa.Boolean(), sa.false()),
    ("agenda_item", "version", sa.Integer(), "1"),
)


def upgrade() -> None:
    for table, name, kind, held in ADDED:
        op.add_column(
            table,
            sa.Column(name, kind, nullable=False, server_default=sa.text(held) if isinstance(held, str) else held),
        )
        with op.batch_alter_table(table) as batch:
            batch.alter_column(name, server_default=None)
    op.create_index("ix_agenda_item_carried", "agenda_item", ["carried_from_id"], unique=True)
    op.create_table(
        "minutes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("sent_at", crm.columns.UtcInstant(timezone=True), nullable=False),
        sa.Column("sent_by_id", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", crm.columns.UtcInstant(timezone=True), nullable=True),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("issued_at", crm.columns.UtcInstant(timezone=True), nullable=True),
        sa.Column("issued_by_id", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "issued_at IS NULL OR (number IS NOT NULL AND year IS NOT NULL AND digest <> '' AND confirmed_at IS NOT NULL)",
            name=op.f("ck_minutes_issued_is_whole"),
        ),
        sa.CheckConstraint("edition = 1 OR reason <> ''", name=op.f("ck_minutes_correction_has_reason")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_minutes_meeting_id")),
        *(
            sa.ForeignKeyConstraint([name], ["user.id"], name=op.f(f"fk_minutes_{name}"))
            for name in ("sent_by_id", "confirmed_by_id", "issued_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes")),
        sa.UniqueConstraint("meeting_id", "edition", name=op.f("uq_minutes_meeting_id_edition")),
        sa.UniqueConstraint("year", "number", "edition", name=op.f("uq_minutes_year_number_edition")),
    )
    op.create_table(
        "minutes_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("deed", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", crm.columns.UtcInstant(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_minutes_step_meeting_id")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_minutes_step_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes_step")),
    )
    op.create_index("ix_minutes_step_meeting", "minutes_step", ["meeting_id", "id"])
    for statement in ISSUED_IS_FIXED[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("minutes_step")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER minutes_fixed ON minutes")
        op.execute("DROP FUNCTION minutes_fixed()")
    op.drop_table("minutes")
    op.drop_index("ix_agenda_item_carried", table_name="agenda_item")
    for table, name, _kind, _held in reversed(ADDED):
        with op.batch_alter_table(table) as batch:
            batch.drop_column(name)
