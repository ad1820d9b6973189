"""The identities of the records; each is an opaque text, except the public number of a contact."""

from typing import NewType

ReceiptId = NewType("ReceiptId", str)
PartyId = NewType("PartyId", str)
AddressId = NewType("AddressId", str)
ConversationId = NewType("ConversationId", str)
ContactId = NewType("ContactId", str)
MessageId = NewType("MessageId", str)
QueueItemId = NewType("QueueItemId", str)
EmployeeId = NewType("EmployeeId", str)
GroupId = NewType("GroupId", str)
UnitId = NewType("UnitId", str)
ProductId = NewType("ProductId", str)

ContactNumber = NewType("ContactNumber", int)
"""The public number: digits only, at most ten, so that it works as reference on every channel.

Source: Klantinteracties 0.9.0, klantcontact.referentienummer.
"""


def shown(number: int) -> str:
    """The number as people read it: groups of four digits (2604 8127)."""
    digits = str(number)
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))
