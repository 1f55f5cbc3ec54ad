from __future__ import annotations

import pytest

from articles.ingest.addresses import is_public, refusal


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.0.192",
        "192.0.2.1",
        "198.18.0.1",
        "168.63.129.16",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.88.99.1",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:0:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:c0a8:1::",
        "2001:0:7f00:1::",
        "2001:db8::1",
        "fc00::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "100::1",
        "localhost",
    ],
)
def test_an_inner_address_is_not_public_in_any_notation_f24(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "151.101.0.81", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::1"],
)
def test_the_open_internet_is_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.2",
        "2130706433",
        "0177.0.0.1",
        "0x7f.0.0.1",
        "0x7f000001",
        "127.1",
        "0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        "printer.local",
        "metadata.google.internal",
        "１２７.0.0.1",
        "①②⑦.0.0.1",
        "127。0。0。1",
        "127.0.0.1.",
        "[fe80::1%25eth0]",
        "127.0.0.1%00.example.com",
        "%31%32%37.0.0.1",
        "8.8.8",
    ],
)
def test_an_inner_host_is_refused_however_it_is_spelt_f21_f22(host):
    assert refusal(f"http://{host}/feed.xml") == "The address is not a public one."


@pytest.mark.parametrize(
    "url",
    [
        "http://paper.example\\@127.0.0.1/",
        "http:\\\\127.0.0.1/",
        "http://paper.exa\tmple/",
        "http://paper.example/\r\nX: y",
        "http://127.0.0.1:80\u2028/",
        "http:127.0.0.1/",
        "http:///127.0.0.1/",
        "http://paper.example:0/",
        "http://paper.example:99999/",
        "http://[::1/",
        "",
        "http://paper.example/" + "a" * 3000,
    ],
)
def test_an_address_that_two_readers_could_read_differently_is_refused_f22(url):
    assert refusal(url)


@pytest.mark.parametrize("url", ["http://user@paper.example/", "http://user:word@paper.example/"])
def test_an_address_with_a_user_name_is_refused_f22(url):
    assert refusal(url) == "Addresses with a user name are not fetched."


@pytest.mark.parametrize(
    "scheme",
    ["file", "gopher", "ftp", "dict", "data", "unix", "javascript"],
)
def test_only_the_web_is_fetched_f23(scheme):
    assert refusal(f"{scheme}://paper.example/feed") == "Only http and https addresses are fetched."


@pytest.mark.parametrize(
    "url",
    [
        "https://paper.example/feed.xml",
        "HTTPS://Paper.Example:8443/a b?q=ü#part",
        "https://bücher.example/",
        "http://8.8.8.8/",
        "https://a_b.example/",
    ],
)
def test_a_publishers_address_is_not_refused(url):
    assert refusal(url) == ""


def test_an_exception_is_exact_to_host_and_port():
    allowed = {"127.0.0.1:8001"}
    assert refusal("http://127.0.0.1:8001/feed", allowed) == ""
    assert refusal("http://127.0.0.1:8002/feed", allowed)
    assert refusal("http://127.0.0.1/feed", allowed)
    assert refusal("http://localhost:8001/feed", allowed)
    assert refusal("http://2130706433:8001/feed", allowed)
