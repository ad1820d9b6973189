"""The example unit for a city without containers is one that systemd accepts, and it closes what can be closed."""

import re
import subprocess

from intake import secret_files, settings
from intake.app import registry
from tests.support import images

UNIT = images.ROOT / "deploy" / "onthaal.service"


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
