"""The messages of our own errors, read from the source, so that the documentation can be held to them."""

import ast
from collections.abc import Iterator

from tests.support import running

FOLDERS = ("intake", "channels")
HOLE = "…"


def raised(*kinds: str) -> Iterator[tuple[str, str, str]]:
    """Every `raise errors.Kind("…")`: kind, place, and the message with … where a value stands."""
    for folder in FOLDERS:
        for file in sorted((running.ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text())):
                found = _kind(node)
                if found in kinds:
                    assert isinstance(node, ast.Call)
                    words = shape(node.args[0]) if node.args else ""
                    if words.strip(f"{HOLE} "):
                        yield found, f"{file.relative_to(running.ROOT)}:{node.lineno}", words


def _kind(node: ast.AST) -> str:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
        return node.func.attr if node.func.value.id == "errors" else ""
    return ""


def shape(node: ast.expr) -> str:
    """A text as a reader sees it, with … for each value."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(shape(part) for part in parts)
        case ast.BinOp(left=left, right=right):
            return shape(left) + shape(right)
        case _:
            return HOLE
