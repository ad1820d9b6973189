"""The form of a feed is recognised, by its name or by what stands in it."""

import contextlib

import catalogue_support as support
import pytest

from intake import errors
from intake.catalogue import forms, importing


@pytest.mark.parametrize(
    ("sample", "form"),
    [
        ("sru-1.xml", "sc"), ("sc-feed.xml", "sc"), ("cevi.xml", "cevi"), ("ldes-0.json", "ipdc"),
        ("ldes-1.json", "ipdc"),
        ("sdg-pages-1.json", "sdg"), ("sdg-translations.json", "sdg"), ("products.jsonl", "jsonl"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", [None, "https://feed.example/producten?v=1.0"])
def test_every_sample_is_recognised_from_a_file_and_from_an_address(sample, form, name):
    content = (support.SAMPLES / sample).read_bytes()
    assert forms.guessed(importing.Document(name=name or sample, content=content)).name == form


@pytest.mark.parametrize(
    ("name", "form"), [("a.yml", "yaml"), ("https://x.example/a.csv?b=c", "csv"), ("A.CSV", "csv"), ("a.tsv", "csv")]
)
def test_a_name_that_tells_is_enough(name, form):
    assert forms.guessed(importing.Document(name=name, content=b"")).name == form


def test_what_cannot_be_recognised_asks_for_the_form():
    with pytest.raises(errors.Invalid, match="--format"):
        forms.guessed(importing.Document(name="x", content=b"hallo"))


@pytest.mark.parametrize("form", sorted(forms.FORMS))
def test_no_form_fails_otherwise_than_with_words_for_an_editor(form):
    contents = [
        b"",
        b"null",
        b"3",
        b"[]",
        b"{}",
        b"[3]",
        b'{"member": 3}',
        b'{"results": {}}',
        b"<a/>",
        b"\x00",
        b"- 3",
    ]
    contents += [
        b'{"view": {"relation": "x"}, "member": []}',
        b'{"results": [{"taal": 3, "upnUri": []}], "count": "x"}',
    ]
    contents += [
        b'{"@id": 3}',
        b'{"@id": "a", "naam": {"nl": 3}}',
        b'{"vertalingen": [{}]}',
        b'[{"id": [], "taal": "nl"}]',
    ]
    for content in contents:
        page = importing.Document(name="x", content=content)
        with contextlib.suppress(errors.Invalid):
            forms.FORMS[form].next_pages(page)
        with contextlib.suppress(errors.Invalid):
            assert forms.FORMS[form].read([page], support.wishes(form)).products == ()
