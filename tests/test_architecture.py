"""The house rules that a machine can check."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CODE = [*(ROOT / "crm").rglob("*.py"), *(ROOT / "reports").rglob("*.py")]
OURS = [path for path in CODE if "migrations" not in path.parts]
PAGES = list((ROOT / "crm" / "templates").rglob("*.html"))
SCRIPTS = [*(ROOT / "crm" / "static" / "js").glob("*.js"), *(ROOT / "crm" / "static" / "css").glob("*.css")]


def name_of(path):
    return str(path.relative_to(ROOT))


def test_arrows_point_down_only():
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_no_imports_inside_functions_and_a_docstring_on_every_module(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inner = [
        node.lineno
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert inner == []
    assert ast.get_docstring(tree)


@pytest.mark.parametrize("path", sorted((ROOT / "crm" / "actions").glob("*.py")), ids=name_of)
def test_actions_never_commit(path):
    assert not re.search(r"\.commit\(\)", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", [*PAGES, *SCRIPTS], ids=name_of)
def test_pages_work_in_an_isolated_intranet_under_a_strict_policy(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"""(?:src|href|url\()\s*=?\s*["'(]?\s*(?:https?:)?//""", text), "an address of another host"
    if path.suffix == ".html":
        text = re.sub(r"\{[{%#].*?[}%#]\}", "", text, flags=re.DOTALL)
        assert not re.search(r"\son[a-z]+\s*=", text), "an inline handler"
        assert not re.search(r"\sstyle\s*=", text), "an inline style"
        inline = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", text)
        assert all('type="application/json"' in attributes for attributes in inline), "an inline script"


@pytest.mark.parametrize("path", [path for path in OURS if path.parent.name == "rules"], ids=name_of)
def test_rules_do_not_look_at_the_clock(path):
    assert not re.search(r"\b(?:date\.today|datetime\.(?:now|utcnow))\(", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_percent_sign_in_a_translated_sentence_is_doubled(path):
    """Templates format every translated sentence with %: a single sign would be a fault at run time."""
    sentences = re.findall(r"""_\(\s*("[^"]*"|'[^']*')""", path.read_text(encoding="utf-8"))
    assert [text for text in sentences if re.search(r"%(?!\(|%)", text.replace("%%", ""))] == []
