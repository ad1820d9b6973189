"""The example unit for a city without containers is one that systemd accepts, and it closes what can be closed."""

import os
import re
import subprocess

from intake import secret_files, settings
from intake.app import registry
from tests.support import images

UNIT = images.ROOT / "deploy" / "onthaal.service"
COMMAND = images.ROOT / "deploy" / "onthaal"


def unit() -> dict[str, str]:
    lines = [line for line in UNIT.read_text().splitlines() if "=" in line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_systemd_reads_the_example_unit_without_a_remark(tmp_path):
    # The clone is not in /opt/onthaal here; everything else stays as it is.
    text = UNIT.read_text().replace("/opt/onthaal/.venv/bin/onthaal", "/bin/true").replace("/opt/onthaal", "/opt")
    (tmp_path / "onthaal.service").write_text(text)
    found = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / "onthaal.service")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stderr) == (0, "")
    (tmp_path / "onthaal.service").write_text(text.replace("[Service]", "[Service]\nNoSuchSetting=yes"))
    told = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / "onthaal.service")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "NoSuchSetting" in told.stderr


def test_systemd_rates_the_unit_as_closed(tmp_path):
    (tmp_path / "onthaal.service").write_text(UNIT.read_text())
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--no-pager", str(tmp_path / "onthaal.service")],
        capture_output=True,
        text=True,
        check=False,
    )
    level = re.search(r"exposure level for onthaal\.service: ([\d.]+)", rated.stdout)
    assert level, rated.stderr
    assert float(level[1]) <= 3.0, rated.stdout


def test_the_unit_sets_real_settings_only_and_names_commands_that_are():
    kind = settings.model(registry.settings_classes())
    known = set(settings.variables(kind))
    known |= {name + secret_files.SUFFIX for name in secret_files.names(kind, settings.PREFIX)}
    assert set(re.findall(r"(ONTHAAL_\w+)=", UNIT.read_text())) <= known
    assert unit()["ExecStart"].endswith("onthaal serve")
    assert unit()["User"] == "onthaal"


def call(tmp_path, *words):
    """What the hub's command hears when the example command is called; `sudo` here changes no user."""
    there = {"etc": tmp_path / "etc", "opt": tmp_path / "opt", "bin": tmp_path / "bin"}
    programs = {
        there["bin"] / "sudo": '#!/bin/sh\necho "$1 $2"\nshift 2\nexec env -i "$@"\n',
        there["opt"] / ".venv" / "bin" / "onthaal": (
            '#!/bin/sh\npwd\nenv | grep ^ONTHAAL_ | sort\nprintf "%s\\n" "$@"\n'
        ),
        there["bin"] / "onthaal": COMMAND.read_text()
        .replace("/opt/onthaal", str(there["opt"]))
        .replace("/etc/onthaal", str(there["etc"])),
    }
    for file, text in programs.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o755)
    there["etc"].mkdir(exist_ok=True)
    (there["etc"] / "onthaal.env").write_text(
        "# words\nONTHAAL_SETTINGS_FILE=/etc/a b.toml\nONTHAAL_DATABASE_PASSWORD_FILE=/etc/$secret"
    )
    heard = subprocess.run(
        [there["bin"] / "onthaal", *words], capture_output=True, text=True, check=True,
        env={"PATH": f"{there['bin']}:{os.environ['PATH']}", "ONTHAAL_DATA_DIR": "x"},
    )  # fmt: skip
    return heard.stdout.splitlines(), str(there["opt"])


def test_the_example_command_works_as_the_hub_with_the_settings_of_the_service(tmp_path):
    heard, folder = call(tmp_path, "employee", "add", "--name", "An Peeters")
    assert heard == [
        "-u onthaal", folder, "ONTHAAL_DATABASE_PASSWORD_FILE=/etc/$secret", "ONTHAAL_SETTINGS_FILE=/etc/a b.toml",
        "employee", "add", "--name", "An Peeters",
    ]  # fmt: skip


def test_the_example_command_takes_settings_in_front(tmp_path):
    heard, _ = call(tmp_path, "ONTHAAL_SETTINGS_FILE=", "ONTHAAL_DATA_DIR=/var/lib/new one", "restore", "ONTHAAL_A=b")
    assert heard[0] == "-u onthaal"
    assert heard[2:] == [
        "ONTHAAL_DATABASE_PASSWORD_FILE=/etc/$secret", "ONTHAAL_DATA_DIR=/var/lib/new one", "ONTHAAL_SETTINGS_FILE=",
        "restore", "ONTHAAL_A=b",
    ]  # fmt: skip
