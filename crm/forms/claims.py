"""Reports of what is verified later: contracts, starts, finishes, production, money; and the verdicts on them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, MultipleFileField, SubmitField
from wtforms.validators import Optional

from crm.actions.drafts import ContractDraft, MoneyDraft, Report
from crm.actions.files import Upload
from crm.actions.money import Amount
from crm.choices import ClaimKind, ContractKind, Currency, EvidenceKind, Labelled, Word
from crm.errors import RuleBroken
from crm.forms.base import ChoiceField, DayField, HouseForm, NumberField, RowField, YuanField, line, required, text
from crm.models import Attachment, Claim
from crm.rules.claims import EVIDENCE
from crm.rules.files import ACCEPT, LARGEST_BYTES

WAN = 10**4


class ReportForm(HouseForm):
    """What all reports share: evidence, a note, a draft, and the confirmations that are asked for only when needed."""

    file = MultipleFileField(_l("附件"), render_kw={"accept": ACCEPT})
    file_kind = ChoiceField(_l("附件类型"), EvidenceKind)
    note = text(_l("说明"), length=2000)
    reason = text(_l("跳过阶段的原因"), length=1000)
    confirmed = BooleanField(_l("已核对无误，仍按此提交"))
    save_draft = SubmitField(_l("存草稿"))

    def expect(self, kind: ClaimKind) -> None:
        """Offer the kinds of evidence that prove the claim, the likeliest first."""
        wanted = list(EVIDENCE.get(kind, ()))
        offered = [*wanted, *(item for item in EvidenceKind if item not in wanted)]
        self.file_kind.choices = _choices_in_order(offered)
        if wanted:
            self.file.label.text = "、".join(item.label for item in wanted)
        if self.file_kind.data is None or not self.is_submitted():
            self.file_kind.data = offered[0]

    def report(self, folder: Path, instead_of: Claim | None) -> Report:
        """What goes with the statement. Files over the limit are read only so far that they are known to be too large."""
        files = [file for file in self.file.data or () if getattr(file, "filename", "")]
        return Report(
            folder=folder,
            evidence=[Upload(file.filename, file.read(LARGEST_BYTES + 1), self.file_kind.data) for file in files],
            note=self.note.data or "",
            reason=self.reason.data or "",
            as_draft=bool(self.save_draft.data),
            confirmed=bool(self.confirmed.data),
            instead_of=instead_of,
        )


def _choices_in_order(members: Sequence[Labelled]) -> list[Any]:
    return [(member.value, member.label) for member in members]


class SignedYuanField(YuanField):
    """An amount that may be negative: the delta of a supplement."""

    def pre_validate(self, form: Any) -> None:
        """Any sign is allowed; the actions know where it is not."""


class AmountForm(ReportForm):
    """An amount in yuan (`amount`, in the unit of the form), or in 万 of another currency with its rate."""

    amount: YuanField
    currency = ChoiceField(_l("币种"), Currency, default=Currency.CNY)
    foreign_amount = SignedYuanField(_l("外币金额"), [Optional()], unit=_l("万"), factor=WAN)
    rate = NumberField(_l("汇率"), [Optional()], unit=_l("元"), places=8)

    def stated(self) -> Amount | None:
        """The amount as typed; None where nothing is. Raises RuleBroken where the two ways are mixed."""
        if self.currency.data is Currency.CNY:
            if self.foreign_amount.data is not None:
                raise RuleBroken("填了外币金额，请选择币种。", "currency")
            return None if self.amount.yuan is None else Amount(self.amount.yuan)
        if self.amount.data is not None:
            raise RuleBroken(
                Word("选了%(currency)s，人民币金额按汇率折算，这里不用填。", currency=self.currency.data.label),
                "amount",
            )
        units = self.foreign_amount.yuan
        if units is None:
            raise RuleBroken(Word("请填写%(currency)s金额。", currency=self.currency.data.label), "foreign_amount")
        return Amount(units, self.currency.data, self.rate.data)

    def refuse(self, refusal: RuleBroken) -> None:
        """A refusal of the amount goes to the field in which it was typed."""
        abroad = refusal.field == "amount" and self.foreign_amount.data is not None
        super().refuse(RuleBroken(refusal.message, "foreign_amount") if abroad else refusal)


class ContractForm(AmountForm):
    """A formal contract."""

    signed_on = DayField(_l("签约日期"), [required()])
    number = line(_l("合同编号"), length=100)
    parties = line(_l("签约各方"))
    amount = YuanField(_l("合同总投资"), [Optional()])
    fixed_yuan = YuanField(_l("其中固定资产投资"), [Optional()])
    foreign_usd = YuanField(_l("其中合同外资"), [Optional()], unit=_l("万美元"), factor=WAN)
    promised_start_on = DayField(_l("承诺开工"), [Optional()])
    promised_finish_on = DayField(_l("承诺竣工"), [Optional()])
    promised_production_on = DayField(_l("承诺投产"), [Optional()])
    valid_until_on = DayField(_l("合同有效期至"), [Optional()])
    converted_from_id = RowField(_l("由哪份协议转来"), blank=_l("直接签订"))

    def contract_kind(self) -> ContractKind:
        """What kind of contract the form is about."""
        return ContractKind.FORMAL

    def draft(self) -> ContractDraft:
        """The typed value."""
        day = self.signed_on.data
        assert day is not None
        return ContractDraft(
            kind=self.contract_kind(),
            signed_on=day,
            amount=self.stated(),
            number=self.number.data or "",
            parties=self.parties.data or "",
            fixed_yuan=self.fixed_yuan.yuan,
            foreign_usd=self.foreign_usd.yuan,
            promised_start_on=self.promised_start_on.data,
            promised_finish_on=self.promised_finish_on.data,
            promised_production_on=self.promised_production_on.data,
            valid_until_on=self.valid_until_on.data,
            converted_from_id=self.converted_from_id.data,
            note=self.note.data or "",
        )


class AgreementForm(ContractForm):
    """An agreement that is no signing, or a supplement with its delta."""

    kind = ChoiceField(_l("协议类型"), ContractKind)
    amount = SignedYuanField(_l("涉及投资（补充协议填增减额）"), [Optional()])

    def contract_kind(self) -> ContractKind:
        """The kind chosen."""
        kind: ContractKind = self.kind.data
        return kind

    def offer(self, kinds: Sequence[ContractKind]) -> None:
        """Only these kinds."""
        self.kind.choices = _choices_in_order(kinds)


class StageForm(ReportForm):
    """开工, 竣工, 投产 on a day."""

    happened_on = DayField(_l("日期"), [required()])


class MoneyForm(AmountForm):
    """Money that arrived, or investment completed."""

    happened_on = DayField(_l("日期"), [required()])
    amount = YuanField(_l("金额"), [Optional()], unit=_l("万元"), factor=WAN)
    contract_id = RowField(_l("对应合同"), blank=_l("不区分"))

    def draft(self) -> MoneyDraft:
        """The typed value; raises RuleBroken without an amount."""
        amount, day = self.stated(), self.happened_on.data
        if amount is None:
            raise RuleBroken("请填写金额。", "amount")
        assert day is not None
        return MoneyDraft(day, amount, self.contract_id.data, self.note.data or "")


class VerdictForm(HouseForm):
    """Why a claim is given back or reversed."""

    reason = text(_l("原因"), required(_l("请写明原因。")), length=1000)


class BindForm(HouseForm):
    """A file of the project that proves the claim."""

    place = "binding"
    bound = RowField(_l("项目里已有的附件"), blank=_l("请选择"))

    def offer(self, files: Sequence[Attachment]) -> None:
        """Only these."""
        self.bound.fill((file.id, f"{file.filename}（{file.kind.label}）") for file in files)


class AttachForm(HouseForm):
    """A file for the project."""

    place = "adding"
    file = MultipleFileField(_l("文件"), render_kw={"accept": ACCEPT})
    kind = ChoiceField(_l("类型"), EvidenceKind, default=EvidenceKind.OTHER)

    def uploads(self) -> list[Upload]:
        """The files chosen; raises RuleBroken for none."""
        files = [file for file in self.file.data or () if getattr(file, "filename", "")]
        if not files:
            raise RuleBroken("请选择文件。", "file")
        return [Upload(file.filename, file.read(LARGEST_BYTES + 1), self.kind.data) for file in files]
