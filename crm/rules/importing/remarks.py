"""What the importer has to say of a row beside what its cells say of themselves."""

from __future__ import annotations

from dataclasses import dataclass

from crm.rules.ledger.fields import Field

ERROR, WARNING, INFO = "error", "warning", "info"


@dataclass(frozen=True, slots=True)
class Note:
    """A finding at a field of the row; `field` None where the whole row is meant.

    An *error* keeps the row from being written, a *warning* wants a look, an *info* only says what becomes of a cell.
    `project_id`: the project of the register it speaks of; "{project}" in the message stands for it, and is filled in for readers
    who may see it.
    """

    field: Field | None
    message: str
    severity: str = WARNING
    code: str = "register"
    project_id: int | None = None


def warn(field: Field | None, message: str, code: str = "register") -> Note:
    """The row can be written in spite of it."""
    return Note(field, message, WARNING, code)


def refuse(field: Field | None, message: str, code: str = "register") -> Note:
    """The row cannot be written before it is mended."""
    return Note(field, message, ERROR, code)


def tell(field: Field | None, message: str, code: str = "register") -> Note:
    """Nothing is wrong; this is what becomes of the cell."""
    return Note(field, message, INFO, code)
