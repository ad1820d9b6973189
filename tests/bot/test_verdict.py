import pytest
from onthaal_bot.ranking import finder, verdict

LIMITS = verdict.Limits(sure=0.6, lead=0.1, unsure=0.2, very_strong=0.8, dialogue_act=0.6, certain_act=0.9)


def decide(text="hoe vraag ik dat aan", acts=None, score=0.0):
    hits = [finder.Hit(product="p", version=1, score=score, words=())] if score else []
    return verdict.decide(text, acts or {}, hits, LIMITS).intent


@pytest.mark.parametrize(
    ("score", "intent"),
    [
        (0.0, "nlu_fallback"),
        (0.19, "nlu_fallback"),
        (0.2, "ask_product_unsure"),
        (0.6, "ask_product"),
        (1.0, "ask_product"),
    ],
)
def test_the_score_decides_between_answer_choice_and_fallback(score, intent):
    assert decide(score=score) == intent


def test_a_sure_dialogue_act_wins_from_a_weak_product():
    assert decide(acts={"greet": 0.9}, score=0.3) == "greet"


def test_a_greeting_around_a_clear_question_is_a_question():
    assert decide(acts={"greet": 0.9}, score=0.9) == "ask_product"


def test_an_unsure_dialogue_act_does_not_win():
    assert decide(acts={"greet": 0.5}, score=0.3) == "ask_product_unsure"


@pytest.mark.parametrize("act", ["complaint", "report", "suggestion", "formal_message"])
def test_a_message_for_people_that_looks_like_a_product_leaves_the_choice_to_the_citizen(act):
    assert decide(acts={act: 0.7}, score=0.99) == "ask_product_unsure"
    assert decide(acts={act: 0.7}, score=0.5) == act
    assert decide(acts={act: 0.95}, score=0.99) == act


def test_no_product_takes_the_place_of_a_person():
    assert decide(acts={"speak_to_human": 0.6}, score=0.99) == "speak_to_human"


def test_two_products_close_together_are_a_choice():
    hits = [finder.Hit(product=name, version=1, score=score, words=()) for name, score in (("a", 0.9), ("b", 0.85))]
    assert verdict.decide("?", {}, hits, LIMITS).intent == "ask_product_unsure"


@pytest.mark.parametrize("act", ["ask_product", "nlu_fallback"])
def test_that_it_sounds_like_a_question_is_no_dialogue_act(act):
    assert decide(acts={act: 0.99}) == "nlu_fallback"


@pytest.mark.parametrize(
    "text",
    [
        "medewerker",
        "Spreek een medewerker",
        "mens",
        "agent",
        "HUMAN!",
        "een mens aub",
        "ik wil een medewerker spreken",
        "staff",
        "speak to a human",
        "employé",
    ],
)
def test_the_short_ways_to_ask_for_a_person_always_work(text):
    assert decide(text, {"greet": 0.99}, score=0.99) == "speak_to_human"


@pytest.mark.parametrize("text", ["ik ben medewerker van een bedrijf en zoek een vergunning", "mensenrechten", ""])
def test_a_person_that_is_only_mentioned_is_not_asked_for(text):
    assert decide(text) == "nlu_fallback"
