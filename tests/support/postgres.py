"""A PostgreSQL server of the tests' own: started unprivileged on a free port, gone with the tests."""

import asyncio
import os
import pwd
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg

from intake.store import opening, schema
from tests.support import loopback

USER = "onthaal"
TEMPLATE = "migrated"
TLS = Path(__file__).parents[1] / "fixtures" / "tls"


def _programs() -> Path:
    """The newest server programs: Debian keeps them apart, elsewhere they are on PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if found:
        return found[-1]
    here = shutil.which("initdb")
    assert here, "no PostgreSQL: `make test` installs it (Debian: apt-get install postgresql)"
    return Path(here).parent


class Server:
    """One cluster. `is_durable` False lets it forget at a power cut, which tests do not cause, and be quick.

    With `follows` it is a standby of that server. With `tls` it has the certificate of `localhost` and 127.0.0.1.
    """

    def __init__(self, *, is_durable: bool = False, follows: "Server | None" = None, tls: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="onthaal-postgres-"))
        self.port = loopback.free_ports(1)[0]
        self._programs = _programs()
        self._options = "" if is_durable else "-c fsync=off -c full_page_writes=off -c synchronous_commit=off"
        self._count = 0
        # PostgreSQL refuses to run as root: Debian's package brings an account for it.
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            self._as = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        if follows is not None:
            self._run("pg_basebackup", "-h", "127.0.0.1", "-p", str(follows.port), "-U", USER, "-c", "fast", "-R")
            return
        # A Dutch collation: nothing may lean on the order of bytes.
        self._run("initdb", "-U", USER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8",
                  "--locale-provider=icu", "--icu-locale=nl-NL", "--no-sync")  # fmt: skip
        if tls:
            self._secure()

    def _secure(self) -> None:
        for name, setting in (("starttls-certificate.pem", "ssl_cert_file"), ("starttls-key.pem", "ssl_key_file")):
            file = Path(shutil.copy(TLS / name, self.folder))
            file.chmod(0o600)
            if self._as:
                os.chown(file, self._as["user"], self._as["group"])
            self._options += f" -c {setting}={file}"
        self._options += " -c ssl=on"

    def start(self) -> None:
        options = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories='' {self._options}"
        options += " -c shared_buffers=16MB -c max_connections=150"
        self._run("pg_ctl", "-w", "-t", "60", "-l", str(self.folder / "server.log"), "-o", options, "start")

    def stop(self, how: str = "fast") -> None:
        """`how`: `fast`, or `immediate`, which is a crash."""
        self._run("pg_ctl", "-w", "-m", how, "stop")

    def promote(self) -> None:
        """From here on this standby is a primary."""
        self._run("pg_ctl", "-w", "promote")

    def is_running(self) -> bool:
        return (self.folder / "cluster" / "postmaster.pid").exists()

    def remove(self) -> None:
        if self.is_running():
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def fresh(self, *, is_migrated: bool = True) -> str:
        """A database of the caller's own; returns its URL."""
        if is_migrated and not self._count:
            self.execute("postgres", f"CREATE DATABASE {TEMPLATE}")
            schema.migrate(opening.database_at(self.url(TEMPLATE), Path()))
        self._count += 1
        name = f"test_{self._count}"
        self.execute("postgres", f"CREATE DATABASE {name}" + (f" TEMPLATE {TEMPLATE}" if is_migrated else ""))
        return self.url(name)

    def drop(self, url: str) -> None:
        self.execute("postgres", f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def execute(self, database: str, statement: str) -> list[Any]:
        """Run a statement outside of any transaction; its rows."""

        async def run() -> list[Any]:
            connection = await asyncpg.connect(self.url(database))
            try:
                return await connection.fetch(statement)
            finally:
                await connection.close()

        found: list[Any] = []
        thread = threading.Thread(target=lambda: found.extend(asyncio.run(run())))  # the caller may be in a loop
        thread.start()
        thread.join()
        return found

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), "-D", str(self.folder / "cluster"), *arguments]
        with (self.folder / "commands.log").open("ab") as output:
            done = subprocess.run(
                command, check=False, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", **self._as
            )
        assert done.returncode == 0, (program, (self.folder / "commands.log").read_text()[-2000:])


@contextmanager
def server(**options: Any) -> Iterator[Server]:
    """A running server while the context is open."""
    made = Server(**options)
    made.start()
    try:
        yield made
    finally:
        made.remove()
