"""Gets uv for this clone: one pinned wheel from a Python package index, checked, unpacked into .tools/bin.

Standard library only: Debian's python3 has neither pip nor ensurepip. Indexes and proxies come from the usual
environment: UV_DEFAULT_INDEX, UV_INDEX_URL or PIP_INDEX_URL, HTTPS_PROXY, SSL_CERT_FILE.
"""

import base64
import dataclasses
import hashlib
import html.parser
import http.client
import json
import os
import platform
import re
import shutil
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PUBLIC_INDEX = "https://pypi.org/simple"
# Source: PEP 691 (JSON) with PEP 503 (HTML) as the older form that some mirrors still answer with.
ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.5"
TIMEOUT_SECONDS = 30
ATTEMPTS = 3
BLOCK_BYTES = 1 << 16

# (bytes so far, bytes in all or None when the server does not say)
Progress = Callable[[int, int | None], None]


class SetupError(Exception):
    """Set-up cannot go on; the message says what to do."""


@dataclasses.dataclass(frozen=True)
class Pin:
    """One file of one release on a package index, known by its SHA-256."""

    project: str
    filename: str
    sha256: str


UV_VERSION = "0.13.9"
UV_PINS = {
    "x86_64": Pin(
        project="uv",
        filename=f"uv-{UV_VERSION}-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        sha256="d7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19",
    ),
    "aarch64": Pin(
        project="uv",
        filename=f"uv-{UV_VERSION}-py3-none-manylinux_2_28_aarch64.whl",
        sha256="ecb6028d79dc96fbeafffe5c8af62a7099487ebc05a701e76714eebcffd06375",
    ),
}


def pin_for(system: str, machine: str) -> Pin:
    """The uv wheel for a machine as `platform` names it.

    Raises:
        SetupError: for a machine that the project is not tested on.
    """
    pin = UV_PINS.get({"amd64": "x86_64", "arm64": "aarch64"}.get(machine.lower(), machine.lower()))
    if system != "Linux" or pin is None:
        raise SetupError(
            f"This set-up knows Linux on {' and '.join(UV_PINS)}, and this is {system} on {machine}.\n"
            "Run it on such a machine, a virtual one or a container of Debian 12 for instance."
        )
    return pin


def index_url(environment: Mapping[str, str]) -> str:
    """The package index to ask: the one that uv or pip is told to use, else the public one; no slash at the end."""
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        given = environment.get(name, "").strip()
        if given:
            # uv allows `name=url`.
            url = re.sub(r"^[A-Za-z0-9_-]+=(?=https?://)", "", given)
            if not url.startswith(("https://", "http://")):
                raise SetupError(f"{name} is not a web address. Give one such as {PUBLIC_INDEX}, or unset {name}.")
            return url.rstrip("/")
    return PUBLIC_INDEX


