"""What is said now stands apart from what was said before, in four languages; nothing is deleted."""

import pytest

from channels.email import quotes

OLD = "Dag Jan,\nkomt u maandag langs?\nKarin"
MARKED = "\n".join(f"> {line}" for line in OLD.split("\n"))

INTRODUCTIONS = [
    f"Op ma 3 nov 2025 om 10:00 schreef Karin de Wit <info@stad.example>:\n\n{MARKED}",
    f"Op 3 nov. 2025, om 10:00 heeft Karin geschreven <info@stad.example>:\n{MARKED}",
    f"Op maandag 3 november 2025 om 10:00 schreef Karin de Wit\n<info+c.abcdefgh@stad.example>:\n\n{MARKED}",
    f"Karin de Wit <info@stad.example> schreef op 3 november 2025 10:00:\n{MARKED}",
    f"Op 03-11-2025 om 10:00 schreef Karin de Wit:\n{OLD}",
    f"-----Oorspronkelijk bericht-----\nVan: Karin\nVerzonden: maandag\nAan: Jan\nOnderwerp: Vraag\n\n{OLD}",
    f"-------- Oorspronkelijk bericht --------\n{OLD}",
    f"{'_' * 32}\nVan: Karin <info@stad.example>\nVerzonden: maandag\nAan: Jan\nOnderwerp: RE: Vraag\n\n{OLD}",
    f"Van: Karin\nDatum: 3 november 2025\nAan: Jan\nOnderwerp: Vraag\n{OLD}",
    f"*Van:* Karin\n*Verzonden:* maandag\n*Aan:* Jan\n*Onderwerp:* Vraag\n\n{OLD}",
    f"Verstuurd vanaf mijn iPhone\n\nOp 3 nov 2025 heeft Karin <a@b.example> het volgende geschreven:\n\n{MARKED}",
    "Verzonden vanaf mijn Galaxy",
    "Verzonden vanuit Outlook voor Android",
    "Outlook voor iOS downloaden",
    f"Le lun. 3 nov. 2025 à 10:00, Karin <info@stad.example> a écrit :\n\n{MARKED}",
    f"-----Message d'origine-----\nDe : Karin\nEnvoyé : lundi\nÀ : Jan\nObjet : Question\n\n{OLD}",
    f"De : Karin\nEnvoyé : lundi 3 novembre\nÀ : Jan\nObjet : Question\n\n{OLD}",
    "Envoyé de mon iPhone",
    f"On Mon, Nov 3, 2025 at 10:00 AM Karin de Wit <info@stad.example> wrote:\n\n{MARKED}",
    f"On Mon, Nov 3, 2025 at 10:00 AM Karin de Wit\n<info@stad.example>\nwrote:\n\n{MARKED}",
    f"-----Original Message-----\nFrom: Karin\nSent: Monday\nTo: Jan\nSubject: Question\n\n{OLD}",
    f"From: Karin\nSent: Monday\nTo: Jan\nSubject: Question\n\n{OLD}",
    "Sent from my iPhone",
    f"Am Mo., 3. Nov. 2025 um 10:00 Uhr schrieb Karin <info@stad.example>:\n\n{MARKED}",
    f"-----Ursprüngliche Nachricht-----\nVon: Karin\nGesendet: Montag\nAn: Jan\nBetreff: Frage\n\n{OLD}",
    f"Von: Karin\nGesendet: Montag\nAn: Jan\nBetreff: Frage\n\n{OLD}",
    "Von meinem iPhone gesendet",
    f"W dniu 3.11.2025 o 10:00, Karin <info@stad.example> pisze:\n{MARKED}",
    MARKED,
    "-- \nJan Jansens\nDorpsstraat 1",
]


@pytest.mark.parametrize("introduction", INTRODUCTIONS)
def test_an_answer_above_a_quote_stands_alone(introduction):
    said, quoted = quotes.split(f"Ja, dat is goed.\n\nGroeten, Jan\n\n{introduction}\n")
    assert said == "Ja, dat is goed.\n\nGroeten, Jan"
    assert quoted == introduction


@pytest.mark.parametrize(
    "text",
    [
        "Kunt u mij zeggen van wie deze brief komt?\nVan: de belasting, denk ik.\nGroeten",
        "Op 3 november schreef ik u een brief.\nWanneer krijg ik antwoord?",
        "Ik kom van:\n- Gent\n- Brugge",
        "Le passeport\nest perdu",
        "Mijn vragen:\n-- eerste --\n-- tweede --",
        "1 > 0 is waar",
        "Verzonden van het postkantoor heb ik het formulier, en nu?",
    ],
)
def test_a_text_without_older_mail_stays_whole(text):
    assert quotes.split(text) == (text, "")


def test_an_answer_below_a_quote_stands_alone():
    assert quotes.split(f"{MARKED}\n\nJa, maandag is goed.") == ("Ja, maandag is goed.", MARKED)


def test_answers_between_the_lines_keep_the_lines_they_answer():
    text = "Op ma schreef Karin <a@b.c>:\n> Komt u maandag?\nJa.\n> Hebt u een foto?\nNee.\n> Groeten\n> Karin"
    said, quoted = quotes.split(text)
    assert said == "Op ma schreef Karin <a@b.c>:\n> Komt u maandag?\nJa.\n> Hebt u een foto?\nNee."
    assert quoted == "> Groeten\n> Karin"


@pytest.mark.parametrize("text", [MARKED, INTRODUCTIONS[0], "-- \nJan", "", "\n\n"])
def test_a_mail_that_is_only_quote_stays_readable(text):
    assert quotes.split(text) == (text.strip(), "")


@pytest.mark.parametrize("introduction", INTRODUCTIONS)
def test_no_line_is_ever_lost(introduction):
    text = f"Eerst dit.\n\n{introduction}\n\nen dan nog wat"
    said, quoted = quotes.split(text)
    lines = [line.strip() for line in f"{said}\n{quoted}".split("\n") if line.strip()]
    assert sorted(lines) == sorted(line.strip() for line in text.split("\n") if line.strip())


def test_long_lines_and_many_lines_take_no_time():
    quotes.split("Op " * 300_000)
    quotes.split("Op ma schreef\n" * 50_000)
    quotes.split("Van: x\n" * 50_000)
