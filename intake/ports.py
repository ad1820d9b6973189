"""What the hub needs from the world outside its rules. Contract text lives here; implementations point here."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from intake import observing
from intake.domain import catalogue, contact, handler_group, ids, message, party

T = TypeVar("T")


class Clock(Protocol):
    """The time of day."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        ...


class Ids(Protocol):
    """Fresh identities and randomness."""

    def new(self) -> str:
        """An id that no other record has; later ids sort after earlier ones."""
        ...

    def numbers(self) -> tuple[int, ...]:
        """Some candidate contact numbers of eight digits; the first that is free is taken."""
        ...

    def secret(self) -> str:
        """256 random bits as URL-safe text."""
        ...


# ── Channels ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What a channel can do."""

    can_send: bool = True
    max_text_chars: int = 100_000
    attachments: bool = False
    live: bool = False
    """Whether the citizen is (or may be) looking at this moment."""
    senders_are_claims: bool = False
    """Whether the sender's address was typed by somebody (a form), so that it proves nothing."""
    one_listener: bool = False
    """Whether only one of several hubs may listen at a time, as its wire is an account that is polled."""
    untrusted: bool = False
    """Whether `parse` reads formats that may hang or crash a parser: it then runs in the sandbox."""
    may_repeat: bool = False
    """Whether a message sent twice is one to the citizen (a mail keeps its Message-ID); else it is shown as uncertain
    when the hub dies between sending and writing that down, and never sent again by itself."""


class Sink(Protocol):
    """Where a channel hands in what it received."""

    async def __call__(self, receipt: message.RawReceipt) -> ids.ReceiptId:
        """Keep these bytes for good. When this returns they are on disk and the wire may be acknowledged.

        A second delivery of the same (channel, account, wire_id) returns the first one's id and changes nothing.

        Raises:
            StoreFull: nothing was kept; do not acknowledge, let the sender try again.
        """
        ...


class Channel(Protocol):
    """One wire, both ways."""

    name: str
    abilities: Abilities

    async def listen(self, sink: Sink, ready: Callable[[], None]) -> None:
        """Receive until cancelled; acknowledge a delivery only after `sink` returned. Call `ready` once it listens.

        Leaves nothing running when it is cancelled. A channel without a wire of its own just waits.
        """
        ...

    def parse(self, raw: message.RawReceipt) -> message.InboundMessage:
        """Make a message of raw bytes: pure, without a clock, a network or a wire library.

        Raises:
            Unreadable: park it for a person.
        """
        ...

    async def send(self, outgoing: message.OutboundMessage) -> message.SendResult:
        """Send one message.

        Raises:
            RetryLater: not sent; try again later.
            GaveUp: not sent and never will be; an employee sees the reason.
            Uncertain: nobody knows; shown, not repeated.
        """
        ...


class InDoubt(Protocol):
    """Between handing a message to a wire and writing down that it went, nobody knows whether it went."""

    async def enter(self) -> None:
        """Await this right before the wire may take the message: only one message of this hub passes at a time.

        Raises:
            RetryLater: the one before it takes long; nothing was sent.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What `app` gives to every channel that it builds."""

    clock: Clock
    ids: Ids
    conversations: "Conversations"
    data_dir: str
    city_name: str
    public_url: str
    in_doubt: "InDoubt | None" = None
    """None: nobody counts, as in a channel that stands alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelKind:
    """How `app` makes a channel: `settings_class` is a pydantic model under the channel's name in the settings."""

    settings_class: type[Any]
    build: Callable[[Any, Surroundings], Channel]


class Parser(Protocol):
    """Reads raw receipts of every channel, the untrusted ones in a killable process (ADR 0005)."""

    async def parse(self, raw: message.RawReceipt) -> message.InboundMessage:
        """See `Channel.parse`.

        Raises:
            Unreadable: the bytes make no message, or reading them took too long or too much memory.
        """
        ...


