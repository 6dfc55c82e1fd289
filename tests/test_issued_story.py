"""September is issued; then the truth moves on. September's bytes do not, and October tells by itself what moved."""

from __future__ import annotations

import hashlib
import io
import json
from datetime import date, timedelta

from openpyxl import load_workbook
from sqlalchemy import select

from crm.choices import ClaimKind, ClaimState, KeyList, MoneyKind, Status
from crm.models import BriefingIssue
from tests import factories as make


def command(app, session, *arguments):
    session.commit()
    done = app.test_cli_runner().invoke(args=["crm", *arguments])
    assert done.exit_code == 0, done.output
    session.expire_all()
    return done.output


def told(client):
    """The rows of October's 调整说明: (类别, 月份, 项目, 事项, 上期数, 现数, 差额, 原因)."""
    book = load_workbook(io.BytesIO(client.get("/briefings/2022-10.xlsx").data))
    rows = [[cell.value for cell in row[:9]] for row in book["调整说明"].iter_rows()]
    return [tuple(row[1:]) for row in rows if isinstance(row[0], int)]


def test_corrections_never_touch_an_issue_and_are_told_by_the_next(
    app, session, client_for, officer, statistician, leader
):
    plain, dear, lost, moved, void, secret = (
        make.make_project(session, name, lead=officer, is_secret=name == "保密的")
        for name in ("平常", "改数", "退库", "移月", "作废", "保密的")
    )
    make.sign(session, plain, date(2022, 9, 10), 100_000_000)
    claims = {
        project.name: make.sign(session, project, date(2022, 9, 12), 300_000_000) for project in (dear, moved, void)
    }
    make.sign(session, lost, date(2022, 5, 6), 400_000_000)
    for key_list in (KeyList.CITY, KeyList.PROVINCE_BATCH):
        make.make_listing(session, plain, key_list)
    make.make_plan(session, plain, 50_000_000)
    command(app, session, "briefing", "2022-09", "--issue", "--by", "statistician", "--signer", "leader")
    reader = client_for(leader)
    issued = reader.get("/briefings/2022-09.xlsx").data
    frozen = session.scalars(select(BriefingIssue)).one()
    assert hashlib.sha256(issued).hexdigest() == frozen.digest
    assert told(reader) == [] and "与上一期比对无差异" in reader.get("/briefings/2022-10?sheet=调整说明").text
    assert "往期数据调整" not in reader.get("/briefings/2022-10").text

    later = frozen.issued_at + timedelta(seconds=1)
    now = {"reported_at": later, "verified_at": later}

    def voided(project, reason):
        claim = claims[project.name]
        claim.state, claim.reversed_at, claim.reversed_by_id = ClaimState.REVERSED, later, statistician.id
        claim.reason = reason

    voided(dear, "金额录入有误")
    make.sign(session, dear, date(2022, 9, 12), 250_000_000, **now)
    voided(moved, "签约日期有误")
    make.sign(session, moved, date(2022, 8, 30), 300_000_000, **now)
    voided(void, "合同未生效")
    arrival = make.make_claim(session, plain, ClaimKind.ARRIVAL, date(2022, 8, 20), **now)
    make.make_money(session, plain, MoneyKind.ARRIVED, 20_000_000, date(2022, 8, 20), arrival)
    make.sign(session, secret, date(2022, 9, 20), 700_000_000, **now)
    change = make.lose(session, lost, date(2022, 10, 12), Status.WITHDRAWN)
    change.reason = "资金链断裂"
    session.commit()

    assert reader.get("/briefings/2022-09.xlsx").data == issued
    assert [row[:7] for row in told(reader)] == [
        ("补报补录", "2022年9月", "涉密项目", "签约", "未计入", "1个、7.00亿元", "+1个、+7.00亿元"),
        ("补报补录", "2022年8月", "平常", "到位资金", "未计入", "0.20亿元", "+0.20亿元"),
        ("改数", "2022年9月", "改数", "签约", "1个、3.00亿元", "1个、2.50亿元", "−0.50亿元"),
        ("调整月份", "2022年9月", "移月", "签约", "2022年9月 1个、3.00亿元", "2022年8月 1个、3.00亿元", "—"),
        ("作废", "2022年9月", "作废", "签约", "1个、3.00亿元", "未计入", "−1个、−3.00亿元"),
        ("退库流失", "2022年10月", "退库", "签约后退库（流失）", "已签约：1个、4.00亿元", "2022年10月退库（流失）",
         "−1个、−4.00亿元"),
    ]  # fmt: skip
    reasons = {row[2]: row[7] for row in told(reader)}
    assert "金额录入有误" in reasons["改数"] and "合同未生效" in reasons["作废"] and "资金链断裂" in reasons["退库"]
    page = reader.get("/briefings/2022-10").text
    assert "对照2022年第1期（2022年9月），往期数据调整" in page
    rows = reader.get("/briefings/2022-10?figure=adjustments").text
    assert f'href="/projects/{dear.id}"' in rows and "保密的" not in rows

    # What was signed in September is, in October's own figures, as it is known now.
    found = json.loads(command(app, session, "totals", "2022-10", "--json"))
    assert (found["signed_count"], found["signed_total_yuan"]) == (5, 1_750_000_000)
    assert (found["signed_lost_count"], found["signed_net_yuan"]) == (1, 1_350_000_000)
    told_by_command = json.loads(command(app, session, "compare", "2022-09", "2022-09", "--json"))
    assert "signed_count" not in told_by_command["figures"]  # one more, one less
    assert told_by_command["figures"]["arrived_yuan"] == {"from": 0, "to": 20_000_000}
