"""Two web servers that share everything, nginx before them: one falls over, one is told to go; what was confirmed stays."""

from __future__ import annotations

import gzip
import re
import signal
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from itertools import count
from urllib.parse import quote

import psycopg
import pytest

from crm.assets import Assets, lay_out
from tests.deploy.office import DEPLOY, ROOT, Nginx, Visitor, ask, fakes, free_port, has_programs, running

pytestmark = [pytest.mark.postgresql, pytest.mark.slow, pytest.mark.xdist_group("deploy")]
WRITERS, CONFIRMED_BEFORE, CONFIRMED_AFTER = 4, 12, 25


@pytest.fixture(scope="module")
def office(postgresql_server, tmp_path_factory):
    """The office, its project and the two ports."""
    ports = [free_port(), free_port()]
    with running(tmp_path_factory.mktemp("two"), postgresql_server, ports) as (office, project_id):
        yield office, project_id, ports


class Writers:
    """People who write one comment after the other, first on one server, on the other when theirs is gone."""

    def __init__(self, project_id, ports, certificate=None):
        self.project_id, self.ports, self.certificate = project_id, ports, certificate
        self.confirmed, self.refused = [], []
        self.numbers = count()
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self._write, args=(place,)) for place in range(WRITERS)]

    def __enter__(self):
        self.visitor = Visitor(self.ports[0], self.certificate)
        self.visitor.sign_in()
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(30)

    def _write(self, place):
        mine = Visitor(self.ports[place % len(self.ports)], self.certificate)
        mine.cookies, mine.token = dict(self.visitor.cookies), self.visitor.token
        while not self.over.is_set():
            words = f"第{next(self.numbers)}条"
            try:
                answer = mine.post(f"/projects/{self.project_id}/comments/new", body=words)
            except OSError as error:
                if self.certificate:  # nginx is the balancer
                    self.refused.append((words, repr(error)))
                    continue
                mine.port = next(port for port in self.ports if port != mine.port)
                continue
            (self.confirmed if answer.status == 303 else self.refused).append((words, answer.status))
            self.over.wait(0.03)  # the servers need the machine too

    def wait_for(self, number):
        deadline = time.monotonic() + 60
        while len(self.confirmed) < number:
            assert time.monotonic() < deadline, (len(self.confirmed), self.refused[:3])
            time.sleep(0.02)


def comments(office):
    with psycopg.connect(office.database) as connection:
        return {body for (body,) in connection.execute("SELECT body FROM comment")}


def test_a_person_signed_in_on_one_is_known_on_the_other_and_failures_are_counted_together(office):
    office, project_id, ports = office
    here = Visitor(ports[0])
    here.sign_in("statistician")
    here.port = ports[1]
    assert here.get(f"/projects/{project_id}").status == 200
    stranger = Visitor(ports[0])
    stranger.get("/sign-in")
    for attempt in range(6):
        stranger.port = ports[attempt % 2]
        last = stranger.post("/sign-in", login="leader", password="wrong")
    assert "登录尝试过多" in last.text and last.status == 422
    with psycopg.connect(office.database) as connection:
        [(found,)] = connection.execute("SELECT count(*) FROM sign_in_attempt WHERE login = 'leader'")
    assert found == 5  # the sixth was not looked at


