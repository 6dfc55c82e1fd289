"""The uploaded file behind a batch, read with what people decided about it. No transaction is open while it is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from crm import sheets, storage
from crm.actions.imports.keeping import corrections_of
from crm.models import ImportBatch
from crm.rules.importing.hints import Corrections, hints_of
from crm.rules.ledger import Ledger, read_ledger
from crm.rules.ledger.cells import Workbook


@dataclass(frozen=True)
class Source:
    """A file in the data folder and how it is to be read."""

    folder: Path
    digest: str
    filename: str
    hints: Mapping[str, Any]
    corrections: Corrections

    def cells(self) -> Workbook:
        """Its cells; raises UnreadableFile, and NotFound where the data folder has lost it."""
        return sheets.read(storage.load(self.folder, self.digest), self.filename)

    def ledger(self, workbook: Workbook) -> Ledger:
        """What they say."""
        return read_ledger(workbook, hints_of(self.hints, self.corrections))


def source_of(session: Session, batch: ImportBatch, folder: Path) -> Source:
    """Everything that reading the batch's file needs, corrections included."""
    hints = batch.options.get("hints", {})
    return Source(folder, batch.digest, batch.filename, hints, corrections_of(session, batch))


def remembered_ledger(folder: Path, batch: ImportBatch) -> Ledger:
    """The file as read without corrections, kept for the next cell somebody corrects in the same ledger."""
    return _remembered(folder, batch.digest, batch.filename, json.dumps(batch.options.get("hints", {}), sort_keys=True))


@lru_cache(maxsize=2)
def _remembered(folder: Path, digest: str, filename: str, hints: str) -> Ledger:
    source = Source(folder, digest, filename, json.loads(hints), {})
    return source.ledger(source.cells())
