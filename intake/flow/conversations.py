"""Chats on a screen: open, resume, follow. See `ports.Conversations`."""

import asyncio
import contextlib
import dataclasses
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence

from intake import errors, ports
from intake.domain import contact, handler_group, ids, message, tokens, wording
from intake.flow import hub as hub_module

log = logging.getLogger(__name__)

PAGE = 200
CHANGES = 64
TYPING = "typing"


class LiveConversations:
    """See `ports.Conversations`. One event stream of the store feeds every open chat of this process."""

    def __init__(self) -> None:
        """`bind` gives it its hub before the first use."""
        self._hub: hub_module.Hub | None = None
        self._open: dict[ids.ConversationId, list[asyncio.Queue[str]]] = {}

    def bind(self, hub: hub_module.Hub) -> None:
        """Work for this hub."""
        self._hub = hub

    @property
    def _bound(self) -> hub_module.Hub:
        assert self._hub is not None  # noqa: S101 - the composition root binds before it serves
        return self._hub

    def is_on_screen(self, conversation_id: str) -> bool:
        """Whether this chat is open in a browser now."""
        return conversation_id in self._open

    @property
    def open_chats(self) -> int:
        """How many chats are open in browsers of this process."""
        return sum(len(queues) for queues in self._open.values())

    async def run(self) -> None:
        """Pass events on to the open chats until cancelled; chats that are open already look what they missed."""
        async with self._bound.store.events() as events:
            self._all_look()
            async for event in events:
                if event.kind == "reset":
                    self._all_look()
                elif event.kind == TYPING:
                    await self._show_typing(event)
                elif event.conversation_id is not None:
                    _put(self._open.get(event.conversation_id, ()), "state")

    def _all_look(self) -> None:
        for queues in self._open.values():
            _put(queues, "state")

    async def typing(self, conversation_id: ids.ConversationId, employee: handler_group.Employee) -> None:
        """An employee is typing in this chat. Only a hub with the chat's socket can show it."""
        if conversation_id in self._open:
            _put(self._open[conversation_id], f"typing:{employee.first_name}")
        elif self._bound.store.is_shared:
            await self._bound.store.write(
                lambda uow: uow.tell(TYPING, conversation_id=conversation_id, employee_id=employee.id)
            )

    async def _show_typing(self, event: ports.Event) -> None:
        """Another hub told that an employee types in a chat that may be open here. Who it is may be unknown now."""
        conversation_id, employee_id = event.conversation_id, event.employee_id
        if conversation_id in self._open and conversation_id is not None and employee_id is not None:
            with contextlib.suppress(errors.NotFound, errors.StoreFull):
                who = await self._bound.store.read(lambda uow: uow.directory.employee(employee_id))
                _put(self._open.get(conversation_id, ()), f"typing:{who.first_name}")

    async def open(self, token: str | None) -> ports.ConversationState:
        """See `ports.Conversations.open`; nothing is stored before the citizen says something."""
        hub = self._bound
        known = tokens.read(hub.secret, "chat", token) if token else None
        return await self.state(ids.ConversationId(known or hub.ids.new()))

    async def state(self, conversation_id: ids.ConversationId) -> ports.ConversationState:
        """See `ports.Conversations.state`."""
        return await self._bound.store.read(lambda uow: self._state(uow, conversation_id))

    def _state(self, uow: ports.UnitOfWork, conversation_id: ids.ConversationId) -> ports.ConversationState:
        chat = _chat(uow, conversation_id)
        of = uow.contacts.get(chat.contact_id) if chat and chat.contact_id else None
        wait: str | None = None
        if of is not None and of.owner is contact.Owner.QUEUE and of.open_item_id and of.group_id:
            due = uow.queue.get(of.open_item_id).due_at
            if due > self._bound.clock.now():
                wait = wording.promise(due, uow.directory.group(of.group_id).calendar, of.language)
        return ports.ConversationState(
            conversation_id=conversation_id,
            token=tokens.sign(self._bound.secret, "chat", conversation_id),
            last_seq=chat.last_seq if chat else 0,
            number=of.number if of else None,
            owner=_seen_owner(of) if of else None,
            wait=wait,
            time_zone=self._bound.city.time_zone,
        )

    async def messages(self, conversation_id: ids.ConversationId, after: int) -> Sequence[message.Message]:
        """See `ports.Conversations.messages`."""
        return await self._bound.store.read(lambda uow: uow.messages.of_conversation(conversation_id, after, PAGE))

    async def delivered(self, conversation_id: ids.ConversationId, seq: int) -> None:
        """See `ports.Conversations.delivered`."""

        def work(uow: ports.UnitOfWork) -> None:
            chat = _chat(uow, conversation_id)
            shown = min(seq, chat.last_seq) if chat else 0
            if chat is None or shown <= chat.delivered_seq:
                return
            uow.contacts.save_conversation(dataclasses.replace(chat, delivered_seq=shown))
            uow.messages.delivered_up_to(conversation_id, shown)
            if chat.contact_id is not None:
                uow.tell("delivery", contact_id=chat.contact_id)

        await self._bound.store.write(work)

    @contextlib.asynccontextmanager
    async def changes(self, conversation_id: ids.ConversationId) -> AsyncGenerator[AsyncIterator[str]]:
        """See `ports.Conversations.changes`."""
        queue: asyncio.Queue[str] = asyncio.Queue(maxsize=CHANGES)
        self._open.setdefault(conversation_id, []).append(queue)
        try:
            if len(self._open[conversation_id]) == 1:
                await self._tell_others(lambda uow: uow.hubs.open_chat(conversation_id, self._bound.me))
            yield _read(queue)
        finally:
            self._open[conversation_id].remove(queue)
            if not self._open[conversation_id]:
                del self._open[conversation_id]
                await self._tell_others(lambda uow: uow.hubs.close_chat(conversation_id, self._bound.me))

    async def tell_again(self) -> None:
        """Write for other hubs which chats are open here, where what stands there differs.

        A hub that took this one for dead cleared it, or it could not be written. Raises StoreFull.
        """
        hub = self._bound
        if not hub.store.is_shared:
            return
        told = await hub.store.read(lambda uow: uow.hubs.open_chats(hub.me))
        # No await between here and handing the work in: what opens or closes later is written later.
        missing, over = self._open.keys() - told, told - self._open.keys()
        if not missing and not over:
            return

        def work(uow: ports.UnitOfWork) -> None:
            for conversation_id in missing:
                uow.hubs.open_chat(conversation_id, hub.me)
            for conversation_id in over:
                uow.hubs.close_chat(conversation_id, hub.me)

        await hub.store.write(work)
        log.info("open_chats_told_again", extra={"missing": len(missing), "over": len(over)})

    async def _tell_others(self, work: Callable[[ports.UnitOfWork], None]) -> None:
        """Write for other hubs where a chat is open. When that fails, `tell_again` mends it with the next beat."""
        if self._bound.store.is_shared:
            with contextlib.suppress(errors.StoreFull):
                await self._bound.store.write(work)


def _chat(uow: ports.UnitOfWork, conversation_id: ids.ConversationId) -> contact.Conversation | None:
    """The conversation; None until its first message was read."""
    try:
        return uow.contacts.conversation(conversation_id)
    except errors.NotFound:
        return None


def _seen_owner(of: contact.Contact) -> contact.Owner:
    """The owner as the citizen sees it: until a person took over they talk with the bot, also when it waits."""
    if of.owner is contact.Owner.CITIZEN and not of.human:
        return contact.Owner.BOT
    return of.owner


async def _read(queue: asyncio.Queue[str]) -> AsyncIterator[str]:
    while True:
        yield await queue.get()


def _put(queues: Sequence[asyncio.Queue[str]], change: str) -> None:
    """A full queue already holds a change that makes its reader look: typing may only ever fill half of it."""
    for queue in queues:
        if change.startswith("typing:") and queue.qsize() >= CHANGES // 2:
            continue
        with contextlib.suppress(asyncio.QueueFull):
            queue.put_nowait(change)
