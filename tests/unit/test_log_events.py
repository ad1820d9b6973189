"""The page of log events tells every event of the code, with its level and its fields, and none besides."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "log-events.md"
LEVELS = {"debug": "debug", "info": "info", "warning": "warning", "error": "error", "exception": "error"}


def constants(node):
    """The event names of a first argument: one text, or one of two."""
    if isinstance(node, ast.IfExp):
        return constants(node.body) + constants(node.orelse)
    assert isinstance(node, ast.Constant), ast.dump(node)
    return [node.value]


def logged():
    """Event → (level, fields, which may be unknown where the code takes them from a value)."""
    found = {}
    for file in [*ROOT.glob("intake/**/*.py"), *ROOT.glob("channels/**/*.py")]:
        for node in ast.walk(ast.parse(file.read_text())):
            is_log = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS
            if not is_log or not isinstance(node.func.value, ast.Name) or node.func.value.id != "log":
                continue
            assert len(node.args) == 1, f"{file.name}:{node.lineno}: the message is a fixed event name"
            extra = next((word.value for word in node.keywords if word.arg == "extra"), ast.Dict(keys=[], values=[]))
            fields = {key.value for key in extra.keys} if isinstance(extra, ast.Dict) else None
            for event in constants(node.args[0]):
                found.setdefault(event, []).append((LEVELS[node.func.attr], fields))
    return found


def documented():
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.+?) \| (.+?) \|$", PAGE.read_text(), re.MULTILINE)
    return {event: (level, set(re.findall(r"`(\w+)`", fields))) for event, level, _, fields in rows}


def test_every_event_of_the_code_is_documented_and_every_documented_one_is_in_the_code():
    assert sorted(documented()) == sorted(logged())


def test_level_and_fields_are_those_of_the_code():
    page = documented()
    for event, places in logged().items():
        for level, fields in places:
            assert page[event][0] == level, event
            assert fields is None or page[event][1] == fields, event


def test_event_names_are_words_in_snake_case():
    assert not [event for event in logged() if not re.fullmatch(r"[a-z]+(_[a-z]+)*", event)]
