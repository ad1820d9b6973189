"""`onthaal mail inspect`."""

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from channels.email import inspect as inspection
from channels.email import sandbox
from intake.app import registry


@click.group()
def mail() -> None:
    """The e-mail channel."""


@mail.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON line per mail.")
def inspect(paths: Sequence[Path], *, as_json: bool) -> None:
    """Show what the hub makes of raw mails: files, or folders of them."""
    of = registry.load_settings()
    files = list(_files(paths))

    async def run() -> None:
        box = sandbox.Sandbox(size=of.parse_workers, wall_seconds=of.parse_seconds)
        try:
            with click.progressbar(files, file=sys.stderr, hidden=not sys.stderr.isatty(), label="mails") as bar:
                for path in bar:
                    found = await inspection.inspect(path, box)
                    click.echo(json.dumps(found, ensure_ascii=False) if as_json else _plain(found))
        finally:
            await box.close()

    asyncio.run(run())


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(inner for inner in path.rglob("*") if inner.is_file())
        else:
            yield path


def _plain(found: dict[str, object]) -> str:
    return f"{found['path']}: {found['outcome']} · {found['from']} · {found['subject']} · {found['seconds']} s"
