"""the layout of the briefing in versions, and the office's own workbook as a template

Revision: 0016, after 0013, 2026-11-29
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0013"
branch_labels = None
depends_on = None

# SQLite copies the table, which leaves its trigger behind. As crm/schema/months.py has it.
FIXED = (
    "CREATE TRIGGER briefing_issue_fixed BEFORE UPDATE ON briefing_issue WHEN old.state = 'issued' "
    "BEGIN SELECT RAISE(ABORT, 'an issued briefing never changes'); END"
)


def _version(*columns: sa.Column) -> list[sa.Column]:
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        *columns,
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
    ]


def upgrade() -> None:
    own = {
        "briefing_layout": _version(sa.Column("changes", sa.JSON(), nullable=False)),
        "briefing_template": _version(
            sa.Column("filename", sa.String(length=200), nullable=False),
            sa.Column("digest", sa.String(length=64), nullable=False),
            sa.Column("size_bytes", sa.Integer(), nullable=False),
        ),
    }
    for table, columns in own.items():
        op.create_table(
            table,
            *columns,
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
            sa.UniqueConstraint("number", name=op.f(f"uq_{table}_number")),
            sa.ForeignKeyConstraint(["made_by_id"], ["user.id"], name=op.f(f"fk_{table}_made_by_id")),
        )
    with op.batch_alter_table("briefing_issue") as batch:
        for column, table in (("layout_id", "briefing_layout"), ("template_id", "briefing_template")):
            batch.add_column(sa.Column(column, sa.Integer(), nullable=True))
            batch.create_foreign_key(op.f(f"fk_briefing_issue_{column}"), table, [column], ["id"])
    _trigger_back()


def downgrade() -> None:
    with op.batch_alter_table("briefing_issue") as batch:
        for column in ("layout_id", "template_id"):
            batch.drop_constraint(op.f(f"fk_briefing_issue_{column}"), type_="foreignkey")
            batch.drop_column(column)
    _trigger_back()
    op.drop_table("briefing_template")
    op.drop_table("briefing_layout")


def _trigger_back() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(FIXED)
