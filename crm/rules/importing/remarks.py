"""What the importer has to say of a row beside what its cells say of themselves."""

from __future__ import annotations

from dataclasses import dataclass

from crm.rules.ledger.fields import Field
from crm.rules.ledger.findings import Severity


@dataclass(frozen=True, slots=True)
class Note:
    """A finding at a field of the row; `field` None where the whole row is meant."""

    field: Field | None
    message: str
    severity: Severity = Severity.HINT
    code: str = "register"


def warn(field: Field | None, message: str, code: str = "register") -> Note:
    """The row can be written in spite of it."""
    return Note(field, message, Severity.HINT, code)


def refuse(field: Field | None, message: str, code: str = "register") -> Note:
    """The row cannot be written before it is mended."""
    return Note(field, message, Severity.ERROR, code)
