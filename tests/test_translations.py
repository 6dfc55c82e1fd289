"""The English of the interface: complete, with the placeholders of the Chinese, compiled, and on the pages."""

from __future__ import annotations

import re
from datetime import date

import pytest
from babel.messages.catalog import Catalog
from flask import session as cookies

from crm import language
from crm.choices import Role, Stage, Word
from crm.commands import translations
from crm.rules.days import Month
from tests import factories as make

CHINESE = re.compile(r"[\u4e00-\u9fff]")
PLACEHOLDER = re.compile(r"%\(\w+\)|%%")


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    return translations.kept()


def texts_of(catalogue: Catalog) -> set[str]:
    return {entry.id for entry in catalogue if entry.id}


def test_every_text_of_the_code_has_its_english(catalogue):
    code = texts_of(translations.extracted())
    assert {"驾驶舱", Role.OFFICER.label, "没有找到这条记录。"} < code
    assert code == texts_of(catalogue), "flask --app wsgi crm translations"
    assert translations.missing(catalogue) == []


def test_a_translation_takes_the_values_of_its_text(catalogue):
    for entry in catalogue:
        assert sorted(PLACEHOLDER.findall(entry.id)) == sorted(PLACEHOLDER.findall(entry.string)), entry.id


def test_what_gettext_reads_is_what_is_written(catalogue):
    assert translations.CATALOGUE.with_suffix(".mo").read_bytes() == translations.compiled(catalogue)


@pytest.fixture
def in_english(client_for):
    """A signed-in client that has chosen English."""

    def sign_in(person):
        client = client_for(person)
        assert client.post("/me/language/en").status_code == 303
        return client

    return sign_in


@pytest.mark.parametrize("login", ["officer", "statistician", "coordinator", "leader", "admin", "auditor"])
def test_the_navigation_speaks_english(in_english, session, login):
    page = in_english(make.person(session, login)).get("/me").text
    navigation = re.findall(r"<nav.*?</nav>", page, re.DOTALL)
    assert '<html lang="en"' in page
    assert len(navigation) == 2
    assert not CHINESE.search("".join(navigation))


def test_vocabularies_refusals_and_forms_speak_the_readers_language(in_english, officer, session):
    project = make.make_project(session, lead=officer, stage=Stage.NEGOTIATION)
    client = in_english(officer)
    assert 'aria-current="step">Negotiation<' in client.get(f"/projects/{project.id}").text
    assert "This page was not found." in client.get("/nowhere").text
    assert "This field is required." in client.post("/projects/new", data={}).text
    client.post("/me/language/zh")
    assert 'aria-current="step">在谈<' in client.get(f"/projects/{project.id}").text


@pytest.fixture
def english_request(app):
    with app.test_request_context():
        cookies["language"] = "en"
        yield


def test_a_word_prints_english_only_on_a_page_and_always_compares_as_chinese(english_request):
    signed, month, late = Stage.SIGNED.label, Month(2022, 9).label, Word("逾期 %(n)d 天", n=3)
    with language.reading():
        assert f"{signed}, {month}, {late}" == "Signed, 2022-09, 3 days overdue"
        assert (signed, month, late) == ("签约", "2022年9月", "逾期 3 天")
    assert f"{signed}，{month}" == "签约，2022年9月"  # what is kept, exported or reported


@pytest.mark.parametrize(
    ("on", "day", "ago"),
    [
        (date(2022, 10, 20), "20 Oct", "today"),
        (date(2022, 10, 19), "19 Oct", "yesterday"),
        (date(2022, 10, 23), "23 Oct", "in 3 days"),
        (date(2022, 10, 16), "16 Oct", "4 days ago"),
        (date(2022, 9, 1), "1 Sep", "1 Sep"),
        (date(2021, 9, 30), "2021-09-30", "2021-09-30"),
        (None, "", ""),
    ],
)
def test_days_in_english(english_request, today, on, day, ago):
    assert (language.day(on, today), language.ago(on, today)) == (day, ago)


def test_a_sentence_the_catalogue_does_not_know_stays(english_request):
    assert [language.translated(text) for text in ("", "2022-09-30 没有汇率。")] == ["", "2022-09-30 没有汇率。"]


def test_a_refusal_with_values_is_translated_where_it_is_made_of_words(english_request):
    assert language.translated(Word("没有%(state)s的记录。", state=Stage.SIGNED.label)) == "No records: Signed."
