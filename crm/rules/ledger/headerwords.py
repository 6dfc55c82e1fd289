"""What the words of a header tell where its whole spelling is not known, and what a parent makes of its children.

Tables of patterns, tried from the top. Nothing here looks at a sheet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from crm.rules.ledger.fields import Field

Rule = tuple[Field, re.Pattern[str], re.Pattern[str] | None]


def _rules(*rules: tuple[Field, str, str]) -> tuple[Rule, ...]:
    return tuple((field, re.compile(has), re.compile(lacks) if lacks else None) for field, has, lacks in rules)


# (field, the header has this, and none of that); the first that fits decides.
_WORDS = _rules(
    (Field.CREDIT_CODE, r"信用代?码|机构代码|执照号", ""),
    (Field.PROJECT_NAME, r"(项目|工程)名称", ""),
    (Field.CODE, r"项目.{0,4}(编号|编码|代码)|备案.{0,2}号", "行业"),
    (Field.CONTACT_NAME, r"(联系人|负责人|对接人|姓名).{0,4}(电话|方式|手机)", "招商|我方|园区"),
    (Field.CONTACT_PHONE, r"电话|手机|联系方式", "招商|我方|园区|填报|责任"),
    (Field.FOREIGN_CAPITAL, r"(合同|协议|利用|计划|注册|其中).{0,3}外资", "实际|到位|到账|企业|内"),
    (Field.ARRIVED, r"到位|到账|到资|实际利用外资|实际使用外资|资金.{0,2}到", "率|时间|日期|比例|证明"),
    (Field.REGISTERED_CAPITAL, r"注册.{0,2}资[本金]", "时间|日期"),
    (Field.FIXED_ASSETS, r"固定资产|固投", "完成|累计|率|年|入库"),
    (
        Field.ANNUAL_COMPLETED,
        r"(本年|当年|今年|年度|年\d{1,2}(-\d{1,2})?月|^\d{1,2}-\d{1,2}月|年初).{0,8}完成.{0,4}投资",
        "计划|预计|目标|率|底|末",
    ),
    (
        Field.COMPLETED,
        r"(累计|截[至止]|开工以来|[至到].{0,6}[底末]|已|目前).{0,8}完成.{0,6}(投资|$)|累计.{0,4}投资",
        "率|比例|计划|预计|目标|前期",
    ),
    (
        Field.ANNUAL_INVESTMENT,
        r"(年|本期).{0,6}(计划|预计|安排|目标)?.{0,4}投资",
        "总投资|累计|率|强度|完成投资$|内容|目的",
    ),
    (
        Field.TOTAL_INVESTMENT,
        r"总投资|投资.{0,2}(总额|金额|规模|额|概算|估算)|(合同|协议|签约|引资).{0,4}(金?额|资金|投资)|投资\(|拟.{0,3}投资",
        "完成|累计|到位|强度|来源|主体|单位|企业|率|其中|外资|内容|时间|方式|人|方$",
    ),
    (Field.SIGNED_ON, r"签[约订署].{0,4}(时间|日期|年月|年份|月份)", ""),
    (
        Field.FIRST_CONTACT_ON,
        r"(接洽|首谈|首报|对接|接触|登记|报备|拜访|来访|洽谈).{0,4}(时间|日期)",
        "下|最近|最新",
    ),
    (Field.REGISTERED_ON, r"(注册|成立|落户|落地).{0,4}(时间|日期)", "拟|计划"),
    (Field.YEAR_RANGE, r"起止|开.?竣工|建设(年限|工期|周期|期限)", ""),
    (Field.START_ON, r"(开工|动工|开建|起始).{0,5}(时间|日期|年|月|节点)", "竣工|完成|累计|情况|以来"),
    (Field.END_ON, r"(竣工|完工|建成).{0,5}(时间|日期|年|月|节点)", "情况|开工"),
    (Field.PRODUCING_ON, r"(投产|开业|达产|投运).{0,5}(时间|日期|年|月|节点)", "产值|税|情况"),
    (Field.CAPITAL_KIND, r"内.{0,2}外资|资[金本](性质|类型|属性)", ""),
    (Field.CONTRACT_KIND, r"(合同|协议|签约).{0,2}(类型|性质|类别|形式)", ""),
    (Field.PROBLEMS, r"问题|困难|诉求|堵点|难点|需.{0,3}协调", ""),
    (Field.NEXT_PLAN, r"下.{0,1}步|下阶段|下月|下周|(推进|工作)(计划|措施|打算)", ""),
    (Field.ANNUAL_GOAL, r"(年|目标).{0,8}(目标|任务|形象进度|建设内容|工作计划|工作内容)", "投资|责任|额"),
    (Field.STAGE, r"(项目|进展|当前|目前|所处|推进|洽谈).{0,3}(阶段|状态)|阶段$", ""),
    (
        Field.PROGRESS_TEXT,
        r"进展|形象进度|推进情况|进度|跟踪情况|洽谈(情况|记录)|落实情况|完成.{0,3}前期工作",
        "率|百分|%|计划|目标|时间",
    ),
    (Field.LEADER, r"领导|指挥长", "小组|批示|电话"),
    (Field.CHANNEL, r"(信息|线索|项目)来源|招[商引](方式|途径|渠道|类型)", "地"),
    (
        Field.ORIGIN,
        r"(来源|投资方|企业|客商|总部|母公司).{0,3}(地区?|国别|省份|区域)|国别",
        "用地|选址|建设",
    ),
    (
        Field.OFFICER,
        r"(招商|跟踪|跟进|主办|经办|洽谈|引进|首谈|首报|责任|服务|专班).{0,4}(人员?|专员|负责人|经理|联系人|员)",
        "单位|部门",
    ),
    (Field.CONTACT_NAME, r"联系人|对接人|客商(姓名|代表)", "招商|我方|园区|责任"),
    (
        Field.RESPONSIBLE_UNIT,
        r"(责任|牵头|主管|监管|招商|引进|引荐|服务|包联|填报|报送|承接|跟踪|推进|申报|属地|归口)"
        r".{0,4}(单位|部门|科室|局|主体|政府)",
        "",
    ),
    (
        Field.INVESTOR,
        r"(投资|建设|业主|实施|项目|法人|引进|签约|落户|合作|合资).{0,3}(方|商|单位|企业|公司|主体|业主|法人|客商)"
        r"|企业名称|公司名称|业主",
        "类|性质|联系|简介|情况|数|代码|个|强|规模|地$|时间",
    ),
    (
        Field.LAND_MU,
        r"(用地|占地|土地|供地).{0,6}(面积|规模|需求|亩)|亩",
        "强度|税|亩均|情况|单价|价|出让",
    ),
    (
        Field.LEVEL,
        r"(是否|列入|纳入)?.{0,2}[省市区县].{0,2}(重点|重大)|集中开工|重点.{0,2}(级别|层级|类别)",
        "名称|领导|单位",
    ),
    (
        Field.LOCATION,
        r"(建设|项目|落户|落地|选址|拟选|所在|所属|意向|投资|实施)"
        r".{0,3}(地点?|地址|位置|园区|区域|片区|区县|县区|乡镇|镇街)|选址",
        "性质|投资方|企业|注册",
    ),
    (Field.COMPANY_CLASS, r"500强|企业.{0,2}(类别|资质|荣誉)", ""),
    (Field.INDUSTRY, r"产业|行业|赛道", "主管|部门|产值"),
    (Field.CATEGORY, r"项目.{0,2}(类别|分类|类型|大类|领域)|领域", "主管"),
    (Field.PROJECT_TYPE, r"建设性质|新.{0,1}续建|建设类型", ""),
    (Field.CONTENT, r"(建设|项目|投资|合作|主要|工程).{0,6}(内容|规模|简介|概况|介绍|产品)|主营|产品", "目标|年"),
    (
        Field.PROJECT_NAME,
        r"项目.{0,6}名称?|工程.{0,2}名称|名称",
        "企业名|公司名|单位名|投资方|产品名|园区|领导|部门|客商",
    ),
    (Field.PROJECT_NAME, r"^.{0,8}项目$", "是否|所属|类|其他|子项目|哪|何"),
    (Field.CURRENCY, r"币种|币别", ""),
    (Field.NOTE, r"备注", ""),
)


def field_by_words(text: str) -> Field | None:
    """The field whose words the header has."""
    for field, has, lacks in _WORDS:
        if has.search(text) and not (lacks and lacks.search(text)):
            return field
    return None


_PLANNED = re.compile(r"(?:年度?|本年|当年|今年).{0,4}(?:计划|投资|安排)|(?:计划|安排).{0,2}(?:完成)?投资|投资计划")
_DONE = re.compile(r"完成(?!的?前期)")
_MONEY = re.compile(r"投资|资金|金额|概算|引资")
_SCHEDULE = re.compile(r"(?:推进|进度|工作)计划|进度安排")
_SUM = re.compile(r"小计|合计|总计|计|总投资|计划总投资|投资额|总额|金额|投资|计划投资|总投资额|数额|总量")
_SHARE = re.compile(
    r"中央|省级|省|市级|市|县级|县|区级|财政|自筹|贷款|银行|债券|专项|社会|企业|国有|民间|其他|其它|补助|预算|外商|中方|外方"
    r"|资本金|土建|建安|设备|安装|流动资金|土地|厂房|基建|[一二三四]季度|\d{1,2}月|上半年|下半年|新增|第.期"
)
_DOMESTIC = re.compile(r"内资|内资额|国内资金|人民币")
_RUNNING = re.compile(r"累计|总量|累计数|开工以来|历年累计")
_THIS_YEAR = re.compile(r"本年|当年|今年|年度|本年累计|当年累计|\d{1,2}-\d{1,2}月|年内")
_THIS_MONTH = re.compile(r"本月|当月|上月|\d{1,2}月|本周|本季")
_FOREIGN = re.compile(r"(合同|协议|其中)?外资额?|利用外资|外商投资")


def _children(*children: tuple[Field, str]) -> tuple[tuple[Field, re.Pattern[str]], ...]:
    return tuple((field, re.compile(look)) for field, look in children)


# (the parent has this, (field, the whole child looks like that)…)
_PARENTS = (
    (
        re.compile(r"起止|年限|工期|建设期|建设时间|期限|周期"),
        _children((Field.START_ON, r".*(起|始|开工|开始).*"), (Field.END_ON, r".*(止|终|竣工|结束|完工|建成).*")),
    ),
    (
        re.compile(r"联系|对接"),
        _children(
            (Field.CONTACT_NAME, r"姓名|人员?|名字|联系人"),
            (Field.CONTACT_PHONE, r"电话|手机|方式|号码|联系电话|手机号码?"),
        ),
    ),
    (
        re.compile(r"投资方|投资主体|投资商|企业|公司|业主|建设单位|客商|乙方|引进单位"),
        _children(
            (Field.INVESTOR, r"名称|单位名称|全称|单位|名|企业名称|公司名称"),
            (Field.CREDIT_CODE, r".*代码"),
            (Field.ORIGIN, r"所在地|注册地|来源地?|地址|国别.*|地区|省份|省市"),
            (Field.CONTACT_NAME, r"联系人|姓名|负责人|对接人"),
            (Field.CONTACT_PHONE, r"电话|手机|联系方式|联系电话"),
            (Field.CAPITAL_KIND, r"性质|类型"),
        ),
    ),
    (
        re.compile(r"责任|牵头|推进|服务|包联|招商|跟踪"),
        _children(
            (Field.RESPONSIBLE_UNIT, r"单位|部门|科室|名称"),
            (Field.LEADER, r".*领导"),
            (Field.OFFICER, r"责任人|联系人|负责人|人员|经办人|姓名|具体责任人|招商人员?|跟踪人|主办人?"),
        ),
    ),
    (
        re.compile(r"时间|日期|节点|年月"),
        _children(
            (Field.FIRST_CONTACT_ON, r"接洽|首谈|对接|洽谈"),
            (Field.SIGNED_ON, r"签约|签订"),
            (Field.REGISTERED_ON, r"注册|落户|落地"),
            (Field.START_ON, r"(计划|拟|预计|实际)?(开工|动工|开始)"),
            (Field.END_ON, r"(计划|拟|预计|实际)?(竣工|完工|建成|结束)"),
            (Field.PRODUCING_ON, r"(计划|拟|预计|实际)?(投产|开业)"),
        ),
    ),
    (re.compile(r"项目"), _children((Field.PROJECT_NAME, r"名称"), (Field.CODE, r"编号|代码"))),
    (re.compile(r"用地|土地|占地"), _children((Field.LAND_MU, r".*(面积|亩数?|规模|需求)\W*"))),
)


def fields_under(parent: str, forms: tuple[str, ...]) -> Iterator[tuple[Field, float]]:
    """What a child (in its forms, the barest last) means because of its parent, with a score."""
    if _MONEY.search(parent) or _PLANNED.search(parent) or _DONE.search(parent):
        yield from _under_money(parent, forms)
    for looks_like, children in _PARENTS:
        if looks_like.search(parent):
            found = (field for field, look in children if any(look.fullmatch(form) for form in forms))
            yield from ((field, 0.97) for field in list(found)[:1])


def _under_money(parent: str, forms: tuple[str, ...]) -> Iterator[tuple[Field, float]]:
    field = _of_money(parent)
    if field in _RUNS and any(_RUNNING.fullmatch(form) for form in forms):
        yield Field.ARRIVED if field is Field.ARRIVED else Field.COMPLETED, 0.99
    elif field in _RUNS and any(_THIS_YEAR.fullmatch(form) for form in forms):
        if field is not Field.ARRIVED:
            yield Field.ANNUAL_COMPLETED, 0.99
    elif any(_SUM.fullmatch(form) for form in forms) or not forms[-1].strip("()"):
        yield field, 1.0
    elif any(_DOMESTIC.fullmatch(form) for form in forms):
        yield field, 0.85
    elif field is Field.TOTAL_INVESTMENT and any(_FOREIGN.fullmatch(form) for form in forms):
        yield Field.FOREIGN_CAPITAL, 0.97
    elif field is Field.ANNUAL_INVESTMENT and re.search(r"内容|目标|形象|任务|进度", forms[-1]):
        yield Field.ANNUAL_GOAL, 0.97


# Money that is reported month by month: a column may be the running sum, the year's or the month's share.
_RUNS = frozenset({Field.ARRIVED, Field.COMPLETED, Field.ANNUAL_COMPLETED})


def _of_money(parent: str) -> Field:
    """Which money a parent speaks of: 2024年计划投资, 累计完成投资, 到位资金, else the total."""
    if _DONE.search(parent) and "计划" not in parent:
        since_start = re.search(r"累计|截[至止]|开工以来|至", parent)
        return Field.COMPLETED if since_start else Field.ANNUAL_COMPLETED
    if "到位" in parent or "到账" in parent:
        return Field.ARRIVED
    return Field.ANNUAL_INVESTMENT if _PLANNED.search(parent) and "总投资" not in parent else Field.TOTAL_INVESTMENT


def is_breakdown(parent: str, bare: str) -> bool:
    """A share of a sum, or a quarter of a plan: 银行贷款 under 资金来源 is no field of its own."""
    divides = any(look.search(parent) for look in (_MONEY, _PLANNED, _DONE, _SCHEDULE))
    if divides and (_THIS_MONTH.fullmatch(bare) or ("到位" in parent and _THIS_YEAR.fullmatch(bare))):
        return True
    return divides and _SHARE.search(bare) is not None and not _SUM.fullmatch(bare) and "固定资产" not in bare