class Sandbox(Protocol):
    """Runs one parse function of a channel in a process that may be killed without harm."""

    async def parse(self, raw: message.RawReceipt) -> message.InboundMessage:
        """As `Parser.parse`, for one channel."""
        ...

    async def close(self) -> None:
        """End the workers."""
        ...


# ── Live conversations ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationState:
    """What a citizen's screen shows beside the messages; `wait` says when the answer comes, in their language."""

    conversation_id: ids.ConversationId
    token: str
    last_seq: int
    number: int | None
    owner: contact.Owner | None
    wait: str | None


class Conversations(Protocol):
    """Chats that are open on a screen now."""

    async def open(self, token: str | None) -> ConversationState:
        """Give the conversation of this token back, or begin a new one (also when the token is not ours)."""
        ...

    async def state(self, conversation_id: ids.ConversationId) -> ConversationState:
        """The state now; that of an empty conversation when nothing was said in it."""
        ...

    async def messages(self, conversation_id: ids.ConversationId, after: int) -> Sequence[message.Message]:
        """At most 200 messages with a higher seq than `after`, in order."""
        ...

    async def delivered(self, conversation_id: ids.ConversationId, seq: int) -> None:
        """The citizen's screen showed everything up to `seq`."""
        ...

    def changes(self, conversation_id: ids.ConversationId) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """What changes in this conversation while the context is open: `message`, `state` or `typing:<name>`.

        A change may be told more than once and never carries content: read the messages after it.
        """
        ...


# ── Bot ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A product that may be meant. `score` is between 0 and 1; `words` are the citizen's words that matched."""

    product_id: ids.ProductId
    score: float
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """What the bot makes of a text."""

    intent: str
    confidence: float
    ranking: tuple[Ranked, ...]
    language: str


class Bot(Protocol):
    """The Rasa server. Every failure (dead, slow, not 200, empty, nonsense) is one error."""

    async def understand(self, text: str) -> Understanding:
        """What is meant by `text`. Raises BotUnavailable."""
        ...

    async def say(self, sender: str, text: str, language: str) -> str:
        """The bot's own words in a dialogue turn (greeting, thanks, what are you). Raises BotUnavailable."""
        ...


# ── Store ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A piece of work that was written in the same transaction as what it belongs to.

    `lane`: jobs of one lane run one after the other, in order. `claim`: who holds it; unique per claim.
    """

    id: int
    kind: str
    payload: Mapping[str, Any]
    lane: str | None
    attempts: int
    claim: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Says that something changed, never what: readers ask the store. Ids follow the order of commits."""

    id: int
    kind: str
    contact_id: ids.ContactId | None = None
    conversation_id: ids.ConversationId | None = None
    group_id: ids.GroupId | None = None
    employee_id: ids.EmployeeId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReceipt:
    """A raw receipt with its fate. `outcome` is None until it was read."""

    id: ids.ReceiptId
    received_at: datetime
    receipt: message.RawReceipt
    outcome: str | None
    outcome_ref: str | None


class Receipts(Protocol):
    """The ledger of everything that came in."""

    def add(self, receipt_id: ids.ReceiptId, receipt: message.RawReceipt, at: datetime) -> ids.ReceiptId:
        """Insert, or return the id of the same delivery (then different from `receipt_id`)."""
        ...

    def get(self, receipt_id: ids.ReceiptId) -> StoredReceipt:
        """Raises NotFound."""
        ...

    def settle(self, receipt_id: ids.ReceiptId, outcome: str, ref: str | None) -> None:
        """Write the one outcome. Raises Conflict when there is one already."""
        ...

    def claim_utterance(self, channel: str, key: str, receipt_id: ids.ReceiptId) -> ids.ReceiptId:
        """Mark that the utterance `key` came in by this receipt; returns the first receipt that had it."""
        ...


