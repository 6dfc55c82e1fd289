"""who leads a project, kept beside it; indexes of the narrowed lists

Revision: 0003, after 0002, 2026-11-29
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def _lead_of(row: str) -> str:
    lead = (
        f"SELECT min(user_id) FROM project_member WHERE project_id = {row}.project_id "
        "AND role = 'lead' AND to_on IS NULL"
    )
    return f"UPDATE project SET lead_id = ({lead}) WHERE id = {row}.project_id"


LEAD_KEPT = {
    "sqlite": tuple(
        f"CREATE TRIGGER project_member_lead_{occasion} AFTER {occasion.upper()} ON project_member BEGIN "
        f"{'; '.join(_lead_of(row) for row in changed)}; END"
        for occasion, changed in (("insert", ("new",)), ("update", ("old", "new")), ("delete", ("old",)))
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION keep_project_lead() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP <> 'INSERT' THEN {_lead_of('old')}; END IF; IF TG_OP <> 'DELETE' THEN {_lead_of('new')}; END IF; "
        "RETURN NULL; END $$",
        "CREATE TRIGGER project_member_lead AFTER INSERT OR UPDATE OR DELETE ON project_member "
        "FOR EACH ROW EXECUTE FUNCTION keep_project_lead()",
    ),
}
LEAD_GONE = {
    "sqlite": tuple(f"DROP TRIGGER project_member_lead_{occasion}" for occasion in ("insert", "update", "delete")),
    "postgresql": ("DROP TRIGGER project_member_lead ON project_member", "DROP FUNCTION keep_project_lead()"),
}


def upgrade() -> None:
    with op.batch_alter_table('project', schema=None) as batch_op:
        batch_op.add_column(sa.Column('lead_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_project_lead_id'), 'user', ['lead_id'], ['id'])
        batch_op.drop_index('ix_project_stage_total')
        batch_op.create_index('ix_project_stage_size', ['stage', 'total_yuan', 'id'], unique=False)
        batch_op.create_index('ix_project_lead', ['lead_id', 'stage', 'total_yuan', 'id'], unique=False)
    op.execute(
        "UPDATE project SET lead_id = (SELECT min(user_id) FROM project_member "
        "WHERE project_id = project.id AND role = 'lead' AND to_on IS NULL)"
    )
    for statement in LEAD_KEPT[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    for statement in LEAD_GONE[op.get_bind().dialect.name]:
        op.execute(statement)
    with op.batch_alter_table('project', schema=None) as batch_op:
        batch_op.drop_index('ix_project_lead')
        batch_op.drop_index('ix_project_stage_size')
        batch_op.create_index('ix_project_stage_total', ['stage', 'total_yuan'], unique=False)
        batch_op.drop_constraint(batch_op.f('fk_project_lead_id'), type_='foreignkey')
        batch_op.drop_column('lead_id')
