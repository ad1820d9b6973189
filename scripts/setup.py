"""Sets up this clone for running, checking or testing, then becomes the program that is to run.

    python3 scripts/setup.py run|check|docs|test|hub|bot [--then PROGRAM ARGUMENT...]

`run` is what a machine in use needs, without the tools of developers; `hub` and `bot` are one half of it each, for the
container images. `check`, `docs` and `test` add the tools that they need.
Each step leaves a stamp in .tools/stamps with a key over its inputs, so a set-up that holds costs next to nothing.
Standard library only.
"""

import os
import shutil
import signal
import ssl
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

import apt
import bootstrap
import node
from board import Board
from bootstrap import ROOT, SetupError
from steps import Programs, Stamp, Step, StepFailed, key_of, locked, run_all, stamped

GOALS = ("run", "check", "docs", "test", "hub", "bot")
# What runs and nothing else.
LEAN = ("run", "hub", "bot")
TOOLS = ROOT / ".tools"
STAMPS = TOOLS / "stamps"
LOGS = TOOLS / "logs"
NODE = TOOLS / "node"
HUB = ROOT / ".venv"
BOT = ROOT / "bot" / ".venv"
MODELS = ROOT / "var" / "models"
PYTHON_VERSION = "3.11"
DOCS = "docs"  # the dependency group that builds the documentation
# Variables of another project or an active environment that would turn the tools away from this clone.
STRAY = ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONHOME", "PYTHONPATH", "UV_PROJECT", "UV_PROJECT_ENVIRONMENT", "UV_PYTHON")
NETWORK = "Check the network and run the same command again: what is done stays done."


def python_for_environments() -> str:
    """The Python that environments are made from: the one that runs this if it fits, else uv looks for one."""
    own = Path(sys.base_prefix, "bin", f"python{PYTHON_VERSION}")
    return str(own) if own.is_file() else PYTHON_VERSION


def program_environment(outer: Mapping[str, str], *, own_node: bool) -> dict[str, str]:
    """The environment of what is run in this clone: without strays, with this clone's Node.js where it has one."""
    inner = {name: value for name, value in outer.items() if name not in STRAY}
    if own_node:
        inner["PATH"] = f"{NODE / 'bin'}{os.pathsep}{outer.get('PATH', os.defpath)}"
    return inner


def tool_environment(outer: Mapping[str, str]) -> dict[str, str]:
    """The environment of the tools that install: trusts the certificates and asks the index that the machine does."""
    inner = {"UV_SYSTEM_CERTS": "1", **outer}
    certificates = inner.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile
    if certificates:
        inner.setdefault("NODE_EXTRA_CA_CERTS", certificates)
    index = bootstrap.index_url(outer)
    if index != bootstrap.PUBLIC_INDEX:
        inner["UV_DEFAULT_INDEX"] = index
    return inner


def forget_moved_clone() -> None:
    """Environments hold absolute paths: when the clone was moved or copied, they are made anew."""
    home = STAMPS / "home"
    if home.is_file() and home.read_text("utf-8") != str(ROOT):
        for folder in (STAMPS, NODE, HUB, BOT):
            shutil.rmtree(folder, ignore_errors=True)
    if not home.is_file():
        STAMPS.mkdir(parents=True, exist_ok=True)
        home.write_text(str(ROOT), "utf-8")