def without_credentials(url: str) -> tuple[str, dict[str, str]]:
    """Split `https://name:word@host/` into the plain address and the header that carries name and word."""
    parts = urllib.parse.urlsplit(url)
    if parts.username is None:
        return url, {}
    login = f"{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password or '')}"
    plain = urllib.parse.urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return plain, {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"}


class _Links(html.parser.HTMLParser):
    """Collects where the links of a PEP 503 page lead."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.extend(value for name, value in attrs if tag == "a" and name == "href" and value)


def file_url(page: bytes, content_type: str, page_url: str, filename: str) -> str | None:
    """Where a project page of an index says that a file is; None when it does not list it."""
    if "json" in content_type:
        links = [entry["url"] for entry in json.loads(page)["files"]]
    else:
        parser = _Links()
        parser.feed(page.decode("utf-8", "replace"))
        links = parser.found
    for link in links:
        url = urllib.parse.urljoin(page_url, link)
        if urllib.parse.unquote(urllib.parse.urlsplit(url).path).rpartition("/")[2] == filename:
            return urllib.parse.urldefrag(url).url
    return None


def _advice(url: str, fault: Exception) -> str:
    """Plain words for a failed request."""
    host = urllib.parse.urlsplit(url).hostname or "the package index"
    if isinstance(fault, urllib.error.HTTPError):
        return (
            f"{host} answered {fault.code} {fault.reason} for {without_credentials(url)[0]}.\n"
            "If your organisation has its own package index, set PIP_INDEX_URL to it; then run the same command again."
        )
    if isinstance(fault, http.client.IncompleteRead):
        return (
            f"The connection to {host} broke off, {ATTEMPTS} times. Check the network and run the same command again."
        )
    reason = getattr(fault, "reason", fault)
    if isinstance(reason, ssl.SSLCertVerificationError):
        return (
            f"The certificate of {host} is not trusted by this machine: {reason.verify_message}.\n"
            "Install the package ca-certificates; behind a proxy that opens TLS, set SSL_CERT_FILE to a file with its "
            "certificate. Then run the same command again."
        )
    return (
        f"No connection to {host}: {reason}.\n"
        "Check the network; behind a proxy set HTTPS_PROXY. Then run the same command again."
    )


def _open(url: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    plain, login = without_credentials(url)
    # The scheme was checked by index_url, and what comes back is held against a pinned hash.
    request = urllib.request.Request(plain, headers={**headers, **login})  # noqa: S310
    try:
        return urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS)  # noqa: S310
    except urllib.error.HTTPError as fault:
        # It carries the open connection of the answer that nobody will read.
        fault.close()
        raise


def _is_final(fault: Exception) -> bool:
    """True when asking again would get the same answer."""
    if isinstance(fault, urllib.error.HTTPError):
        return fault.code < http.client.INTERNAL_SERVER_ERROR and fault.code != http.client.TOO_MANY_REQUESTS
    return isinstance(getattr(fault, "reason", None), ssl.SSLCertVerificationError)


def locate(index: str, pin: Pin) -> str:
    """Ask an index where a pinned file is.

    Raises:
        SetupError: when the index is not reached or does not have it.
    """
    page_url = f"{index}/{pin.project}/"
    plain, _ = without_credentials(page_url)
    try:
        with _open(page_url, {"Accept": ACCEPT}) as answer:
            found = file_url(answer.read(), answer.headers.get("Content-Type", ""), answer.url, pin.filename)
    except (OSError, http.client.HTTPException) as fault:
        raise SetupError(_advice(page_url, fault)) from fault
    if found is None:
        raise SetupError(
            f"{plain} does not list {pin.filename}.\n"
            f"If it is a mirror, have it fetch that file, or set PIP_INDEX_URL to one that has it ({PUBLIC_INDEX})."
        )
    # A mirror that wants a login wants it for its files too, but no other host is to see it.
    with_login = urllib.parse.urlsplit(index)
    parts = urllib.parse.urlsplit(found)
    if with_login.username is not None and parts.hostname == with_login.hostname:
        return urllib.parse.urlunsplit(parts._replace(netloc=with_login.netloc))
    return found


def download(url: str, pin: Pin, target: Path, progress: Progress) -> None:
    """Fetch a pinned file; `target` appears complete and checked, or not at all.

    Raises:
        SetupError: when it cannot be fetched, or is not the file that was pinned.
    """
    part = target.with_name(f"{target.name}.part")
    digest = hashlib.sha256()
    try:
        with _open(url, {}) as answer, part.open("wb") as file:
            length = answer.headers.get("Content-Length")
            size_bytes = int(length) if length else None
            while block := answer.read(BLOCK_BYTES):
                file.write(block)
                digest.update(block)
                progress(file.tell(), size_bytes)
            if size_bytes is not None and file.tell() < size_bytes:
                raise http.client.IncompleteRead(b"", size_bytes - file.tell())
        if digest.hexdigest() != pin.sha256:
            raise SetupError(
                f"What came for {pin.filename} is not the file that this project pins, so nothing was installed.\n"
                f"  expected SHA-256 {pin.sha256}\n  received SHA-256 {digest.hexdigest()}\n"
                "Run the same command again; if this stays, a proxy or mirror changes files: use another one."
            )
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def fetch(pin: Pin, target: Path, progress: Progress, *, index: str, pause: Callable[[float], None]) -> None:
    """Locate and download a pinned file, again when the line breaks.

    Raises:
        SetupError: as `locate` and `download`, or when the line broke at every attempt.
    """
    url = locate(index, pin)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return download(url, pin, target, progress)
        except (OSError, http.client.HTTPException) as fault:
            if attempt == ATTEMPTS or _is_final(fault):
                raise SetupError(_advice(url, fault)) from fault
            pause(2.0 * attempt)
    return None


def unpack_program(wheel: Path, name: str, folder: Path) -> Path:
    """Take one program out of a wheel.

    Raises:
        SetupError: when the wheel has no such program.
    """
    with zipfile.ZipFile(wheel) as archive:
        inside = next((entry for entry in archive.namelist() if entry.endswith(f".data/scripts/{name}")), None)
        if inside is None:
            raise SetupError(f"{wheel.name} holds no program {name}. Correct the pinned file in scripts/bootstrap.py.")
        program, part = folder / name, folder / f"{name}.part"
        with archive.open(inside) as source, part.open("wb") as file:
            shutil.copyfileobj(source, file)
    part.chmod(0o755)
    part.replace(program)
    return program


def uv_path(root: Path) -> Path:
    """Where this clone keeps uv. The version is in the name: another pin is another file."""
    return root / ".tools" / "bin" / f"uv-{UV_VERSION}" / "uv"


def ensure_uv(root: Path, progress: Progress) -> Path:
    """The path of the pinned uv, fetched first where it is absent.

    Raises:
        SetupError: when it cannot be had; the message says what to do.
    """
    program = uv_path(root)
    if program.is_file():
        return program
    pin = pin_for(platform.system(), platform.machine())
    program.parent.mkdir(parents=True, exist_ok=True)
    wheel = program.parent / pin.filename
    try:
        fetch(pin, wheel, progress, index=index_url(os.environ), pause=time.sleep)
        return unpack_program(wheel, "uv", program.parent)
    finally:
        wheel.unlink(missing_ok=True)


def bar(done_bytes: int, size_bytes: int | None, width: int = 24) -> str:
    """A progress bar in one line of text; without a known size only what came so far."""
    if not size_bytes:
        return f"{done_bytes / 1e6:.1f} MB"
    filled = min(width, width * done_bytes // size_bytes)
    return f"[{'#' * filled}{'.' * (width - filled)}] {done_bytes / 1e6:.1f} of {size_bytes / 1e6:.1f} MB"


def main() -> int:
    """Get uv and print where it is."""

    def show(done_bytes: int, size_bytes: int | None) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{bar(done_bytes, size_bytes)}{chr(10) if done_bytes == size_bytes else ''}")

    try:
        sys.stdout.write(f"{ensure_uv(ROOT, show)}\n")
    except SetupError as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
