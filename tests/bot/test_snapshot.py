import json

import pytest
from conftest import PRODUCTS
from onthaal_bot.ranking import snapshot


def products_of(source):
    return [product.id for product in source.current().catalogue.products]


def replace(path, content):
    beside = path.with_suffix(".new")
    beside.write_text(content)
    beside.replace(path)


def test_without_a_file_the_catalogue_is_empty(tmp_path):
    assert products_of(snapshot.Source(tmp_path / "none.json")) == []
    assert products_of(snapshot.Source(None)) == []


def test_the_file_may_appear_later(tmp_path):
    path = tmp_path / "snapshot.json"
    source = snapshot.Source(path)
    assert products_of(source) == []
    replace(path, json.dumps({"version": "c1", "products": PRODUCTS[:1]}))
    assert products_of(source) == ["paspoort-aanvragen"]


def test_a_replaced_file_is_read_again(snapshot_file):
    source = snapshot.Source(snapshot_file)
    assert len(products_of(source)) == len(PRODUCTS)
    replace(snapshot_file, json.dumps({"version": "c2", "products": PRODUCTS[:2]}))
    assert len(products_of(source)) == 2
    assert source.current().catalogue.version == "c2"


def test_an_unchanged_file_is_not_built_again(snapshot_file):
    source = snapshot.Source(snapshot_file)
    assert source.current() is source.current()


@pytest.mark.parametrize(
    "broken",
    ['{"version": "c2", "produ', "", "[]", '{"products": {}}', "null", '{"products": 3}', "\x00\x00"],
)
def test_an_unusable_file_leaves_the_last_good_one(snapshot_file, broken):
    source = snapshot.Source(snapshot_file)
    before = source.current()
    replace(snapshot_file, broken)
    assert source.current() is before
    replace(snapshot_file, json.dumps({"version": "c3", "products": PRODUCTS[:1]}))
    assert source.current().catalogue.version == "c3"


def test_a_vanished_file_leaves_the_last_good_one(snapshot_file):
    source = snapshot.Source(snapshot_file)
    before = source.current()
    snapshot_file.unlink()
    assert source.current() is before


@pytest.mark.parametrize(
    "product",
    [None, 3, "x", {}, {"id": ""}, {"id": 5}, {"title": {"nl": "Zonder sleutel"}}],
)
def test_a_product_without_an_id_is_left_out(product):
    read = snapshot.parse(json.dumps({"version": "c1", "products": [product, PRODUCTS[0]]}).encode())
    assert [one.id for one in read.products] == ["paspoort-aanvragen"]


def test_odd_parts_of_a_product_count_as_empty():
    odd = {"id": "p", "version": "1", "title": {"nl": 5}, "keywords": {"nl": "pas"}, "examples": None, "text": []}
    product = snapshot.parse(json.dumps({"version": 2, "products": [odd]}).encode()).products[0]
    assert (product.version, product.wordings["nl"].phrases) == (0, ())
