import pytest

from crm.rules import pieces


def test_a_company_is_found_by_trade_name_short_name_sound_and_initials():
    found = pieces.of_company("上海市澜芯传动科技（集团）有限公司", "澜芯集团")
    assert {"澜芯", "芯传", "芯集"} <= found
    assert any(piece.startswith("~lanxinchuandong") for piece in found)
    assert any(piece.startswith("^lxcd") for piece in found)
    assert {"~lanxinjituan", "^lxjt"} <= found


def test_a_project_is_found_by_its_name_without_the_place_too():
    found = pieces.of_project("上海澜芯减速器项目")
    assert {"~shanghailanxinjiansuqi", "~lanxinjiansuqi", "^lxjsq"} <= found


def test_latin_names_have_pairs_and_nothing_spoken():
    assert pieces.of_company("ABB") == {"ab", "bb"}
    assert pieces.pairs("芯") == {"芯"} and pieces.pairs("") == frozenset()


@pytest.mark.parametrize(
    ("typed", "spoken"),
    [("lx", True), ("LanXin", True), (" lan xin ", True), ("l", False), ("澜x", False), ("lx2", False), ("", False)],
)
def test_what_may_be_pinyin(typed, spoken):
    assert pieces.is_spoken(typed) is spoken


def test_ranges_hold_what_begins_so_and_nothing_else():
    (first, last), (initials, _) = pieces.spoken_ranges("lanxin")
    assert first <= "~lanxin" <= last and first <= "~lanxinzzz9" <= last
    assert not first <= "~lanxiu" <= last and initials == "^lanxin"
