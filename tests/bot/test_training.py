import subprocess
import sys

from conftest import BOT, REPOSITORY, run_train

SMALL = """
version: "3.1"
nlu:
  - intent: greet
    examples: |
      - hallo
      - goedendag
  - intent: goodbye
    examples: |
      - tot ziens
      - dag
"""


def test_a_neural_component_fails_in_training_instead_of_packing_a_useless_model(tmp_path):
    config = tmp_path / "config.yml"
    diet = "- name: DIETClassifier\n    epochs: 1\n  - name: FallbackClassifier"
    config.write_text((BOT / "config.yml").read_text().replace("- name: FallbackClassifier", diet))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "small.yml").write_text(SMALL)
    out = tmp_path / "out" / "bot.tar.gz"
    done = run_train(out, "--config", str(config), "--nlu-data", str(tmp_path / "data"))
    assert done.returncode != 0
    assert "needs TensorFlow" in done.stdout
    assert list(out.parent.iterdir()) == []


def test_training_needs_the_suffix_that_rasa_expects(tmp_path):
    done = run_train(tmp_path / "bot.model")
    assert done.returncode == 2
    assert ".tar.gz" in done.stderr


def test_training_says_what_it_does_and_leaves_nothing_else(model):
    assert [path.name for path in model.parent.iterdir()] == ["bot.tar.gz"]
    assert not (BOT / ".rasa").exists()
    assert not (REPOSITORY / ".rasa").exists()


def test_the_shim_comes_before_rasa_or_complains():
    code = (
        "import sys, types; sys.modules['rasa.core.agent'] = types.ModuleType('a')\n"
        "from onthaal_bot import tensorflow_shim\n"
        "try: tensorflow_shim.install()\n"
        "except RuntimeError: print('refused')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=BOT, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "refused"