class Parties(Protocol):
    """People and their addresses."""

    def add(self, new: party.Party) -> None:
        """Insert."""
        ...

    def get(self, party_id: ids.PartyId) -> party.Party:
        """The party itself, or the one that it was merged into. Raises NotFound."""
        ...

    def save(self, changed: party.Party) -> None:
        """Update; raises Conflict when the version is stale."""
        ...

    def addresses(self, party_id: ids.PartyId) -> Sequence[party.DigitalAddress]:
        """All addresses of the party and of those merged into it, oldest first."""
        ...

    def put_address(self, address: party.DigitalAddress) -> None:
        """Insert, or strengthen the proof of the same address of the same party; never weaken it."""
        ...

    def owner_of(self, kind: message.AddressKind, value: str) -> party.Party | None:
        """The party whose address this is for sure (`DigitalAddress.is_theirs`), else None."""
        ...


class Contacts(Protocol):
    """Contact records, chats and history."""

    def add(self, new: contact.Contact, candidates: Sequence[int]) -> contact.Contact:
        """Insert under the first free number of `candidates` (then `number` of `new` is ignored)."""
        ...

    def get(self, contact_id: ids.ContactId) -> contact.Contact:
        """Read, locked until the end of the unit of work. Raises NotFound."""
        ...

    def by_number(self, number: int) -> contact.Contact | None:
        """As `get`, by public number."""
        ...

    def save(self, changed: contact.Contact) -> contact.Contact:
        """Update and raise the version; raises Conflict when the version is stale."""
        ...

    def of_party(self, party_id: ids.PartyId, limit: int) -> Sequence[contact.Contact]:
        """The newest contacts of the party (and of those merged into it)."""
        ...

    def waiting_for_citizen_since(
        self, before: datetime, kinds: Sequence[contact.Kind], limit: int
    ) -> Sequence[contact.Contact]:
        """Contacts of these kinds whose owner is the citizen and that did not change since `before`, oldest first."""
        ...

    def stranded(self, before: datetime, limit: int) -> Sequence[contact.Contact]:
        """Contacts whose owner is the bot, not changed since `before`, whose last message is the citizen's."""
        ...

    def add_history(
        self, contact_id: ids.ContactId, at: datetime, kind: str, actor: str, detail: Mapping[str, Any]
    ) -> None:
        """Write down what happened."""
        ...

    def history(self, contact_id: ids.ContactId) -> Sequence[contact.HistoryLine]:
        """All lines, oldest first."""
        ...

    def add_conversation(self, new: contact.Conversation) -> None:
        """Insert."""
        ...

    def conversation(self, conversation_id: ids.ConversationId) -> contact.Conversation:
        """Raises NotFound."""
        ...

    def save_conversation(self, changed: contact.Conversation) -> None:
        """Update."""
        ...


class Messages(Protocol):
    """Utterances, their files, and the mail ids that lead back to a contact."""

    def add(self, new: message.Message, attachments: Sequence[message.Attachment] = ()) -> None:
        """Insert."""
        ...

    def get(self, message_id: ids.MessageId) -> message.Message:
        """Raises NotFound."""
        ...

    def of_contact(self, contact_id: ids.ContactId) -> Sequence[message.Message]:
        """All utterances, oldest first."""
        ...

    def of_conversation(self, conversation_id: ids.ConversationId, after: int, limit: int) -> Sequence[message.Message]:
        """Utterances of a chat with a higher seq than `after`."""
        ...

    def set_delivery(self, message_id: ids.MessageId, state: message.Delivery, detail: str) -> None:
        """Write how far it came."""
        ...

    def set_ranking(self, message_id: ids.MessageId, ranking: Sequence[Mapping[str, Any]]) -> None:
        """Keep what the ranker proposed for a citizen's message."""
        ...

    def delivered_up_to(self, conversation_id: ids.ConversationId, seq: int) -> None:
        """Mark the outgoing chat messages up to `seq` as delivered."""
        ...

    def attachments(self, message_ids: Sequence[ids.MessageId]) -> Sequence[message.Attachment]:
        """The files of these messages."""
        ...

    def attachment(self, attachment_id: str) -> message.Attachment:
        """Raises NotFound."""
        ...

    def remember_mail_id(self, mail_id: str, contact_id: ids.ContactId) -> None:
        """An answer to this Message-ID belongs to this contact; the first contact keeps it."""
        ...

    def contacts_of_mail_ids(self, mail_ids: Sequence[str]) -> Mapping[str, ids.ContactId]:
        """The contacts that these Message-IDs are known in."""
        ...

    def automatic_since(self, address: str, since: datetime) -> int:
        """How many messages a machine of ours sent to this mail address since then."""
        ...


