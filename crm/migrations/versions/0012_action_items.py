"""the way of action items: steps, extensions, files, letters, agendas

Revision: 0012, after 0011, 2026-11-29

Text that was added to an item's progress line by line becomes the note of one step that says what stood before; names of units
that help become rows where they name a unit, and stay words where they do not.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_LAST = "(SELECT to_state FROM action_step WHERE item_id = {row}.{key} ORDER BY id DESC LIMIT 1)"
_REPORTER = "(SELECT by_id FROM action_step WHERE item_id = new.item_id AND kind = 'finish' ORDER BY id DESC LIMIT 1)"
# As crm/schema/action_items.py: HISTORY_IS_ROWS.
MADE = {
    "sqlite": (
        "CREATE TRIGGER action_step_follows BEFORE INSERT ON action_step "
        f"WHEN new.from_state IS NOT {_LAST.format(row='new', key='item_id')} "
        "BEGIN SELECT RAISE(ABORT, 'a step follows the one before'); END",
        "CREATE TRIGGER action_step_by_another BEFORE INSERT ON action_step "
        f"WHEN new.kind = 'verify' AND new.by_id = {_REPORTER} "
        "BEGIN SELECT RAISE(ABORT, 'nobody verifies what he reported'); END",
        "CREATE TRIGGER action_step_fixed BEFORE UPDATE ON action_step "
        "BEGIN SELECT RAISE(ABORT, 'a step never changes'); END",
        "CREATE TRIGGER action_item_state BEFORE UPDATE OF state ON action_item "
        f"WHEN new.state IS NOT old.state AND new.state IS NOT {_LAST.format(row='new', key='id')} "
        "BEGIN SELECT RAISE(ABORT, 'the state is what the last step says'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION action_step_follows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF new.from_state IS DISTINCT FROM {_LAST.format(row='new', key='item_id')} THEN "
        "RAISE EXCEPTION 'a step follows the one before'; END IF; "
        f"IF new.kind = 'verify' AND new.by_id = {_REPORTER} THEN "
        "RAISE EXCEPTION 'nobody verifies what he reported'; END IF; RETURN new; END $$",
        "CREATE OR REPLACE FUNCTION action_step_fixed() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'a step never changes'; END $$",
        "CREATE OR REPLACE FUNCTION action_item_state() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF new.state IS DISTINCT FROM {_LAST.format(row='new', key='id')} THEN "
        "RAISE EXCEPTION 'the state is what the last step says'; END IF; RETURN new; END $$",
        "CREATE TRIGGER action_step_follows BEFORE INSERT ON action_step FOR EACH ROW "
        "EXECUTE FUNCTION action_step_follows()",
        "CREATE TRIGGER action_step_fixed BEFORE UPDATE ON action_step FOR EACH ROW "
        "EXECUTE FUNCTION action_step_fixed()",
        "CREATE TRIGGER action_item_state BEFORE UPDATE OF state ON action_item FOR EACH ROW "
        "WHEN (new.state IS DISTINCT FROM old.state) EXECUTE FUNCTION action_item_state()",
    ),
}
GONE = {
    "sqlite": ("DROP TRIGGER action_item_state",),  # the others go with their table
    "postgresql": (
        "DROP TRIGGER action_item_state ON action_item",
        "DROP FUNCTION action_item_state()",
    ),
}


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*(columns or ("id",)), name=op.f(f"pk_{table}"))


def _to(table: str, column: str, other: str, **more: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"), **more)


def _whole(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    with op.batch_alter_table("action_item") as batch:
        batch.add_column(sa.Column("source", sa.String(length=20), nullable=False, server_default="meeting"))
        batch.add_column(sa.Column("priority", sa.String(length=20), nullable=False, server_default="normal"))
        batch.add_column(sa.Column("handed_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("rating", sa.String(length=20), nullable=True))
        batch.add_column(sa.Column("entered_by_id", sa.Integer(), nullable=True))
    op.execute("UPDATE action_item SET handed_on = assigned_on")
    op.execute("UPDATE action_item SET source = 'other' WHERE meeting_id IS NULL")
    # Done without a day, and a day without being done: what could be written before and is refused from now on.
    op.execute(
        "UPDATE action_item SET done_on = CASE WHEN deadline_on < assigned_on THEN assigned_on ELSE deadline_on END "
        "WHERE state = 'done' AND done_on IS NULL"
    )
    op.execute("UPDATE action_item SET done_on = NULL WHERE state <> 'done'")
    _tables()
    _move_words()
    with op.batch_alter_table("action_item") as batch:
        batch.alter_column("source", server_default=None)
        batch.alter_column("priority", server_default=None)
        batch.alter_column("handed_on", existing_type=sa.Date(), nullable=False)
        batch.drop_column("progress")
        batch.create_foreign_key(op.f("fk_action_item_entered_by_id"), "user", ["entered_by_id"], ["id"])
        batch.create_check_constraint(
            op.f("ck_action_item_done_on_a_day"), "(state = 'done') = (done_on IS NOT NULL)"
        )
        batch.create_check_constraint(op.f("ck_action_item_rated_when_done"), "rating IS NULL OR state = 'done'")
    for statement in MADE[op.get_bind().dialect.name]:
        op.execute(statement)


def _tables() -> None:
    op.create_table(
        "action_support",
        sa.Column("item_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("unit_id", sa.Integer(), nullable=False, autoincrement=False),
        _key("action_support", "item_id", "unit_id"),
        _to("action_support", "item_id", "action_item"),
        _to("action_support", "unit_id", "unit"),
    )
    op.create_index("ix_action_support_unit", "action_support", ["unit_id"])
    op.create_table(
        "action_step",
        _whole("id"),
        _whole("item_id"),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("from_state", sa.String(length=20), nullable=True),
        sa.Column("to_state", sa.String(length=20), nullable=False),
        _whole("unit_id", nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        _instant("at"),
        _whole("by_id", nullable=True),
        _key("action_step"),
        _to("action_step", "item_id", "action_item"),
        _to("action_step", "unit_id", "unit"),
        _to("action_step", "by_id", "user"),
        sa.CheckConstraint(
            "(from_state IS NULL) = (kind IN ('assign', 'record'))", name=op.f("ck_action_step_begins_once")
        ),
        sa.CheckConstraint(
            "CASE kind"
            " WHEN 'assign' THEN to_state = 'assigned'"
            " WHEN 'record' THEN to_state IS NOT NULL"
            " WHEN 'accept' THEN from_state = 'assigned' AND to_state = 'doing'"
            " WHEN 'report' THEN from_state IN ('doing', 'returned') AND to_state = 'doing'"
            " WHEN 'note' THEN from_state <> 'done' AND to_state = from_state"
            " WHEN 'finish' THEN from_state IN ('doing', 'returned') AND to_state = 'checking'"
            " WHEN 'verify' THEN from_state = 'checking' AND to_state = 'done'"
            " WHEN 'return' THEN from_state = 'checking' AND to_state = 'returned'"
            " WHEN 'hand_over' THEN from_state IN ('assigned', 'doing', 'returned') AND to_state = 'assigned'"
            " ELSE false END",
            name=op.f("ck_action_step_goes_its_way"),
        ),
    )
    op.create_index("ix_action_step_item", "action_step", ["item_id", "id"])
    op.create_table(
        "action_extension",
        _whole("id"),
        _whole("item_id"),
        _whole("number"),
        sa.Column("old_deadline_on", sa.Date(), nullable=False),
        sa.Column("wanted_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        _instant("asked_at"),
        _whole("asked_by_id"),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        _instant("decided_at", nullable=True),
        _whole("decided_by_id", nullable=True),
        _key("action_extension"),
        sa.UniqueConstraint("item_id", "number", name=op.f("uq_action_extension_item_id_number")),
        _to("action_extension", "item_id", "action_item"),
        _to("action_extension", "asked_by_id", "user"),
        _to("action_extension", "decided_by_id", "user"),
        sa.CheckConstraint("wanted_on > old_deadline_on", name=op.f("ck_action_extension_is_later")),
        sa.CheckConstraint(
            "(granted IS NULL) = (decided_at IS NULL)", name=op.f("ck_action_extension_decided_at_a_time")
        ),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> asked_by_id", name=op.f("ck_action_extension_decided_by_another")
        ),
    )
    op.create_index(
        "ix_action_extension_open",
        "action_extension",
        ["item_id"],
        unique=True,
        sqlite_where=sa.text("granted IS NULL"),
        postgresql_where=sa.text("granted IS NULL"),
    )
    op.create_table(
        "action_file",
        _whole("id"),
        _whole("step_id"),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=200), nullable=False),
        _whole("size_bytes"),
        sa.Column("digest", sa.String(length=64), nullable=False),
        _instant("uploaded_at"),
        _whole("uploaded_by_id", nullable=True),
        _key("action_file"),
        _to("action_file", "step_id", "action_step"),
        _to("action_file", "uploaded_by_id", "user"),
    )
    op.create_index("ix_action_file_step_id", "action_file", ["step_id"])
    op.create_table(
        "supervision_letter",
        _whole("id"),
        _whole("item_id"),
        _whole("year"),
        _whole("serial"),
        sa.Column("issued_on", sa.Date(), nullable=False),
        _whole("unit_id"),
        sa.Column("deadline_on", sa.Date(), nullable=False),
        _whole("late_days"),
        sa.Column("answer_by_on", sa.Date(), nullable=False),
        _instant("at"),
        _whole("by_id"),
        _key("supervision_letter"),
        sa.UniqueConstraint("year", "serial", name=op.f("uq_supervision_letter_year_serial")),
        _to("supervision_letter", "item_id", "action_item"),
        _to("supervision_letter", "unit_id", "unit"),
        _to("supervision_letter", "by_id", "user"),
    )
    op.create_index("ix_supervision_letter_item_id", "supervision_letter", ["item_id"])
    op.create_table(
        "agenda_carry",
        _whole("id"),
        _whole("meeting_id"),
        _whole("item_id"),
        _whole("point_id", nullable=True),
        sa.Column("made_point", sa.Boolean(), nullable=False),
        _instant("at"),
        _instant("removed_at", nullable=True),
        _whole("removed_by_id", nullable=True),
        _key("agenda_carry"),
        sa.UniqueConstraint("meeting_id", "item_id", name=op.f("uq_agenda_carry_meeting_id_item_id")),
        _to("agenda_carry", "meeting_id", "meeting"),
        _to("agenda_carry", "item_id", "action_item"),
        _to("agenda_carry", "point_id", "agenda_item", ondelete="SET NULL"),
        _to("agenda_carry", "removed_by_id", "user"),
    )
    op.create_index("ix_agenda_carry_item_id", "agenda_carry", ["item_id"])
    op.create_index("ix_agenda_carry_point_id", "agenda_carry", ["point_id"])


def _move_words() -> None:
    bind = op.get_bind()
    op.execute(
        "INSERT INTO action_step (item_id, kind, from_state, to_state, unit_id, note, at, by_id) "
        "SELECT id, 'record', NULL, state, lead_unit_id, progress, entered_at, NULL FROM action_item ORDER BY id"
    )
    known = {}
    for key, name, short in bind.execute(sa.text("SELECT id, name, short_name FROM unit ORDER BY id DESC")).all():
        known[short] = key
    for key, name in bind.execute(sa.text("SELECT id, name FROM unit")).all():
        known[name] = key
    rows = bind.execute(sa.text("SELECT id, support_units FROM action_item WHERE support_units <> ''")).all()
    for item_id, words in rows:
        named = [part.strip() for part in re.split(r"[；;、，,/\n]+", words) if part.strip()]
        found = dict.fromkeys(known[part] for part in named if part in known)
        for unit_id in found:
            insert = sa.text("INSERT INTO action_support (item_id, unit_id) VALUES (:item, :unit)")
            bind.execute(insert, {"item": item_id, "unit": unit_id})
        left = "、".join(part for part in named if part not in known)
        bind.execute(
            sa.text("UPDATE action_item SET support_units = :left WHERE id = :item"), {"left": left, "item": item_id}
        )


def downgrade() -> None:
    bind = op.get_bind()
    for statement in GONE[bind.dialect.name]:
        op.execute(statement)
    with op.batch_alter_table("action_item") as batch:
        batch.drop_constraint(op.f("ck_action_item_done_on_a_day"), type_="check")
        batch.drop_constraint(op.f("ck_action_item_rated_when_done"), type_="check")
        batch.drop_constraint(op.f("fk_action_item_entered_by_id"), type_="foreignkey")
        batch.add_column(sa.Column("progress", sa.Text(), nullable=False, server_default=""))
    _words_back(bind)
    with op.batch_alter_table("action_item") as batch:
        batch.alter_column("progress", server_default=None)
        for name in ("source", "priority", "handed_on", "rating", "entered_by_id"):
            batch.drop_column(name)
    for table in (
        "agenda_carry", "supervision_letter", "action_file", "action_extension", "action_step", "action_support",
    ):  # fmt: skip
        op.drop_table(table)
    if bind.dialect.name == "postgresql":
        op.execute("DROP FUNCTION action_step_follows()")
        op.execute("DROP FUNCTION action_step_fixed()")


def _words_back(bind: sa.Connection) -> None:
    notes: dict[int, list[str]] = {}
    for key, note in bind.execute(sa.text("SELECT item_id, note FROM action_step WHERE note <> '' ORDER BY id")).all():
        notes.setdefault(key, []).append(note)
    for key, lines in notes.items():
        bind.execute(
            sa.text("UPDATE action_item SET progress = :words WHERE id = :key"), {"words": "\n".join(lines), "key": key}
        )
    names: dict[int, list[str]] = {}
    rows = "SELECT s.item_id, u.name FROM action_support s JOIN unit u ON u.id = s.unit_id ORDER BY s.item_id, u.id"
    for key, name in bind.execute(sa.text(rows)).all():
        names.setdefault(key, []).append(name)
    for key, found in names.items():
        old = bind.execute(sa.text("SELECT support_units FROM action_item WHERE id = :key"), {"key": key}).scalar_one()
        words = "、".join([*found, *([old] if old else [])])[:200]
        bind.execute(
            sa.text("UPDATE action_item SET support_units = :words WHERE id = :key"), {"words": words, "key": key}
        )
