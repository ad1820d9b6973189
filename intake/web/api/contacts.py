"""Contact records: the list, one record, what was said in it, and a note of another system."""

from typing import Final

import pydantic
from aiohttp import web
from pydantic import Field

from intake import ports
from intake.domain import handler_group, ids, message
from intake.flow import reply
from intake.web.api import contact_shapes, models, operation, reading

TAG: Final = "contacts"


class NewNote(models.Input):
    """An internal note; it never leaves the hub."""

    model_config = pydantic.ConfigDict(
        json_schema_extra=models.example(text="Afspraak aan de balie op 25 november om 10 uur (agenda AFS-1182).")
    )

    text: str = Field(min_length=1, max_length=reply.REPLY_CHARS, description="Plain text.")

    @pydantic.field_validator("text")
    @classmethod
    def _says_something(cls, value: str) -> str:
        return models.says_something(value)


class ContactQuery(models.PageQuery):
    """What the list of contacts may be asked for."""

    number: str | None = Field(
        default=None, pattern=r"^[0-9]{1,10}$", description="Only the contact with this public number."
    )


async def get_contacts(call: operation.Call) -> web.Response:
    """All contacts, or the one with a number."""
    asked = reading.query(call.request, ContactQuery)
    number = asked.number
    if number is not None:
        one = await call.services.hub.store.read(lambda uow: uow.contacts.by_number(int(number)))
        return operation.reply(
            contact_shapes.ContactPage(results=[contact_shapes.of_contact(one)] if one else [], next=None)
        )
    found, after = await call.services.hub.store.read(lambda uow: uow.views.contacts(asked.after, asked.page_size))
    return operation.reply(
        contact_shapes.ContactPage(results=[contact_shapes.of_contact(one) for one in found], next=call.next_url(after))
    )


async def get_contact(call: operation.Call) -> web.Response:
    """One contact with its party."""
    contact_id = ids.ContactId(call.id("contactId"))

    def work(uow: ports.UnitOfWork) -> contact_shapes.ContactDetail:
        of = uow.contacts.get(contact_id)
        return contact_shapes.ContactDetail(
            **dict(contact_shapes.of_contact(of)), party=contact_shapes.of_party(uow, of.party_id)
        )

    return operation.reply(await call.services.hub.store.read(work))


async def get_messages(call: operation.Call) -> web.Response:
    """What was said in a contact."""
    contact_id = ids.ContactId(call.id("contactId"))

    def work(uow: ports.UnitOfWork) -> contact_shapes.MessageList:
        of = uow.contacts.get(contact_id)
        said = uow.messages.of_contact(of.id)
        files_of: dict[str, list[message.Attachment]] = {one.id: [] for one in said}
        for file in uow.messages.attachments([one.id for one in said]):
            files_of[file.message_id].append(file)
        return contact_shapes.MessageList(
            results=[contact_shapes.of_message(one, files_of[one.id]) for one in said], next=None
        )

    return operation.reply(await call.services.hub.store.read(work))


async def post_note(call: operation.Call) -> web.Response:
    """Write a note in the name of the token: employees see which system wrote it."""
    contact_id = ids.ContactId(call.id("contactId"))
    note = await reading.body(call.request, NewNote)
    writer = handler_group.Employee(id=ids.EmployeeId(f"token:{call.caller.name}"), name=call.caller.name, email="")
    kept = await call.services.writer.note(writer, contact_id, note.text)
    return operation.reply(contact_shapes.of_message(kept), status=201)


OPERATIONS: Final = (
    operation.Operation(
        id="getContacts",
        method="GET",
        path="/contacts",
        handler=get_contacts,
        scope="contacts:read",
        tag=TAG,
        summary="List contact records, newest first",
        query=ContactQuery,
        result=contact_shapes.ContactPage,
        refusals=(400,),
    ),
    operation.Operation(
        id="getContact",
        method="GET",
        path="/contacts/{contactId}",
        handler=get_contact,
        scope="contacts:read",
        tag=TAG,
        summary="Read one contact record with its party",
        result=contact_shapes.ContactDetail,
        refusals=(404,),
    ),
    operation.Operation(
        id="getContactMessages",
        method="GET",
        path="/contacts/{contactId}/messages",
        handler=get_messages,
        scope="contacts:read",
        tag=TAG,
        summary="Read what was said in a contact, oldest first",
        result=contact_shapes.MessageList,
        refusals=(404,),
    ),
    operation.Operation(
        id="postContactNote",
        method="POST",
        path="/contacts/{contactId}/messages",
        handler=post_note,
        scope="contacts:write",
        tag=TAG,
        summary="Write an internal note in a contact",
        description="Employees see it under the name of the token. Sent twice, it stands there twice.",
        body=NewNote,
        result=contact_shapes.Message,
        status=201,
        refusals=(400, 404, 408, 413, 415),
    ),
)
