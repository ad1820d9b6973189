"""Why the machine refused a file or folder, in Dutch and with what to do."""

import errno
from pathlib import Path


def why(error: OSError, folder: Path) -> str:
    """The reason as the second half of a sentence, without its full stop.

    Args:
        error: what the machine said.
        folder: where something was to be made.
    """
    match error.errno:
        case errno.EACCES | errno.EPERM:
            return f"u hebt er geen rechten voor ({_place(error, folder)}). Geef uzelf rechten, of kies een andere map"
        case errno.EROFS:
            return f"in {folder} kan alleen gelezen worden. Kies een andere map"
        case errno.ENOSPC | errno.EDQUOT:
            return f"er is geen plaats in {folder}. Maak ruimte, of kies een andere schijf"
        case errno.ENOENT:
            return f"{folder} bestaat niet. Maak die map, of kies een andere"
        case errno.ENOTDIR | errno.EEXIST:
            return f"{_place(error, folder)} is geen map. Kies een andere naam"
        case _:
            return f"{error.strerror or error} ({_place(error, folder)})"


def _place(error: OSError, folder: Path) -> Path:
    """What it was about; a file that was to be made for a moment says nothing, its folder does."""
    named = Path(error.filename) if isinstance(error.filename, str) else folder
    return folder if named.parent == folder else named
