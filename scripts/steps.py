"""Steps of the set-up: what holds already, what must be made, and what may be made side by side."""

import concurrent.futures
import contextlib
import dataclasses
import fcntl
import hashlib
import os
import subprocess
import threading
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from pathlib import Path

from board import Board
from bootstrap import SetupError

_TICK_SECONDS = 0.1
_STOP_SECONDS = 5


class StepFailed(SetupError):
    """A step failed, and the board showed why."""


def key_of(texts: Iterable[str], files: Iterable[Path]) -> str:
    """A key that changes with any of these texts and with the content of any of these files.

    Raises:
        SetupError: when a file is missing.
    """
    digest = hashlib.sha256()
    for text in texts:
        digest.update(f"{len(text)}:{text}\0".encode())
    for path in files:
        try:
            content = path.read_bytes()
        except OSError as fault:
            raise SetupError(
                f"{path} cannot be read ({fault.strerror}). Is the clone complete? Try `git status`."
            ) from fault
        digest.update(f"{path.name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


@dataclasses.dataclass(frozen=True)
class Stamp:
    """The record that something was made from inputs with a certain key.

    Attributes:
        file: where the record is kept.
        key: the key of the inputs as they are now.
        proof: what was made; if any of it is gone the stamp does not hold.
        also: keys that are as good, of something that contains this.
    """

    file: Path
    key: str
    proof: tuple[Path, ...]
    also: tuple[str, ...] = ()

    def holds(self) -> bool:
        """True when what was made is there and its inputs are unchanged."""
        try:
            written = self.file.read_text("ascii").strip()
        except OSError:
            return False
        return written in (self.key, *self.also) and all(path.exists() for path in self.proof)

    def lift(self) -> None:
        """Forget: from now on, until `press`, the thing counts as not made."""
        self.file.unlink(missing_ok=True)

    def press(self) -> None:
        """Record that the thing was made from the inputs as they are now."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        part = self.file.with_name(f"{self.file.name}.part")
        part.write_text(f"{self.key}\n", "ascii")
        part.replace(self.file)


class Programs:
    """Starts the programs of the steps, output into the step's log, and can stop all that run."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)
        self._lock = threading.Lock()
        self._running: list[subprocess.Popen[bytes]] = []
        self._closed = False

    def run(self, command: Sequence[str | Path], *, log: Path, cwd: Path) -> None:
        """Run one program to its end.

        Raises:
            SetupError: when it fails or cannot be started.
        """
        words = [str(word) for word in command]
        with log.open("ab") as file:
            file.write(f"$ {' '.join(words)}\n".encode())
            file.flush()
            with self._lock:
                if self._closed:
                    raise SetupError("The set-up was stopped.")
                try:
                    started = subprocess.Popen(
                        words,
                        cwd=cwd,
                        env=self._environment,
                        stdin=subprocess.DEVNULL,
                        stdout=file,
                        stderr=subprocess.STDOUT,
                    )
                except OSError as fault:
                    raise SetupError(f"{words[0]} could not be started: {fault.strerror}.") from fault
                self._running.append(started)
            code = started.wait()
            with self._lock:
                self._running.remove(started)
        if code != 0:
            ended = f"ended with code {code}" if code > 0 else f"was ended by signal {-code}"
            raise SetupError(f"{Path(words[0]).name} {ended}.")

    @property
    def stopped(self) -> bool:
        """True after `stop`: what a step does itself ends too."""
        return self._closed

    def stop(self) -> None:
        """Stop what runs and start nothing more."""
        with self._lock:
            self._closed = True
            running = list(self._running)
        for program in running:
            program.terminate()
        for program in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                program.wait(_STOP_SECONDS)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that the set-up makes.

    Attributes:
        name: of the log file and in `needs` of other steps.
        title: what people read.
        is_done: True when there is nothing to do.
        make: makes it; writes to the log whose path it is given; raises SetupError.
        needs: names of steps that come first.
        advice: what to do when it fails, in one or two sentences.
    """

    name: str
    title: str
    is_done: Callable[[], bool]
    make: Callable[[Path], None]
    needs: tuple[str, ...] = ()
    advice: str = ""


def stamped(stamp: Stamp, make: Callable[[Path], None]) -> Callable[[Path], None]:
    """`make`, with the stamp lifted before and pressed after: a broken-off step is made again."""

    def make_and_stamp(log: Path) -> None:
        stamp.lift()
        make(log)
        stamp.press()

    return make_and_stamp


def run_all(steps: Sequence[Step], *, logs: Path, programs: Programs, board: Board) -> None:
    """Make these steps, side by side where none needs the other. All of them are known to be undone.

    Raises:
        StepFailed: after the first failure was shown and the other steps were stopped.
    """
    waiting = {step.name: step for step in steps}
    running: dict[concurrent.futures.Future[None], Step] = {}
    logs.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(max_workers=max(1, len(steps))) as pool:
        try:
            while waiting or running:
                unmade = {*waiting, *(step.name for step in running.values())}
                for step in [step for step in waiting.values() if unmade.isdisjoint(step.needs)]:
                    del waiting[step.name]
                    log = logs / f"{step.name}.log"
                    log.write_bytes(b"")
                    board.started(step.name, step.title, log)
                    running[pool.submit(step.make, log)] = step
                if not running:
                    raise SetupError(f"Steps need each other in a circle: {', '.join(waiting)}.")
                ended, _ = concurrent.futures.wait(running, _TICK_SECONDS, concurrent.futures.FIRST_COMPLETED)
                for future in ended:
                    _settle(running.pop(future), future, board)
                board.tick()
        finally:
            if running:
                programs.stop()
            board.close()


def _settle(step: Step, future: concurrent.futures.Future[None], board: Board) -> None:
    try:
        future.result()
    except (SetupError, OSError) as fault:
        board.failed(step.name, str(fault), step.advice)
        raise StepFailed(step.title) from fault
    board.done(step.name)


@contextlib.contextmanager
def locked(file: Path, *, tell: Callable[[str], None]) -> Generator[None]:
    """Hold the lock of this clone's set-up; wait, and say so, while another `make` has it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("Another `make` is setting up this clone: waiting until it is done.")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
