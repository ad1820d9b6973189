"""The tables, their constraints and their indexes. A change here needs a migration (a test compares them)."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from intake.domain import contact as contacts
from intake.domain import handler_group as groups
from intake.domain import message as messages
from intake.domain import party as parties
from intake.store.columns import EnumText, UtcTime, json_column

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

OUTCOMES = ("message", "duplicate", "loop", "bounce", "spam", "quarantined")
"""What may become of a receipt: exactly one of these."""

INLINE_BYTES = 256 * 1024
"""Raw bytes up to this size stay in the row, larger ones become a file: one big mail does not hold up a batch."""


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=null)


def _time(name: str, *, null: bool = False) -> "sa.Column[object]":
    return sa.Column(name, UtcTime, nullable=null)


def _key(name: str, target: str, *, null: bool = False, late: bool = False, cycle: bool = False) -> sa.Column[str]:
    """A foreign key; `late` ones are checked at the commit, `cycle` ones are added after both tables exist."""
    key = sa.ForeignKey(target, use_alter=cycle, deferrable=late or None, initially="DEFERRED" if late else None)
    return sa.Column(name, sa.Text, key, nullable=null)


WORD = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
"""Text in the order of its code points on both databases, so that words with one beginning stand together."""


def _among(column: str, values: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"


# ── What came in ────────────────────────────────────────────────────────────────────────────────

receipt = sa.Table(
    "receipt",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _text("channel"),
    _text("account"),
    _text("wire_id"),
    sa.Column("raw", sa.LargeBinary, nullable=True),
    _text("blob_sha256", null=True),
    sa.Column("envelope", json_column(), nullable=False),
    _text("lane", null=True),
    _time("received_at"),
    _text("outcome", null=True),
    _text("outcome_ref", null=True),
    sa.UniqueConstraint("channel", "account", "wire_id"),
    sa.CheckConstraint(_among("outcome", OUTCOMES), name="outcome"),
    sa.CheckConstraint("(raw IS NULL) <> (blob_sha256 IS NULL)", name="one_place"),
)
PARKED = sa.text("outcome = 'quarantined'")
# The two indexes of the ledger: receipts by what became of them, and by when they came. Their sums prove each other.
sa.Index(None, receipt.c.outcome, receipt.c.received_at, receipt.c.id, receipt.c.channel)
sa.Index(None, receipt.c.channel, receipt.c.received_at)

utterance = sa.Table(
    "utterance",
    metadata,
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    _key("receipt_id", "receipt.id"),
)

# ── Who ─────────────────────────────────────────────────────────────────────────────────────────

party = sa.Table(
    "party",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", EnumText(parties.PartyKind), nullable=False),
    _text("name"),
    _text("language"),
    _key("merged_into", "party.id", null=True),
    _text("merge_evidence"),
    _time("created_at"),
    sa.Column("version", sa.Integer, nullable=False),
)
sa.Index(None, party.c.merged_into)

digital_address = sa.Table(
    "digital_address",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _key("party_id", "party.id"),
    sa.Column("kind", EnumText(messages.AddressKind), nullable=False),
    _text("value"),
    sa.Column("source", EnumText(parties.Source), nullable=False),
    sa.Column("verification", EnumText(parties.Verification), nullable=False),
    _time("verified_at", null=True),
    _time("created_at"),
    sa.UniqueConstraint("party_id", "kind", "value"),
)
sa.Index(None, digital_address.c.kind, digital_address.c.value)
SENDER = sa.text("source = 'sender'")
sa.Index(  # two first mails of one sender, read at the same moment, may not make two parties
    "uq_digital_address_sender",
    digital_address.c.kind,
    digital_address.c.value,
    unique=True,
    sqlite_where=SENDER,
    postgresql_where=SENDER,
)

party_word = sa.Table(
    "party_word",
    metadata,
    sa.Column("word", WORD, primary_key=True),
    sa.Column("party_id", sa.Text, sa.ForeignKey("party.id"), primary_key=True),
)
sa.Index(None, party_word.c.party_id, party_word.c.word)

# ── Who answers ─────────────────────────────────────────────────────────────────────────────────

handler_group = sa.Table(
    "handler_group",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _text("name"),
    _text("description"),
    sa.Column("is_front_desk", sa.Boolean, nullable=False),
    sa.Column("calendar", json_column(), nullable=False),
    sa.Column("answer_within_hours", sa.Float, nullable=False),
)

unit = sa.Table(
    "unit",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _text("name"),
    _key("group_id", "handler_group.id"),
)

employee = sa.Table(
    "employee",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _text("name"),
    _text("email"),
    sa.Column("role", EnumText(groups.Role), nullable=False),
    sa.Column("is_active", sa.Boolean, nullable=False),
    _text("password_hash", null=True),
    sa.UniqueConstraint("email"),
)

group_member = sa.Table(
    "group_member",
    metadata,
    sa.Column("employee_id", sa.Text, sa.ForeignKey("employee.id"), primary_key=True),
    sa.Column("group_id", sa.Text, sa.ForeignKey("handler_group.id"), primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
)
sa.Index(None, group_member.c.group_id)

login_session = sa.Table(
    "login_session",
    metadata,
    sa.Column("id_hash", sa.Text, primary_key=True),
    _key("employee_id", "employee.id"),
    _text("csrf"),
    _time("created_at"),
    _time("seen_at"),
)
sa.Index(None, login_session.c.employee_id)

api_token = sa.Table(
    "api_token",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    _text("name"),
    sa.Column("scopes", json_column(), nullable=False),
    _time("created_at"),
    _time("revoked_at", null=True),
)

# ── The catalogue ───────────────────────────────────────────────────────────────────────────────

product = sa.Table(
    "product",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    _text("theme"),
    _text("title"),
    _time("withdrawn_at", null=True),
)

product_version = sa.Table(
    "product_version",
    metadata,
    sa.Column("product_id", sa.Text, sa.ForeignKey("product.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("content", json_column(), nullable=False),
    _time("at"),
)

# ── Contact records ─────────────────────────────────────────────────────────────────────────────

conversation = sa.Table(
    "conversation",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _text("channel"),
    _key("contact_id", "contact.id", null=True, late=True, cycle=True),
    _key("party_id", "party.id"),
    _text("language"),
    sa.Column("last_seq", sa.Integer, nullable=False),
    sa.Column("delivered_seq", sa.Integer, nullable=False),
    _time("created_at"),
    _time("seen_at"),
)
sa.Index(None, conversation.c.contact_id)

contact = sa.Table(
    "contact",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("kind", EnumText(contacts.Kind), nullable=False),
    sa.Column("owner", EnumText(contacts.Owner), nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("human", sa.Boolean, nullable=False),
    _key("party_id", "party.id"),
    _text("channel"),
    _key("conversation_id", "conversation.id", null=True, late=True),
    _text("language"),
    _text("subject"),
    _key("product_id", "product.id", null=True),
    _key("group_id", "handler_group.id", null=True),
    _text("open_item_id", null=True),
    sa.Column("confidential", sa.Boolean, nullable=False),
    _time("created_at"),
    _time("updated_at"),
    _time("waiting_since", null=True),
    _time("closed_at", null=True),
    sa.Column("close_reason", EnumText(contacts.CloseReason), nullable=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("number"),
    sa.CheckConstraint(_among("owner", tuple(contacts.Owner)), name="owner"),
    # Every open question is on a queue: together these two say that it is one item, of this contact, and open.
    sa.CheckConstraint("owner NOT IN ('queue', 'employee') OR open_item_id IS NOT NULL", name="on_a_queue"),
    sa.ForeignKeyConstraint(
        ["open_item_id", "id"],
        ["queue_item.id", "queue_item.open_for"],
        deferrable=True,
        initially="DEFERRED",
        use_alter=True,
    ),
)
sa.Index(None, contact.c.created_at, contact.c.id)
sa.Index(None, contact.c.party_id, contact.c.created_at)
sa.Index(None, contact.c.conversation_id)
CITIZEN_OWNS = sa.text("owner = 'citizen'")
BOT_OWNS = sa.text("owner = 'bot'")
sa.Index(
    "ix_contact_waiting", contact.c.updated_at, contact.c.id, sqlite_where=CITIZEN_OWNS, postgresql_where=CITIZEN_OWNS
)
sa.Index(
    "ix_contact_group_waiting",
    contact.c.group_id,
    contact.c.updated_at,
    contact.c.id,
    sqlite_where=CITIZEN_OWNS,
    postgresql_where=CITIZEN_OWNS,
)
sa.Index("ix_contact_bot", contact.c.updated_at, contact.c.id, sqlite_where=BOT_OWNS, postgresql_where=BOT_OWNS)

contact_word = sa.Table(
    "contact_word",
    metadata,
    sa.Column("word", WORD, primary_key=True),
    sa.Column("contact_id", sa.Text, sa.ForeignKey("contact.id"), primary_key=True),
)
sa.Index(None, contact_word.c.contact_id, contact_word.c.word)

message = sa.Table(
    "message",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _key("contact_id", "contact.id"),
    _key("conversation_id", "conversation.id", null=True),
    sa.Column("seq", sa.Integer, nullable=True),
    sa.Column("direction", EnumText(messages.Direction), nullable=False),
    _text("channel"),
    sa.Column("author", EnumText(messages.Author), nullable=False),
    _text("author_id", null=True),
    _text("author_name"),
    _time("at"),
    _text("subject"),
    _text("text"),
    _text("html", null=True),
    _text("quoted"),
    _text("address"),
    sa.Column("card", json_column(), nullable=True),
    sa.Column("choices", json_column(), nullable=False),
    _text("form", null=True),
    _text("product_id", null=True),
    sa.Column("product_version", sa.Integer, nullable=True),
    sa.Column("confidence", sa.Float, nullable=True),
    sa.Column("ranking", json_column(), nullable=False),
    _text("threading"),
    sa.Column("delivery", EnumText(messages.Delivery), nullable=False),
    _text("delivery_detail"),
    _key("receipt_id", "receipt.id", null=True),
    _text("wire_message_id", null=True),
    sa.Column("automatic", sa.Boolean, nullable=False),
    sa.UniqueConstraint("conversation_id", "seq"),
    sa.ForeignKeyConstraint(
        ["product_id", "product_version"], ["product_version.product_id", "product_version.version"]
    ),
)
OUTGOING = sa.text("direction = 'out'")
sa.Index(None, message.c.contact_id, message.c.at, message.c.id)
sa.Index("ix_message_sent_to", message.c.address, message.c.at, sqlite_where=OUTGOING, postgresql_where=OUTGOING)

attachment = sa.Table(
    "attachment",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _key("message_id", "message.id"),
    _text("name"),
    _text("media_type"),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    _text("sha256"),
    sa.Column("inline", sa.Boolean, nullable=False),
)
sa.Index(None, attachment.c.message_id)

mail_reference = sa.Table(
    "mail_reference",
    metadata,
    sa.Column("mail_id", sa.Text, primary_key=True),
    _key("contact_id", "contact.id"),
)
sa.Index(None, mail_reference.c.contact_id)

history = sa.Table(
    "history",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _key("contact_id", "contact.id"),
    _time("at"),
    _text("kind"),
    _text("actor"),
    sa.Column("detail", json_column(), nullable=False),
)
sa.Index(None, history.c.contact_id, history.c.id)

queue_item = sa.Table(
    "queue_item",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _key("contact_id", "contact.id"),
    # The contact while the item is open, else NULL: what contact.open_item_id points at is an open item.
    _text("open_for", null=True),
    _key("group_id", "handler_group.id"),
    _text("reason"),
    _time("created_at"),
    _time("waiting_since"),
    _time("due_at"),
    sa.Column("hops", sa.Integer, nullable=False),
    _key("claimed_by", "employee.id", null=True),
    _time("claimed_at", null=True),
    sa.Column("claim_epoch", sa.Integer, nullable=False),
    _time("lease_until", null=True),
    _time("closed_at", null=True),
    sa.Column("close_reason", EnumText(groups.ItemClose), nullable=True),
    sa.UniqueConstraint("id", "open_for"),
    sa.CheckConstraint(
        "(open_for IS NULL) <> (closed_at IS NULL) AND (open_for IS NULL OR open_for = contact_id)", name="open_for"
    ),
)
OPEN = sa.text("closed_at IS NULL")
sa.Index("uq_queue_item_open", queue_item.c.contact_id, unique=True, sqlite_where=OPEN, postgresql_where=OPEN)
for _name, _columns in {
    "ix_queue_item_open_waiting": ("waiting_since", "id"),
    "ix_queue_item_open_group": ("group_id", "waiting_since", "id"),
    "ix_queue_item_open_claimed": ("claimed_by", "waiting_since", "id"),
    "ix_queue_item_open_lease": ("lease_until", "id"),
}.items():
    sa.Index(_name, *(queue_item.c[column] for column in _columns), sqlite_where=OPEN, postgresql_where=OPEN)
sa.Index(None, queue_item.c.contact_id)

# ── Work and news ───────────────────────────────────────────────────────────────────────────────

job = sa.Table(
    "job",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _text("key", null=True),
    _text("kind"),
    sa.Column("payload", json_column(), nullable=False),
    _text("lane", null=True),
    _text("state"),
    sa.Column("attempts", sa.Integer, nullable=False),
    _time("run_at"),
    _time("lease_until", null=True),
    _text("claim", null=True),
    _text("error", null=True),
    _time("created_at"),
    _time("finished_at", null=True),
    sa.UniqueConstraint("key"),
    sa.CheckConstraint(_among("state", ("todo", "doing", "done", "dead")), name="state"),
)
# Each index holds the jobs of one state, so that the cost of a claim does not grow with the jobs that are done.
TODO = sa.text("state = 'todo'")
DOING = sa.text("state = 'doing'")
DEAD = sa.text("state = 'dead'")
UNFINISHED = sa.text("state IN ('todo', 'doing')")
sa.Index("ix_job_todo", job.c.run_at, job.c.id, sqlite_where=TODO, postgresql_where=TODO)
sa.Index("ix_job_doing", job.c.lease_until, sqlite_where=DOING, postgresql_where=DOING)
sa.Index("ix_job_dead", job.c.finished_at, job.c.id, sqlite_where=DEAD, postgresql_where=DEAD)
sa.Index("ix_job_lane", job.c.lane, job.c.id, sqlite_where=UNFINISHED, postgresql_where=UNFINISHED)

event = sa.Table(
    "event",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _time("at"),
    _text("kind"),
    _text("contact_id", null=True),
    _text("conversation_id", null=True),
    _text("group_id", null=True),
    _text("employee_id", null=True),
    sqlite_autoincrement=True,
)

# ── The hubs themselves ─────────────────────────────────────────────────────────────────────────

lease = sa.Table(
    "lease",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    _text("holder"),
    _time("until"),
)

open_chat = sa.Table(
    "open_chat",
    metadata,
    sa.Column("conversation_id", sa.Text, primary_key=True),
    sa.Column("hub", sa.Text, primary_key=True),
)
sa.Index(None, open_chat.c.hub)

installation = sa.Table(
    "installation",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    _text("value"),
)
