"""The index behind the search box: one row for every row that can be found (crm/indexing.py keeps it)."""

from __future__ import annotations

from sqlalchemy import DDL, BigInteger, Index, Integer, event
from sqlalchemy.orm import Mapped, mapped_column

from crm.columns import Base, Code, Count, LongText, ShortText, Tokens


class SearchEntry(Base):
    """What is searched of a row, and what a hit shows of it; nothing here that the row does not say.

    `id` is the number of the kind and the key of the row in one, so that the newest of a kind come first by key. `text` and
    `sounds` are as in rules/search.py; `phone` is searched only for those who may see it. SQLite keeps the tokens' index in a
    table of its own (FTS5), which follows by triggers; PostgreSQL in an index. There new tokens wait in a list that every search
    reads from end to end: by default up to 4 MB of it, which takes longer than finding. With 128 kB a write costs 0.03 ms more,
    and none waits for a long merge.
    """

    __tablename__ = "search_entry"
    __table_args__ = (
        Index(
            "ix_search_entry_tokens", "tokens", postgresql_using="gin", postgresql_with={"gin_pending_list_limit": 128}
        ).ddl_if(dialect="postgresql"),
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )  # INTEGER is what makes a key of SQLite its rowid
    kind: Mapped[Code]
    row_id: Mapped[Count]
    page_id: Mapped[Count]  # the key of the row whose page shows it: a contact's company, an agenda item's meeting
    title: Mapped[ShortText]
    hint: Mapped[ShortText]
    phone: Mapped[ShortText]
    text: Mapped[LongText]
    sounds: Mapped[LongText]
    tokens: Mapped[str] = mapped_column(Tokens)


FULL_TEXT = (
    "CREATE VIRTUAL TABLE search_text USING "
    "fts5(tokens, content='search_entry', content_rowid='id', detail=none, tokenize='ascii')",
    "CREATE TRIGGER search_entry_added AFTER INSERT ON search_entry BEGIN "
    "INSERT INTO search_text(rowid, tokens) VALUES (new.id, new.tokens); END",
    "CREATE TRIGGER search_entry_gone AFTER DELETE ON search_entry BEGIN "
    "INSERT INTO search_text(search_text, rowid, tokens) VALUES ('delete', old.id, old.tokens); END",
    "CREATE TRIGGER search_entry_changed AFTER UPDATE OF tokens ON search_entry BEGIN "
    "INSERT INTO search_text(search_text, rowid, tokens) VALUES ('delete', old.id, old.tokens); "
    "INSERT INTO search_text(rowid, tokens) VALUES (new.id, new.tokens); END",
)  # written out once more in migration 0002, which must not change when this does


def _on_sqlite(occasion: str, statement: str) -> None:
    ddl = DDL(statement)  # type: ignore[no-untyped-call]
    event.listen(SearchEntry.__table__, occasion, ddl.execute_if(dialect="sqlite"))


for _statement in FULL_TEXT:
    _on_sqlite("after_create", _statement)
_on_sqlite("before_drop", "DROP TABLE IF EXISTS search_text")
