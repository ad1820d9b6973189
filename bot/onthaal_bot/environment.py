"""What must be true of the process before Rasa is imported: no TensorFlow, no telemetry, no noise."""

import os
import warnings
from pathlib import Path
from typing import Any

from onthaal_bot import tensorflow_shim

# Set, these make Rasa's command line import TensorFlow.
_UNWANTED = ("TF_GPU_MEMORY_ALLOC", "TF_INTER_OP_PARALLELISM_THREADS", "TF_INTRA_OP_PARALLELISM_THREADS")
_WANTED = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    # The cache would be written to .rasa/ in the working directory.
    "RASA_MAX_CACHE_SIZE": "0",
    # One of Rasa's channel libraries asks git for its own version and finds this repository.
    "GIT_CEILING_DIRECTORIES": str(Path(__file__).resolve().parent.parent),
    # Progress bars are no log lines.
    "TQDM_DISABLE": "1",
    # The models are small: threads of the linear algebra library only wait for each other.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}
# Rasa's pinned libraries use each other's old names, and reset filters while they are imported.
_ABOUT_LIBRARIES = (DeprecationWarning, PendingDeprecationWarning, FutureWarning)
_show = warnings.showwarning


def _show_unless_about_libraries(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
    if not issubclass(category, _ABOUT_LIBRARIES):
        _show(message, category, *place, **more)


def prepare() -> None:
    """Set the environment variables that Rasa reads at import time and install the shim."""
    for name in _UNWANTED:
        os.environ.pop(name, None)
    os.environ.update(_WANTED)
    warnings.showwarning = _show_unless_about_libraries
    tensorflow_shim.install()
