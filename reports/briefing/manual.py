"""docs/briefing-layout.md: how an office arranges the briefing and makes its own template; its tables come from the code."""

from __future__ import annotations

from reports.briefing.default_layout import DEFAULT
from reports.briefing.drafting import is_fixed
from reports.briefing.layout import SMALLEST_POINTS, plain_head
from reports.briefing.placeholders import FIGURE, SPANS, TABLE, TABLES, WITH_TOTAL, WORDS, figures, written
from reports.briefing.selection import FILTERS

HEAD = f"""# 简报版式与模板

由 `flask --app wsgi crm docs` 从 reports/briefing 生成，不手改；测试会比对。
设置在“口径与目标 → 简报版式”，由综合统计和系统管理员办理。

## 版式

- 每张表可以改名、改标题、改表头（上级表头也可以）、调整列的先后、隐藏列、设列宽；表可以调整先后、隐藏。
  先后用上下箭头或拖动行首的把手调整；没有保存的改动写在保存按钮上方。
- 固定不动的：封面和编制说明的位置；序号、项目名称、亮灯三列始终列出，排在最前的固定列不移动。
- “可选”的列默认不列，勾选即列入；另可加“手工栏”（只有表头，打印后手填），每张表最多 6 个。
- “自选表”从已有的表里按条件选行，另列一张表，例如“经开区红黄灯项目表”。
- 隐藏列空出的宽度分给文字列；增加列时，文字列最多让出五分之一。
  打印字号小于 {SMALLEST_POINTS} 磅的不能保存，并写明隐藏哪些列即可。
- 栏次自动重编，公式（如“15=14÷12”）随列移动；公式里的列隐藏了，公式不写。
- 综述、注、编制说明、附表目录里提到的表和列，随版式改名；提到的表或列隐藏了，那半句不写。“附表几”按表的先后自动重编。
- 每次保存是一个新版本，旧版本不改；可以与前一版比较，可以恢复任一版或默认版式（也是存为新版本）。
- 只记与默认版式的不同，所以系统升级新增的列会自己出现。旧版本里已经没有的列，略过并写明。
- 月份核对时记下当时的版式和模板，签发以后不变；草稿月份总按现用的版式。
"""

TEMPLATE = """## 模板

上传本单位自己的 .xlsx，由系统填上数字和表格，与标准工作簿并列下载（`/briefings/<月份>/template.xlsx`，
命令 `crm briefing 2022-09 --template`）。签发留存的是标准工作簿；模板这一份按留存的数据和核对时的模板现填，每次相同。

- 占位符写在任意单元格里，可以夹在文字中间：`截至{{月份}}底，总投资{{总投资}}亿元`。
  单独占一格的数字填成数值，单元格没有数字格式的自动加上。
- `{{综述}}` 里提到的表，只提模板里有锚点的，用模板里工作表的名称。
- 页眉、页脚、文本框、图形、图表标题里也可以写占位符，字体字号照占位符开头的那一个字；多段文字（`{{综述}}`）放不进页眉页脚。
  页眉、页脚每处最多 255 个字（含格式代码），多出的字截去。
- 表格锚点单独占一格，例如 `{{表:重点项目}}`；锚点的**下一行**在各列写列名（下表的名称或英文键）。这两行换成项目，一行一个，
  样式照锚点那一行；行高不低于锚点那一行，自动换行的文字多了就加高；锚点行的其余各格要空着。
  打印用的表头写在锚点上面。`{{表:重点项目|合计}}` 先列合计。
- 锚点以下的行、合并单元格、打印区域、条件格式、图片和图表随着下移。
- 上传时逐处检查：不认识的占位符、列名，少写的或全角的括号，连同工作表和单元格（页眉左部、某格处的文本框等）一并写明，改好再传。

| 内容 | 怎样处理 |
|---|---|
| 图片、图形、图表、合并单元格、列宽、页面设置、页眉页脚、其他工作表 | 原样保留；图表打开时按新数据刷新 |
| 批注 | 有表格锚点的工作表不保留，其他工作表保留 |
| 批注、旧式窗体控件里的占位符 | 不填 |
| 公式 | 不接收：简报只写数值，请换成占位符 |
| 宏、外部链接、嵌入对象、数据透视表、外部数据、加密文件 | 不接收 |
| 有表格锚点的工作表里的 Excel“表格”对象，锚点两行里的合并单元格 | 不接收 |
| 8 MB 以上的文件 | 不接收 |
"""


def page() -> str:
    """The page of docs/."""
    parts = [HEAD, _sheets(), _filters(), TEMPLATE, _words(), _figures(), _tables()]
    return "\n".join(parts)


def _sheets() -> str:
    lines = ["### 各表的列", "", "| 表 | 默认列出 | 可选 |", "|---|---|---|"]
    for sheet in DEFAULT.sheets:
        if not is_fixed(sheet):
            shown = "、".join(plain_head(c) for c in sheet.columns if not c.optional)
            lines.append(
                f"| {sheet.tab} | {shown} | {'、'.join(plain_head(c) for c in sheet.columns if c.optional) or '—'} |"
            )
    return "\n".join([*lines, ""])


def _filters() -> str:
    lines = ["### 自选表的条件", "", "| 取自 | 可用的条件 |", "|---|---|"]
    for source, asked in FILTERS.items():
        lines.append(f"| {DEFAULT.sheet(source).tab} | {'、'.join(one.label for one in asked)} |")
    return "\n".join([*lines, ""])


def _words() -> str:
    lines = ["### 占位符", "", "| 写法 | 填上什么 |", "|---|---|"]
    lines += [f"| `{{{{{name}}}}}` | {word.meaning} |" for name, word in WORDS.items()]
    return "\n".join([*lines, ""])


def _figures() -> str:
    spans = "、".join(SPANS)
    lines = [
        "### 指标",
        "",
        f"写成 `{{{{{FIGURE}:键或名称:时段}}}}`，例如 `{{{{{FIGURE}:signed_count:本年}}}}`。时段：{spans}；期末数只有“本年”。",
        "",
        "| 键 | 名称 | 单位 | |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {one.key} | {one.name} | {one.unit.label} | {'期末数' if one.source.at_end else ''} |" for one in figures()
    ]
    return "\n".join([*lines, ""])


def _tables() -> str:
    lines = ["### 表格锚点", "", "| 锚点 | 列名（英文键） |", "|---|---|"]
    for table in TABLES.values():
        anchor = f"`{{{{{TABLE}:{table.name}}}}}`" + (f"，可加 `\\|{WITH_TOTAL}`" if table.sums else "")
        columns = "、".join(f"{written(column)}（{column.key}）" for column in table.columns)
        lines.append(f"| {anchor} | {columns} |")
    return "\n".join([*lines, ""])