class Plan:
    """The steps of this clone."""

    def __init__(self, environment: Mapping[str, str], board: Board, *, own_node: bool) -> None:
        self.programs = Programs(tool_environment(environment))
        self._board = board
        self._own_node = own_node
        self._uv = bootstrap.uv_path(ROOT)
        self._python = python_for_environments()

    def steps(self, goal: str) -> list[Step]:
        """The steps that a goal needs."""
        lean = goal in LEAN
        found = [self._install_uv()]
        if goal != "bot":
            found.append(self._hub(lean=lean, everything=goal in ("check", "docs", "test")))
        if goal not in ("bot", "docs"):
            own_node = [self._node()] if self._own_node else []
            found += [*own_node, self._npm(everything=goal in ("check", "test"))]
        if goal in ("run", "test", "bot"):
            found += [self._bot(lean=lean), self._model()]
        return found

    def packages(self) -> Step:
        """The step for Debian packages; root only."""
        return Step(
            name="debian",
            title="Debian packages",
            is_done=lambda: not apt.missing(),
            make=lambda log: self._run(log, sys.executable, ROOT / "scripts" / "apt.py"),
            advice=f"Try it by hand: {apt.command_for(apt.PACKAGES, lists=False)}",
        )

    def _run(self, log: Path, *command: str | Path, cwd: Path = ROOT) -> None:
        self.programs.run(command, log=log, cwd=cwd)

    def _install_uv(self) -> Step:
        def show(done_bytes: int, size_bytes: int | None) -> None:
            if self.programs.stopped:
                raise SetupError("The set-up was stopped.")
            self._board.notes["uv"] = bootstrap.bar(done_bytes, size_bytes)

        def make(_: Path) -> None:
            bootstrap.ensure_uv(ROOT, show)

        return Step(name="uv", title="uv", is_done=self._uv.is_file, make=make)

    def _environment(
        self, name: str, title: str, project: Path, proof: tuple[Path, ...], *, lean: bool, group: str = ""
    ) -> Step:
        """One virtual environment from one lock file, which serves who needs less too.

        `lean` leaves out the tools of developers; `group` adds one more group of them.
        """
        locks = [project / "pyproject.toml", project / "uv.lock"]
        # From the smallest to the largest: what has more will do.
        sizes = [key_of([name, PYTHON_VERSION, *size], locks) for size in (["lean"], [], [DOCS])]
        mine = 0 if lean else 2 if group else 1
        stamp = Stamp(STAMPS / name, sizes[mine], proof, also=tuple(sizes[mine + 1 :]))
        options = ("--no-dev",) if lean else ("--group", group) if group else ()
        command = (self._uv, "sync", "--frozen", *options, "--project", project, "--python", self._python)

        def make(log: Path) -> None:
            # Compiled once here, side by side, instead of at the first start.
            self._run(log, *command, "--python-preference", "system", "--compile-bytecode")

        return Step(
            name=name, title=title, needs=("uv",), is_done=stamp.holds, make=stamped(stamp, make), advice=NETWORK
        )

    def _hub(self, *, lean: bool, everything: bool) -> Step:
        """The hub, and with `everything` what builds the documentation too."""
        proof = (HUB / "bin" / "python", HUB / "bin" / "onthaal")
        group = DOCS if everything else ""
        return self._environment("hub", "Environment of the hub", ROOT, proof, lean=lean, group=group)

    def _bot(self, *, lean: bool) -> Step:
        proof = (BOT / "bin" / "python",)
        return self._environment("bot", "Environment of the bot", ROOT / "bot", proof, lean=lean)

    def _node(self) -> Step:
        pins = ROOT / "scripts" / "node.txt"
        stamp = Stamp(
            file=STAMPS / "node", key=key_of(["node"], [pins]), proof=(NODE / "bin" / "npm", NODE / "bin" / "node")
        )

        def make(log: Path) -> None:
            shutil.rmtree(NODE, ignore_errors=True)
            options = ("--target", NODE, "--python", sys.executable, "--require-hashes", "--only-binary", ":all:")
            self._run(log, self._uv, "pip", "install", *options, "--requirements", pins)
            node.link_programs(NODE)

        return Step(
            name="node", title="Node.js", needs=("uv",), is_done=stamp.holds, make=stamped(stamp, make), advice=NETWORK
        )

    def _npm(self, *, everything: bool) -> Step:
        """What the pages serve (htmx), and with `everything` the tools of checks and browser tests too."""
        inputs = [ROOT / "package.json", ROOT / "package-lock.json"]
        every, served = key_of(["all"], inputs), key_of(["served"], inputs)
        proof = (ROOT / "node_modules" / "htmx.org",)
        file = STAMPS / "npm"
        stamp = Stamp(file=file, key=every, proof=proof) if everything else Stamp(file, served, proof, also=(every,))
        options = () if everything else ("--omit=dev",)

        def make(log: Path) -> None:
            # `npm ci` empties node_modules first; a hub that runs from this clone would miss its scripts for a while.
            verb = ("install", "--no-save") if all(path.exists() for path in proof) else ("ci",)
            self._run(log, "npm", *verb, "--no-audit", "--no-fund", "--ignore-scripts", *options)

        return Step(
            name="npm",
            title="Scripts from npm",
            needs=("node",),
            is_done=stamp.holds,
            make=stamped(stamp, make),
            advice=NETWORK,
        )

    def _model(self) -> Step:
        """The trained model, kept by a key over all that training reads; the file itself is the stamp."""
        model = MODELS / f"{model_key()}.tar.gz"

        def make(log: Path) -> None:
            MODELS.parent.mkdir(mode=0o700, exist_ok=True)  # the demo's data folder, with what citizens write
            MODELS.mkdir(exist_ok=True)
            command = (BOT / "bin" / "python", "-m", "onthaal_bot.train", "--out", model)
            self._run(log, *command, cwd=ROOT / "bot")

        def is_done() -> bool:
            """The hub takes the newest model: the one of these sources must be it."""
            if model.is_file():
                model.touch()
            return model.is_file()

        return Step(
            name="model",
            title="Training of the bot",
            needs=("bot",),
            is_done=is_done,
            make=make,
            advice="The log names what it refused in nlu_data or bot/*.yml: correct that and run again.",
        )


