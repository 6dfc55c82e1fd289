"""The house's further fields: instants, several rows, rows known by what is typed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form

from crm.choices import CompanyClass
from crm.forms.fields import MomentField, RowsField, TypedRowField, VersionField, WordsField

BEFORE = datetime(2022, 10, 20, 2, tzinfo=UTC)


class Sample(Form):
    at = MomentField("时间")
    rows = RowsField("项目")
    company = TypedRowField("企业")
    classes = WordsField("类别", CompanyClass)
    version = VersionField()


def filled(**data):
    form = Sample(MultiDict(data), at=BEFORE)
    form.company.find = lambda text: [(key, name) for key, name in ((1, "澜芯"), (2, "澜芯二")) if text in name]
    return form


@pytest.fixture(autouse=True)
def context(app):
    with app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("typed", "instant"),
    [
        ("2022-09-30T14:00", datetime(2022, 9, 30, 6, tzinfo=UTC)),
        ("2022-09-30 14:00", datetime(2022, 9, 30, 6, tzinfo=UTC)),
        ("2022-09-30", datetime(2022, 9, 29, 16, tzinfo=UTC)),
        ("", BEFORE),
        ("2022-09-31T14:00", None),
        ("1922-09-30T14:00", None),
        ("昨天", None),
    ],
)
def test_a_clock_reading_in_china_is_an_instant(typed, instant):
    form = filled(at=typed)
    assert form.validate() is (instant is not None)
    if instant is not None:
        assert form.at.data == instant
    else:
        assert form.at._value() == typed


@pytest.mark.parametrize(
    ("typed", "ids"), [(["3", "5"], [3, 5]), (["0"], []), (["x", "-1", "", "99999999999"], []), ([], [])]
)
def test_whatever_is_no_key_is_nothing(typed, ids):
    form = filled(rows=typed)
    assert form.validate() and form.rows.data == ids


@pytest.mark.parametrize(
    ("typed", "key", "error"),
    [("", None, ""), ("澜芯二", 2, ""), ("澜芯", None, "有 2 个"), ("别家", None, "没有找到“别家”")],
)
def test_a_typed_row_is_one_row_or_said_to_be_none(typed, key, error):
    form = filled(company=typed)
    assert form.validate() is (not error)
    assert form.company.row_id == key and error in "".join(map(str, form.company.errors))


def test_words_are_members_and_strangers_are_refused():
    form = filled(classes=["listed", "unicorn"])
    assert form.validate() and form.classes.data == [CompanyClass.LISTED, CompanyClass.UNICORN]
    assert not filled(classes=["listed", "nonsense"]).validate()


def test_a_renewed_version_is_what_the_page_carries():
    form = filled(version="3")
    assert form.version.data == 3
    form.version.renew(5)
    assert 'value="5"' in form.version()


def test_suggestions_are_listed_once_and_escaped():
    form = filled()
    form.company.suggestions = ['<b>"澜芯"']
    markup = form.company()
    assert 'list="company-list"' in markup and "&lt;b&gt;&#34;澜芯&#34;" in markup
    form.company.list_id = "shared"
    assert 'list="shared"' in form.company() and "<datalist" not in form.company()
