"""Texts of feeds are plain text afterwards, whatever they were."""

from datetime import date

import pytest

from intake.catalogue import texts


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("<p>Eén</p><ul><li>a</li><li>b &amp; c</li></ul>", "Eén\n\n- a\n- b & c"),
        ("a\r\nb\n\n\n\nc", "a\nb\n\nc"),
        ("3 < 5 en 7 > 6", "3 < 5 en 7 > 6"),
        ("AT&T & zo", "AT&T & zo"),
        ("<script>alert(1)</script>dag<style>p{}</style>", "dag"),
        ("nul\x00 en \u202eomgekeerd\u200b", "nul en omgekeerd"),
        ("half \ud83d teken", "half teken"),
        ("&nbsp;", ""),
        ("<h3><b>Kop</b></h3><p>tekst<br>regel</p>", "Kop\n\ntekst\nregel"),
    ],
)
def test_a_text_becomes_plain(given, said):
    assert texts.plain(given) == said


def test_lines_lose_their_bullets_and_numbers():
    assert texts.lines("1. Een\n2) Twee\n- Drie\n• Vier\n2026 is een jaar\n\n") == (
        "Een", "Twee", "Drie", "Vier", "2026 is een jaar",
    )  # fmt: skip
    assert texts.lines("") == ()


def test_a_first_word_that_repeats_the_heading_is_left_out():
    assert texts.without_heading("Kosten: € 5") == "€ 5"
    assert texts.without_heading("Voorwaarden zijn er niet: kom maar") == "Voorwaarden zijn er niet: kom maar"


def test_markdown_becomes_plain_and_its_html_is_harmless():
    said = texts.of_markdown(
        "## Kop\r\n\r\nEen [verwijzing](https://x.example) met **nadruk**.\n\n* a\n* b <script>x()</script>"
    )
    assert said == "Kop\n\nEen verwijzing met nadruk.\n\n- a\n- b"


@pytest.mark.parametrize(
    ("given", "day"),
    [
        ("2026-08-18", date(2026, 8, 18)),
        ("2024-02-14T13:59:25.236Z", date(2024, 2, 14)),
        ("2023-07-12T11:40:20.026205561Z", date(2023, 7, 12)),
        ("30-11-2026", date(2026, 11, 30)),
        ("1/2/2026", date(2026, 2, 1)),
        ("2026-02-30", None),
        ("gisteren", None),
        ("", None),
    ],
)
def test_a_day_is_read_or_is_none(given, day):
    assert texts.day(given) == day


@pytest.mark.parametrize(
    "bad", ["javascript:alert(1)", "//x.example", "x", "http://", "https://a b", 'https://x/"', "http://[x"]
)
def test_only_an_address_that_a_browser_may_open_is_one(bad):
    assert texts.web_address(bad) == ""
    assert texts.web_address(" https://x.example/a?b=1&c=2 ") == "https://x.example/a?b=1&c=2"
