"""Which files are kept."""

from __future__ import annotations

import pytest

from crm.rules.files import LARGEST_BYTES, LONGEST_NAME, clean_name, file_problem, media_type


@pytest.mark.parametrize(
    ("name", "size", "head", "says"),
    [
        ("合同.pdf", 10, b"%PDF-1.7", None),
        ("现场.JPG", 10, b"\xff\xd8\xff\xe0", None),
        ("现场.jpeg", 10, b"\xff\xd8\xff\xe0", None),
        ("图.png", 10, b"\x89PNG\r\n\x1a\n", None),
        ("纪要.docx", 10, b"PK\x03\x04", None),
        ("合同.pdf", 0, b"", "是空文件"),
        ("合同.pdf", LARGEST_BYTES, b"%PDF-1.7", None),
        ("合同.pdf", LARGEST_BYTES + 1, b"%PDF-1.7", "20.0 MB，超过 20 MB"),
        ("页面.html", 10, b"<html>", "不能作为附件"),
        ("图.svg", 10, b"<svg", "不能作为附件"),
        ("程序.pdf.exe", 10, b"MZ", "不能作为附件"),
        ("没有扩展名", 10, b"%PDF-1.7", "不能作为附件"),
        ("合同.pdf", 10, b"<html><script>", "与扩展名 .pdf 不符"),
        ("现场.jpg", 10, b"%PDF-1.7", "与扩展名 .jpg 不符"),
    ],
)
def test_file_problem(name, size, head, says):
    problem = file_problem(name, size, head)
    assert (problem is None) if says is None else (says in problem)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("合同.pdf", "合同.pdf"),
        ("C:\\资料\\合同.pdf", "合同.pdf"),
        ("../../etc/合同.pdf", "合同.pdf"),
        ("合\r\n同\x00.pdf", "合同.pdf"),
        ("合同\u202efdp.exe", "合同fdp.exe"),
        ("", "附件"),
        ("..", "附件"),
    ],
)
def test_clean_name(given, kept):
    assert clean_name(given) == kept


def test_a_long_name_keeps_its_extension():
    name = clean_name("长" * 300 + ".pdf")
    assert len(name) == LONGEST_NAME
    assert name.endswith("长.pdf")


def test_media_types_are_ours():
    assert media_type("现场.JPG") == "image/jpeg"
