"""Static files: names that bear digests, packed, kept for ever; no cookie on what a cache may hand to others; the first load."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from crm.assets import Assets, lay_out

ROOT = Path(__file__).resolve().parents[2]
SHEET = re.compile(r'(?:href|src)="(/static/[^"]+\.(?:css|js))"')


@pytest.fixture
def client(client_for, officer):
    return client_for(officer)


def test_a_page_names_its_files_by_their_content_and_a_first_visit_is_light(client):
    names = set(SHEET.findall(client.get("/projects").text))
    size = 0
    for name in names:
        answer = client.get(name, headers={"Accept-Encoding": "gzip"}, buffered=True)
        assert answer.status_code == 200 and "immutable" in answer.headers["Cache-Control"], name
        assert answer.headers.get("Vary") in (None, "Accept-Encoding") and "Set-Cookie" not in answer.headers
        size += len(answer.data)
    assert len(names) > 5 and 100_000 < size <= 200_000, size


def test_packed_and_plain_are_the_same_bytes_and_not_sent_twice(client):
    packed = client.get("/static/css/crm.css", headers={"Accept-Encoding": "gzip, br"})
    plain = client.get("/static/css/crm.css", buffered=True)
    assert gzip.decompress(packed.data) == plain.data == (ROOT / "crm/static/css/crm.css").read_bytes()
    assert packed.mimetype == plain.mimetype == "text/css"
    for answer in (packed, plain):
        headers = {
            "If-None-Match": answer.headers["ETag"],
            "Accept-Encoding": answer.headers.get("Content-Encoding", ""),
        }
        with client.get("/static/css/crm.css", headers=headers) as again:
            assert again.status_code == 304 and not again.data


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("/static/css/crm.css", "max-age=3600"),
        ("/static/css/crm.0123456789.css", "no-cache"),  # of the version before, or of the next
        ("/static/vendor/icons/fonts/tabler-icons.woff2?v3.49.0", "immutable"),
    ],
)
def test_what_is_not_sure_to_stay_is_not_kept(client, address, kept):
    with client.get(address) as answer:
        assert answer.status_code == 200 and kept in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "name", ["nothing.css", "../app.py", "css", "css/%00", "..%2fapp.py", "css/" + "x" * 300 + ".css"]
)
def test_other_files_are_not_found(client, name):
    assert client.get(f"/static/{name}").status_code in (404, 400)


def test_a_changed_file_has_another_name_and_both_stay_for_a_while(tmp_path):
    source, target = tmp_path / "static", tmp_path / "www"
    (source / "css").mkdir(parents=True)
    (source / "css" / "a.css").write_text("a" * 2000)
    assets = Assets(source)
    first = assets.versioned("css/a.css")
    lay_out(assets, target, 1e9)
    (source / "css" / "a.css").write_text("b" * 2001)
    second = assets.versioned("css/a.css")
    lay_out(assets, target, 1e9 + 86_400)
    assert (target / first).read_text()[0] == "a" and (target / second).read_text()[0] == "b"
    assert gzip.decompress((target / f"{second}.gz").read_bytes()) == (target / "css" / "a.css").read_bytes()
    lay_out(assets, target, 1e9 + 91 * 86_400)
    assert not (target / first).exists() and (target / second).exists()
