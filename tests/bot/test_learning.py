"""Learning from a collection: what other municipalities say under a uniform name finds a product with other words."""

import json
import lzma
import random

import pytest
from conftest import REPOSITORY
from onthaal_bot.learning import __main__ as learning
from onthaal_bot.learning import collection, exams, own
from onthaal_bot.ranking import catalogue, finder, learned

GLOSS = REPOSITORY / "nlu_data" / "upl" / "gloss.tsv"
CITIES = 8
PRODUCTS = 130


def written(chance):
    """Records of cities that say the same in phrases of their own."""
    lines = [line.split("\t") for line in GLOSS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    for city in range(CITIES):
        for name, dutch, _ in lines[:PRODUCTS]:
            phrases = chance.sample(dutch.split("; "), 4)
            yield {
                "municipality": f"stad {city}",
                "title": phrases[0],
                "abstract": f"Denkt u: {phrases[1]}? Of {phrases[2]} misschien. En {phrases[3]}?",
                "upl": [name],
                "lang": "nl",
            }


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("collection") / "collection.jsonl.xz"
    with lzma.open(path, "wt", encoding="utf-8") as file:
        for record in written(random.Random(7)):
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
        file.write('{"title": "broken"\nno json at all\n[1, 2]\n{"upl": [3], "title": 4}\n')
    return path


@pytest.fixture(scope="module")
def folder(source, tmp_path_factory):
    out = tmp_path_factory.mktemp("learned")
    assert learning.main([str(source), "--out", str(out), "--own", str(REPOSITORY / "nlu_data")]) == 0
    return out


@pytest.fixture(scope="module")
def known(folder):
    return learned.load(folder)


def product(number, title, *names):
    return catalogue.Product(id=number, names=names, wordings={"nl": catalogue.Wording(title=title)})


CITY = catalogue.Catalogue(
    version="1",
    products=(
        product("pas", "Paspoort", "paspoort"),
        product("kaart", "Identiteitskaart", "identiteitskaart"),
        product("bak", "Afvalcontainer", "afvalcontainer"),
        product("boom", "Boom vellen", "kapvergunning"),
        product("zaal", "Zaal huren"),
    ),
)


def first(found):
    return found.hits[0].product if found.hits else None


def test_words_of_other_cities_find_a_product_whose_own_words_say_nothing(known):
    assert first(finder.Finder(CITY).find("mijn kliko is stuk")) != "bak"
    assert first(finder.Finder(CITY, known).find("mijn kliko is stuk")) == "bak"


def test_english_finds_a_dutch_product(known):
    assert first(finder.Finder(CITY, known).find("I want to get a new passport")) == "pas"


def test_a_product_without_a_uniform_name_is_found_by_its_own_words(known):
    assert first(finder.Finder(CITY, known).find("ik wil een zaal huren")) == "zaal"


def test_a_score_is_a_chance_and_the_first_has_the_best(known):
    found = finder.Finder(CITY, known)
    scores = [hit.score for hit in found.find("mijn reispas is verlopen").hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert 0 < found.answers_from <= 1


def test_nothing_is_found_in_nothing(known):
    assert finder.Finder(catalogue.Catalogue(), known).find("paspoort").hits == ()
    for empty in ("", "  ", "🙂", "de het een"):
        assert finder.Finder(CITY, known).find(empty).hits == finder.Finder(CITY).find(empty).hits


def test_what_is_no_record_is_left_out(source):
    records = list(collection.read(source))
    assert len(records) == CITIES * PRODUCTS
    assert all(record.title and record.questions for record in records)


def test_a_page_filed_under_many_names_teaches_none(tmp_path):
    path = tmp_path / "one.jsonl"
    path.write_text(json.dumps({"title": "Kosten", "upl": ["a", "b", "c", "d"]}) + "\n")
    assert [record.names for record in collection.read(path)] == [()]


def test_too_small_a_collection_is_refused_with_what_it_lacks(tmp_path, capsys):
    path = tmp_path / "small.jsonl"
    path.write_text(json.dumps({"municipality": "a", "title": "Paspoort", "upl": ["paspoort"]}) + "\n")
    assert learning.main([str(path), "--out", str(tmp_path / "out")]) == 1
    assert f"{learning.FEWEST_QUESTIONS} are needed" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("break_it", ["no manifest", "other form", "cut"])
def test_a_broken_folder_leaves_the_bot_with_its_own_words(folder, tmp_path, break_it):
    manifest = json.loads((folder / learned.MANIFEST).read_text())
    content = (folder / learned.ARRAYS).read_bytes()
    if break_it == "other form":
        manifest["form"] = 0
    if break_it != "no manifest":
        (tmp_path / learned.MANIFEST).write_text(json.dumps(manifest))
    (tmp_path / learned.ARRAYS).write_bytes(content[: len(content) // 2] if break_it == "cut" else content)
    assert learned.found_in(tmp_path) is None


def test_questions_of_the_own_catalogue_are_not_in_its_text():
    records = [
        collection.Record(f"stad {city}", f"titel {number}", (f"Wilt u echt ding {number} in stad {city}?",), ("x",))
        for city in range(2)
        for number in range(exams.SMALLEST)
    ]
    for paper in exams.of(records, own.Own(), random.Random(1)):
        texts = {one.id: one.wordings["nl"].text for one in paper.products}
        assert all(asked.text not in texts[one] for asked in paper.questions for one in asked.accepted)
