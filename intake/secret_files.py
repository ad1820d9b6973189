"""Secrets from files: `ONTHAAL_BOT__TOKEN_FILE` names the file that holds `ONTHAAL_BOT__TOKEN`.

Containers and systemd hand secrets over as files; a variable would stand in the process list of the machine's
operators, in crash reports and in every child process.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pydantic
import pydantic_settings
from pydantic.fields import FieldInfo

SUFFIX = "_FILE"
LARGEST_BYTES = 64 * 1024
"""No secret is larger: such a file was named by mistake."""


def names(kind: type[pydantic.BaseModel], prefix: str) -> dict[str, tuple[str, ...]]:
    """Every secret of a settings class: its variable (as `ONTHAAL_BOT__TOKEN`) with its path in the settings."""
    found: dict[str, tuple[str, ...]] = {}
    for name, field in kind.model_fields.items():
        kinds = (field.annotation, *getattr(field.annotation, "__args__", ()))
        variable = f"{prefix}{name.upper()}"
        if pydantic.SecretStr in kinds:
            found[variable] = (name,)
        for inner in kinds:
            if isinstance(inner, type) and issubclass(inner, pydantic.BaseModel):
                found.update({key: (name, *path) for key, path in names(inner, f"{variable}__").items()})
    return found


def read(path: Path) -> str:
    """The secret in a file, without the line end that editors add.

    Raises:
        ValueError: there is no such file, it cannot be read, or it holds no secret; says which in Dutch.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
        secret = content.decode().rstrip("\r\n")
    except OSError as error:
        raise ValueError(f"{path} is niet te lezen ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is geen tekst") from error
    if not secret or len(content) > LARGEST_BYTES:
        raise ValueError(f"{path} is leeg" if not secret else f"{path} is te groot voor een geheim")
    return secret


def faults(kind: type[pydantic.BaseModel], prefix: str, environment: Mapping[str, str]) -> list[str]:
    """What is wrong with the files that the environment names, each by its variable."""
    found: list[str] = []
    for variable in names(kind, prefix):
        named = environment.get(variable + SUFFIX)
        if not named:
            continue
        if environment.get(variable):
            found.append(f"  {variable}: staat ook in {variable}{SUFFIX}; zet er één van de twee")
        try:
            read(Path(named))
        except ValueError as error:
            found.append(f"  {variable}{SUFFIX}: {error}")
    return found


def without_files(
    kind: type[pydantic.BaseModel], prefix: str, environment: Mapping[str, str | None]
) -> dict[str, str | None]:
    """The environment without the variables that name files; keys in any case, as pydantic-settings keeps them."""
    of_files = {variable + SUFFIX for variable in names(kind, prefix)}
    return {key: value for key, value in environment.items() if key.upper() not in of_files}


class SecretFiles(pydantic_settings.PydanticBaseSettingsSource):
    """The source of settings that reads these files; what cannot be read is left to `faults`."""

    def __init__(
        self, settings_cls: type[pydantic_settings.BaseSettings], prefix: str, environment: Mapping[str, str]
    ) -> None:
        """`environment` names the files."""
        super().__init__(settings_cls)
        self._prefix = prefix
        self._environment = environment

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - fixed signature
        """Nothing: secrets lie at any depth, so `__call__` gives them all at once."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """All secrets that are in files, nested as the settings are."""
        found: dict[str, Any] = {}
        for variable, path in names(self.settings_cls, self._prefix).items():
            named = self._environment.get(variable + SUFFIX)
            if not named:
                continue
            try:
                secret = read(Path(named))
            except ValueError:
                continue
            inner = found
            for part in path[:-1]:
                inner = inner.setdefault(part, {})
            inner[path[-1]] = secret
        return found
