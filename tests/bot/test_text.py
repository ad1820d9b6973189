import pytest
from onthaal_bot.ranking import compounds, language, stems, text, typos, vocabulary


def test_case_accents_and_marks_do_not_matter():
    assert text.fold("Één  CAFÉ-terras, s'il vous plaît!") == "een cafe terras s il vous plait"


def test_a_very_long_text_is_read_up_to_the_limit():
    assert len(text.fold("a" * 100_000)) == text.MAX_CHARS


@pytest.mark.parametrize(
    "polite",
    [
        "Goedemorgen, ik zou graag willen weten hoe een paspoort verlengd wordt. Alvast bedankt!",
        "Beste gemeente, kunt u mij vertellen hoe een paspoort verlengd wordt? Met vriendelijke groeten",
        "hoe een paspoort verlengd wordt aub",
    ],
)
def test_politeness_is_no_part_of_the_question(polite):
    assert text.question_words(polite) == ["hoe", "een", "paspoort", "verlengd", "wordt"]


def test_a_text_of_politeness_only_keeps_its_words():
    assert text.question_words("Hallo!") == ["hallo"]


def test_u_and_je_say_the_same():
    formal = vocabulary.content(text.question_words("Hoe verlengt u uw paspoort?"), "nl")
    informal = vocabulary.content(text.question_words("Hoe verlengt je jouw paspoort?"), "nl")
    assert formal == informal == ["verlengt", "paspoort"]


def test_citizens_see_their_own_words_back():
    assert text.surface_forms("Mijn Café-terras in één straat")["een"] == "één"


@pytest.mark.parametrize(
    ("question", "spoken"),
    [
        ("hoe vraag ik een paspoort aan", "nl"),
        ("how do I apply for a passport", "en"),
        ("comment puis je demander un passeport", "fr"),
        ("paspoort", None),
        ("", None),
    ],
)
def test_function_words_tell_the_language(question, spoken):
    assert language.detect(question.split()) == spoken


def test_stems_join_the_forms_of_a_word():
    assert stems.stem("aangevraagd", "nl") == stems.stem("aanvragen", "nl") == stems.stem("aanvraag", "nl")


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("parkeervergunning", ["parkeren", "vergunning"]),
        ("parkeervergunningsaanvraag", ["parkeren", "vergunning", "aanvraag"]),
        ("bewonersvergunning", ["bewoner", "vergunning"]),
    ],
)
def test_compounds_fall_apart_into_known_words(word, parts):
    splitter = compounds.Splitter(["parkeren", "vergunning", "aanvraag", "bewoner"], "nl")
    assert splitter.split(word) == tuple(stems.stem(part, "nl") for part in parts)


def test_words_with_unknown_parts_stay_whole():
    assert compounds.Splitter(["vergunning"], "nl").split("kapvergunning") == ()


@pytest.mark.parametrize("mistyped", ["paspoord", "passpoort", "papsoort", "paspoot"])
def test_a_mistyped_word_finds_its_neighbour(mistyped):
    assert typos.Corrector(["paspoort", "parkeren"]).nearest(mistyped) == ("paspoort",)


def test_short_words_are_never_corrected():
    assert typos.Corrector(["kaart", "taart"]).nearest("bart") == ()
