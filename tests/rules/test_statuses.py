"""What has to be said when a project is paused, lost, withdrawn or taken up again."""

from __future__ import annotations

from datetime import date

import pytest

from crm.choices import LossReason, Status
from crm.rules.statuses import StatusDraft, status_problem

TODAY = date(2022, 9, 30)
LATER = date(2022, 12, 1)


@pytest.mark.parametrize(
    ("now", "draft", "field"),
    [
        (Status.ACTIVE, StatusDraft(Status.PAUSED, TODAY, LossReason.LAND, review_on=LATER), None),
        (Status.ACTIVE, StatusDraft(Status.PAUSED, TODAY, LossReason.LAND), "review_on"),
        (Status.ACTIVE, StatusDraft(Status.PAUSED, TODAY, LossReason.LAND, review_on=TODAY), "review_on"),
        (Status.ACTIVE, StatusDraft(Status.PAUSED, TODAY, review_on=LATER), "reason_class"),
        (Status.ACTIVE, StatusDraft(Status.LOST, TODAY, LossReason.MONEY, "资金链断裂"), None),
        (Status.ACTIVE, StatusDraft(Status.LOST, TODAY, LossReason.MONEY), "reason"),
        (Status.ACTIVE, StatusDraft(Status.LOST, TODAY, None, "x"), "reason_class"),
        (Status.ACTIVE, StatusDraft(Status.LOST, TODAY, LossReason.ELSEWHERE, "地价更低"), "lost_to"),
        (Status.ACTIVE, StatusDraft(Status.LOST, TODAY, LossReason.ELSEWHERE, "地价更低", "邻市高新区"), None),
        (Status.ACTIVE, StatusDraft(Status.LOST, LATER, LossReason.MONEY, "x"), "changed_on"),
        (Status.ACTIVE, StatusDraft(Status.WITHDRAWN, TODAY, LossReason.OTHER, "重复录入"), None),
        (Status.ACTIVE, StatusDraft(Status.WITHDRAWN, TODAY, LossReason.OTHER), "reason"),
        (Status.ACTIVE, StatusDraft(Status.ACTIVE, TODAY), "to_status"),
        (Status.PAUSED, StatusDraft(Status.ACTIVE, TODAY), None),
        (Status.LOST, StatusDraft(Status.ACTIVE, TODAY), None),
        (Status.LOST, StatusDraft(Status.PAUSED, TODAY, LossReason.LAND, review_on=LATER), "to_status"),
        (Status.WITHDRAWN, StatusDraft(Status.ACTIVE, TODAY), "to_status"),
    ],
)
def test_status_problem(now, draft, field):
    problem = status_problem(now, draft, TODAY)
    assert (problem[0] if problem else None) == field
