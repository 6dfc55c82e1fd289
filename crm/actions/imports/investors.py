"""The investors of a batch: those found are filled, each new one is made once however many rows name it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.actions.imports.ground import Ground
from crm.choices import Word
from crm.errors import Clash
from crm.models import Company
from crm.rules.importing.drafts import CompanyDraft
from crm.rules.names import company_key


class Investors:
    """Investors by id, and the new ones by credit code and by name."""

    def __init__(self, session: Session, ground: Ground, drafts: Iterable[CompanyDraft | None]) -> None:
        self._session, self._ground = session, ground
        ids = {draft.id for draft in drafts if draft is not None and draft.id is not None}
        locked = select(Company).where(Company.id.in_(ids)).order_by(Company.id).with_for_update()
        self._found = {company.id: company for company in session.scalars(locked)}
        self._by_code: dict[str, Company] = {}
        self._by_name: dict[str, Company] = {}

    def of(self, draft: CompanyDraft) -> tuple[Company, bool]:
        """The row of a draft, and whether it was made just now."""
        if draft.id is not None:
            if draft.id not in self._found:
                raise Clash(Word("企业“%(name)s”刚被删除，请重新检查，再写入。", name=draft.name))
            return self._found[draft.id], False
        known = self._known(draft)
        if known is None:
            return self._made(draft), True
        if not known.credit_code and (code := draft.values.get("credit_code")):
            known.credit_code = code
            self._by_code[code] = known
        return known, False

    def _known(self, draft: CompanyDraft) -> Company | None:
        """Made for an earlier row: the same code, or the same name unless both have codes that differ."""
        code = draft.values.get("credit_code")
        if code and code in self._by_code:
            return self._by_code[code]
        same = self._by_name.get(company_key(draft.name))
        return same if same is None or not code or same.credit_code in (None, code) else None

    def _made(self, draft: CompanyDraft) -> Company:
        company = Company(
            name=draft.name,
            name_key=company_key(draft.name),
            created_at=self._ground.now,
            created_by_id=self._ground.actor.id,
            **draft.values,
        )
        self._by_name.setdefault(company.name_key, company)
        if company.credit_code:
            self._by_code[company.credit_code] = company
        self._session.add(company)
        return company
