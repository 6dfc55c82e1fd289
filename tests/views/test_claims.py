"""Reporting and verifying, as people meet them."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from crm.choices import ClaimKind, ClaimState, ContractKind, Currency, MoneyKind, Stage
from crm.models import Attachment, Claim, Contract, ExchangeRate, ImportBatch, MoneyEntry, Project
from tests import factories as make
from tests.actions.ready import PDF, make_ready


@pytest.fixture
def project(session, officer):
    return make_ready(session, officer)


def scan(name="合同.pdf", data=PDF):
    return (io.BytesIO(data), name)


def signing(**changes):
    """The signing form as a browser sends it."""
    shown = {
        "signed_on": "2022-10-12",
        "number": "YH-HT-2022-031",
        "amount": "3",
        "fixed_yuan": "2",
        "currency": "CNY",
        "promised_start_on": "2022-12-01",
        "file": scan(),
        "file_kind": "contract",
    }
    return {**shown, **changes}


def send(client, project, kind, data, instead=""):
    address = f"/projects/{project.id}/claims/new?kind={kind}{f'&instead={instead}' if instead else ''}"
    return client.post(address, data=data, content_type="multipart/form-data")


def claim_of(session):
    session.expire_all()
    return session.scalars(select(Claim).order_by(Claim.id.desc()).limit(1)).one()


def test_a_signing_goes_from_the_form_to_the_totals_by_two_people(session, client_for, officer, statistician, project):
    project_id = project.id
    answer = send(client_for(officer), project, "signing", signing())
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/projects/{project_id}")
    claim = claim_of(session)
    assert (claim.state, session.get(Project, project_id).stage) == (ClaimState.REPORTED, Stage.REVIEW)
    client = client_for(statistician)
    assert session.get(Project, project_id).name in client.get("/claims").text
    page = client.get(f"/claims/{claim.id}").text
    assert "3.00 亿元" in page and "合同.pdf" in page and "核定，计入统计" in page
    assert client.post(f"/claims/{claim.id}/verify").status_code == 303
    session.expire_all()
    assert (claim.state, session.get(Project, project_id).stage) == (ClaimState.VERIFIED, Stage.SIGNED)


def test_the_reporter_sees_that_it_waits_and_cannot_verify(session, client_for, officer, project):
    client = client_for(officer)
    send(client, project, "signing", signing())
    claim = claim_of(session)
    page = client.get(f"/claims/{claim.id}").text
    assert "等待综合统计核定" in page and "核定，计入统计" not in page
    assert client.post(f"/claims/{claim.id}/verify").status_code == 403
    assert client.get("/claims").status_code == 403


def test_twice_is_a_clash_with_who_and_when(session, client_for, officer, project):
    client = client_for(officer)
    send(client, project, "signing", signing())
    again = send(client, project, "signing", signing())
    assert again.status_code == 409
    assert "“签约”已由" in again.text and "不能重复提交" in again.text
    assert "不能重复提交" in client.get(f"/projects/{project.id}/claims/new?kind=signing").text


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"signed_on": ""}, "signed_on", "这一项必填"),
        ({"signed_on": "2022-10-21"}, "signed_on", "签约日期不能晚于今天（10月20日）。"),
        ({"signed_on": "昨天"}, "signed_on", "“昨天”不是日期"),
        ({"amount": ""}, "amount", "正式合同要填写合同总投资"),
        ({"amount": "35000"}, "amount", "35000 亿元过大，是否误填万元？应为 3.50 亿元。"),
        ({"amount": "-1"}, "amount", "金额不能为负数"),
        ({"fixed_yuan": "4"}, "fixed_yuan", "固定资产投资 4.00 亿元大于合同总投资 3.00 亿元"),
        ({"file": ("合同.exe", b"MZ")}, "file", "不能作为附件"),
        ({"file": ("合同.pdf", b"<html>")}, "file", "的内容与扩展名 .pdf 不符"),
        ({"file": ("", b"")}, "file", "请上传合同扫描件"),
        ({"currency": "USD", "amount": "3"}, "amount", "选了美元，人民币金额按汇率折算，这里不用填"),
        ({"currency": "USD", "amount": ""}, "foreign_amount", "请填写美元金额"),
        ({"currency": "USD", "amount": "", "foreign_amount": "4200"}, "rate", "没有登记美元汇率"),
        ({"foreign_amount": "4200"}, "currency", "请选择币种"),
    ],
)
def test_errors_stand_at_their_fields_and_nothing_is_kept(session, client_for, officer, project, changes, field, says):
    if "file" in changes:
        changes = {"file": scan(*changes["file"])}
    answer = send(client_for(officer), project, "signing", signing(**changes))
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text and says in answer.text
    assert 'value="YH-HT-2022-031"' in answer.text
    assert not session.scalars(select(Claim)).all() and not session.scalars(select(Attachment)).all()


def test_a_contract_in_dollars_is_valued_at_the_rate_of_its_day(session, client_for, officer, project):
    session.add(ExchangeRate(currency=Currency.USD, rate_on=date(2022, 10, 1), rate=Decimal("7.0992")))
    data = signing(currency="USD", amount="", foreign_amount="4200", foreign_usd="4200")
    assert send(client_for(officer), project, "signing", data).status_code == 303
    money = session.scalars(select(MoneyEntry)).one()
    assert (money.amount, money.currency, money.rate_on) == (42_000_000, Currency.USD, date(2022, 10, 1))
    assert money.amount_yuan == 298_166_400
    assert session.scalars(select(Contract.foreign_usd)).one() == 42_000_000


def test_the_rate_of_the_day_is_offered_with_its_date(session, client_for, officer):
    session.add(ExchangeRate(currency=Currency.USD, rate_on=date(2022, 9, 1), rate=Decimal("6.8821")))
    client = client_for(officer)
    field = client.get("/claims/rate?currency=USD&signed_on=2022-09-20").text
    assert 'value="6.8821"' in field and "2022-09-01 登记的汇率" in field
    assert "没有登记" in client.get("/claims/rate?currency=EUR&signed_on=2022-09-20").text
    assert "人民币不用填" in client.get("/claims/rate?currency=CNY").text
    assert client.get("/claims/rate?currency=x&signed_on=y").status_code == 200


def test_a_draft_is_kept_and_taken_up_again(session, client_for, officer, project):
    client = client_for(officer)
    answer = send(client, project, "signing", signing(save_draft="存草稿", file=(io.BytesIO(b""), "")))
    draft = claim_of(session)
    assert (answer.status_code, draft.state) == (303, ClaimState.DRAFT)
    assert f"instead={draft.id}" in client.get(f"/projects/{project.id}").text
    form = client.get(f"/projects/{project.id}/claims/new?kind=signing&instead={draft.id}").text
    assert 'value="YH-HT-2022-031"' in form and 'value="3"' in form and 'value="2022-10-12"' in form
    assert send(client, project, "signing", signing(), instead=draft.id).status_code == 303
    assert [claim.state for claim in session.scalars(select(Claim))] == [ClaimState.REPORTED]


def test_giving_back_says_why_and_is_corrected(session, client_for, officer, statistician, project):
    client, verifier = client_for(officer), client_for(statistician)
    send(client, project, "signing", signing())
    claim = claim_of(session)
    assert verifier.post(f"/claims/{claim.id}/return", data={"reason": ""}).status_code == 422
    assert verifier.post(f"/claims/{claim.id}/return", data={"reason": "合同页不全"}).status_code == 303
    assert "合同页不全" in client.get(f"/claims/{claim.id}").text
    form = client.get(f"/projects/{project.id}/claims/new?kind=signing&instead={claim.id}").text
    assert "退回原因：合同页不全" in form
    without_file = signing(file=(io.BytesIO(b""), ""), amount="2.8")
    assert send(client, project, "signing", without_file, instead=claim.id).status_code == 303
    again = claim_of(session)
    assert (again.state, again.replaces_id) == (ClaimState.REPORTED, claim.id)
    assert "“签约”已提交，等待核定" in client.get(f"/projects/{project.id}").text


def test_reversing_needs_a_reason(session, client_for, officer, statistician, project):
    verifier = client_for(statistician)
    send(client_for(officer), project, "signing", signing())
    claim = claim_of(session)
    verifier.post(f"/claims/{claim.id}/verify")
    assert verifier.post(f"/claims/{claim.id}/verify").status_code == 409
    assert "作废这条核定" in verifier.get(f"/claims/{claim.id}").text
    assert verifier.post(f"/claims/{claim.id}/reverse", data={"reason": ""}).status_code == 422
    assert verifier.post(f"/claims/{claim.id}/reverse", data={"reason": "合同解除"}).status_code == 303
    assert session.get(Project, project.id).stage is Stage.REVIEW
    assert client_for(officer).post(f"/claims/{claim.id}/reverse", data={"reason": "x"}).status_code == 403


@pytest.mark.parametrize(
    ("kind", "data", "made"),
    [
        ("arrival", {"happened_on": "2022-10-10", "amount": "1200", "file_kind": "bank"}, 12_000_000),
        ("completion", {"happened_on": "2022-09-30", "amount": "850.5", "file_kind": "photo"}, 8_505_000),
    ],
)
def test_money_is_typed_in_wan(session, client_for, officer, project, kind, data, made):
    answer = send(client_for(officer), project, kind, {**data, "currency": "CNY", "file": scan("回单.pdf")})
    assert answer.status_code == 303
    assert session.scalars(select(MoneyEntry.amount_yuan)).all() == [made]


def test_an_agreement_is_no_signing(session, client_for, officer, project):
    data = signing(kind="framework", amount="5")
    assert send(client_for(officer), project, "contract", data).status_code == 303
    assert (claim_of(session).kind, session.scalars(select(Contract.kind)).one()) == (
        ClaimKind.CONTRACT,
        ContractKind.FRAMEWORK,
    )
    assert send(client_for(officer), project, "contract", signing(kind="formal")).status_code == 422
    form = client_for(officer).get(f"/projects/{project.id}/claims/new?kind=signing").text
    assert "框架协议 2022-10-12" in form


def test_an_officer_who_would_skip_is_told_before(session, client_for, officer, team_lead, project):
    page = client_for(officer).get(f"/projects/{project.id}/claims/new?kind=start").text
    assert "跳过由组长办理" in page and "提交开工，等待核定" not in page

    def start(user, reason=""):
        data = {"happened_on": "2022-10-10", "file": scan("现场.pdf"), "file_kind": "photo", "reason": reason}
        return send(client_for(user), project, "start", data).status_code

    assert (start(officer, "x"), start(team_lead), start(team_lead, "技改项目")) == (403, 422, 303)


@pytest.mark.parametrize("query", ["", "?kind=status", "?kind=nonsense"])
def test_only_what_can_be_reported_has_a_form(client_for, officer, project, query):
    assert client_for(officer).get(f"/projects/{project.id}/claims/new{query}").status_code == 404


def test_a_claim_of_another_project_is_not_taken_over(session, client_for, officer, project):
    other = make_ready(session, officer)
    claim = make.make_claim(session, other, state=ClaimState.RETURNED)
    session.commit()
    assert (
        client_for(officer).get(f"/projects/{project.id}/claims/new?kind=signing&instead={claim.id}").status_code == 404
    )


@pytest.mark.parametrize("kind", [kind.value for kind in ClaimKind if kind is not ClaimKind.STATUS])
def test_every_form_opens(client_for, officer, project, kind):
    assert client_for(officer).get(f"/projects/{project.id}/claims/new?kind={kind}").status_code == 200


# ------------------------------------------------------------------------------------------------------------- the queue


def test_the_queue_shows_the_longest_waiting_first_and_by_kind(session, client_for, officer, statistician):
    late = make_ready(session, officer, name="等得久")
    soon = make_ready(session, officer, name="刚提交")
    make.sign(session, soon, on=date(2022, 10, 12), state=ClaimState.REPORTED)
    arrival = make.make_claim(session, late, ClaimKind.ARRIVAL, date(2022, 10, 2), ClaimState.REPORTED)
    make.make_money(session, late, MoneyKind.ARRIVED, 10_000_000, date(2022, 10, 2), arrival)
    client = client_for(statistician)
    page = client.get("/claims").text
    assert page.index("等得久") < page.index("刚提交")
    only = client.get("/claims?kind=arrival").text
    assert "等得久" in only and "刚提交" not in only
    assert "没有等待核定的记录" in client.get("/claims?kind=production").text
    assert client.get("/claims?state=verified").status_code == 200
    assert client.get("/claims?state=x&kind=y&page=z").status_code == 200


def test_secret_claims_wait_for_the_named_only(session, client_for, officer, statistician):
    secret = make_ready(session, officer, name="七号", is_secret=True)
    claim = make.sign(session, secret, on=date(2022, 10, 12), state=ClaimState.REPORTED)
    client = client_for(statistician)
    assert "七号" not in client.get("/claims").text
    assert client.get(f"/claims/{claim.id}").status_code == 404
    assert client.post(f"/claims/{claim.id}/verify").status_code == 404


def test_statements_of_the_queue_do_not_depend_on_its_rows(session, client_for, officer, statistician, count_queries):
    project = make_ready(session, officer)
    make.make_claim(session, project, ClaimKind.ARRIVAL, state=ClaimState.REPORTED)
    client = client_for(statistician)
    client.get("/claims")
    with count_queries() as few:
        client.get("/claims")
    for _ in range(20):
        make.make_claim(session, project, ClaimKind.ARRIVAL, state=ClaimState.REPORTED)
    session.commit()
    with count_queries() as many:
        client.get("/claims")
    assert len(many) == len(few) <= 7


def test_an_officers_import_is_verified_in_one_go(session, client_for, officer, statistician):
    batch = make.add(
        session,
        ImportBatch(
            filename="台账.xlsx", size_bytes=1, digest="0", options={}, counts={}, uploaded_at=make.NOW,
            uploaded_by_id=officer.id,
        ),
    )  # fmt: skip
    good, twice = make_ready(session, officer, name="一份台账"), make_ready(session, officer, name="又报一次")
    make.sign(session, good, on=date(2022, 9, 1), state=ClaimState.REPORTED, batch_id=batch.id)
    make.sign(session, twice, on=date(2022, 9, 1))
    again = make.sign(session, twice, on=date(2022, 9, 2), state=ClaimState.REPORTED, batch_id=batch.id)
    client, address = client_for(statistician), f"/claims/batch/{batch.id}/verify"
    assert "核定本批 2 条" in client.get(f"/claims?batch={batch.id}").text
    assert client_for(officer).post(address).status_code == 403
    answer = client.post(address)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/claims?batch={batch.id}")
    session.expire_all()
    assert (session.get(Project, good.id).stage, again.state) == (Stage.SIGNED, ClaimState.REPORTED)


def test_a_corrected_claim_is_not_offered_again(session, client_for, officer, statistician, project):
    client, verifier = client_for(officer), client_for(statistician)
    send(client, project, "signing", signing())
    first = claim_of(session)
    verifier.post(f"/claims/{first.id}/return", data={"reason": "合同页不全"})
    assert "被退回" in client.get(f"/projects/{project.id}").text
    send(client, project, "signing", signing(), instead=first.id)
    second = claim_of(session)
    verifier.post(f"/claims/{second.id}/verify")
    verifier.post(f"/claims/{second.id}/reverse", data={"reason": "金额有误"})
    page = client.get(f"/projects/{project.id}").text
    assert "可以进入“签约”" in page and f"instead={first.id}" not in page
