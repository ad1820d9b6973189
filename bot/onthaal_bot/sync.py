"""Keeps the catalogue of a bot that runs away from its hub: asks the hub, replaces the snapshot when it changed.

Run beside the server: `python -m onthaal_bot.sync`. Only the standard library, so that it starts at once.
ONTHAAL_HUB_URL names the hub, ONTHAAL_HUB_TOKEN is an API token with `products:read`, ONTHAAL_BOT_SNAPSHOT the file.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

EVERY_SECONDS = 2.0
TIMEOUT_SECONDS = 10.0
NOT_MODIFIED = 304


def pull(hub_url: str, token: str, target: Path, etag: str | None) -> str | None:
    """Fetch the snapshot once; returns its ETag, also when nothing changed.

    Raises:
        OSError: the hub does not answer or refuses (urllib's errors are of this kind).
        ValueError: the answer is no catalogue.
    """
    request = urllib.request.Request(  # noqa: S310 - the address is a setting of the operator
        hub_url.rstrip("/") + "/bot/catalogue.json", headers={"Authorization": f"Bearer {token}"}
    )
    if etag is not None and target.is_file():
        request.add_header("If-None-Match", etag)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310 - as above
            content, fresh = response.read(), response.headers["ETag"]
    except urllib.error.HTTPError as error:
        if error.code == NOT_MODIFIED:
            return etag
        raise
    if b'"products"' not in content or not json.loads(content)["version"]:
        raise ValueError("the hub answered without products")
    _replace(target, content)
    return fresh


def _replace(target: Path, content: bytes) -> None:
    """A reader sees the old file or the new one, never half of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    new = target.with_suffix(".new")
    with new.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(target)


def main() -> None:
    """Ask for ever; a failure is said once and tried again."""
    names = ("ONTHAAL_HUB_URL", "ONTHAAL_HUB_TOKEN", "ONTHAAL_BOT_SNAPSHOT")
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        sys.exit(f"Set {', '.join(missing)}.")
    hub_url, token, snapshot = (os.environ[name] for name in names)
    etag: str | None = None
    trouble = ""
    while True:
        try:
            etag = pull(hub_url, token, Path(snapshot), etag)
            said = ""
        except (OSError, ValueError) as error:
            said = f"{type(error).__name__}: {error}"
        if said != trouble:
            print(f"sync: {said or 'the catalogue is up to date again'}", file=sys.stderr, flush=True)
            trouble = said
        time.sleep(EVERY_SECONDS)


if __name__ == "__main__":
    main()
