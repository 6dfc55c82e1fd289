"""Ledgers."""

from crm.rules.ledger.model import Hints, Ledger, RowReading, SheetHints, SheetReading
from crm.rules.ledger.reading import read_ledger, reread_row

__all__ = ["Hints", "Ledger", "RowReading", "SheetHints", "SheetReading", "read_ledger", "reread_row"]
