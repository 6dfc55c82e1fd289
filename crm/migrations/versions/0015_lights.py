"""lights: set by a person for a month, and letters about red ones

Revision: 0015, after 0017, 2026-11-29
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0017"
branch_labels = None
depends_on = None

LETTER_CHECKS = {
    "is_about_one_thing": "(item_id IS NULL) <> (project_id IS NULL)",
    "light_of_a_month": "(project_id IS NULL) = (month IS NULL)",
    "item_has_a_deadline": "item_id IS NULL OR (deadline_on IS NOT NULL AND late_days IS NOT NULL)",
    "answer_was_entered": "(answered_on IS NULL) = (answered_by_id IS NULL)",
}
WAITING = "answered_on IS NULL"
OPEN = "ended_at IS NULL"


def upgrade() -> None:
    op.create_table(
        "light_override",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("system_light", sa.String(20), nullable=False),
        sa.Column("light", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name=op.f("ck_light_override_ended_by_somebody")),
        sa.CheckConstraint(
            "light <> system_light AND light <> 'none'", name=op.f("ck_light_override_says_another_light")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_light_override")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_light_override_project_id")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_light_override_by_id")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["user.id"], name=op.f("fk_light_override_ended_by_id")),
    )
    op.create_index("ix_light_override_project", "light_override", ["project_id", "month"])
    op.create_index(
        "ix_light_override_open", "light_override", ["project_id", "month"], unique=True,
        sqlite_where=sa.text(OPEN), postgresql_where=sa.text(OPEN),
    )  # fmt: skip
    with op.batch_alter_table("supervision_letter") as batch:
        for name in ("item_id", "late_days"):
            batch.alter_column(name, existing_type=sa.Integer(), nullable=True)
        batch.alter_column("deadline_on", existing_type=sa.Date(), nullable=True)
        batch.add_column(sa.Column("project_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("month", sa.Date(), nullable=True))
        batch.add_column(sa.Column("cause", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("answered_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("answer", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("answered_by_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_supervision_letter_project_id"), "project", ["project_id"], ["id"])
        batch.create_foreign_key(op.f("fk_supervision_letter_answered_by_id"), "user", ["answered_by_id"], ["id"])
        for name, condition in LETTER_CHECKS.items():
            batch.create_check_constraint(op.f(f"ck_supervision_letter_{name}"), condition)
    with op.batch_alter_table("supervision_letter") as batch:
        batch.alter_column("cause", server_default=None)
        batch.alter_column("answer", server_default=None)
    op.create_index("ix_supervision_letter_project", "supervision_letter", ["project_id", "month"])
    op.create_index(
        "ix_supervision_letter_waiting", "supervision_letter", ["unit_id", "answer_by_on"],
        sqlite_where=sa.text(WAITING), postgresql_where=sa.text(WAITING),
    )  # fmt: skip


def downgrade() -> None:
    # Letters about lights, and lights set by hand, have no place before: their numbers are free again.
    op.execute("DELETE FROM supervision_letter WHERE project_id IS NOT NULL")
    for table in ("notice", "subscription"):
        op.execute(f"DELETE FROM {table} WHERE kind = 'light'")
    op.drop_index("ix_supervision_letter_waiting", table_name="supervision_letter")
    op.drop_index("ix_supervision_letter_project", table_name="supervision_letter")
    with op.batch_alter_table("supervision_letter") as batch:
        for name in LETTER_CHECKS:
            batch.drop_constraint(op.f(f"ck_supervision_letter_{name}"), type_="check")
        for name in ("project_id", "answered_by_id"):
            batch.drop_constraint(op.f(f"fk_supervision_letter_{name}"), type_="foreignkey")
        for name in ("project_id", "month", "cause", "answered_on", "answer", "answered_by_id"):
            batch.drop_column(name)
        for name in ("item_id", "late_days"):
            batch.alter_column(name, existing_type=sa.Integer(), nullable=False)
        batch.alter_column("deadline_on", existing_type=sa.Date(), nullable=False)
    op.drop_table("light_override")
