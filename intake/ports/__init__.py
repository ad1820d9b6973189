"""What the hub needs from the world outside its rules. Contract text lives here; implementations point here."""

from intake.ports.basics import Clock, Ids
from intake.ports.bot import Bot, Ranked, Understanding
from intake.ports.channels import Abilities, Channel, ChannelKind, InDoubt, Parser, Sandbox, Sink, Surroundings
from intake.ports.contacts import Contacts
from intake.ports.conversations import Conversations, ConversationState
from intake.ports.directory import ApiToken, Directory, KeptToken, LoginSession
from intake.ports.hubs import Hubs
from intake.ports.jobs import Job, Jobs
from intake.ports.messages import Messages
from intake.ports.parties import Parties
from intake.ports.products import Products
from intake.ports.queue import Queue
from intake.ports.receipts import Receipts, StoredReceipt
from intake.ports.store import Blobs, Event, Store, UnitOfWork
from intake.ports.views import Counts, QueueLine, Views

__all__ = [
    "Abilities",
    "ApiToken",
    "Blobs",
    "Bot",
    "Channel",
    "ChannelKind",
    "Clock",
    "Contacts",
    "ConversationState",
    "Conversations",
    "Counts",
    "Directory",
    "Event",
    "Hubs",
    "Ids",
    "InDoubt",
    "Job",
    "Jobs",
    "KeptToken",
    "LoginSession",
    "Messages",
    "Parser",
    "Parties",
    "Products",
    "Queue",
    "QueueLine",
    "Ranked",
    "Receipts",
    "Sandbox",
    "Sink",
    "Store",
    "StoredReceipt",
    "Surroundings",
    "Understanding",
    "UnitOfWork",
    "Views",
]
