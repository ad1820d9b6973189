"""Rules that no linter knows: what may not be in the repository.

Every rule is a function from a file to its findings, `line: what is wrong and what to do`.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
LARGEST_BYTES = 3_000_000
# Made by `make` or by the hub; never part of the repository.
FOREIGN = ("var/", ".tools/", ".venv/", "bot/.venv/", "node_modules/")
MACHINE_PATH = re.compile(r"(?<![\w./~$}-])/(?:work|root|tmp|Users|home(?!/onthaal\b))/")
# A mark, not a constant of that name: after a comment sign or before a colon. Joined here so that this file has none.
_TO_DO = "TO" + "DO"
LEFT_OVER = re.compile(rf"(?:#|//|/\*|\*|<!--|--)\s*{_TO_DO}\b|\b{_TO_DO}:|\b{'FIX' + 'ME'}\b")
REGISTRY = re.compile(
    r"""(?:registry = |url = |"resolved": )"(?!https://(?:pypi\.org|files\.pythonhosted\.org|registry\.npmjs\.org)/)"""
)
MARKS = {"skip", "skipif", "xfail", "importorskip"}
LOCK_FILES = ("uv.lock", "package-lock.json")


def listed() -> list[str]:
    """The files of the repository as git sees them: tracked, and new ones that it does not ignore.

    Raises:
        SystemExit: outside a clone.
    """
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    answer = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, stdin=subprocess.DEVNULL)
    if answer.returncode != 0:
        sys.exit(f"This check needs a git clone of the repository: {answer.stderr.decode().strip()}")
    names = set(answer.stdout.decode("utf-8", "surrogateescape").split("\0")) - {""}
    return sorted(name for name in names if (ROOT / name).is_file())


def place(name: str) -> Iterator[str]:
    """No file lies where set-up or the hub keep theirs."""
    if name.startswith(FOREIGN):
        yield "1: is made on each machine. Take it out with `git rm --cached`."


def size(content: bytes) -> Iterator[str]:
    """No file is large."""
    if len(content) > LARGEST_BYTES:
        yield f"1: has {len(content) / 1e6:.1f} MB, more than {LARGEST_BYTES // 10**6}. Make or fetch it in the set-up."


def texts(name: str, text: str) -> Iterator[str]:
    """No paths of one machine, no notes to oneself, no registry that only one place reaches."""
    is_lock = PurePosixPath(name).name in LOCK_FILES
    for number, line in enumerate(text.splitlines(), 1):
        if MACHINE_PATH.search(line):
            yield f"{number}: names a path of one machine. Use a path relative to the clone."
        if not is_lock and LEFT_OVER.search(line):
            yield f"{number}: has a left-over mark. Do it, or open an issue and remove the mark."
        if is_lock and REGISTRY.search(line):
            yield f"{number}: names a registry that others may not reach. Lock again against the public one."


def _mark(node: ast.AST) -> str | None:
    """The name of a skip or xfail mark of pytest or unittest that a node is; None for anything else."""
    if isinstance(node, ast.Attribute) and node.attr in MARKS:
        owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
        return node.attr if owner in {"pytest", "mark", "unittest"} else None
    return None


def _reasoned(call: ast.Call, mark: str) -> bool:
    """True when a call of a mark says why: `reason="…"`, or the text that skip() takes first."""
    said = [word.value for word in call.keywords if word.arg in {"reason", "msg"}]
    if mark in {"skip", "xfail"}:
        said += call.args[:1]
    return any(not isinstance(value, ast.Constant) or bool(value.value) for value in said)


def marks(text: str) -> Iterator[str]:
    """No test is left out without a reason."""
    tree = ast.parse(text)
    reasoned = {
        id(node.func)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and (mark := _mark(node.func)) and _reasoned(node, mark)
    }
    for node in ast.walk(tree):
        if (mark := _mark(node)) and id(node) not in reasoned:
            yield f'{getattr(node, "lineno", 1)}: {mark} without a reason. Give reason="…", or let the test run.'


def findings(name: str, content: bytes) -> Iterator[str]:
    """All that is wrong with one file."""
    yield from place(name)
    yield from size(content)
    if b"\0" in content[:8000]:
        return
    text = content.decode("utf-8", "replace")
    yield from texts(name, text)
    if name.endswith(".py"):
        try:
            yield from marks(text)
        except SyntaxError as fault:
            yield f"{fault.lineno}: is not Python: {fault.msg}."


def main() -> int:
    """Check every file and print what is wrong."""
    names = listed()
    found = [f"{name}:{finding}" for name in names for finding in findings(name, (ROOT / name).read_bytes())]
    print("\n".join([*found, f"{len(names)} files, {len(found)} findings"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