@contextmanager
def half_sent(visitor, project_id, port, words):
    """A comment of which the server has read the first half; the second follows at the end, and the comment is taken."""
    body = f"body={quote(words)}".encode()
    head = (
        f"POST /projects/{project_id}/comments/new HTTP/1.1\r\nHost: crm.example\r\nX-Forwarded-Proto: https\r\n"
        f"Referer: https://crm.example/\r\nX-CSRFToken: {visitor.token}\r\n"
        f"Cookie: {'; '.join(f'{name}={value}' for name, value in visitor.cookies.items())}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), 30) as line:
        line.sendall(head.encode() + body[:10])
        yield
        line.sendall(body[10:])
        assert line.recv(100).startswith(b"HTTP/1.1 303")


def go_when_told(office, port):
    """As systemd stops a server (deploy/systemd): it says so, then SIGTERM; nobody new is let in."""
    (office.folder / f"drain-{port}").touch()
    assert ask("127.0.0.1", port, "GET", "/ready").status == 503
    assert ask("127.0.0.1", port, "GET", "/health").status == 200
    office.servers[port].send_signal(signal.SIGTERM)
    with pytest.raises(OSError):
        for _ in range(500):
            ask("127.0.0.1", port, "GET", "/health")
            time.sleep(0.02)


# ----------------------------------------------------------------------------------------------------------- through nginx


@pytest.fixture(scope="module")
def front(office, nginx):
    """nginx as deploy/nginx has it, before the two servers, with the static files laid out."""
    if not has_programs("openssl", "curl"):
        pytest.skip("no openssl or curl to be had")
    office, _project_id, ports = office
    lay_out(Assets(ROOT / "crm" / "static"), office.folder / "www" / "static", time.time())
    with Nginx(nginx, office.folder, ports).running() as front:
        yield front


def test_a_morning_through_nginx(office, front):
    """Sign-in, list, a static file, an upload, an export; what is too large, plain or for another name is turned away."""
    office, project_id, _ports = office
    visitor = Visitor(front.https, office.folder / "crm.crt")
    visitor.sign_in()

    plain = ask("127.0.0.1", front.http, "GET", "/projects", {"Host": "crm.example"})
    assert (plain.status, plain.headers["Location"]) == (301, "https://crm.example/projects")
    with pytest.raises(OSError):
        ask("127.0.0.1", front.http, "GET", "/", {"Host": "other.example"})

    page = visitor.get("/projects", Accept_Encoding="gzip")
    listed = gzip.decompress(page.body).decode()
    assert "演示部署项目" in listed and page.headers["Strict-Transport-Security"] and "X-Request-Id" in page.headers
    assert len(page.body) <= 12_000

    [sheet] = re.findall(r'"(/static/css/crm\.[0-9a-f]{10}\.css)"', listed)
    answer = visitor.get(sheet, Accept_Encoding="gzip")
    assert answer.status == 200 and "immutable" in answer.headers["Cache-Control"]
    assert "X-Request-Id" not in answer.headers  # no server of ours was asked
    assert gzip.decompress(answer.body) == (ROOT / "crm/static/css/crm.css").read_bytes()
    older = visitor.get(re.sub(r"[0-9a-f]{10}", "0" * 10, sheet))
    assert older.status == 200 and older.headers["X-Request-Id"]  # one that nginx does not have is the application's

    picture = b"\x89PNG\r\n\x1a\n" + bytes(3_000_000)
    sent = visitor.upload(f"/projects/{project_id}/files/new", "现场.png", picture, kind="photo")
    assert sent.status == 303, sent.text
    with psycopg.connect(office.database) as connection:
        [(file_id, size)] = connection.execute("SELECT id, size_bytes FROM attachment")
        addresses = {address for (address,) in connection.execute("SELECT address FROM sign_in_attempt")}
    assert size == len(picture) and visitor.get(f"/files/{file_id}").body == picture
    assert addresses == {"127.0.0.1"}
    large = visitor.ask("POST", "/imports", {"Content-Length": str(70 * 1024**2), "Expect": "100-continue"})
    assert large.status == 413

    visitor = Visitor(front.https, office.folder / "crm.crt")
    visitor.sign_in("statistician")
    workbook = visitor.post("/projects.xlsx")
    assert (
        workbook.status == 200
        and workbook.body.startswith(b"PK")
        and "attachment" in workbook.headers["Content-Disposition"]
    )


def test_all_servers_are_started_anew_under_load_without_losing_a_request(office, front):
    """deploy/roll.sh, with a systemctl of the test's own; what is under way when a server is told to go is answered."""
    office, project_id, ports = office
    wishes, before = office.folder / "wishes", len(comments(office))
    path = fakes(
        office.folder / "bin",
        nginx=" ".join(f"'{word}'" for word in front.command()) + ' "$@"',
        systemctl=f'echo "$2" > {wishes}; while [ -e {wishes} ]; do sleep 0.05; done',
    )
    with Writers(project_id, [front.https], office.folder / "crm.crt") as writers:
        writers.wait_for(3)
        rolling = subprocess.Popen(
            ["timeout", "300", "sh", DEPLOY / "roll.sh", front.servers], env=office.environment | {"PATH": path}
        )
        seen = []
        while rolling.poll() is None:
            if wishes.exists() and (unit := wishes.read_text().strip()):
                port = int(unit.removeprefix("crm-web@"))
                with half_sent(writers.visitor, project_id, port, f"还没说完{port}"):
                    go_when_told(office, port)
                assert office.servers[port].wait(60) == 0
                office.start(port)
                seen.append(port)
                wishes.unlink()
            time.sleep(0.05)
        writers.wait_for(len(writers.confirmed) + 3)
    assert rolling.returncode == 0 and seen == ports
    assert writers.refused == []
    assert len(comments(office)) - before == len(writers.confirmed) + len(ports)
    assert " down;" not in front.servers.read_text()


# ------------------------------------------------------------------------------------------------------------ the last walk


def test_one_is_killed_under_load_and_no_confirmed_write_is_lost(office):
    office, project_id, (first, second) = office
    with Writers(project_id, [first, second]) as writers:
        writers.wait_for(CONFIRMED_BEFORE)
        office.kill(first)
        writers.wait_for(len(writers.confirmed) + CONFIRMED_AFTER)
    assert {words for words, _status in writers.confirmed} <= comments(office)
    assert writers.refused == []
