"""The e-mail channel: SMTP in, MIME read in killable processes, SMTP out to a relay.

`KIND` is made at first use: a parse worker imports this package too, and has no need of settings or SMTP.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from intake import ports

    KIND: ports.ChannelKind


def __getattr__(name: str) -> object:
    """Load `KIND` when it is asked for."""
    if name == "KIND":
        from channels.email import channel  # noqa: PLC0415 - see the module's docstring

        return channel.KIND
    raise AttributeError(name)
