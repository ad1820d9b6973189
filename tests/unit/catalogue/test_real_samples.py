"""Every real feed that lies beside the repository can be read; without them there is nothing to test here."""

from pathlib import Path

import catalogue_support as support
import pytest

from intake.catalogue import forms, importing
from intake.domain import catalogue, feed

BESIDE = Path(__file__).resolve().parents[4] / "shared" / "data"
FEEDS = [
    *(file for form in ("ipdc", "sc", "sdg") for file in sorted((BESIDE / "formats" / form).glob("*.*"))),
    *sorted((BESIDE / "catalogue").glob("*.jsonl")),
]
STREAM = sorted((BESIDE / "formats" / "ipdc").glob("instancesnapshot*"))


def is_feed(file):
    """Whether it holds products at all: the words of JSON-LD itself hold none."""
    return "-im.jsonld" not in file.name


def checked(reading):
    for product in reading.products:
        assert feed.is_id(product.id)
        assert product.title["nl"]
        assert "<p" not in str(product.sections)
        assert "&lt;" not in str(product.sections)
        assert product.url.startswith(("https://", "http://", "/producten/"))
        assert catalogue.plain(catalogue.card(product, "nl"), "nl")
    assert len({product.id for product in reading.products}) == len(reading.products)
    assert not reading.undated - {product.id for product in reading.products}


if FEEDS:

    @pytest.mark.parametrize("file", FEEDS, ids=lambda file: file.name)
    def test_a_real_feed_is_recognised_and_read(file):
        document = importing.Document(name=file.name, content=file.read_bytes())
        if not is_feed(file):
            assert forms.FORMS["ipdc"].read([document], support.wishes("ipdc")).products == ()
            return
        form = forms.guessed(document)
        form.next_pages(document)
        reading = form.read([document], support.wishes(form.name))
        checked(reading)
        assert reading.products or reading.ended
        assert reading == form.read([document], support.wishes(form.name))


if STREAM:

    def test_the_pages_of_a_real_stream_hold_together():
        documents = [importing.Document(name=page.name, content=page.read_bytes()) for page in STREAM]
        reading = forms.FORMS["ipdc"].read(documents, support.wishes("ipdc"))
        checked(reading)
        assert (reading.missing, reading.refused) == ("", ())
        assert reading.products
        assert reading.ended
        versions = sum(page.read_text().count('"isVersionOf"') - 1 for page in STREAM)
        assert len(reading.products) + len(reading.ended) < versions  # of each the newest only