class Queue(Protocol):
    """Queue items of the handler groups."""

    def add(self, new: handler_group.QueueItem) -> None:
        """Insert. Raises Conflict when the contact has an open item."""
        ...

    def get(self, item_id: ids.QueueItemId) -> handler_group.QueueItem:
        """Read, locked until the end of the unit of work. Raises NotFound."""
        ...

    def save(self, changed: handler_group.QueueItem) -> None:
        """Update."""
        ...

    def next_free(self, groups: Sequence[ids.GroupId], now: datetime) -> handler_group.QueueItem | None:
        """The unclaimed item of these groups that waits longest, locked."""
        ...

    def expired(self, now: datetime, limit: int) -> Sequence[handler_group.QueueItem]:
        """Claimed items whose lease ran out."""
        ...


class Directory(Protocol):
    """Groups, employees, units and their log-ins."""

    def groups(self) -> Sequence[handler_group.HandlerGroup]:
        """All groups, front desk first, then by name."""
        ...

    def group(self, group_id: ids.GroupId) -> handler_group.HandlerGroup:
        """Raises NotFound."""
        ...

    def put_group(self, group: handler_group.HandlerGroup) -> None:
        """Insert or replace."""
        ...

    def group_of_unit(self, unit_id: ids.UnitId) -> ids.GroupId | None:
        """The group that answers for this unit."""
        ...

    def put_unit(self, unit_id: ids.UnitId, name: str, group_id: ids.GroupId) -> None:
        """Insert or replace."""
        ...

    def employee(self, employee_id: ids.EmployeeId) -> handler_group.Employee:
        """Raises NotFound."""
        ...

    def employees(self) -> Sequence[handler_group.Employee]:
        """All employees by name."""
        ...

    def put_employee(self, employee: handler_group.Employee, password_hash: str | None) -> None:
        """Insert or replace; None keeps the password that is there."""
        ...

    def login(self, email: str) -> tuple[handler_group.Employee, str] | None:
        """The active employee with this e-mail address and the hash of the password."""
        ...

    def add_session(self, session: "LoginSession") -> None:
        """Insert."""
        ...

    def session(self, id_hash: str) -> "LoginSession | None":
        """The session, whatever its age."""
        ...

    def touch_session(self, id_hash: str, at: datetime) -> None:
        """It was used now."""
        ...

    def end_session(self, id_hash: str) -> None:
        """Log out."""
        ...

    def add_token(self, token_hash: str, name: str, scopes: Sequence[str], at: datetime) -> None:
        """A new API token."""
        ...

    def token(self, token_hash: str) -> "ApiToken | None":
        """The token, when it was not revoked."""
        ...

    def tokens(self) -> Sequence["KeptToken"]:
        """All tokens, newest first, also those that were revoked."""
        ...

    def revoke_tokens(self, name: str, at: datetime) -> int:
        """Let no token with this name in any more; returns how many were valid until now."""
        ...

    def end_sessions(self, employee_id: ids.EmployeeId) -> int:
        """Log an employee out everywhere; returns how many sessions there were."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginSession:
    """A server-side login session; only the hash of its id is kept."""

    id_hash: str
    employee_id: ids.EmployeeId
    csrf: str
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """What a bearer of this token may do: scopes such as `contacts:read`."""

    name: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptToken:
    """What the store knows of an API token; `mark` are the first characters of its hash, to tell two apart."""

    mark: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None


class Products(Protocol):
    """The catalogue."""

    def get(self, product_id: ids.ProductId) -> catalogue.Product:
        """The present version, also when withdrawn. Raises NotFound."""
        ...

    def all(self) -> Sequence[catalogue.Product]:
        """All products that are not withdrawn, by theme and title."""
        ...

    def put(self, product: catalogue.Product, at: datetime) -> str:
        """Insert or renew; returns `added`, `changed` or `same`. A change keeps the old version."""
        ...

    def withdraw_others(self, keep: Sequence[ids.ProductId], at: datetime) -> int:
        """Withdraw every product that is not in `keep`; returns how many."""
        ...


class Jobs(Protocol):
    """Work that must not be forgotten."""

    def add(
        self,
        kind: str,
        payload: Mapping[str, Any],
        *,
        key: str | None = None,
        lane: str | None = None,
        run_at: datetime | None = None,
    ) -> None:
        """Add a job; a second one with the same `key` is not added. None for `run_at` means now."""
        ...

    def claim(
        self, claim: str, now: datetime, lease_until: datetime, limit: int, without: Sequence[str] = ()
    ) -> Sequence[Job]:
        """Take jobs that are due, at most one per lane and never one whose lane has an older job.

        Jobs of the kinds in `without` are left for later.
        """
        ...

    def done(self, job: Job) -> None:
        """Finished. Does nothing when the claim was lost."""
        ...

    def retry(self, job: Job, run_at: datetime, error: str) -> None:
        """Try again at `run_at`."""
        ...

    def bury(self, job: Job, error: str) -> None:
        """Give up: it stays as a dead letter that people see."""
        ...

    def dead(self, limit: int) -> Sequence[Mapping[str, Any]]:
        """Dead letters, newest first: id, kind, payload, error, attempts, finished_at."""
        ...

    def revive(self, job_id: int, now: datetime) -> None:
        """Try a dead letter again. Raises NotFound."""
        ...

    def free(self, holder: str | None) -> int:
        """Give back every job whose claim begins with `holder:`, as that hub is gone; None: every claimed job."""
        ...

    def next_due(self) -> datetime | None:
        """When the next waiting job is due."""
        ...


class Hubs(Protocol):
    """The hubs that share a store. A holder is the id of one hub process."""

    def hold(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        """Take the lease `name` (of the form `kind:what`) or renew it; False when another holds it at `now`."""
        ...

    def let_go(self, name: str, holder: str) -> None:
        """Give the lease up; does nothing when another holds it."""
        ...

    def ended(self, kind: str, now: datetime) -> Sequence[str]:
        """The holders of leases of this kind that they did not renew."""
        ...

    def forget(self, holder: str | None) -> None:
        """Remove the leases and open chats of this hub, which is gone; None: of every hub."""
        ...

    def open_chat(self, conversation_id: ids.ConversationId, holder: str) -> None:
        """This chat is on a screen, connected to this hub."""
        ...

    def close_chat(self, conversation_id: ids.ConversationId, holder: str) -> None:
        """It is not connected to this hub any more."""
        ...

    def has_open_chat(self, conversation_id: ids.ConversationId) -> bool:
        """Whether it is connected to any hub."""
        ...

    def fixed(self, name: str, value: str) -> str:
        """Keep a value that every hub of this installation must share; returns the one that was first."""
        ...


class UnitOfWork(Protocol):
    """Everything that one transaction may touch."""

    @property
    def receipts(self) -> Receipts: ...  # noqa: D102
    @property
    def parties(self) -> Parties: ...  # noqa: D102
    @property
    def contacts(self) -> Contacts: ...  # noqa: D102
    @property
    def messages(self) -> Messages: ...  # noqa: D102
    @property
    def queue(self) -> Queue: ...  # noqa: D102
    @property
    def directory(self) -> Directory: ...  # noqa: D102
    @property
    def products(self) -> Products: ...  # noqa: D102
    @property
    def jobs(self) -> Jobs: ...  # noqa: D102
    @property
    def hubs(self) -> Hubs: ...  # noqa: D102
    @property
    def views(self) -> "Views": ...  # noqa: D102
    @property
    def ledger(self) -> observing.Ledger: ...  # noqa: D102
    @property
    def pruning(self) -> observing.Pruning: ...  # noqa: D102

    def tell(
        self,
        kind: str,
        *,
        contact_id: ids.ContactId | None = None,
        conversation_id: ids.ConversationId | None = None,
        group_id: ids.GroupId | None = None,
        employee_id: ids.EmployeeId | None = None,
    ) -> None:
        """Add an event; listeners hear of it after the commit."""
        ...


class Store(Protocol):
    """The one place that remembers. `is_shared`: other hubs may be serving it at the same time."""

    is_shared: bool

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run `work` in a transaction and return its result once it is durable.

        `work` is synchronous and may run more than once: it draws its ids and its time before, raises its refusals
        before its first write, and calls nothing outside the unit of work.

        Raises:
            IntakeError: what `work` raised; nothing was written.
            StoreFull: disk full, locked or overloaded; nothing was written. Or the database went away during the
                commit and nobody knows; then the text says so, and doing it again must be harmless.
        """
        ...

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run `work` on a snapshot; it may not write."""
        ...

    def events(self) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Every event that is committed while the context is open. A slow reader gets an event `reset` for the rest."""
        ...


