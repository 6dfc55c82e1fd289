"""Only what was written can be quoted."""

from __future__ import annotations

import pytest

from crm.rules.quotes import LONGEST_QUOTE, quote_problem, shortened


@pytest.mark.parametrize(
    ("quote", "words"),
    [
        ("要求一季度供地", None),
        ("86 亩；\n 要求一季度", None),
        ("要求二季度供地", "不符"),
        ("长" * (LONGEST_QUOTE + 1), f"不超过 {LONGEST_QUOTE} 字"),
    ],
)
def test_a_quote_stands_in_the_original(quote, words):
    problem = quote_problem(quote, "首期用地 86 亩；要求\n一季度供地。")
    assert problem is None if words is None else words in problem


def test_a_long_text_is_cut_to_a_quote():
    assert len(shortened("长" * 1000)) == LONGEST_QUOTE and shortened(" 短 ") == "短"
