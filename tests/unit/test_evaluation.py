"""What answers are worth: hits, shares with their intervals, and files that are none."""

import json
from pathlib import Path

import pytest

from intake import errors, ports
from intake.evaluation import measures, questions

DEMO = Path(__file__).parents[2] / "demo" / "voorbeeldstad" / "products"
PASPOORT = questions.Product(id="pas", title="Paspoort", names=frozenset({"paspoort", "reisdocument"}))
KAART = questions.Product(id="kaart", title="Kaart")
PRODUCTS = {"pas": PASPOORT, "kaart": KAART}


def understood(intent, *ranked):
    return ports.Understanding(
        intent=intent,
        confidence=1.0,
        ranking=tuple(ports.Ranked(product_id=one, score=score) for one, score in ranked),
        language="nl",
    )


def asked(intent, *ranked, accepted=("pas",), **more):
    question = questions.Question(text="?", language="nl", accepted=frozenset(accepted), **more)
    return measures.judge(question, understood(intent, *ranked), PRODUCTS)


def written(tmp_path, *lines):
    path = tmp_path / "file.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    return path


@pytest.mark.parametrize(("accepted", "is_hit"), [("pas", True), ("reisdocument", True), ("kaart", False), ("", False)])
def test_a_hit_is_an_expected_id_or_an_accepted_uniform_name(accepted, is_hit):
    question = questions.Question(text="?", language="nl", accepted=frozenset({accepted}))
    assert question.is_answered_by(PASPOORT) is is_hit


def test_answers_and_choices_are_counted_apart():
    found = measures.of_questions(
        [
            asked(measures.ANSWER, ("pas", 0.9)),
            asked(measures.ANSWER, ("kaart", 0.9), ("pas", 0.1)),
            asked(measures.CHOICE, ("kaart", 0.4), ("pas", 0.3)),
            asked("nlu_fallback"),
        ]
    )
    assert {name: (share.count, share.of) for name, share in found.items()} == {
        "top_1": (1, 4),
        "top_3": (3, 4),
        "answered": (2, 4),
        "answered_right": (1, 2),
        "wrong_answers": (1, 4),
        "offered": (1, 4),
        "offered_right": (1, 1),
    }


def test_foreign_texts_count_by_how_far_they_are():
    found = measures.of_foreign(
        [
            asked(measures.ANSWER, accepted=(), kind="far"),
            asked(measures.CHOICE, accepted=(), kind="far"),
            asked(measures.CHOICE, accepted=(), kind="near-domain"),
            asked(measures.ANSWER, accepted=(), kind="near-domain", is_borderline=True),
        ]
    )
    assert {name: (share.count, share.of) for name, share in found.items()} == {
        "far": (1, 2),
        "near": (0, 1),
        "borderline": (1, 1),
    }


def test_the_interval_of_a_share_is_that_of_wilson():
    low, high = measures.Share(count=45, of=50).interval
    assert (round(low, 3), round(high, 3)) == (0.786, 0.957)
    assert measures.Share(count=0, of=0).interval == (0.0, 1.0)
    assert measures.Share(count=0, of=0).value == 0


def test_the_curve_goes_from_the_surest_answer_to_all():
    found = measures.curve([asked(measures.ANSWER, ("kaart", 0.2)), asked(measures.ANSWER, ("pas", 0.9))])
    assert found == [(0.5, 1.0), (1.0, 0.5)]


def test_files_are_read_with_the_fields_that_differ(tmp_path):
    (product,) = questions.products(
        written(tmp_path, {"id": "a", "title": "T", "description": "D", "upl": ["Paspoort"], "keywords": ["x", "y"]})
    )
    assert product.entry()["text"] == {"nl": "D"}
    assert (product.names, product.keywords) == (frozenset({"paspoort"}), ("x", "y"))
    (one,) = questions.questions([written(tmp_path, {"text": "q", "expected": ["a"], "accept": ["paspoort"]}, "")])
    assert (one.accepted, one.language) == (frozenset({"a", "paspoort"}), "nl")
    (other,) = questions.foreign([written(tmp_path, {"text": "q", "kind": "near-domain: state", "borderline": True})])
    assert (other.kind, other.is_borderline) == ("near-domain", True)


@pytest.mark.parametrize("line", ["{", "[]", '{"id": "a"}', '{"id": "a", "title": ""}'])
def test_a_line_that_is_no_product_is_named(tmp_path, line):
    with pytest.raises(errors.Invalid, match="regel 2"):
        questions.products(written(tmp_path, {"id": "b", "title": "T"}, line))


def test_two_products_with_one_id_are_refused(tmp_path):
    with pytest.raises(errors.Invalid, match="meer dan één keer"):
        questions.products(written(tmp_path, {"id": "a", "title": "T"}, {"id": "a", "title": "U"}))


def test_what_is_no_text_is_refused(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(errors.Invalid, match="UTF-8"):
        questions.foreign([path])


def test_the_demo_city_has_its_examples_in_what_the_bot_reads():
    found = questions.products(DEMO)
    assert len(found) > 200
    assert any(product.entry()["examples"] for product in found)
