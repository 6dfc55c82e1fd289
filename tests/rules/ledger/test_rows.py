"""What each row is: a project, or one of the things that stand among projects (quirks.md)."""

from __future__ import annotations

import pytest

from crm.rules.ledger import Field, Hints, RowKind, SheetHints, reread_row
from crm.rules.ledger.headings import heading_of, is_note, is_subtotal, is_summary, is_total
from tests.rules.ledger.grids import N, kinds, names, reading

HEADER = ["序号", "项目名称", "建设规模及内容", "总投资（万元）", "责任单位"]


def rich(*rows):
    """A list whose projects are numbered and described, with the given rows among them."""
    return reading(HEADER, [1, "甲项目", "新建厂房", 5000, "甲局"], *rows, [2, "乙项目", "新建仓库", 6000, "乙局"])


@pytest.mark.parametrize(
    ("row", "path"),
    [
        ([N, "一、基础设施", 1, 6000], "基础设施"),
        ([N, "（一）交通", 1, 6000], "交通"),
        ([N, "——铁路", 1, 6000], "铁路"),
        ([N, "Ⅰ 机场（1项）", N, 6000], "机场"),
        ([N, "① 交通项目1个"], "交通项目"),
        ([N, "【预备】(1个)"], "预备"),
        ([N, "二、续建项目（共1项）"], "续建项目"),
        (["续建项目1个", "——", "——", "——"], "续建项目"),
        ([N, "续建项目(1个)", N, 6000], "续建项目"),
        ([N, "计划新开工项目", 1, 6000], "计划新开工项目"),
        ([N, "城镇（含园区）基础设施类（1）"], "城镇(含园区)基础设施类"),
        ([N, "一产项目 1"], "一产项目"),
        (["1-2", "1.制造与加工类"], "制造与加工类"),
        ([N, "1.制造与加工类"], "制造与加工类"),
        (["一", "农林水利", 1, 6000], "农林水利"),
        (["（一）", "农林水利", N, 6000], "农林水利"),
        ([N, "第一批（1个）"], "第一批"),
        ([N, "南宁市人民政府", 1, 6000], "南宁市人民政府"),
        ([N, "市直", 1, 6000], "市直"),
        ([N, "基础设施工程"], "基础设施工程"),
        (["二、现代服务业（1个）", N, N, 6000], "现代服务业"),
        (["秀峰区（1个）"], "秀峰区"),
    ],
)
def test_section_rows(row, path):
    table = rich(row)
    assert (names(table), kinds(table)) == (["甲项目", "乙项目"], {3: "分组行"})
    assert table.projects[1].path == (path,)


@pytest.mark.parametrize(
    "row",
    [
        [206, "汉中综合保税区"],
        [963, "君澜府小区", N, 3000],
        [7, "骏升新能源汽车城市展厅", "展厅", 3000],
        [7, "红河路", "长1.8千米", 8278],
        [7, "花莞", "高速公路", 8278],
        [7, "2022年桂林市人行天桥新建工程", "天桥9座", 800],
        [7, "浦里新区加油站（9个）", "加油站", 800],
        [7, "5G智慧物流园项目", "物流", 800],
        [7, "一带一路商贸城", "商贸", 800],
        [7, "桂林▪两江四湖全域文化旅游项目", "旅游", 800],
        ["1-1", "二期扩建", "扩建", 800],
        [N, "没有序号但写了内容的项目", "扩建厂房", 800, "丙局"],
        ["（三）", "李家岩水库", "新建中型水库1座", 51520, "水利局"],
    ],
)
def test_rows_that_look_like_sections_and_are_projects(row):
    table = rich(row)
    assert (len(table.projects), kinds(table)) == (3, {})


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (["合计", N, N, 11000], "合计行"),
        ([N, "合  计", 2, 11000], "合计行"),
        ([N, "合计（共2项）", N, 11000], "合计行"),
        ([N, "总计(2)", N, 11000], "合计行"),
        ([N, "全市合计", N, 11000], "合计行"),
        (["小计", N, N, 5000], "小计行"),
        ([N, "本页小计", N, 5000], "小计行"),
        ([N, "工业项目合计", N, 5000], "小计行"),
        ([N, "其中：续建项目", 1, 5000], "小计行"),
        (["备注：标“★”的为2025年重大项目。"], "说明行"),
        (["注：项目名称标注▲的为省重点"], "说明行"),
        (["单位：万元"], "说明行"),
        ([N, "重大前期项目92个，总投资494亿元。其中，政府投资项目54个，总投资102.4亿元；"], "说明行"),
        (["填表人：张三", N, "审核人：李四", N, "联系电话：0512-65801234"], "说明行"),
        (["第1页 共2页"], "说明行"),
        (HEADER, "重复的表头"),
        ([N, N, "银行贷款", 4000], "续行"),
        ([3], "空行"),
    ],
)
def test_other_rows_have_their_kind_and_a_reason(row, kind):
    table = rich(row)
    assert (names(table), kinds(table)) == (["甲项目", "乙项目"], {3: kind})
    assert all(row.reason for row in table.skipped)


