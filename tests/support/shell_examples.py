"""The shell examples of a page, run as a reader would type them: one block after the other in one terminal."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.support import running

_BLOCK = re.compile(r"^( *)```sh\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
BLOCK_SECONDS = 120


def blocks(page: Path) -> list[str]:
    """The blocks marked `sh` of a Markdown page, without the indent of a list."""
    return [
        "\n".join(line.removeprefix(indent) for line in text.splitlines())
        for indent, text in _BLOCK.findall(page.read_text())
    ]


def clone(folder: Path, data_dir: Path) -> Path:
    """A folder that looks like a clone that is set up, but keeps its data elsewhere."""
    folder.mkdir()
    for name in (".venv", "bot", "node_modules", "demo", "docs", "tests"):
        (folder / name).symlink_to(running.ROOT / name)
    (folder / "var").symlink_to(data_dir)
    return folder


class Terminal:
    """A reader's terminal: variables and the folder stay from one block to the next."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self._folder = folder
        self._state = folder / "terminal-state"
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        kept = {key: value for key, value in os.environ.items() if not key.startswith("ONTHAAL_")}
        self._environment = {**kept, "PATH": path, **settings}

    def type(self, block: str, ports: dict[str, int], typed: str = "") -> str:
        """Run one block; returns what it printed. What it starts with & runs on.

        Args:
            block: as in the page.
            ports: the ports of the page, and those that the test has instead.
            typed: what the reader types when a command asks.
        """
        for written, own in ports.items():
            block = re.sub(rf"\b{written}\b", str(own), block)
        before = f". {self._state}\n" if self._state.exists() else ""
        script = f"set -eu\n{before}{block}\nexport -p > {self._state}\n"
        with (self._folder / "terminal-output").open("w+b") as output:
            done = subprocess.run(
                ["bash", "-c", script], cwd=self._folder, env=self._environment, input=typed.encode(),
                stdout=output, stderr=subprocess.STDOUT, start_new_session=True, timeout=BLOCK_SECONDS, check=False,
            )  # fmt: skip
            output.seek(0)
            printed = output.read().decode()
        assert done.returncode == 0, f"{block}\n{printed}"
        return printed
