"""deploy/nginx as it stands, with granian behind it, on loopback: what is kept, for whom, and what reaches the site."""

from __future__ import annotations

import gzip
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.newssite.deployed import HOST, Answer, Deployed, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

FRESH_SECONDS = 5  # proxy_cache_valid
# The copy that the last test looks for, made at the beginning.
KEPT: dict[str, Any] = {}
HASHED = "site.0123456789ab.css"
PICTURE = "abcdef0123456789abcdef0123456789-640.webp"


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Deployed]:
    deployed = Deployed(tmp_path_factory.mktemp("deployed"), "tests.newssite.deployed:echo", {})
    try:
        deployed.start_nginx()
        for name in ("a", "b"):
            deployed.start(name)
        KEPT.update(page=deployed.ask("/read-on/").body, at=time.monotonic())
        for path, text in {f"static/css/{HASHED}": "body{}", f"pictures/ab/cd/{PICTURE}": "RIFF"}.items():
            file = deployed.folder / "var" / path
            file.parent.mkdir(parents=True)
            file.write_text(text)
        yield deployed
    finally:
        deployed.close()


def told(answer: Answer) -> dict[str, str]:
    return dict(line.split("=", 1) for line in answer.body.decode().splitlines())


def is_kept(site: Deployed, path: str, **headers: str) -> bool:
    """Whether the second who asks gets the bytes of the first."""
    return site.ask(path, **headers).body == site.ask(path, **headers).body


def test_visitors_share_one_copy(site):
    assert is_kept(site, "/news/world/")


def test_marks_of_campaigns_make_no_copy_and_do_not_reach_the_site(site):
    plain = site.ask("/marks/")
    assert site.ask("/marks/?utm_source=letter&utm_medium=mail&fbclid=x").body == plain.body
    assert told(site.ask("/marked/?utm_source=letter"))["QUERY_STRING"] == ""


def test_what_means_something_is_another_page(site):
    first, second = site.ask("/search/?q=tide"), site.ask("/search/?q=bridge&utm_source=x")
    assert first.body != second.body
    assert told(second)["QUERY_STRING"] == "q=bridge&utm_source=x"


@pytest.mark.parametrize(
    "cookie",
    [
        "__Host-session=1",
        "__Host-csrf=1",
        "session=1",
        "csrf=1",
        "messages=1",
        "theme=dark",
        "a=b; size=xl",
        "a=b;csrf =1",
    ],
)
def test_nobody_with_a_cookie_of_ours_meets_the_cache_a09(site, cookie):
    visitor = site.ask("/mine/")
    first, second = site.ask("/mine/", Cookie=cookie), site.ask("/mine/", Cookie=cookie)
    assert len({visitor.body, first.body, second.body}) == 3
    assert told(first)["HTTP_COOKIE"] == cookie
    assert site.ask("/mine/").body == visitor.body


def test_a_visitors_other_cookies_reach_neither_the_site_nor_the_next_visitor_a09(site):
    told_of = told(site.ask("/others/", Cookie="_analytics=1; xsession=2"))
    assert "HTTP_COOKIE" not in told_of
    assert told(site.ask("/others/")) == told_of


@pytest.mark.parametrize("path", ["/own/", "/private/", "/silent/"])
def test_what_is_not_said_to_be_everybodys_is_kept_for_nobody_a09(site, path):
    assert not is_kept(site, path)


@pytest.mark.parametrize("path", ["/membership/webhook/", "/websub/token/", "/briefing/bounces/", "/healthz"])
def test_what_machines_call_is_never_kept(site, path):
    assert not is_kept(site, path)


def test_each_coding_has_its_own_copy(site):
    codings = ("gzip, deflate, br, zstd", "gzip", "identity")
    assert [told(site.ask("/coded/", Accept_Encoding=one)).get("HTTP_ACCEPT_ENCODING", "") for one in codings] == [
        "br, gzip",
        "gzip",
        "",
    ]


def test_what_the_site_sends_as_it_is_goes_out_compressed(site):
    page = site.ask("/private/long/", Accept_Encoding="gzip, br")
    assert page.headers["Content-Encoding"] == "gzip"
    assert b"x" * 5000 in gzip.decompress(page.body)
    assert b"x" * 5000 in site.ask("/private/long/").body


