import time

import pytest

from intake.domain import question


@pytest.mark.parametrize(
    ("text", "core"),
    [
        ("Dag, hoe vraag ik een paspoort aan? Groeten, Jan", "hoe vraag ik een paspoort aan?"),
        ("Beste mevrouw,\nMijn pas is kwijt. Wat moet ik doen?\nMet vriendelijke groeten\nEls", "Wat moet ik doen?"),
        ("hoe vraag ik een paspoort aan?", "hoe vraag ik een paspoort aan?"),
        ("Ik wil een paspoort aanvragen. Alvast bedankt!", "Ik wil een paspoort aanvragen."),
        ("Dear Sir,\nhow do I get a passport?\nKind regards,\nJohn", "how do I get a passport?"),
        ("hallo", "hallo"),
        ("Groeten uit Gent", "Groeten uit Gent"),
        ("Wat kost het? En hoe lang duurt het?", "Wat kost het? En hoe lang duurt het?"),
        ("", ""),
        ("?", "?"),
    ],
)
def test_the_question_is_left_when_the_courtesies_are_gone(text, core):
    assert question.core(text) == core


@pytest.mark.parametrize("filler", ["\n", " ", "\u00a0", "\x0b", "\x0c", "\r\n", ", ", ". ", "groet", "dag "])
def test_the_time_grows_with_the_text_and_not_with_its_square(filler):
    def seconds(count: int) -> float:
        began = time.perf_counter()
        question.core("a" + filler * count + "x")
        return time.perf_counter() - began

    seconds(1000)
    assert seconds(40_000) < 200 * max(seconds(2000), 0.0005)
