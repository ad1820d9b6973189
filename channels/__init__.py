"""The wire edge: bytes in become an `InboundMessage`, an `OutboundMessage` becomes bytes.

`REGISTRY` names one `ports.ChannelKind` per channel. `intake.app` loads a name only when that channel is
switched on, so that a parse worker never imports a wire library that it does not need.
"""

from typing import Final

REGISTRY: Final[dict[str, str]] = {
    "api": "channels.api_intake:KIND",
    "email": "channels.email:KIND",
    "webchat": "channels.webchat:KIND",
}
