"""A real Postfix that sends to the hub: own configuration and queue, loopback only, comes again after 1 to 2 s."""

import asyncio
import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import aiosmtplib

from tests.crash import history as history_module
from tests.support import loopback

PROGRAM = "/usr/sbin/postfix"
_QUEUES = ("maildrop", "incoming", "active", "deferred", "hold")
_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
myhostname = sender.example.org
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
relayhost = [127.0.0.1]:{hub_port}
alias_maps =
alias_database =
local_recipient_maps =
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtp_tls_security_level = none
smtpd_tls_security_level = none
smtputf8_enable = no
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
smtp_connect_timeout = 5s
smtp_data_done_timeout = 15s
transport_retry_time = 1s
destination_concurrency_limit = 8
"""
_SERVICES = (
    "pickup unix n - n 60 1 pickup", "cleanup unix n - n - 0 cleanup", "qmgr unix n - n 300 1 qmgr",
    "rewrite unix - - n - - trivial-rewrite", "bounce unix - - n - 0 bounce", "defer unix - - n - 0 bounce",
    "trace unix - - n - 0 bounce", "verify unix - - n - 1 verify", "flush unix n - n 1000? 0 flush",
    "proxymap unix - - n - - proxymap", "smtp unix - - n - - smtp", "relay unix - - n - - smtp",
    "showq unix n - n - - showq", "error unix - - n - - error", "retry unix - - n - - error",
    "discard unix - - n - - discard", "anvil unix - - n - 1 anvil", "scache unix - - n - 1 scache",
    "postlog unix-dgram n - n - 1 postlogd",
)  # fmt: skip


def missing() -> str:
    """Why Postfix cannot be the sender here; empty when it can."""
    if not Path(PROGRAM).exists():
        return "Postfix is not installed: sudo apt-get install --no-install-recommends postfix"
    if os.geteuid() != 0:
        return "Postfix starts as root only: sudo make crash. Without it, a sender of our own: make crash POST=direct"
    return ""


class Postfix:
    """See `people.Post`. What it accepted it never forgets; `accepted` has its queue ids."""

    def __init__(self, folder: Path, hub_port: int, history: history_module.History) -> None:
        self._folder = folder
        self._history = history
        (self.port,) = loopback.free_ports(1)
        self.accepted: dict[str, str] = {}
        for name in ("queue", "data"):
            (folder / name).mkdir()
        shutil.chown(folder / "data", "postfix")
        folder.chmod(0o755)  # its programs run as the user postfix
        (folder / "main.cf").write_text(_MAIN.format(folder=folder, hub_port=hub_port))
        services = [f"127.0.0.1:{self.port} inet n - n - - smtpd", *_SERVICES]
        (folder / "master.cf").write_text("\n".join([*services, ""]))

    def control(self, word: str) -> None:
        done = subprocess.run(
            [PROGRAM, "-c", str(self._folder), word], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr + self.log()

    def log(self) -> str:
        try:
            return (self._folder / "mail.log").read_text("utf-8", "replace")
        except FileNotFoundError:
            return ""

    async def send(self, sender: str, to: str, content: bytes, name: str) -> None:
        self._history.note("mail_sent", name)
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=self.port, timeout=30) as client:
            _, said = await client.sendmail(sender, [to], content)
        self.accepted[name] = said.rpartition(" ")[2]
        self._history.note("mail_kept", name)

    async def drained(self) -> None:
        """Until its queue is empty; what it had to bounce counts as refused."""
        while any(files for name in _QUEUES for _, _, files in os.walk(self._folder / "queue" / name)):  # noqa: ASYNC110 - another process sets no event
            await asyncio.sleep(0.2)
        self._history.refused += re.findall(r"(\w+): to=<[^>]*>.*status=(?:bounced|expired)", self.log())

    @property
    def deferrals(self) -> int:
        """How often the hub was not there, or died, while Postfix gave it a mail."""
        return len(re.findall(r"status=deferred \((?!delivery temporarily suspended)", self.log()))


@contextlib.asynccontextmanager
async def running_for(hub_port: int, history: history_module.History) -> AsyncIterator[Postfix]:
    with tempfile.TemporaryDirectory(prefix="onthaal-postfix-") as folder:
        postfix = Postfix(Path(folder), hub_port, history)
        await asyncio.to_thread(postfix.control, "start")
        try:
            yield postfix
        finally:
            await asyncio.to_thread(postfix.control, "stop")
