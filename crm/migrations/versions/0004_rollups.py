"""lists by key and roll-ups: indexes in the order of the lists

Revision: 0004, after 0003, 2026-11-29
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# (table, index, columns): the order in which a list is read, after what it is narrowed to.
ADDED = (
    ("audit_event", "ix_audit_event_by", ["by_id", "at", "id"]),
    ("audit_event", "ix_audit_event_kind", ["kind", "at", "id"]),
    ("change", "ix_change_at", ["at", "id"]),
    ("change", "ix_change_by", ["by_id", "at", "id"]),
    ("change", "ix_change_table", ["table_name", "at", "id"]),
    ("claim", "ix_claim_kind", ["state", "kind", "reported_at", "id"]),
    ("exchange_rate", "ix_exchange_rate_day", ["rate_on", "id"]),
    ("import_batch", "ix_import_batch_by", ["uploaded_by_id", "uploaded_at", "id"]),
    ("import_batch", "ix_import_batch_uploaded", ["uploaded_at", "id"]),
    ("merge", "ix_merge_merged", ["merged_at", "id"]),
)
# (table, index, columns before, columns now)
WIDENED = (
    ("audit_event", "ix_audit_event_at", ["at"], ["at", "id"]),
    ("claim", "ix_claim_state", ["state", "reported_at"], ["state", "reported_at", "id"]),
)
DROPPED = (("audit_event", "ix_audit_event_by_id", ["by_id"]),)  # ix_audit_event_by begins with it


def upgrade() -> None:
    for table, name, _columns in DROPPED:
        op.drop_index(name, table_name=table)
    for table, name, _before, columns in WIDENED:
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns)
    for table, name, columns in ADDED:
        op.create_index(name, table, columns)


def downgrade() -> None:
    for table, name, _columns in ADDED:
        op.drop_index(name, table_name=table)
    for table, name, columns, _now in WIDENED:
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns)
    for table, name, columns in DROPPED:
        op.create_index(name, table, columns)
