"""What the forms hand to the reports: frozen values in whole yuan, whole dollars and days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from crm.actions.files import Upload
from crm.actions.money import Amount
from crm.choices import ContractKind
from crm.models import Claim


@dataclass(frozen=True)
class Report:
    """What every report carries beside its own facts.

    `as_draft` keeps it without handing it in; `confirmed` lets doubtful amounts pass; `instead_of` is the claim given back or
    the draft that this one replaces; `reason` is needed to skip stages. `folder` is where files are kept.
    """

    folder: Path
    evidence: Sequence[Upload] = ()
    note: str = ""
    reason: str = ""
    as_draft: bool = False
    confirmed: bool = False
    instead_of: Claim | None = None


@dataclass(frozen=True)
class ContractDraft:
    """A contract as reported; money in whole yuan, foreign capital in whole dollars. `amount` is None where it names none."""

    kind: ContractKind
    signed_on: date
    amount: Amount | None
    number: str = ""
    parties: str = ""
    fixed_yuan: int | None = None
    foreign_usd: int | None = None
    promised_start_on: date | None = None
    promised_finish_on: date | None = None
    promised_production_on: date | None = None
    valid_until_on: date | None = None
    converted_from_id: int | None = None
    note: str = ""


@dataclass(frozen=True)
class MoneyDraft:
    """Money that arrived, or investment completed, on a day."""

    happened_on: date
    amount: Amount
    contract_id: int | None = None
    note: str = ""
