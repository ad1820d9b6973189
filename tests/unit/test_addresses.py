"""Whose request it is: forged headers never move the answer."""

import hypothesis
import pytest
from hypothesis import strategies as some

from intake.web import addresses

PROXIES = addresses.networks(("10.0.0.0/24", "127.0.0.1", "fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["1.1.1.1", "198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["198.51.100.1, unknown"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("::ffff:10.0.0.1", ["::ffff:198.51.100.1"], "198.51.100.1"),
        ("fd00::1", ["[2001:db8::5]:443"], "2001:db8::5"),
        ("", ["198.51.100.1"], ""),
    ],
)
def test_the_client_is_the_right_most_address_that_is_no_proxy_of_ours(peer, forwarded, client):
    assert addresses.client_of(peer, forwarded, PROXIES) == client


@hypothesis.given(forged=some.lists(some.text(max_size=40), max_size=4), real=some.ip_addresses(v=4))
def test_what_a_client_writes_left_of_its_own_address_changes_nothing(forged, real):
    hypothesis.assume(not addresses.is_in(str(real), PROXIES))
    assert addresses.client_of("10.0.0.1", [*forged, str(real)], PROXIES) == str(real)


@hypothesis.given(forged=some.lists(some.text(max_size=40), max_size=4), peer=some.ip_addresses())
def test_without_trusted_proxies_the_header_changes_nothing(forged, peer):
    assert addresses.client_of(str(peer), forged, ()) == str(peer)


def test_what_is_no_address_is_in_no_network():
    assert not addresses.is_in("localhost", PROXIES)
    assert not addresses.is_loopback("")
    assert addresses.is_loopback("::ffff:127.0.0.1")