def test_column_numbers_under_the_header():
    table = reading(HEADER, ["甲", "乙", "丙", 1, 2], [1, "甲项目", "新建厂房", 5000, "甲局"])
    assert kinds(table) == {2: "栏号行"}


def test_a_list_of_notes_at_the_end():
    table = reading(HEADER, [1, "甲项目", "厂房", 5000, "甲局"], ["说明：1.本表由各单位填报。"], ["2.涉密项目不报"])
    assert kinds(table) == {3: "说明行", 4: "说明行"}


def test_the_title_again_on_the_next_page():
    table = reading(
        ["某区重点工程安排"],
        HEADER,
        [1, "甲项目", "厂房", 5000, "甲局"],
        ["某区重点工程安排（续）"],
        [2, "乙项目", "仓库", 1, "乙局"],
    )
    assert (names(table), kinds(table)) == (["甲项目", "乙项目"], {4: "说明行"})


def test_a_lone_name_at_the_end_is_a_project_with_a_question():
    table = reading(HEADER, *([i, f"项目{i}", "厂房", 5000, "甲局"] for i in (1, 2)), [N, "新能源汽车电机生产项目"])
    assert [finding.code for finding in table.projects[-1].findings] == ["lone_name"]


def test_names_numbered_within_the_cell():
    table = reading(
        ["项目名称", "总投资（万元）"], ["1、学校扩建", 5000], ["2、医院迁建", 6000], ["3、1.5万吨净水厂", 700]
    )
    assert names(table) == ["学校扩建", "医院迁建", "1.5万吨净水厂"]


def test_projects_numbered_with_chinese_numerals():
    table = reading(
        ["序号", "项目名称", "投资方", "总投资（亿元）"], ["一", "甲项目", "甲", 3], ["二", "乙项目", "乙", 4]
    )
    assert names(table) == ["甲项目", "乙项目"]


def test_cities_head_their_projects_in_a_list_of_names():
    table = reading(
        ["序号", "项目名称"], [N, "济南市"], [1, "济南超算中心"], [N, "青岛市"], [2, "青岛港码头"], [3, "海洋馆"]
    )
    assert [(row.name, row.text(Field.LOCATION)) for row in table.projects] == [
        ("济南超算中心", "济南市"),
        ("青岛港码头", "青岛市"),
        ("海洋馆", "青岛市"),
    ]


def test_several_physical_rows_of_one_project():
    table = reading(
        ["序号", "项目名称", "建设内容", "总投资（万元）", "投资来源", "金额"],
        [1, "甲项目", "厂房", 10000, "自筹", 4000],
        [N, N, N, N, "银行贷款", 6000],
        [2, "乙项目", "管网", N, "自筹", 3000],
        [N, N, N, 5000, "银行贷款", 2000],
    )
    assert (names(table), table.total_yuan) == (["甲项目", "乙项目"], 100_000_000)
    assert [finding.code for finding in table.row(5).findings] == ["amount_on_continuation"]


def test_a_name_merged_over_its_rows():
    table = reading(
        ["序号", "项目名称", "业主", "总投资（亿元）", "口径"],
        [1, "甲项目", "甲", 3, "计划"],
        [N, N, N, N, "实际"],
        [2, "乙项目", "乙", 4, "计划"],
        [N, N, N, N, "实际"],
        merged=((1, 0, 2, 0), (1, 1, 2, 1), (3, 0, 4, 0), (3, 1, 4, 1)),
    )
    assert (names(table), kinds(table)) == (["甲项目", "乙项目"], {3: "续行", 5: "续行"})


def test_segments_under_a_merged_name_are_projects_of_their_own():
    table = reading(
        ["项目名称", "分段", "建设单位", "总投资（亿元）"],
        ["输气管网", "一段", "甲公司", 3],
        [N, "二段", "乙公司", 4],
        ["环城路", "全线", "丙公司", 5],
        merged=((1, 0, 2, 0),),
    )
    assert [(row.name, row.text(Field.SEGMENT)) for row in table.projects] == [
        ("输气管网", "一段"),
        ("输气管网", "二段"),
        ("环城路", "全线"),
    ]


