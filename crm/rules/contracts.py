"""Whether a contract can be as it is stated (domain.md §3.7, §10.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from crm.choices import ContractKind
from crm.rules import checks


@dataclass(frozen=True)
class Terms:
    """What a contract says; `yuan` is its whole amount converted, None where it names none."""

    kind: ContractKind
    signed_on: date
    yuan: int | None
    fixed_yuan: int | None = None
    start_on: date | None = None
    finish_on: date | None = None
    production_on: date | None = None


def contract_problem(terms: Terms, confirmed: bool = False) -> tuple[str, str] | None:
    """(field, sentence) why the terms cannot be right, or None; `confirmed` lets a doubtful size pass.

    Only a formal contract must name an amount; a supplement's is a delta and may be negative.
    """
    order = checks.order_problem(
        (
            ("签约日期", terms.signed_on),
            ("承诺开工日期", terms.start_on),
            ("承诺竣工日期", terms.finish_on),
            ("承诺投产日期", terms.production_on),
        )
    )
    if order:
        return "promised_start_on", order
    if terms.kind is not ContractKind.FORMAL:
        return None
    if terms.yuan is None or terms.yuan <= 0:
        return "amount", "正式合同要填写合同总投资，并且大于 0。"
    part = checks.part_problem("固定资产投资", terms.fixed_yuan, "合同总投资", terms.yuan)
    if part:
        return "fixed_yuan", part
    doubt = None if confirmed else checks.total_doubt(terms.yuan)
    return ("amount", doubt) if doubt else None
