"""`onthaal evaluate` asks the real bot about a catalogue of its own and leaves the running one alone."""

import json
import subprocess

import pytest

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


def evaluate(tmp_path, *more):
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


def test_a_file_that_is_none_is_told_before_a_bot_is_started(tmp_path):
    (tmp_path / "broken.jsonl").write_text("nothing\n")
    done = evaluate(tmp_path, "--questions", str(tmp_path / "broken.jsonl"))
    assert (done.returncode, "regel 1 is geen JSON" in done.stderr) == (1, True)
    assert "Traceback" not in done.stderr