def test_phases_beside_their_project_are_not_counted_again():
    table = reading(
        ["序号", "项目名称", "总投资（亿元）", "业主"],
        [1, "新能源电池项目", 45, "甲"],
        [N, "一期", 1.5, "甲"],
        [N, "二期", 13.5, "甲"],
        [N, "三期", 30, "甲"],
        [2, "物流园", 5, "乙"],
        [3, "冷库", 5, "乙"],
    )
    assert (names(table), table.total_yuan) == (["新能源电池项目", "物流园", "冷库"], 5_500_000_000)
    assert set(kinds(table)) == {3, 4, 5}


def test_phases_that_do_not_add_up_stay_projects():
    table = reading(
        ["序号", "项目名称", "总投资（亿元）", "业主"],
        [1, "电池项目", 45, "甲"],
        ["1.1", "一期", 3, "甲"],
        ["1.2", "二期", 4, "甲"],
    )
    assert len(table.projects) == 3


def test_a_row_without_a_name_is_a_project_with_an_error():
    table = reading(
        ["序号", "项目名称", "投资方", "总投资（亿元）"],
        [1, "甲项目", "甲", 3],
        [2, N, "泊安数科有限公司", 2],
        [3, "******", "丙", 2],
    )
    assert [[finding.message for finding in row.findings] for row in table.projects] == [
        [],
        ["缺项目名称"],
        ["名称用星号隐去了，请补项目名称"],
    ]
    assert table.projects[1].has_errors


def test_a_person_says_what_a_row_is():
    told = SheetHints(kinds={2: RowKind.NOTE, 3: RowKind.PROJECT})
    table = reading(HEADER, [1, "甲项目", "厂房", 5000, "甲局"], [N, "合计", N, 7], hints=Hints(tables={"表": told}))
    assert (names(table), kinds(table)) == (["合计"], {2: "说明行"})
    assert reread_row(table, 3, {3: "8"}).is_project


@pytest.mark.parametrize(
    ("text", "style", "name", "count"),
    [
        ("一、创新能力提升项目26个", "chinese", "创新能力提升项目", 26),
        ("一 农林水利", "chinese", "农林水利", None),
        ("（二） 国省道", "chinese_bracket", "国省道", None),
        ("港口、码头、航运\n（7项）", "counted", "港口、码头、航运", 7),
        ("428-442 4.房地产开发", "range", "房地产开发", None),
        ("A.工业", "letter", "工业", None),
    ],
)
def test_the_parts_of_a_heading(text, style, name, count):
    heading = heading_of(text)
    assert (heading.style, heading.name, heading.count) == (style, name, count)


@pytest.mark.parametrize(
    "text", ["一带一路项目", "三一重工产业园", "1.1万吨项目", "二十一世纪大厦", "十里铺安置房", "甲项目"]
)
def test_texts_that_are_no_headings(text):
    assert heading_of(text) is None


def test_a_heading_may_state_its_amount_in_words():
    assert heading_of("二、签约项目（共12项，总投资45.6亿元）").yuan == 4_560_000_000


def test_texts_of_sums_and_notes():
    assert is_total("合计(2617)") and is_total("共12个项目") and not is_total("合计投资公司大楼")
    assert is_subtotal("小计(5个)") and not is_subtotal("合计")
    assert is_note("说明:1.") and not is_note("说明书印刷项目") and not is_note("注塑机生产项目")
    assert is_summary("项目总数246个(新开工73个、续建73个、完工62个)")
    assert not is_summary("年产300万个轴承、500万个齿轮项目，总投资3亿元")


def test_prose_after_the_list_in_the_same_sheet():
    table = reading(
        ["序号", "项目名称"],
        *([number, f"{name}产业园项目"] for number, name in enumerate("甲乙丙丁戊", 1)),
        [],
        [N, "一、甲产业园项目"],
        [N, "项目名称：甲产业园项目"],
        [
            N,
            "项目概况：占地500亩，拟建标准厂房和研发中心，市场前景广阔，符合国家产业政策，配套设施齐全，交通便利，欢迎前来洽谈。",
        ],
        [N, "交通便利"],
        [N, "联 系 人：张三"],
    )
    assert (len(table.projects), set(kinds(table).values())) == (5, {"说明行"})
