"""The channels by name, loaded when they are asked for."""

import importlib
from typing import Any

import pydantic

import channels
from intake import ports, settings


def kind(name: str) -> ports.ChannelKind:
    """The kind of a registered channel."""
    module, _, attribute = channels.REGISTRY[name].partition(":")
    found = getattr(importlib.import_module(module), attribute)
    assert isinstance(found, ports.ChannelKind)  # noqa: S101 - a mistake in the registry, not in the world
    return found


def settings_classes() -> dict[str, type[pydantic.BaseModel]]:
    """The settings class of every registered channel."""
    return {name: kind(name).settings_class for name in channels.REGISTRY}


def load_settings(**given: Any) -> settings.Settings:
    """The settings of this process, channels included. Raises BadSettings."""
    return settings.load(settings_classes(), given)


def switched_on(of: settings.Settings) -> dict[str, Any]:
    """The settings of each channel that is switched on."""
    found = {name: getattr(of.channels, name) for name in channels.REGISTRY}
    return {name: value for name, value in found.items() if value is not False}
