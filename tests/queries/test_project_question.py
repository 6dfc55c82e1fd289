"""A list kept as JSON asks the same again."""

from __future__ import annotations

import json
from datetime import date

import pytest

from crm.choices import CapitalKind, KeyList, SourceChannel, Stage, Status
from crm.queries.project_filters import ProjectFilter, View
from crm.queries.project_question import Question
from crm.rules.days import Month
from crm.rules.list_filters import Condition, Op

GROUPS = (
    (Condition("name", Op.HAS, ("2022-10-01",)), Condition("stage", Op.IS, ("signed", "lead"))),
    (Condition("registered", Op.DURING, (date(2022, 1, 1), date(2022, 2, 1))), Condition("secret", Op.YES)),
    (Condition("total", Op.LEAST, (10**9,)),),
)


@pytest.mark.parametrize(
    "question",
    [
        Question(ProjectFilter()),
        Question(ProjectFilter(View.EVERY), ("name", "-total"), ids=(3, 1)),
        Question(ProjectFilter(View.EVERY), ids=()),
        Question(
            ProjectFilter(
                View.MINE, "芯", Stage.LEAD, 1, CapitalKind.FOREIGN, 2, 3, 4, SourceChannel.REFERRAL, KeyList.CITY, Status.LOST,
                Month(2022, 9), 10**8, GROUPS,
            )
        ),
    ],
)  # fmt: skip
def test_it_comes_back_as_it_was(question):
    assert Question.from_json(json.loads(json.dumps(question.as_json()))) == question
