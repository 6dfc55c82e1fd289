"""Who is meant by an @, and who cannot be told."""

from __future__ import annotations

import pytest

from crm.rules.mentions import Named, people_in, pieces, problem

GU, GU_LONG = Named(1, "顾清", "招商一组"), Named(2, "顾清宁", "招商一组")
WANG, OTHER_WANG = Named(3, "王伟", "招商一组"), Named(4, "王伟", "招商二组")
OUTSIDE = Named(5, "江予安", "资规局", may_see=False)
PEOPLE = (GU, GU_LONG, WANG, OTHER_WANG, OUTSIDE)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("没有提到谁", []),
        ("@顾清宁 请看", [2]),
        ("请@顾清看", [1]),
        ("@顾清宁@顾清", [2, 1]),
        ("@顾清宁，再请 @顾清宁", [2]),
        ("@王伟（招商二组） 核对", [4]),
        ("写信到 a@顾清宁", []),
        ("价格 @ 3 元，@不认识的人", []),
        ("@", []),
    ],
)
def test_the_longest_name_is_meant(body, found):
    assert people_in(body, PEOPLE) == found
    assert problem(body, PEOPLE) is None


def test_pieces_joined_are_the_text():
    body = "@顾清宁 和 @顾清：@@王伟"
    parts = list(pieces(body, [person.name for person in PEOPLE]))
    assert "".join(text for text, _ in parts) == body
    assert [text for text, is_name in parts if is_name] == ["@顾清宁", "@顾清", "@王伟"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("@王伟 看", "有 2 个“王伟”，请写清楚：@王伟（招商一组）、@王伟（招商二组）"),
        ("@江予安 看", "“江予安”看不到这个项目"),
    ],
)
def test_who_cannot_be_told(body, words):
    assert words in problem(body, PEOPLE)
