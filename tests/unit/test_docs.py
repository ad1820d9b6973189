"""The documentation says what is true: settings, commands, errors, channels, tests, decisions, links."""

import ast
import importlib
import re
import sys
from pathlib import Path

import click
import pytest

import channels
from channels.webchat import frames
from intake import cli, errors, settings
from intake.app import registry
from intake.web.api import problems
from tests.support import messages

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [*ROOT.glob("*.md"), *DOCS.glob("**/*.md"), ROOT / "bot" / "README.md", ROOT / "nlu_data" / "README.md"]
sys.path.insert(0, str(ROOT / "scripts"))
reference_pages, data_model = (importlib.import_module(name) for name in ("reference_pages", "data_model"))
OF_OPERATORS = ("BadSettings", "StoreFull", "RetryLater", "Unreadable", "GaveUp", "BotUnavailable")
OF_COMMANDS = ("intake/cli", "intake/catalogue", "intake/flow/catalogue", "intake/flow/groups", "intake/flow/access")


def said(page: str) -> str:
    """The words of a page, without marks of code and breaks of lines."""
    return " ".join((DOCS / page).read_text().replace("`", "").split())


# --- what is made from the program ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(reference_pages.PAGES))
def test_a_page_made_from_the_program_is_current(name):
    """Run `.venv/bin/python scripts/reference_pages.py` when it is not."""
    assert (DOCS / "reference" / name).read_text() == reference_pages.PAGES[name]()


def test_every_setting_says_what_it_means():
    found = settings.variables(settings.model(registry.settings_classes()))
    assert not [name for name, (_, text) in found.items() if not text.endswith(".")]


def test_every_command_and_every_option_says_what_it_does():
    for words, command in reference_pages.commands():
        assert command.help, words
        for option in command.params:
            assert not isinstance(option, click.Option) or option.help, f"{words} {option.name}"


def test_every_setting_command_and_channel_is_in_the_reference():
    found = settings.variables(settings.model(registry.settings_classes()))
    assert all(f"`{name}`" in (DOCS / "reference" / "settings.md").read_text() for name in found)
    commands = (DOCS / "reference" / "commands.md").read_text()
    for words, command in reference_pages.commands():
        assert f"## {words}\n" in commands
        assert all(each.opts[0] in commands for each in command.params if isinstance(each, click.Option))
    assert all(f"\n## {name}\n" in (DOCS / "reference" / "channels.md").read_text() for name in channels.REGISTRY)


def test_every_table_says_what_it_holds():
    """Add it to MEANINGS, and to LANES, of scripts/data_model.py."""
    tables = {table.name for _, inside in data_model.lanes(data_model.tables.metadata) for table in inside}
    assert tables == set(data_model.tables.metadata.tables) == set(data_model.MEANINGS)


def test_every_command_is_in_the_readme():
    readme = (ROOT / "README.md").read_text()
    for name, command in cli.commands.commands.items():
        if name == "demo":
            continue  # `make run` ends with it
        inner = command.commands if isinstance(command, click.Group) else {}
        for words in [f"{name} {sub}" for sub in inner] or [name]:
            assert words in readme, words
    for target in reference_pages.make_targets():
        assert f"make {target}" in readme or target in {"help", "setup", "clean"}, target


# --- errors ---------------------------------------------------------------------------------------------------------


