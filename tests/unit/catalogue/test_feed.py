"""Ids of products from feeds are stable, of their own, and fit addresses; a reading knows what it cannot tell."""

import pytest

from intake.domain import feed, ids

LONG = "https://ipdc.example/id/public-service/10000000-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("source_id", "said"),
    [
        ("135142", "sc-135142"),
        ("a-b", "sc-a-b"),
        ("A-b", "sc-a-b-"),
        ("Één!", "sc-een-"),
        ("?", "sc-"),
        (LONG, "sc-10000000-0000-4000-8000-000000000001"),
    ],
)
def test_the_id_of_a_product_stays_readable_and_fits_the_pattern(source_id, said):
    made = feed.product_id("sc", source_id)
    assert made.startswith(said)
    assert feed.is_id(made)
    assert made == feed.product_id("sc", source_id)


def test_ids_that_differ_by_signs_or_capitals_alone_are_different_products():
    names = ["a1", "A1", "a.1", "x/a1", "y/a1", "a1/", "á1", "a" * 200, "a" * 201]
    assert len({feed.product_id("sc", name) for name in names}) == len(names)
    assert feed.product_id("sc", "a1") != feed.product_id("sdg", "a1")


def test_a_reading_without_whole_feed_or_with_a_record_without_id_cannot_tell_what_is_gone():
    known = feed.Refused(place="nr. 1", why="x", product_id=ids.ProductId("sc-1"))
    unknown = feed.Refused(place="nr. 2", why="x")
    assert feed.Reading(source="sc", refused=(known,)).why_not_whole() == ""
    assert "id" in feed.Reading(source="sc", refused=(known, unknown)).why_not_whole()
    assert feed.Reading(source="sc", refused=(known,), missing="pagina 2").why_not_whole() == "pagina 2"
    assert feed.Reading(source="sc").why_not_whole() != ""


def test_a_refused_product_is_still_one_that_the_feed_has():
    known = feed.Refused(place="nr. 1", why="x", product_id=ids.ProductId("sc-1"))
    assert feed.Reading(source="sc", refused=(known,)).kept() == {"sc-1"}
