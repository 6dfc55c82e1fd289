"""How a batch is imported: what its uploader chose, kept in `import_batch.options`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from crm.choices import Labelled
from crm.rules.matching import MatchKey


class ImportMode(Labelled):
    """What is done with rows that are, or are not, in the register."""

    CREATE = "create", "只新增"
    UPDATE = "update", "只更新"
    BOTH = "both", "新增和更新"


@dataclass(frozen=True, slots=True)
class ImportSettings:
    """`as_of`: the day of the ledger: amounts without a day of their own stand on it, and so do moves without one if `undated`.

    `verified`: the ledger is history that has been verified (statisticians only). `unit_id`, `lead_id`: whose the new projects
    are where the ledger names nobody. `key` None: the reader proposes one.
    """

    as_of: date
    mode: ImportMode = ImportMode.BOTH
    key: MatchKey | None = None
    verified: bool = False
    undated: bool = False
    unit_id: int | None = None
    lead_id: int | None = None

    def as_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "as_of": self.as_of.isoformat(),
            "mode": self.mode.value,
            "key": self.key.value if self.key else None,
            "verified": self.verified,
            "undated": self.undated,
            "unit_id": self.unit_id,
            "lead_id": self.lead_id,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> ImportSettings:
        """As it was kept."""
        return cls(
            as_of=date.fromisoformat(kept["as_of"]),
            mode=ImportMode.parse(kept["mode"]),
            key=MatchKey.parse(kept["key"]) if kept["key"] else None,
            verified=kept["verified"],
            undated=kept["undated"],
            unit_id=kept["unit_id"],
            lead_id=kept["lead_id"],
        )

    def allowing_undated(self) -> ImportSettings:
        """The same, with moves without a day standing on the ledger's."""
        return replace(self, undated=True)