class Blobs(Protocol):
    """Bytes too large for the database, named by their SHA-256 and durable before they are named."""

    async def put(self, content: bytes) -> str:
        """Keep; returns the SHA-256 in hexadecimal. Raises StoreFull."""
        ...

    async def get(self, sha256: str) -> bytes:
        """Raises NotFound."""
        ...


# ── What the faces show ─────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLine:
    """One line of a work list."""

    item_id: ids.QueueItemId | None
    contact_id: ids.ContactId
    number: int
    kind: contact.Kind
    owner: contact.Owner
    subject: str
    party_name: str
    """The name, else a mail address or phone number, else empty."""
    channel: str
    group_id: ids.GroupId | None
    group_name: str
    claimed_by: ids.EmployeeId | None
    claimed_name: str
    waiting_since: datetime
    due_at: datetime | None
    last_at: datetime
    last_from_citizen: bool
    hops: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The figures beside the views of the workspace."""

    mine: int
    my_groups: int
    unclaimed: int
    late: int
    waiting: int
    parked: int
    groups: Mapping[ids.GroupId, int]


class Views(Protocol):
    """Lists for the workspace and the API; every list is paged by key."""

    def counts(self, employee: handler_group.Employee, now: datetime) -> Counts:
        """All figures in one go."""
        ...

    def work_list(
        self, view: str, employee: handler_group.Employee, now: datetime, after: str | None, limit: int
    ) -> tuple[Sequence[QueueLine], str | None]:
        """Lines of a view, longest waiting first, and the key of the next page.

        Args:
            view: `mine`, `groups`, `unclaimed`, `late`, `waiting` or `group:<id>`; only groups of the employee.
            employee: who looks.
            now: to know what is late.
            after: the key of the page before, or None.
            limit: lines per page.
        """
        ...

    def search(self, text: str, employee: handler_group.Employee, limit: int) -> Sequence[QueueLine]:
        """Contacts by number, name, address or subject that the employee may see, newest first."""
        ...

    def contacts(self, after: str | None, limit: int) -> tuple[Sequence[contact.Contact], str | None]:
        """All contacts, newest first, for the API."""
        ...

    def open_items(
        self, group_id: ids.GroupId | None, after: str | None, limit: int
    ) -> tuple[Sequence[handler_group.QueueItem], str | None]:
        """Open queue items, longest waiting first, for the API."""
        ...

    def parked(self, limit: int) -> Sequence[StoredReceipt]:
        """Receipts that nobody could read, newest first; of large ones only the beginning of the bytes."""
        ...

    def ledger(self) -> Mapping[str, int]:
        """How many receipts have which outcome; `open` are not read yet."""
        ...
