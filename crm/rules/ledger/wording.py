"""Words of closed vocabularies as ledgers use them: stages, capital, levels, currencies, contracts.

Stages follow domain.md §1.3 and §2.2. Each table is tried from the top; the first pattern found decides, so that
未开工 is not read as 开工 and 框架协议 not as 签约.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from crm.choices import CapitalKind, CompanyClass, ContractKind, Currency, KeyList, ListingClass, Stage, Status
from crm.rules.ledger.findings import Remark, hint
from crm.rules.ledger.text import is_nothing, squeeze
from crm.rules.ledger.units import CURRENCY_WORDS

T = TypeVar("T")

TICKS = frozenset({"√", "✓", "✔", "☑", "是", "有", "Y", "YES", "1", "v", "V", "●", "★", "■", "○", "对", "TRUE"})
NOS = frozenset({"×", "否", "N", "NO", "0", "X", "x", "✗", "✘", "□", "FALSE", "未"})


@dataclass(frozen=True, slots=True)
class StageReading:
    """How far a ledger says a project is. `status` is given where the words say it stopped; `source` is their place."""

    stage: Stage | None
    status: Status | None
    listing: ListingClass | None
    wording: str
    source: str = "本行"


_STAGES: tuple[tuple[str, Stage], ...] = (
    (r"施工(许可|图|招标|准备|手续)|(办理|申办|申请).{0,6}(许可|手续|证)", Stage.PREPARATION),
    (r"达产|达效|满产|满负荷", Stage.FULL_CAPACITY),
    (r"(未|尚未|没有?)(建成|竣工|完工)", Stage.STARTED),
    (r"(未|尚未|没有?|待)(投产|开业|运营|营业)", Stage.FINISHED),
    (r"(拟|计划|预计|即将|力争|准备|年内|待).{0,8}(竣工|完工|投产|建成|开业)", Stage.STARTED),
    (r"投产|试生产|开业|运营|投运|营业|投入使用|投用|operating|inoperation", Stage.PRODUCING),
    (r"在建|续建|建设中|施工中?|正在建设|收尾|主体|封顶|装修|设备安装|停工", Stage.STARTED),
    (r"竣工|完工|建成|交付|completed", Stage.FINISHED),
    (
        r"(已?签约?|已?签订|合同|协议).{0,6}(未|尚未|待|没有?|拟).{0,2}(开工|落地|动工|建设|注册|履约|落户)",
        Stage.SIGNED,
    ),
    (r"(注册|落户|落地).{0,4}(未|尚未|待|拟).{0,2}(开工|动工|建设)", Stage.REGISTERED),
    (r"(未|尚未|待|没有?|拟|计划|预计|即将|力争|准备|年内).{0,8}(新?开工|动工|开建|建设|启动)", Stage.PREPARATION),
    (r"新?开工|动工|开建|奠基|construction", Stage.STARTED),
    (r"(未|尚未|没有?|暂未)(签约|签订)", Stage.NEGOTIATION),
    (
        r"(拟|待|计划|即将|准备|近期|预计|力争|有望|争取|年底前).{0,8}(签约|签订|签合同)|签约在即|拟签|可签",
        Stage.REVIEW,
    ),
    (
        r"(框架|意向|战略|备忘录).{0,8}(签约|签订|签署|已签)|(签约|签订|签署|已签).{0,4}(框架|意向|战略|备忘录)",
        Stage.NEGOTIATION,
    ),
    (r"(已签约?|签约|签订).{0,3}(注册|落户)|(已|完成|工商).{0,2}注册|落户|落地|已?注册|到资|供地后", Stage.REGISTERED),
    (r"前期|报批|报建|拿地|摘牌|供地|土地|手续|筹建|拟建|预备|选址|proposed|planned", Stage.PREPARATION),
    (r"签约|已签|签订|签署|合同项目|signed", Stage.SIGNED),
    (r"评审|决策|上会|联审|投委会|审议|会审", Stage.REVIEW),
    (r"在谈|洽谈|商谈|谈判|磋商|对接|接洽|跟踪|跟进|推进中|意向|考察|在手|重点推进|negotiat", Stage.NEGOTIATION),
    (r"研判|评估|论证|筛选|初审", Stage.SCREENING),
    (r"线索|信息|储备|谋划|策划|入库|lead", Stage.LEAD),
)
_STATUSES: tuple[tuple[str, Status], ...] = (
    (r"退库|出库|清退|移出", Status.WITHDRAWN),
    (r"流失|终止|放弃|夭折|取消|撤销|解约|失败|退出|不再跟进|淘汰|cancelled", Status.LOST),
    (r"暂缓|搁置|暂停|停滞|停工|缓建|中止|休眠|shelved", Status.PAUSED),
)
_LISTINGS: tuple[tuple[str, ListingClass], ...] = (
    (r"续建|在建|结转", ListingClass.CONTINUED),
    (r"新开工|新建", ListingClass.NEW),
    (r"储备|前期|预备|谋划", ListingClass.RESERVE),
)
_CAPITAL: tuple[tuple[str, CapitalKind], ...] = (
    (r"中外|合资|外资|外商|境外|港资|台资|侨资|港澳台|日资|美资|德资|韩资|法资|英资|新资", CapitalKind.FOREIGN),
    (r"内资|国内|民营|民资|国资|国企|央企|国有|省外|市外|区外|县外|本地|境内|社会资本|上市", CapitalKind.DOMESTIC),
)
_CONTRACTS: tuple[tuple[str, ContractKind], ...] = (
    (r"补充|增资协议", ContractKind.SUPPLEMENT),
    (r"意向|备忘录", ContractKind.INTENT),
    (r"框架", ContractKind.FRAMEWORK),
    (r"战略", ContractKind.STRATEGIC),
    (r"正式|合同|投资协议|入园协议|入驻协议|监管协议|项目协议", ContractKind.FORMAL),
)
_LEVELS: tuple[tuple[str, KeyList], ...] = (
    (r"省级?集中开工|省.{0,3}集中(新?开工|签约开工)", KeyList.PROVINCE_BATCH),
    (r"市级?集中开工|市.{0,3}集中(新?开工|签约开工)", KeyList.CITY_BATCH),
    (r"(经开区|开发区|高新区|园区|管委会)级?(重点|重大)?", KeyList.ZONE),
    (r"(省|自治区|兵团)级?(重点|重大|统筹|层面)?", KeyList.PROVINCE),
    (r"(?<!城)(市|州|盟)级?(重点|重大|本级)?", KeyList.CITY),
    (r"(区|县)级?(重点|重大)?", KeyList.DISTRICT),
)
_COMPANIES: tuple[tuple[str, CompanyClass], ...] = (
    (r"世界500强|财富500强", CompanyClass.FORTUNE_500),
    (r"(中国|国内|民营)(企业)?500强", CompanyClass.CHINA_500),
    (r"上市", CompanyClass.LISTED),
    (r"小巨人", CompanyClass.LITTLE_GIANT),
    (r"专精特新", CompanyClass.SPECIALISED),
    (r"高新技术|高企", CompanyClass.HIGH_TECH),
    (r"瞪羚", CompanyClass.GAZELLE),
    (r"独角兽", CompanyClass.UNICORN),
)


@lru_cache(maxsize=20_000)
def read_stage(text: str) -> tuple[StageReading | None, tuple[Remark, ...]]:
    """A cell of a stage column: 在谈, 已签约未开工, 续建, 暂缓. Unknown words give no stage and a remark."""
    if is_nothing(text):
        return None, ()
    words = squeeze(text).lower()
    stage, status = _first(_STAGES, words), _first(_STATUSES, words)
    if stage is None and status is None:
        return None, (hint("unknown_stage", f"“{squeeze(text)}”没有对应的阶段，请选择"),)
    reading = StageReading(stage, status, _first(_LISTINGS, words), squeeze(text))
    if stage is Stage.NEGOTIATION and re.search(r"框架|意向书|意向协议|战略|备忘录", words):
        return reading, (hint("framework_only", f"“{squeeze(text)}”不算签约，按在谈读入"),)
    if stage is not None and len(words) > 10:
        return reading, (hint("stage_from_sentence", f"从一句话里读出“{stage.label}”，请核对"),)
    return reading, ()


def stage_of_heading(text: str) -> StageReading | None:
    """The stage a sheet's or a section's title gives its projects: 在谈项目, 二、续建项目（23个）; None for most titles."""
    words = squeeze(text).lower()
    if _MIXED_HEADING.search(words) or not _HEADING.search(words):
        return None
    stage = _first(_HEADING_STAGES, words)
    return None if stage is None else StageReading(stage, None, _first(_LISTINGS, words), squeeze(text))


_HEADING = re.compile(r"项目|[类表]$|台账|^\W*[\u4e00-\u9fff]{2,8}\W*$|\d+[个项]")
_STAGE_WORD = "签约|开工|竣工|投产|洽谈|在谈|在建|前期|续建|储备|线索"
_MIXED_HEADING = re.compile(rf"({_STAGE_WORD}).{{0,3}}[及和与、或/].{{0,3}}({_STAGE_WORD})")
_HEADING_STAGES: tuple[tuple[str, Stage], ...] = (
    (r"施工(许可|图|招标|准备|手续)|(办理|申办|申请).{0,6}(许可|手续|证)", Stage.PREPARATION),
    (r"(签约|签订).{0,2}未(开工|落地)", Stage.SIGNED),
    (r"(拟|计划|预计|即将|待)新?开工", Stage.PREPARATION),
    (r"拟签约|待签约", Stage.REVIEW),
    (r"达产", Stage.FULL_CAPACITY),
    (r"竣工投产|投产|开业", Stage.PRODUCING),
    (r"竣工|完工", Stage.FINISHED),
    (r"续建|在建|新开工|开工|收尾", Stage.STARTED),
    (r"前期|预备|拟建", Stage.PREPARATION),
    (r"签约", Stage.SIGNED),
    (r"在谈|洽谈|对接|意向", Stage.NEGOTIATION),
    (r"线索|储备|谋划", Stage.LEAD),
)


def read_capital_kind(text: str) -> tuple[CapitalKind | None, tuple[Remark, ...]]:
    """内资, 外资, 中外合资, 港资, 民营."""
    return _word(_CAPITAL, text, "没有对应的内外资，请选择")


def read_contract_kind(text: str) -> tuple[ContractKind | None, tuple[Remark, ...]]:
    """正式合同, 框架协议, 意向书, 补充协议; a bare 协议 may be binding or not."""
    return _word(_CONTRACTS, text, "看不出是正式合同还是框架协议，请选择")


def read_company_classes(text: str) -> tuple[CompanyClass, ...]:
    """世界500强、上市公司, 专精特新“小巨人”; other words are none of ours and silently left."""
    return _all(_COMPANIES, squeeze(text))


def read_levels(text: str, header: str = "") -> tuple[tuple[KeyList, ...], tuple[Remark, ...]]:
    """省重点、市重点; or a tick under a header that names the list (是否省重点: 是)."""
    words = squeeze(text)
    if is_nothing(text) or words.upper() in NOS or words in ("否", "一般", "普通", "其他"):
        return (), ()
    if words.upper() in TICKS:
        words = squeeze(header)
    found = _all(_LEVELS, words)
    if found:
        return found, ()
    return (), (hint("unknown_level", f"“{words}”没有对应的重点级别，请选择"),)


def read_currency(text: str) -> tuple[Currency | None, tuple[Remark, ...]]:
    """人民币, RMB, 美元, 万美元."""
    if is_nothing(text):
        return None, ()
    words = squeeze(text).upper().lstrip("万亿千百")
    if words in CURRENCY_WORDS:
        return CURRENCY_WORDS[words], ()
    for word, currency in CURRENCY_WORDS.items():
        if len(word) > 1 and word in words:
            return currency, ()
    return None, (hint("unknown_currency", f"“{squeeze(text)}”没有对应的币种，请选择"),)


def is_tick(text: str) -> bool:
    """A mark that says yes in a column whose header is the statement."""
    return squeeze(text).upper() in TICKS


def is_no(text: str) -> bool:
    """A mark that says no in such a column."""
    return squeeze(text).upper() in NOS


def _word(table: tuple[tuple[str, T], ...], text: str, unknown: str) -> tuple[T | None, tuple[Remark, ...]]:
    if is_nothing(text):
        return None, ()
    found = _first(table, squeeze(text))
    return found, () if found is not None else (hint("unknown_word", f"“{squeeze(text)}”{unknown}"),)


def _first(table: tuple[tuple[str, T], ...], words: str) -> T | None:
    return next((value for pattern, value in table if re.search(pattern, words)), None)


def _all(table: tuple[tuple[str, T], ...], words: str) -> tuple[T, ...]:
    """Every value named; what one pattern took is not offered to the next (省集中开工 is not also 省重点)."""
    found = []
    for pattern, value in table:
        if re.search(pattern, words):
            found.append(value)
            words = re.sub(pattern, " ", words)
    return tuple(found)
