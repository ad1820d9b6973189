"""What every use case needs, handed in once by the composition root."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from intake import errors, observing, ports
from intake.domain import contact, handler_group, ids, message, policy, tokens
from intake.flow import doubt
from intake.flow import rush as rushes


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """The hub's surroundings. `me`: the id of this process; `secret` signs tokens, and all hubs share it."""

    me: str
    store: ports.Store
    blobs: ports.Blobs
    clock: ports.Clock
    ids: ports.Ids
    bot: ports.Bot
    parser: ports.Parser
    channels: Mapping[str, ports.Channel]
    city: policy.City
    policy: policy.Policy
    secret: bytes
    is_on_screen: Callable[[str], bool]
    """Whether a chat is open on a screen that is connected to this process."""
    wake: Callable[[], None]
    """Tells the job loop that there is work."""
    meters: observing.Meters = field(default_factory=observing.NoMeters)
    in_doubt: doubt.OneInDoubt = field(default_factory=doubt.OneInDoubt)
    rush: rushes.Rush = field(default_factory=rushes.Rush)
    """Knows whether much comes in at once."""

    def contact_token(self, number: int) -> str:
        """The token that brings a mail back to this contact."""
        return tokens.sign(self.secret, "contact", str(number))

    def number_of(self, token: str) -> int | None:
        """The contact number in a token that we signed."""
        value = tokens.read(self.secret, "contact", token)
        return int(value) if value and value.isdigit() else None

    def mail_id(self, message_id: str) -> str:
        """The Message-ID of an outgoing mail: the same however often it is sent."""
        return f"{message_id}@{self.city.domain}"


def is_on_screen(hub: Hub, uow: ports.UnitOfWork, conversation_id: ids.ConversationId) -> bool:
    """Whether this chat is open on a screen now, connected to whichever hub."""
    return hub.is_on_screen(conversation_id) or (hub.store.is_shared and uow.hubs.has_open_chat(conversation_id))


def channel_is_live(hub: Hub, name: str) -> bool:
    """Whether citizens of this channel are (or may be) looking at the moment."""
    channel = hub.channels.get(name)
    return channel is not None and channel.abilities.live


def front_desk(uow: ports.UnitOfWork) -> handler_group.HandlerGroup:
    """The group that takes what belongs to no other."""
    groups = uow.directory.groups()
    if not groups:
        raise errors.RetryLater("Er zijn nog geen groepen. Voeg er een toe met `onthaal group add --front-desk`.")
    return next((group for group in groups if group.is_front_desk), groups[0])


def tell_contact(uow: ports.UnitOfWork, changed: contact.Contact, kind: str = "contact") -> None:
    """Let the screens of employees and of the citizen know that this contact changed."""
    uow.tell(kind, contact_id=changed.id, conversation_id=changed.conversation_id, group_id=changed.group_id)


def add_message(
    uow: ports.UnitOfWork, new: message.Message, attachments: tuple[message.Attachment, ...] = ()
) -> message.Message:
    """Insert a message; in a chat it gets the next number of its conversation."""
    if new.conversation_id is not None and new.direction is not message.Direction.NOTE:
        chat = uow.contacts.conversation(new.conversation_id)
        new = dataclasses.replace(new, seq=chat.last_seq + 1)
        uow.contacts.save_conversation(dataclasses.replace(chat, last_seq=chat.last_seq + 1))
    uow.messages.add(new, attachments)
    return new
