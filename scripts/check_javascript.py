"""Has Node.js read every JavaScript file of the repository: a page with a syntax error says nothing to anyone."""

import subprocess
import sys

from check_repository import ROOT, listed


def main() -> int:
    """Check them all and name those that cannot be read."""
    files = [name for name in listed() if name.endswith((".js", ".mjs", ".cjs"))]
    broken = 0
    for name in files:
        answer = subprocess.run(["node", "--check", name], cwd=ROOT, check=False, stdin=subprocess.DEVNULL)
        broken += answer.returncode != 0
    print(f"{len(files)} files read, {broken} with syntax errors")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