def test_addresses_that_the_site_tells_apart_are_kept_apart(site):
    """What the one says ("no such page") would else be sent for the other."""
    assert site.ask("/article/1/").body != site.ask("/article%2F1/").body
    assert site.ask("/article/2/").body != site.ask("//article/2/").body


def test_no_client_can_say_where_it_comes_from_a19(site):
    spoofed = {"X_Forwarded_For": "6.6.6.6", "X_Real_IP": "6.6.6.6", "Forwarded": "for=6.6.6.6"}
    said = told(site.ask("/private/", **spoofed))
    assert said["HTTP_X_FORWARDED_FOR"] == "127.0.0.1"
    assert "6.6.6.6" not in str(said)


def test_no_client_can_say_which_host_or_scheme_it_came_by_a22(site):
    said = told(site.ask("/private/", X_Forwarded_Host="evil.example", X_Forwarded_Proto="http"))
    assert (said["HTTP_HOST"], said["HTTP_X_FORWARDED_PROTO"]) == (HOST, "https")
    assert "evil.example" not in str(said)


def test_a_foreign_host_is_refused_a22(site):
    assert site.ask("/", host="evil.example").status == 421
    with pytest.raises(ssl.SSLError), closing(site.connect("evil.example")) as connection:
        connection.request("GET", "/")


def test_old_tls_is_refused(site):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError), closing(site.connect(context=context)) as connection:
        connection.request("GET", "/")


def test_files_come_from_disk_and_are_kept_for_ever(site):
    for path, text in ((f"/static/css/{HASHED}", b"body{}"), (f"/pictures/{PICTURE}", b"RIFF")):
        file = site.ask(path)
        assert file.body == text
        assert "immutable" in file.headers["Cache-Control"]
        assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert file.headers["Content-Type"] == "image/webp"


def test_a_picture_that_is_not_on_this_disk_is_asked_of_the_site(site):
    assert told(site.ask(f"/pictures/{'0' * 32}-320.webp"))["PATH_INFO"] == f"/pictures/{'0' * 32}-320.webp"


@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "/readyz", "/away.html"])
def test_what_is_for_operators_is_not_to_be_had_a14(site, path):
    assert site.ask(path).status == 404


def test_bodies_are_bounded(site):
    assert site.ask("/account/login/", "POST", b"x" * 1_100_000).status == 413
    assert told(site.ask("/websub/token/", "POST", b"x" * 1_100_000))["length"] == "1100000"


def test_too_many_forms_are_refused_and_pages_are_not(site):
    """A19"""
    answers = (site.ask("/limits/", "POST", b"x").status for _ in range(100))
    assert next(answers) == 200
    assert 429 in answers  # looked at until it comes
    assert {site.ask("/limits/").status for _ in range(30)} == {200}


def test_clients_that_send_slowly_hold_no_process_l06(site):
    """Each of them says half of what it wants; three times as many as the site has threads."""
    slow = [site.connect() for _ in range(24)]
    try:
        for number, connection in enumerate(slow):
            connection.source_address = (f"127.0.3.{1 + number}", 0)
            connection.connect()
            connection.sock.sendall(
                f"POST /account/login/ HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 9\r\n\r\nhalf".encode()
            )
        assert site.ask("/private/").status == 200
    finally:
        for connection in slow:
            connection.close()


def test_visitors_who_come_at_once_make_one_request(site):
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(site.ask("/at-once/").body)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 12
    assert len(set(found)) == 1


def test_no_line_of_the_log_tells_who_asked_for_what(site):
    site.ask("/account/password/reset/key/1-secret/?q=illness", Cookie="session=quartermaster", User_Agent="Netscape")
    text = "".join(path.read_text() for path in (site.folder / "log").iterdir())
    for word in ("127.0.0.1", "secret", "illness", "quartermaster", "Netscape"):
        assert word not in text


def test_with_the_site_away_visitors_read_on_and_others_are_told_o06(site):
    """The last test here: it ends the instances."""
    for name in ("a", "b"):
        site.stop(name)
    time.sleep(max(0, KEPT["at"] + FRESH_SECONDS + 1 - time.monotonic()))
    assert site.ask("/read-on/").body == KEPT["page"]
    away = site.ask("/read-on/", Cookie="session=1")
    assert (away.status, away.headers["Retry-After"], away.headers["Cache-Control"]) == (503, "60", "private, no-store")
    assert b"Back in a moment" in away.body
