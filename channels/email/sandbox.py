"""Reads untrusted mail in processes of its own: a mail that hangs or crashes the parser costs one worker, no more."""

import asyncio
import contextlib
import json
import os
import pathlib
import sys
from asyncio import subprocess
from collections.abc import Callable, Sequence
from typing import Any, Final

from channels.email import frames
from intake import errors, ports
from intake.domain import message

_START_SECONDS: Final = 30.0
_CPU_SECONDS: Final = 5
_PIPE_BYTES: Final = 1_048_576
_ROOT: Final = str(pathlib.Path(__file__).parents[2])


class _WorkerDied(Exception):
    """The process ended, or said something that no worker of ours says."""


class Sandbox(ports.Sandbox):
    """See `ports.Sandbox`. Starts its workers when the first mail comes.

    Args:
        size: how many mails are read at the same time; further ones wait.
        wall_seconds: how long one mail may take before its worker is killed and the mail is unreadable.
        seconds_per_megabyte: what is added to that for the size of the mail: a photo album is slow, not hostile.
        memory_bytes: address space of one worker.
        killed: called whenever a worker was ended because of the mail that it read.
        command: program and arguments of a worker, for tests; None is our own.
    """

    def __init__(
        self,
        *,
        size: int = 2,
        wall_seconds: float = 1.8,
        seconds_per_megabyte: float = 0.1,
        memory_bytes: int = 1_073_741_824,
        killed: Callable[[], None] = lambda: None,
        command: Sequence[str] | None = None,
    ) -> None:
        own = [sys.executable, "-s", "-P", "-m", "channels.email.worker", str(memory_bytes), str(_CPU_SECONDS)]
        self._command = list(command or own)
        self._wall_seconds = wall_seconds
        self._seconds_per_megabyte = seconds_per_megabyte
        self._size = size
        self._killed = killed
        self._places = asyncio.Semaphore(size)
        self._idle: list[subprocess.Process] = []
        self._alive: set[subprocess.Process] = set()
        self._closed = False

    async def parse(self, raw: message.RawReceipt) -> message.InboundMessage:
        """See `ports.Sandbox`.

        Raises:
            Unreadable: no mail, too slow, too large in memory, or it ended two workers.
            RetryLater: no worker can be started now, or the sandbox is closed.
        """
        head, blob = await self._do("parse", raw)
        try:
            return frames.to_message(head["message"], blob)
        except (KeyError, TypeError, ValueError, IndexError) as fault:
            raise errors.Unreadable("Het lezen van het bericht gaf een onbruikbare uitkomst.") from fault

    async def facts(self, raw: message.RawReceipt) -> dict[str, Any]:
        """What `facts.of` finds, found in a worker. Raises as `parse`."""
        head, _ = await self._do("facts", raw)
        found: dict[str, Any] = head.get("facts", {})
        return found

    async def close(self) -> None:
        """End all workers, also those at work; when this returns none is left."""
        self._closed = True
        for worker in list(self._alive):
            await self._end(worker)
        for _ in range(self._size):  # those that were just starting one have ended it now
            await self._places.acquire()
        for worker in list(self._alive):
            await self._end(worker)
        self._idle.clear()
        for _ in range(self._size):
            self._places.release()

    async def _do(self, task: str, raw: message.RawReceipt) -> tuple[dict[str, Any], bytes]:
        async with self._places:
            for _ in range(2):
                try:
                    return await self._once(task, raw)
                except _WorkerDied:
                    if self._closed:
                        raise errors.RetryLater("De postverwerking wordt afgesloten.") from None
        raise errors.Unreadable("Het bericht liet het leesprogramma twee keer vastlopen.")

    async def _once(self, task: str, raw: message.RawReceipt) -> tuple[dict[str, Any], bytes]:
        worker = await self._ready_worker()
        seconds = self._wall_seconds + self._seconds_per_megabyte * len(raw.raw) / 1_048_576
        keep = False
        try:
            async with asyncio.timeout(seconds):
                head, blob = await _ask(worker, frames.receipt(raw, task), limit_bytes=2 * len(raw.raw) + 8_388_608)
            keep = not self._closed
        except _WorkerDied:
            if not self._closed:
                self._killed()
            raise
        except TimeoutError:
            self._killed()
            raise errors.Unreadable(
                f"Het lezen van het bericht duurde te lang (meer dan {seconds:.1f} seconden)."
            ) from None
        finally:
            if keep:
                self._idle.append(worker)
            else:
                await self._end(worker)
        if "unreadable" in head:
            raise errors.Unreadable(str(head["unreadable"]))
        return head, blob

    async def _ready_worker(self) -> subprocess.Process:
        if self._closed:
            raise errors.RetryLater("De postverwerking is afgesloten.")
        while self._idle:
            worker = self._idle.pop()
            if worker.returncode is None:
                return worker
            await self._end(worker)
        return await self._start()

    async def _start(self) -> subprocess.Process:
        """A new worker that has said it is ready; it inherits no settings and so no secrets."""
        try:
            worker = await subprocess.create_subprocess_exec(
                *self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"PYTHONPATH": _ROOT, "PATH": os.defpath, "LC_ALL": "C.UTF-8"},
                limit=_PIPE_BYTES,
            )
        except OSError as fault:
            raise errors.RetryLater("Het leesprogramma voor e-mail start niet: is het geheugen vol?") from fault
        self._alive.add(worker)
        ready = False
        try:
            async with asyncio.timeout(_START_SECONDS):
                ready = "ready" in (await _receive(worker, limit_bytes=0))[0]
        except (TimeoutError, _WorkerDied) as fault:
            raise errors.RetryLater("Het leesprogramma voor e-mail start niet.") from fault
        finally:
            if not ready:
                await self._end(worker)
        return worker

    async def _end(self, worker: subprocess.Process) -> None:
        """Kill and reap one worker; a cancelled caller leaves the reaping to `close`."""
        if worker.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                worker.kill()
        if worker.stdin is not None:
            worker.stdin.close()
        await worker.wait()
        self._alive.discard(worker)


async def _ask(worker: subprocess.Process, pieces: list[bytes], *, limit_bytes: int) -> tuple[dict[str, Any], bytes]:
    assert worker.stdin is not None  # noqa: S101 - made with a pipe
    try:
        worker.stdin.writelines(pieces)
        await worker.stdin.drain()
    except (BrokenPipeError, ConnectionResetError) as fault:
        raise _WorkerDied from fault
    return await _receive(worker, limit_bytes=limit_bytes)


async def _receive(worker: subprocess.Process, *, limit_bytes: int) -> tuple[dict[str, Any], bytes]:
    assert worker.stdout is not None  # noqa: S101 - made with a pipe
    try:
        json_bytes, blob_bytes = frames.HEADER.unpack(await worker.stdout.readexactly(frames.HEADER.size))
        if json_bytes > frames.MAX_JSON_BYTES or blob_bytes > limit_bytes:
            raise _WorkerDied
        head = json.loads(await worker.stdout.readexactly(json_bytes))
        blob = await worker.stdout.readexactly(blob_bytes)
    except (asyncio.IncompleteReadError, ConnectionResetError, ValueError) as fault:
        raise _WorkerDied from fault
    if not isinstance(head, dict):
        raise _WorkerDied
    return head, blob
