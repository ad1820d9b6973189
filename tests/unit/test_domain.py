"""The rules that decide, without anything around them."""

import dataclasses
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.domain import answering, catalogue, contact, handler_group, ids, message, party, sla, tokens, wording
from intake.web import words
from tests.support import fakes

OFFICE = handler_group.Calendar(week=fakes.week(), holidays=frozenset({date(2026, 12, 25)}))


def by_minutes(start: datetime, calendar: handler_group.Calendar, hours: float) -> datetime:
    """The slow way: walk minute by minute."""
    left, at = round(hours * 60), start
    while left > 0:
        if calendar.is_open(at):
            left -= 1
        at += timedelta(minutes=1)
    return at


@given(
    start=st.integers(0, 330_000).map(lambda minutes: datetime(2026, 3, 20, tzinfo=UTC) + timedelta(minutes=minutes)),
    hours=st.sampled_from([0.5, 1, 4, 8, 13]),
)
def test_a_deadline_counts_opening_hours_as_the_minute_by_minute_count_does(start, hours):
    assert sla.due(start, OFFICE, hours) == by_minutes(start, OFFICE, hours)


def test_a_night_shift_loses_the_hour_of_summer_time():
    night = handler_group.Calendar(week=(((time(0), time(8)),),) * 7)
    start = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)  # midnight in Brussels; 02:00 becomes 03:00
    assert sla.due(start, night, 7) == datetime(2026, 3, 29, 6, 0, tzinfo=UTC)


def test_a_group_that_never_opens_still_has_a_deadline():
    never = handler_group.Calendar(week=((),) * 7)
    assert sla.due(fakes.MONDAY, never, 8) == fakes.MONDAY + timedelta(days=sla.LONGEST_DAYS)
    assert never.opens_next(fakes.MONDAY) is None


def test_a_closed_desk_says_when_it_opens_and_when_the_answer_comes():
    saturday = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    text = wording.handed_over(
        kind=contact.Kind.QUESTION,
        group=fakes.group("burgerzaken"),
        number=26048127,
        due=sla.due(saturday, OFFICE, 8),
        now=saturday,
        language="nl",
    )
    assert text.splitlines() == [
        "Een medewerker (Burgerzaken) neemt uw vraag over. Uw nummer is 2604 8127.",
        "We zijn nu gesloten. We zijn er weer op maandag 23 november om 09:00.",
        "U hoort van ons vóór maandag 23 november om 17:00.",
    ]


def test_every_text_exists_in_every_language():
    assert wording._TEXTS["nl"].keys() == wording._TEXTS["en"].keys()
    assert catalogue.LABELS["nl"].keys() == catalogue.LABELS["en"].keys()


def test_a_token_is_read_back_in_any_case_and_a_changed_one_is_not():
    token = tokens.sign(b"key", "contact", "26048127")
    assert tokens.read(b"key", "contact", token.upper()) == "26048127"
    assert tokens.read(b"key", "chat", token) is None
    assert tokens.read(b"other", "contact", token) is None
    assert tokens.read(b"key", "contact", "") is None
    assert tokens.read(b"key", "contact", token[:-1]) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0470 00 01 23", "+32470000123"),
        ("+32 (0)470 00 01 23", "+32470000123"),
        ("0031 6 12345678", "+31612345678"),
        ("016/27.20.00", "+3216272000"),
        ("12345", None),
        ("geen nummer", None),
        ("", None),
    ],
)
def test_phone_numbers_in_any_spelling(text, number):
    assert party.phone_number(text) == number


HEARD = answering.Heard(
    act=message.Act.MESSAGE,
    choice=None,
    intent="ask_product",
    ranking=[(ids.ProductId("paspoort"), 0.9), (ids.ProductId("kaart"), 0.3)],
    is_live=True,
    is_first=True,
)


@pytest.mark.parametrize(
    ("changes", "step", "reason"),
    [
        ({}, "answer", None),
        ({"intent": "ask_product_unsure"}, "suggest", None),
        ({"intent": "ask_product_unsure", "is_live": False}, "hand_over", "not_sure"),
        ({"intent": "ask_product_unsure", "last_offered": ["none"]}, "hand_over", "not_sure"),
        ({"intent": "nlu_fallback"}, "hand_over", "not_in_catalogue"),
        ({"intent": "greet"}, "talk", None),
        ({"intent": "greet", "is_live": False}, "hand_over", "not_in_catalogue"),
        ({"intent": "speak_to_human"}, "hand_over", "asked_for_person"),
        ({"intent": "complaint"}, "hand_over", "kind"),
        ({"intent": None}, "hand_over", "bot_unavailable"),
        ({"intent": "an intent from the future"}, "hand_over", "not_in_catalogue"),
        ({"act": message.Act.HUMAN, "intent": None}, "hand_over", "asked_for_person"),
        ({"kind": contact.Kind.COMPLAINT}, "hand_over", "kind"),
        ({"is_live": False, "is_first": False}, "hand_over", "not_answered"),
        ({"intent": "thank", "last_offered": ["answered:yes"]}, "close", None),
        ({"intent": "deny", "last_offered": ["answered:yes"]}, "hand_over", "not_answered"),
        ({"intent": "affirm"}, "help", None),
        ({"ranking": []}, "hand_over", "not_in_catalogue"),
    ],
)
def test_what_the_bot_does(changes, step, reason):
    decided = answering.decide(dataclasses.replace(HEARD, **changes))
    assert (decided.step, decided.reason) == (step, reason)


def test_an_answer_never_holds_the_internal_section():
    card = catalogue.card(fakes.product("paspoort"), "nl")
    assert "GEHEIM" not in str(card)
    assert "GEHEIM" not in catalogue.plain(card, "nl")


def test_an_answer_says_what_one_who_disagrees_can_do():
    one = fakes.product("paspoort")
    card = catalogue.card(
        dataclasses.replace(one, sections=dataclasses.replace(one.sections, objection=("Maak bezwaar.",))), "nl"
    )
    assert card["objections"] == ["Maak bezwaar."]
    assert "Bezwaar:\n- Maak bezwaar." in catalogue.plain(card, "nl")
    del card["objections"]  # as an older version kept it
    assert "Bezwaar:" not in catalogue.plain(card, "nl")


def test_every_reason_has_words_for_employees():
    assert set(words.REASONS) == set(answering.Reason)


def test_a_subject_fits_the_standard():
    assert contact.subject_of("", "\n  eerste   regel\ntweede") == "eerste regel"
    assert len(contact.subject_of("x" * 500, "")) == contact.SUBJECT_CHARS
