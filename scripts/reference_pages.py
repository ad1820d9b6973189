"""The pages of docs/reference that are made from the program, so that they cannot say something else.

    .venv/bin/python scripts/reference_pages.py

`tests/unit/test_docs.py` compares them with what this makes.
"""

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import data_model

import channels
from intake import cli, ports, secret_files, settings, system
from intake.app import registry
from intake.flow import conversations

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"


def settings_page() -> str:
    """Every setting."""
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
        *_settings_table(settings.variables(kind)),
    ]
    return _joined(lines)


def _settings_table(found: dict[str, tuple[str, str]]) -> list[str]:
    rows = [f"| `{name}` | {f'`{default}`' if default else '–'} | {text} |" for name, (default, text) in found.items()]
    return ["| variable | default | meaning |", "|---|---|---|", *rows]


def commands(inside: click.Group | None = None, words: str = "onthaal") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with the words that call it."""
    for name, command in (inside or cli.commands).commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{words} {name}")
        else:
            yield f"{words} {name}", command


def make_targets() -> dict[str, str]:
    """What `make` can do, and the words of `make help` for it."""
    return dict(re.findall(r"^(\w+):.*## (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def commands_page() -> str:
    """Every command with its arguments and options."""
    lines = [
        "# Commands",
        "",
        "Look up what a command does and which options it takes. Run them in the folder of the clone as",
        "`.venv/bin/onthaal …`, with the [settings](settings.md) of the hub they are about: a command that visits",
        "data works on `ONTHAAL_DATA_DIR`, also while the hub runs. Exit status 0 is done, 1 an expected error in",
        "one sentence, 2 a wrong call. `--help` shows the same as this page.",
        "",
        "| command | does |",
        "|---|---|",
        *(f"| {_link(words)} | {_first_line(command)} |" for words, command in commands()),
        "",
        "## With make",
        "",
        "In a fresh clone; each sets up what it needs and is missing.",
        "",
        "| target | does |",
        "|---|---|",
        *(f"| `make {name}` | {text} |" for name, text in make_targets().items()),
    ]
    for words, command in commands():
        lines += ["", f"## {words}", "", *_command(words, command)]
    return _joined(lines)


def _link(words: str) -> str:
    return f"[`{words}`](#{words.replace(' ', '-')})"


def _first_line(command: click.Command) -> str:
    return inspect.cleandoc(command.help or "").partition("\n")[0]


def _command(words: str, command: click.Command) -> list[str]:
    context = click.Context(command, info_name=words)
    usage = " ".join(command.collect_usage_pieces(context))
    lines = [inspect.cleandoc(command.help or ""), "", "```text", f"{words} {usage}".strip(), "```"]
    options = [each for each in command.params if isinstance(each, click.Option)]
    if options:
        lines += ["", "| option | default | meaning |", "|---|---|---|"]
        lines += [f"| `{_option(each)}` | {_default(each)} | {_meaning(each)} |" for each in options]
    return lines


def _option(option: click.Option) -> str:
    name = " / ".join(option.opts)
    if option.is_flag:
        return name
    if isinstance(option.type, click.Choice):
        kinds: Any = option.type.choices
        return f"{name} {'｜'.join(str(each) for each in kinds)}"
    return f"{name} {option.make_metavar(click.Context(click.Command('')))}"


def _default(option: click.Option) -> str:
    if option.prompt:
        return "asked"
    if option.required:
        return "required"
    if option.is_flag:
        return "off"
    return "none" if option.multiple else f"`{option.default}`"


def _meaning(option: click.Option) -> str:
    return f"{option.help}{' May be given more than once.' if option.multiple else ''}"


def channel(name: str) -> ports.Channel:
    """A registered channel with the settings that it has by itself."""
    kind = registry.kind(name)
    surroundings = ports.Surroundings(
        clock=system.SystemClock(),
        ids=system.SystemIds(),
        conversations=conversations.LiveConversations(),
        data_dir="",
        city_name="",
        public_url="",
    )
    return kind.build(kind.settings_class(), surroundings)


def channels_page() -> str:
    """Every registered channel: what it can do and what can be set."""
    lines = [
        "# Channels",
        "",
        "See what each channel can do, its limits and its settings. Each can be switched off with",
        "`ONTHAAL_CHANNELS__<NAME>=false`; the others go on. New: [add a channel](../how-to/add-a-channel.md).",
        "",
        "| channel | answers go back on it | files | longest message | sender |",
        "|---|---|---|---|---|",
        *(_channel_row(name) for name in sorted(channels.REGISTRY)),
        "",
        "*Files* are attachments that a citizen may send along. A sender that was *typed* proves nothing: nobody sees",
        "another's history because of it (see [decision 6](../adr/0006-identity-is-proved-not-typed.md)).",
    ]
    for name in sorted(channels.REGISTRY):
        module = sys.modules[channels.REGISTRY[name].partition(":")[0]]
        lines += ["", f"## {name}", "", _linked(inspect.cleandoc(module.__doc__ or "").partition("\n\n")[0]), ""]
        if channel(name).abilities.live:
            lines += [
                "The citizen may be looking now: an answer is shown at once, and an employee sees whether.",
                "",
            ]
        if channel(name).abilities.untrusted:
            lines += [
                "What comes in is read in a process of its own that may be killed: see",
                "[decision 5](../adr/0005-untrusted-parsing-in-killable-processes.md).",
                "",
            ]
        found = settings.variables(registry.kind(name).settings_class, f"{settings.PREFIX}CHANNELS__{name.upper()}__")
        lines += _settings_table(found) if found else ["It has nothing to set."]
    return _joined(lines)


def _linked(text: str) -> str:
    """A sentence of the program with its pages as links from docs/reference."""
    return re.sub(r"docs/reference/([a-z-]+)\.md", r"[\1](\1.md)", text)


def _channel_row(name: str) -> str:
    can = channel(name).abilities
    sends, files = ("yes" if each else "no" for each in (can.can_send, can.attachments))
    sender = "typed" if can.senders_are_claims else "known by the wire"
    return f"| [{name}](#{name}) | {sends} | {files} | {can.max_text_chars:,} characters | {sender} |"


def _joined(lines: list[str]) -> str:
    return "\n".join(lines).rstrip() + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "commands.md": commands_page,
    "channels.md": channels_page,
    "data-model.md": data_model.page,
    "data-model.svg": data_model.picture,
}
"""Every page that is made, and what makes it."""


def write() -> None:
    """Make all pages anew."""
    for name, make in PAGES.items():
        (REFERENCE / name).write_text(make(), "utf-8")


if __name__ == "__main__":
    write()
