"""Installs the Debian packages that the tests drive; as a normal user it only says which are missing.

Services that packages bring are kept from starting: the tests start their own.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Generator, Sequence
from pathlib import Path
from types import FrameType

PACKAGES = (
    "apache2-bin",  # the web server in front of the hub, as docs/how-to/go-live.md sets it up
    "chromium",  # the browser of the web and end-to-end tests
    "curl",  # the HTTP client of the documentation's examples
    "fonts-liberation",  # letters in its screenshots
    "nginx",  # the reverse proxy whose example configuration is tried
    "postfix",  # the mail server that sends while the hub is killed
    "postgresql",  # the database that a city grows on; the tests start their own
    "strace",  # shows that bytes reach the disk before they are acknowledged
    "swaks",  # the mail client of the end-to-end test
    "systemd",  # its systemd-analyze reads the example unit
)
LISTS = Path("/var/lib/apt/lists")
POLICY = Path("/usr/sbin/policy-rc.d")
# Source: invoke-rc.d(8): 101 = action forbidden by policy.
POLICY_TEXT = "#!/bin/sh\n# For the time of one installation.\nexit 101\n"
INSTALL = (
    "apt-get",
    "install",
    "--yes",
    "--no-install-recommends",
    "-o",
    "Dpkg::Options::=--force-confold",
    "-o",
    "Dpkg::Use-Pty=0",
    "-o",
    "DPkg::Lock::Timeout=300",
)
UPDATE = ("apt-get", "update", "-o", "DPkg::Lock::Timeout=300")


def installed(answer: str) -> set[str]:
    """The packages that are installed, from lines of `dpkg-query` in the form `ii  name`."""
    rows = (line.split() for line in answer.splitlines())
    return {row[1].partition(":")[0] for row in rows if len(row) == 2 and row[0].startswith("ii")}


def missing(packages: Sequence[str] = PACKAGES) -> list[str]:
    """Those packages that this machine does not have; all of them where there is no dpkg."""
    try:
        answer = subprocess.run(
            ["dpkg-query", "--show", "--showformat", "${db:Status-Abbrev} ${Package}\n", *packages],
            check=False,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
        )
    except OSError:
        return list(packages)
    have = installed(answer.stdout)
    return [package for package in packages if package not in have]


def knows_packages(lists: Path = LISTS) -> bool:
    """True when apt has package lists; a fresh machine or container has none."""
    return any(lists.glob("*_Packages*"))


def command_for(packages: Sequence[str], *, lists: bool) -> str:
    """What a person types to install packages."""
    install = f"sudo apt-get install --no-install-recommends {' '.join(packages)}"
    return install if lists else f"sudo apt-get update && {install}"


def rounds(packages: Sequence[str], *, lists: bool) -> list[list[tuple[str, ...]]]:
    """The attempts to make, each a list of commands: with the lists as they are, then with fresh ones."""
    install: tuple[str, ...] = (*INSTALL, *packages)
    fresh: list[tuple[str, ...]] = [UPDATE, install]
    return [[install], fresh] if lists else [fresh]


@contextlib.contextmanager
def services_kept_from_starting(policy: Path = POLICY) -> Generator[None]:
    """Put a policy that forbids starting services, unless the machine has one of its own."""
    try:
        descriptor = os.open(policy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o755)
    except FileExistsError:
        yield
        return
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(POLICY_TEXT)
        yield
    finally:
        policy.unlink(missing_ok=True)


def install(packages: Sequence[str]) -> bool:
    """Install packages as root; True when they are there afterwards."""
    # `su` keeps a normal user's PATH, and dpkg wants the programs of the system administrator.
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"])
    environment = {**os.environ, "PATH": path, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    with services_kept_from_starting():
        for commands in rounds(packages, lists=knows_packages()):
            codes = (
                subprocess.run(command, check=False, env=environment, stdin=subprocess.DEVNULL).returncode
                for command in commands
            )
            if all(code == 0 for code in codes):
                break
    return not missing(packages)


def refusal(packages: Sequence[str]) -> str:
    """What to say to a normal user when packages are missing."""
    command = command_for(packages, lists=knows_packages())
    return f"The tests need Debian packages that are not installed. Run this, then again:\n\n    {command}\n"


def _end(number: int, _: FrameType | None) -> None:
    sys.exit(128 + number)


def main() -> int:
    """Install what is missing."""
    signal.signal(signal.SIGTERM, _end)
    wanted = missing()
    if not wanted:
        return 0
    if os.geteuid() != 0:
        sys.stderr.write(refusal(wanted))
        return 1
    return 0 if install(wanted) else 1


if __name__ == "__main__":
    sys.exit(main())
