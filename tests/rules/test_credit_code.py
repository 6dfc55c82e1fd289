"""The check of GB 32100-2015. The valid codes are made up with a computed last character."""

from __future__ import annotations

import pytest

from crm.rules.credit_code import ALPHABET, check_character, normal, problem

BODY = "91320507MA1XXXXX0"
CODE = BODY + check_character(BODY)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("91320507ma1xxxxx0x", "91320507MA1XXXXX0X"),
        (" 9132 0507 MA1X XXXX 0X ", "91320507MA1XXXXX0X"),
        ("９１３２０５０７MA1XXXXX0X", "91320507MA1XXXXX0X"),
        ("", ""),
    ],
)
def test_spellings_of_one_code(typed, code):
    assert normal(typed) == code


def test_a_published_example_of_the_standard_s_algorithm():
    # 3^i mod 31 weights, worked by hand: only the first place holds a 1, so the sum is 1 and the check is 31 - 1 = 30.
    assert check_character("1" + "0" * 16) == ALPHABET[30]
    assert check_character("0" * 17) == "0"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (CODE, None),
        (CODE[:-1], "现在是 17 位"),
        ("320507000012345", "像是旧的工商注册号"),
        ("717171717", "像是组织机构代码"),
        ("91320507MAIXXXXX0X", "不会有 I"),
        (CODE[:5] + ("1" if CODE[5] != "1" else "2") + CODE[6:], "校验不符"),
    ],
)
def test_what_cannot_be_right(code, words):
    found = problem(code)
    assert (found is None) if words is None else words in (found or "")


def test_every_single_wrong_character_is_noticed():
    for place in range(17):
        for character in ALPHABET:
            if character != CODE[place]:
                assert problem(CODE[:place] + character + CODE[place + 1 :]), (place, character)