def model_key() -> str:
    """The key of the model that these sources train.

    Raises:
        SetupError: when the bot cannot say.
    """
    script = ROOT / "bot" / "onthaal_bot" / "model_key.py"
    answer = subprocess.run(
        [sys.executable, script], check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if answer.returncode != 0:
        raise SetupError(f"{script} failed, so the model to train is not known:\n{answer.stderr.strip()}")
    return answer.stdout.strip()


def set_up(goal: str, environment: Mapping[str, str], *, own_node: bool) -> bool:
    """Make what a goal needs and is not there; False when nothing was to be done.

    Raises:
        StepFailed: when a step failed; it was shown already.
        SetupError: when the set-up cannot begin.
    """
    forget_moved_clone()
    board = Board()
    plan = Plan(environment, board, own_node=own_node)
    wanted = [[plan.packages()]] if goal == "test" else []
    undone = [[step for step in group if not step.is_done()] for group in [*wanted, plan.steps(goal)]]
    count = sum(len(group) for group in undone)
    if count == 0:
        return False
    # Without the rights for the packages, say so before minutes of other work.
    absent = apt.missing() if goal == "test" and os.geteuid() != 0 else []
    if absent:
        raise SetupError(apt.refusal(absent))
    board.expect(count)
    for group in undone:
        run_all(group, logs=LOGS, programs=plan.programs, board=board)
    return True


def _stop(number: int, _: FrameType | None) -> None:
    sys.exit(128 + number)


def main(arguments: list[str]) -> int:
    """Set up for a goal and become the program given after --then."""
    goal, *rest = arguments or [""]
    if goal not in GOALS or (rest and rest[0] != "--then"):
        sys.stderr.write(f"{__doc__}\n")
        return 2
    signal.signal(signal.SIGTERM, _stop)
    os.chdir(ROOT)
    try:
        own_node = not node.machine_has_it(os.environ)
        environment = program_environment(os.environ, own_node=own_node)
        with locked(TOOLS / "setup.lock", tell=lambda text: print(text, flush=True)):
            changed = set_up(goal, environment, own_node=own_node)
    except StepFailed:
        return 1
    except SetupError as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped. Run the same command again to go on: what is done stays done.\n")
        return 130
    if len(rest) > 1:
        os.execvpe(rest[1], rest[1:], environment)  # noqa: S606 - words from our Makefile, no shell wanted
    print("Everything is set up." if changed else "Everything is set up already.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
