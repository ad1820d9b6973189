"""Everything that one transaction may touch, part by part."""

from intake.domain import ids
from intake.store import (
    contacts,
    directory,
    hubs,
    jobs,
    ledger,
    messages,
    parties,
    products,
    pruning,
    queue,
    receipts,
    views,
)
from intake.store.transaction import Transaction


class UnitOfWork:
    """See `ports.UnitOfWork`."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction
        self.receipts = receipts.Receipts(transaction)
        self.parties = parties.Parties(transaction)
        self.contacts = contacts.Contacts(transaction)
        self.messages = messages.Messages(transaction)
        self.queue = queue.Queue(transaction)
        self.directory = directory.Directory(transaction)
        self.products = products.Products(transaction)
        self.jobs = jobs.Jobs(transaction)
        self.hubs = hubs.Hubs(transaction)
        self.views = views.Views(transaction)
        self.ledger = ledger.Ledger(transaction)
        self.pruning = pruning.Pruning(transaction)

    def tell(
        self,
        kind: str,
        *,
        contact_id: ids.ContactId | None = None,
        conversation_id: ids.ConversationId | None = None,
        group_id: ids.GroupId | None = None,
        employee_id: ids.EmployeeId | None = None,
    ) -> None:
        """See `ports.UnitOfWork`."""
        self._in.add_event(
            {
                "kind": kind,
                "contact_id": contact_id,
                "conversation_id": conversation_id,
                "group_id": group_id,
                "employee_id": employee_id,
            }
        )
