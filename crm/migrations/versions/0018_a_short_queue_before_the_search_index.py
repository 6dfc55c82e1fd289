"""PostgreSQL: what waits to enter the search index is read by every search, so little may wait

Revision: 0018, after 0015, 2026-11-29
"""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER INDEX ix_search_entry_tokens SET (gin_pending_list_limit = 128)")
        op.execute("SELECT gin_clean_pending_list('ix_search_entry_tokens')")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER INDEX ix_search_entry_tokens RESET (gin_pending_list_limit)")
