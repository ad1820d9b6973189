"""The documentation says what is true: settings, commands, decisions, links."""

import re
from pathlib import Path

import click

from intake import cli, secret_files, settings
from intake.app import registry

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "bot" / "README.md", ROOT / "nlu_data" / "README.md"]


def settings_page() -> str:
    """The page as it should be; `python -m tests.unit.test_docs` writes it."""
    kind = settings.model(registry.settings_classes())
    secrets = ", ".join(f"`{name}`" for name in secret_files.names(kind, settings.PREFIX))
    lines = [
        "# Settings",
        "",
        "From the environment, or from a TOML file that `ONTHAAL_SETTINGS_FILE` names (the environment wins). In the",
        "file the parts between the double underscores are tables: `ONTHAAL_WEB__PORT` is `port` under `[web]`. Lists",
        """are JSON: `ONTHAAL_CHANNELS__EMAIL__ADDRESSES='["info@stad.example"]'`. A channel is switched off with""",
        "`ONTHAAL_CHANNELS__EMAIL=false`. Wrong settings are all named at once, before anything starts.",
        "",
        "A secret can be in a file instead, which is better: add `_FILE` to the variable and name the file, as",
        "in `ONTHAAL_BOT__TOKEN_FILE=/run/secrets/bot-token`. A line end at its end does not count. Secrets:",
        f"{secrets}.",
        "",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    found = settings.variables(kind)
    lines += [
        f"| `{name}` | {f'`{default}`' if default else '–'} | {text} |" for name, (default, text) in found.items()
    ]
    return "\n".join(lines) + "\n"


def test_the_settings_page_names_every_setting_with_its_default():
    assert (ROOT / "docs" / "reference" / "settings.md").read_text() == settings_page()


def test_every_setting_says_what_it_means():
    found = settings.variables(settings.model(registry.settings_classes()))
    assert not [name for name, (_, text) in found.items() if not text.endswith(".")]


def test_every_command_is_in_the_readme():
    readme = (ROOT / "README.md").read_text()
    for name, command in cli.commands.commands.items():
        if name == "demo":
            continue  # `make run` ends with it
        inner = command.commands if isinstance(command, click.Group) else {}
        for words in [f"{name} {sub}" for sub in inner] or [name]:
            assert words in readme, words
    for target in re.findall(r"^(\w+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE):
        assert f"make {target}" in readme or target in {"help", "setup", "clean"}, target


def test_every_decision_is_in_the_index():
    index = (ROOT / "docs" / "adr" / "README.md").read_text()
    for record in (ROOT / "docs" / "adr").glob("0*.md"):
        title = record.read_text().splitlines()[0].removeprefix("# ")
        number, _, words = title.partition(". ")
        assert f"| [{number}]({record.name}) | {words} |" in index


def test_every_link_and_picture_leads_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
            if not target.startswith(("http", "mailto:")):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


if __name__ == "__main__":
    (ROOT / "docs" / "reference" / "settings.md").write_text(settings_page())
