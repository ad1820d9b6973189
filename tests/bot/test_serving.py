import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import BOT, PRODUCTS, start_server


def test_a_clear_question_is_a_product_with_reasons(bot):
    parsed = bot.parse("Hoe vraag ik een paspoort aan?")
    assert parsed["text"] == "Hoe vraag ik een paspoort aan?"
    assert parsed["intent"]["name"] == "ask_product"
    assert parsed["intent"]["confidence"] == parsed["catalogue"]["ranked"][0]["score"]
    assert parsed["catalogue"]["snapshot"] == "c1"
    assert parsed["catalogue"]["language"] == "nl"
    best = parsed["catalogue"]["ranked"][0]
    assert set(best) == {"product", "version", "score", "words"}
    assert (best["product"], best["version"], best["words"]) == ("paspoort-aanvragen", 3, ["paspoort"])
    assert 0 <= best["score"] <= 1


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Hallo!", "greet"),
        ("dank u wel", "thank"),
        ("tot ziens", "goodbye"),
        ("ben je een robot?", "bot_challenge"),
        ("ik wil een medewerker spreken", "speak_to_human"),
        ("mens", "speak_to_human"),
        ("de lantaarnpaal in mijn straat is kapot", "report"),
        ("ik heb een klacht over hoe ik behandeld ben", "complaint"),
    ],
)
def test_dialogue_acts_are_recognised(bot, text, intent):
    assert bot.parse(text)["intent"]["name"] == intent


@pytest.mark.parametrize("text", ["", "   ", "🙂", "مرحبا", "<script>alert(1)</script>", "nul\x00nul", "x" * 4000])
def test_odd_texts_get_an_answer_and_no_product(bot, text):
    parsed = bot.parse(text)
    assert parsed["intent"]["name"] != "ask_product"
    assert parsed["catalogue"]["snapshot"] == "c1"


@pytest.mark.parametrize("text", ["hallo", "tot ziens", "dank u wel", "ben je een robot?", "wat kan je allemaal?"])
def test_the_webhook_answers_dialogue_acts(bot, text):
    answers = bot.say(text, sender=f"dialogue {text}")
    assert len(answers) == 1
    assert answers[0]["text"]


def test_the_greeting_says_that_it_is_a_computer_in_the_asked_language(bot):
    assert "computer" in bot.say("hallo", sender="nl", language="nl")[0]["text"]
    assert "I am a computer" in bot.say("hello", sender="en", language="en")[0]["text"]
    assert "ordinateur" in bot.say("bonjour", sender="fr", language="fr")[0]["text"]


def test_the_language_can_change_within_a_conversation(bot):
    assert "Hello" in bot.say("hello", sender="both", language="en")[0]["text"]
    assert "Goedendag" in bot.say("hallo", sender="both", language="nl")[0]["text"]


def test_an_unknown_turn_gets_words_and_not_silence(bot):
    assert bot.say("zzzz qqqq", sender="unknown")[0]["text"]


def test_a_new_product_answers_without_training_or_restart(bot):
    question = "mag ik een boom kappen?"
    assert bot.parse(question)["intent"]["name"] != "ask_product"
    new = {
        "id": "boom-kappen",
        "version": 1,
        "title": {"nl": "Boom kappen"},
        "keywords": {},
        "examples": {},
        "text": {},
    }
    bot.write_snapshot({"version": "c2", "products": [*PRODUCTS, new]})
    parsed = bot.parse(question)
    assert (parsed["intent"]["name"], parsed["catalogue"]["snapshot"]) == ("ask_product", "c2")
    assert parsed["catalogue"]["ranked"][0]["product"] == "boom-kappen"


def test_a_truncated_snapshot_changes_nothing(bot):
    bot.parse("paspoort aanvragen")
    bot.write_snapshot(json.dumps({"version": "c9", "products": PRODUCTS})[:200])
    parsed = bot.parse("paspoort aanvragen")
    assert (parsed["catalogue"]["snapshot"], parsed["intent"]["name"]) == ("c1", "ask_product")
    assert bot.say("hallo", sender="truncated")


def test_slash_text_is_a_command_to_rasa_so_the_caller_must_neutralise_it(bot):
    assert bot.parse("/restart").get("catalogue") is None
    neutralised = " /restart".lstrip(" /")
    assert bot.parse(neutralised)["catalogue"]["snapshot"] == "c1"
    assert bot.parse(neutralised)["intent"]["name"] != "restart"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/status"), ("POST", "/model/parse"), ("POST", "/webhooks/rest/webhook"), ("PUT", "/model")],
)
@pytest.mark.parametrize("token", [None, "wrong"])
def test_nothing_answers_without_the_token(bot, method, path, token):
    body = {"text": "x", "sender": "s", "message": "hallo"} if method != "GET" else None
    assert bot.call(method, path, body, token=token)[0] == 401


def test_a_huge_message_is_refused_instead_of_blocking_everybody(bot):
    assert bot.call("POST", "/model/parse", {"text": "x " * 100_000})[0] == 413


def test_it_listens_on_the_loopback_only_and_hides_the_token(bot):
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = {row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{bot.port:04X}")}
    assert listening == {f"0100007F:{bot.port:04X}"}
    assert b"a-token-for-tests" not in Path(f"/proc/{bot.process.pid}/cmdline").read_bytes()


def test_no_log_holds_a_citizens_words_or_the_token(bot):
    word = "geheimwoord"
    bot.parse(f"{word} paspoort")
    bot.say(f"{word} hallo", sender=word)
    bot.call("POST", "/model/parse", {"text": [word]})
    bot.call("POST", "/model/parse", f'{{"text": "{word}'.encode())
    bot.call("POST", "/webhooks/rest/webhook", {"sender": word, "message": [word]})
    bot.call("POST", "/webhooks/rest/webhook", f'{{"message": "{word}'.encode())
    bot.say(f"/{word}{{broken", sender=word)
    bot.say('/ask_product{"language": ["' + word + '"]}', sender=word)
    bot.call("GET", f"/conversations/{word}/nothing")
    logged = bot.log.read_text()
    assert word not in logged
    assert "a-token-for-tests" not in logged
    assert all(json.loads(line)["event"] for line in logged.splitlines())


def test_the_end_of_standard_input_ends_the_process(model, snapshot_file, tmp_path):
    started = start_server(model, snapshot_file, tmp_path / "log")
    started.process.stdin.close()
    try:
        assert started.process.wait(5) == 0
    finally:
        started.process.kill()
        started.process.wait(10)


def test_a_taken_port_is_told_at_once(bot, model):
    done = subprocess.run(
        [sys.executable, "-m", "onthaal_bot.serve", "--model", str(model), "--port", str(bot.port)],
        cwd=BOT,
        env={**os.environ, "ONTHAAL_BOT_TOKEN": "x"},
        stdin=subprocess.PIPE,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert "another --port" in done.stderr


@pytest.mark.parametrize(("token", "complaint"), [("", "ONTHAAL_BOT_TOKEN"), ("x", "no model")])
def test_it_says_what_is_missing_before_it_starts(tmp_path, token, complaint):
    done = subprocess.run(
        [sys.executable, "-m", "onthaal_bot.serve", "--model", str(tmp_path / "none.tar.gz"), "--port", "1"],
        cwd=BOT,
        env={**os.environ, "ONTHAAL_BOT_TOKEN": token},
        stdin=subprocess.PIPE,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert complaint in done.stderr
