"""The uploaded file behind a batch, read with what people decided about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from crm import sheets, storage
from crm.models import ImportBatch
from crm.rules.importing.hints import Corrections, hints_of
from crm.rules.ledger import Ledger, read_ledger


def ledger_of(folder: Path, batch: ImportBatch, corrections: Corrections | None = None) -> Ledger:
    """The whole file read anew; raises UnreadableFile, and NotFound where the data folder has lost it."""
    workbook = sheets.read(storage.load(folder, batch.digest), batch.filename)
    return read_ledger(workbook, hints_of(batch.options.get("hints", {}), corrections))


def remembered_ledger(folder: Path, batch: ImportBatch) -> Ledger:
    """The file as read without corrections, kept for the next cell somebody corrects in the same ledger."""
    return _remembered(folder, batch.digest, batch.filename, json.dumps(batch.options.get("hints", {}), sort_keys=True))


@lru_cache(maxsize=2)
def _remembered(folder: Path, digest: str, filename: str, hints: str) -> Ledger:
    kept: Mapping[str, Any] = json.loads(hints)
    return read_ledger(sheets.read(storage.load(folder, digest), filename), hints_of(kept))
