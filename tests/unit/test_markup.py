"""HTML of strangers is bounded, so that no browser hangs on it; see tests/security for what it may hold."""

import re

from intake import markup

REAL = (
    '<table><tbody><tr><td colspan="3">a<br>'
    '<a href="https://x.example/?a=1&amp;b=2" rel="noopener noreferrer nofollow">b &gt; c</a>'
    "</td></tr></tbody></table>"
)


def deepest(shown: str) -> int:
    depth = most = 0
    for end, name in re.findall(r"<(/?)(\w+)", shown):
        depth += 0 if name in {"br", "hr"} else -1 if end else 1
        most = max(most, depth)
    assert depth == 0
    return most


def test_what_a_real_mail_has_stays_as_it_is():
    assert markup.clean(REAL) == REAL


def test_what_is_nested_too_deep_loses_its_tags_and_keeps_its_words():
    shown = markup.clean("<blockquote>a" * 500 + "<p>het einde</p>")
    assert deepest(shown) == markup.MAX_DEPTH
    assert shown.count("a") == 500
    assert "het einde" in markup.to_text(shown)


def test_beside_what_is_too_deep_nothing_is_lost():
    assert markup.clean("<div>" * 300 + "diep" + "</div>" * 300 + "<b>na</b>").endswith("</div><b>na</b>")


def test_too_many_elements_lose_their_tags_and_keep_their_words():
    shown = markup.clean("<b>x</b><br>" * markup.MAX_ELEMENTS)
    assert len(re.findall("<(?:b|br)>", shown)) == markup.MAX_ELEMENTS
    assert shown.count("</b>") == markup.MAX_ELEMENTS // 2
    assert shown.count("x") == markup.MAX_ELEMENTS


def test_a_tag_in_an_attribute_is_no_tag():
    shown = markup.clean('<abbr title="</abbr> > <b>">a</abbr>' + "<i>" * 5)
    assert shown == '<abbr title="&lt;/abbr&gt; &gt; &lt;b&gt;">a</abbr>' + "<i>" * 5 + "</i>" * 5


def test_a_cell_spans_no_more_than_a_page_can_show():
    shown = markup.clean(
        "<table><tr><td rowspan=65534 colspan=12>a<td colspan=1000000000000>b"
        "<td rowspan=-1>c<td rowspan=000000000065534>d</table>"
    )
    assert shown == '<table><tbody><tr><td colspan="12">a</td><td>b</td><td>c</td><td>d</td></tr></tbody></table>'
