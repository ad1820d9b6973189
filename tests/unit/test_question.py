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
