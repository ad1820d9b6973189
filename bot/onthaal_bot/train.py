"""Train the model: `python -m onthaal_bot.train --out FILE`.

Progress goes to standard output, one line per step. FILE appears complete or not at all.
"""

import argparse
import contextlib
import io
import logging
import os
import sys
import tempfile
import time
from pathlib import Path

from onthaal_bot import environment, model_key

MODEL_SUFFIX = ".tar.gz"


def _say(line: str) -> None:
    sys.stdout.write(f"train: {line}\n")
    sys.stdout.flush()


def _root(error: BaseException) -> str:
    """The first cause in a chain of errors, which says more than Rasa's last one."""
    while error.__cause__ is not None:
        error = error.__cause__
    return f"{type(error).__name__}: {error}"


def train(out: Path, *, config: Path, domain: Path, nlu_data: Path) -> int:
    """Train on the files in `nlu_data` and put the model at `out`.

    Returns:
        The exit code: 0, or 1 when Rasa refused; then `out` is as it was.

    Raises:
        Exception: whatever a component raised; the cause is printed before.
    """
    environment.prepare()
    started = time.monotonic()
    files = model_key.training_files(nlu_data)
    _say(f"reading {len(files)} files of {nlu_data.name}, {config.name} and {domain.name}")
    # Costs seconds and needs the prepared environment: only now.
    from rasa.model_training import train as rasa_train  # noqa: PLC0415
    from rasa.utils.common import configure_logging_and_warnings  # noqa: PLC0415
    from rasa.utils.log_utils import configure_structlog  # noqa: PLC0415

    configure_logging_and_warnings(logging.WARNING)
    configure_structlog(logging.WARNING)
    _say("training")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".training-", dir=out.parent) as folder:
        os.environ["RASA_CACHE_DIRECTORY"] = str(Path(folder) / "cache")
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                result = rasa_train(
                    domain=str(domain),
                    config=str(config),
                    training_files=[str(path) for path in files],
                    output=folder,
                    force_training=True,
                    fixed_model_name=out.name.removesuffix(MODEL_SUFFIX),
                )
        except Exception as error:
            _say(f"failed: {_root(error)}")
            raise
        if result.code != 0 or not result.model:
            _say(f"Rasa refused the training data (code {result.code}): {printed.getvalue().strip()}")
            return 1
        Path(result.model).replace(out)
    _say(f"done in {time.monotonic() - started:.1f} s, {out.stat().st_size // 1024} kB: {out}")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(prog="python -m onthaal_bot.train", description="Train the bot's model.")
    parser.add_argument("--out", type=Path, required=True, help=f"model file to write, *{MODEL_SUFFIX}")
    parser.add_argument("--config", type=Path, default=model_key.CONFIG)
    parser.add_argument("--domain", type=Path, default=model_key.DOMAIN)
    parser.add_argument("--nlu-data", type=Path, default=model_key.NLU_DATA)
    given = parser.parse_args(arguments)
    out: Path = given.out.resolve()
    if not out.name.endswith(MODEL_SUFFIX):
        parser.error(f"--out must end in {MODEL_SUFFIX}: {out.name}")
    return train(out, config=given.config, domain=given.domain, nlu_data=given.nlu_data)


if __name__ == "__main__":
    sys.exit(main())
