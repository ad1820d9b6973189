import subprocess

import pytest
from conftest import REPOSITORY
from onthaal_bot import model_key


def test_the_key_prints_with_the_standard_library_alone():
    command = ["python3", "-I", str(REPOSITORY / "bot/onthaal_bot/model_key.py")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20, cwd="/")
    assert printed.stdout.strip() == model_key.current()


def test_the_key_follows_the_content_and_not_the_folder(tmp_path):
    here, there = tmp_path / "a" / "nlu.yml", tmp_path / "b" / "nlu.yml"
    for path in (here, there):
        path.parent.mkdir()
        path.write_text("nlu: []")
    assert model_key.of([here]) == model_key.of([there])
    there.write_text("nlu: [] ")
    assert model_key.of([here]) != model_key.of([there])


def test_content_cannot_move_between_files_unnoticed(tmp_path):
    first, second = tmp_path / "1", tmp_path / "2"
    first.write_text("ab")
    second.write_text("c")
    before = model_key.of([first, second])
    first.write_text("a")
    second.write_text("bc")
    assert model_key.of([first, second]) != before


def test_only_yml_files_directly_in_the_folder_are_trained_on(tmp_path):
    (tmp_path / "evaluation").mkdir()
    for name in ("b.yml", "a.yml", "evaluation/demo_nl.yml", "words.txt"):
        (tmp_path / name).write_text("")
    assert [path.name for path in model_key.training_files(tmp_path)] == ["a.yml", "b.yml"]


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(FileNotFoundError):
        model_key.of([tmp_path / "none.yml"])
