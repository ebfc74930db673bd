"""Where webhooks may be sent."""

from ipaddress import ip_address, ip_network

import pytest

from ledger.destinations import Destination, Reach, literal, read

pytestmark = pytest.mark.one_engine

PUBLIC = ("8.8.8.8", "93.184.215.14", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808")
NOT_PUBLIC = (
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.8.8.8",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:10.1.2.3",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::808:808",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%1",
    "fec0::1",
    "ff02::1",
)
INTRANET = Reach((ip_network("10.0.0.0/8"), ip_network("fd00::/8")))


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_reached_over_tls_alone(address: str) -> None:
    assert Reach().allow(ip_address(address), plain=False)
    assert not Reach().allow(ip_address(address), plain=True)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_what_is_not_public_is_not_reached(address: str) -> None:
    assert not Reach().allow(ip_address(address), plain=False)


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::a01:203", "fd00:ec2::254"])
def test_networks_that_the_operator_names_are_reached_also_without_tls(address: str) -> None:
    assert INTRANET.allow(ip_address(address), plain=False)
    assert INTRANET.allow(ip_address(address), plain=True)
    assert not INTRANET.allow(ip_address("127.0.0.1"), plain=False)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://erp.example.com", Destination("https", "erp.example.com", 443, "/")),
        ("https://erp.example.com/hooks?of=us", Destination("https", "erp.example.com", 443, "/hooks?of=us")),
        ("HTTPS://ERP.example.com:8443/A", Destination("https", "erp.example.com", 8443, "/A")),
        ("http://[::1]:80/", Destination("http", "::1", 80, "/")),
    ],
)
def test_a_url_is_taken_apart(url: str, expected: Destination) -> None:
    assert read(url) == expected


def test_the_host_header_names_the_port_that_is_not_the_usual_one() -> None:
    urls = ("https://a.example/", "https://a.example:8443/", "http://[::1]:443/", "https://[2606:4700::1]/")
    assert [read(url).authority for url in urls] == ["a.example", "a.example:8443", "[::1]:443", "[2606:4700::1]"]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "printable ASCII"),
        ("https://h/ö", "printable ASCII"),
        ("https://h/a b", "printable ASCII"),
        ("https://h/\nHost: other", "printable ASCII"),
        ("ftp://h/", "begins with https://"),
        ("file:///etc/passwd", "begins with https://"),
        ("//h/", "begins with https://"),
        ("https:///path", "begins with https://"),
        ("https://user@h/", "user and password"),
        ("https://user:secret@h/", "user and password"),
        ("https://h:0/", "host and port"),
        ("https://h:99999/", "cannot be read"),
        ("https://h:port/", "cannot be read"),
        ("https://[::1/", "cannot be read"),
        ("https://public.example\\@127.0.0.1/", "user and password"),
        ("https://h\\.example/", "host and port"),
        ("https://h/#part", "fragment"),
        ("https://h/" + "x" * 2_000, "at most 2000"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_with_a_sentence(url: str, said: str) -> None:
    with pytest.raises(ValueError, match=said.replace("(", "")):
        read(url)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "LOCALHOST.", "a.localhost"]
)
def test_a_literal_loopback_address_is_known_however_it_is_written(host: str) -> None:
    found = literal(host)
    assert found is not None and found.is_loopback


def test_a_name_is_no_literal_address() -> None:
    assert [literal(name) for name in ("example.com", "1.example.com", "localhost.example.com")] == [None] * 3


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://127.0.0.1/", "no public address"),
        ("https://[::1]/", "no public address"),
        ("https://169.254.169.254/latest/meta-data/", "no public address"),
        ("https://2130706433/", "no public address"),
        ("https://localhost/", "no public address"),
        ("http://8.8.8.8/", "https is expected"),
        ("http://erp.example.com/", "https is expected"),
    ],
)
def test_where_nothing_may_be_sent_is_told_as_far_as_the_url_shows_it(url: str, said: str) -> None:
    assert said in (Reach().fault(read(url)) or "")


def test_with_allowed_networks_names_may_be_reached_without_tls_and_are_judged_when_they_are_resolved() -> None:
    urls = ("http://10.1.2.3/", "http://erp.internal/", "https://erp.example.com/", "https://8.8.8.8/")
    assert [INTRANET.fault(read(url)) for url in urls] == [None] * 4
    assert "https is expected" in (INTRANET.fault(read("http://8.8.8.8/")) or "")
