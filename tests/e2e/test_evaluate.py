"""`onthaal evaluate` asks the real bot about a catalogue of its own and leaves the running one alone."""

import json
import subprocess

import pytest

from intake import errors, settings
from intake.evaluation import running as evaluation
from tests.support import running

pytestmark = pytest.mark.bot

PRODUCTS = [
    {"id": "pas", "title": "Paspoort aanvragen", "description": "Voor reizen buiten Europa.", "upl": ["paspoort"]},
    {"id": "bak", "title": "Afvalcontainer aanvragen", "description": "Voor restafval."},
]
QUESTIONS = [
    {"text": "hoe vraag ik een paspoort aan?", "lang": "nl", "expected": ["paspoort"]},
    {"text": "ik wil een afvalcontainer", "lang": "nl-BE", "expected": ["bak"]},
]
FOREIGN = [{"text": "wat is de hoofdstad van Peru?", "lang": "nl", "kind": "far", "borderline": False}]


def written(path, records):
    path.write_text("\n".join(json.dumps(record) for record in records), encoding="utf-8")
    return str(path)


def evaluate(tmp_path, *more, **environment):
    return subprocess.run(
        [
            *running.ONTHAAL, "evaluate",
            "--catalogue", written(tmp_path / "products.jsonl", PRODUCTS),
            "--questions", written(tmp_path / "questions.jsonl", QUESTIONS),
            "--out-of-scope", written(tmp_path / "foreign.jsonl", FOREIGN),
            *more,
        ],
        cwd=running.ROOT, capture_output=True, text=True, check=False, timeout=180,
        env={
            **running.plain_environment(),
            "ONTHAAL_DATA_DIR": str(tmp_path / "data"),
            "ONTHAAL_BOT__MODEL": str(running.newest_model()),
            **environment,
        },
    )  # fmt: skip


def test_the_answers_to_known_questions_are_measured_through_the_real_bot(tmp_path):
    done = evaluate(tmp_path, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["products"] == 2
    assert found["questions"]["top_1"]["count"] == 2
    assert set(found["languages"]) == {"nl", "nl-BE"}
    assert found["out_of_scope"]["far"] == {"share": 0.0, "low": 0.0, "high": 0.7935, "count": 0, "of": 1}
    assert not (tmp_path / "data").exists()


async def test_what_goes_wrong_while_the_bot_is_asked_comes_out_as_it_is(tmp_path):
    of = settings.Settings(bot=settings.Bot(model=running.newest_model()))
    with pytest.raises(errors.BotUnavailable, match="silent"):
        async with evaluation.bot_with(of, [], tmp_path, None):
            raise errors.BotUnavailable("silent")


async def test_a_bot_that_does_not_start_in_time_is_one_sentence_with_the_end_of_its_log(tmp_path, monkeypatch):
    monkeypatch.setattr(evaluation, "START_SECONDS", 0)
    of = settings.Settings(bot=settings.Bot(model=running.newest_model()))
    (tmp_path / "bot.log").write_text("first\nthe model is broken\n")
    with pytest.raises(errors.BotUnavailable, match="the model is broken"):
        async with evaluation.bot_with(of, [], tmp_path, None):
            pytest.fail("it did start")


def test_a_bot_without_its_environment_is_one_sentence(tmp_path):
    done = evaluate(tmp_path, ONTHAAL_BOT__FOLDER=str(tmp_path))
    assert (done.returncode, "Draai eerst `make setup`" in done.stderr) == (1, True)
    assert "Traceback" not in done.stderr


def test_a_file_that_is_none_is_told_before_a_bot_is_started(tmp_path):
    (tmp_path / "broken.jsonl").write_text("nothing\n")
    done = evaluate(tmp_path, "--questions", str(tmp_path / "broken.jsonl"))
    assert (done.returncode, "regel 1 is geen JSON" in done.stderr) == (1, True)
    assert "Traceback" not in done.stderr