def test_every_class_of_errors_is_in_the_reference():
    page = (DOCS / "reference" / "errors.md").read_text()
    kinds = [name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert not [name for name in kinds if f"| `{name}` |" not in page]


def test_every_problem_of_the_api_is_in_the_reference():
    rows = re.findall(
        r"^\| (\d+) \| ((?:`\w+`(?:, )?)+) \|", (DOCS / "reference" / "errors.md").read_text(), re.MULTILINE
    )
    documented = {(int(status), code) for status, codes in rows for code in re.findall(r"\w+", codes)}
    raised = set()
    for file in (ROOT / "intake" / "web" / "api").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Refusal"):
                status, code = node.args[:2]
                assert isinstance(status, ast.Constant)
                assert isinstance(code, ast.Constant)
                raised.add((status.value, code.value))
    assert raised
    assert documented == raised
    assert {status for status, _ in documented} == set(problems.TITLES)


def test_every_smtp_reply_of_ours_is_in_the_reference():
    page = (DOCS / "reference" / "errors.md").read_text()
    for name in ("smtp_in.py", "smtp_server.py"):
        replies = re.findall(r'"(\d{3} \d\.\d\.\d [^"\\]+)', (ROOT / "channels" / "email" / name).read_text())
        assert replies
        assert not [reply for reply in replies if f"| `{reply}` |" not in page]


def test_every_error_of_the_chat_is_in_the_reference():
    page, protocol = (DOCS / "reference" / "errors.md").read_text(), said("reference/chat-protocol.md")
    for code in ("too_long", "too_fast", "bad_frame", "refused"):
        assert f'"code": "{code}"' in frames.error(code, "nl")
        assert f"| `{code}` |" in page
        assert code in protocol


def test_every_message_for_operators_is_in_troubleshooting():
    """Add a row to docs/how-to/troubleshooting.md: what it means, and what to do. A value is written as …"""
    page = said("how-to/troubleshooting.md")
    found = [
        *messages.raised(*OF_OPERATORS),
        *(each for each in messages.raised("Invalid") if each[1].startswith(OF_COMMANDS)),
    ]
    assert len(found) > 40
    lost = [(place, text) for _, place, text in found if " ".join(text.replace("`", "").split()) not in page]
    assert not lost


def test_every_advice_of_check_is_in_troubleshooting():
    """What is only worth a look stands there word for word, as what fails does."""
    page = said("how-to/troubleshooting.md")
    tree = ast.parse((ROOT / "intake" / "app" / "checks.py").read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    found = [messages.shape(call.args[0]) for call in calls if ast.unparse(call.func) == "LookAtThis"]
    found += [messages.shape(word.value) for call in calls for word in call.keywords if word.arg == "says"]
    found = [" ".join(text.replace("`", "").split()) for text in found if text.strip(messages.HOLE)]
    assert any("chmod o-rwx" in text for text in found)
    assert not [text for text in found if text not in page and "de demo draait" not in text]


# --- what pages point at --------------------------------------------------------------------------------------------


def test_every_test_that_the_security_page_names_exists():
    named = set(re.findall(r"`(test_\w+)`", (DOCS / "explanation" / "security.md").read_text()))
    there = {name for file in (ROOT / "tests").rglob("test_*.py") for name in re.findall(r"test_\w+", file.read_text())}
    assert named
    assert named <= there


def test_everything_that_themes_the_chat_is_described():
    page = (DOCS / "how-to" / "embed-the-chat.md").read_text()
    chat = ROOT / "intake" / "web" / "static" / "chat"
    properties = set(re.findall(r"var\((--(?:onthaal|utrecht|nl)-[\w-]+)", (chat / "onthaal-chat.css").read_text()))
    attributes = set(re.findall(r'getAttribute\("(?!aria)([\w-]+)"', (chat / "component.js").read_text())) | {"open"}
    assert not [name for name in properties if f"`{name}`" not in page]
    assert not [name for name in attributes if f"| `{name}` |" not in page]


def test_every_field_of_a_product_is_described():
    page = (DOCS / "how-to" / "import-a-catalogue.md").read_text()
    yaml_city = importlib.import_module("intake.catalogue.yaml_city")
    for name in [*yaml_city._Product.model_fields, *yaml_city._Sections.model_fields]:
        assert re.search(rf"\b{name}\b", page), name


def test_the_settings_files_in_the_pages_can_be_read(tmp_path, monkeypatch):
    for page in ("go-live.md", "connect-mail.md", "embed-the-chat.md"):
        for block in re.findall(
            r"^```toml[^\n]*\n(.*?)^```$", (DOCS / "how-to" / page).read_text(), re.MULTILINE | re.DOTALL
        ):
            file = tmp_path / "onthaal.toml"
            file.write_text(block)
            monkeypatch.setenv(settings.FILE_VARIABLE, str(file))
            assert registry.load_settings()


def test_every_decision_is_in_the_index():
    index = (DOCS / "adr" / "README.md").read_text()
    for record in (DOCS / "adr").glob("0*.md"):
        title = record.read_text().splitlines()[0].removeprefix("# ")
        number, _, words = title.partition(". ")
        assert f"| [{number}]({record.name}) | {words} |" in index


def anchors(page: Path) -> set[str]:
    """The anchors of the headings of a page, as GitHub and the site make them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    heads = [head.strip().lower() for head in re.findall(r"^#+ (.+)$", text, re.MULTILINE)]
    return {re.sub(r"[^\w -]", "", head).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_and_picture_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)", page.read_text()):
        path, _, anchor = target.partition("#")
        if target.startswith(("http", "mailto:")):
            continue
        goal = page.parent / path if path else page
        assert goal.exists(), target
        assert not anchor or anchor in anchors(goal), target


@pytest.mark.parametrize("page", sorted(DOCS.glob("**/*.svg")), ids=lambda page: page.name)
def test_every_drawing_says_in_words_what_it_shows(page):
    text = page.read_text()
    assert 'role="img"' in text
    assert re.search(r"<title id=\"t\">.+</title>", text)
    assert re.search(r"<desc id=\"d\">.{40,}</desc>", text, re.DOTALL)


if __name__ == "__main__":
    reference_pages.write()
