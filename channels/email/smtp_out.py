"""Mail goes out to the relay of the city.

At least once: when the line breaks after the last dot nobody knows whether the relay took the mail, and it is sent
again with the same Message-ID, which mailers show once.
"""

import asyncio
import dataclasses
from typing import Any, Final

import aiosmtplib

from channels.email import headers, settings
from intake import errors, ports
from intake.domain import message

_MAX_REASON_CHARS: Final = 300
_WHOLE_FACTOR: Final = 4


class _Relay(aiosmtplib.SMTP):
    """A line to the relay that gives its mail away only when no other mail of this hub is in doubt."""

    in_doubt: ports.InDoubt | None = None

    async def data(self, message: str | bytes, /, **options: Any) -> aiosmtplib.SMTPResponse:
        """See `aiosmtplib.SMTP.data`: from its last dot until our commit nobody knows whether the mail went."""
        if self.in_doubt is not None:
            await self.in_doubt.enter()
        return await super().data(message, **options)


async def send(
    outgoing: message.OutboundMessage,
    content: bytes,
    chosen: settings.Settings,
    in_doubt: ports.InDoubt | None = None,
) -> message.SendResult:
    """Give one mail to the relay; see `ports.Channel.send`. `outgoing.to` is as `wire_address` gave it."""
    to = outgoing.to.value
    sender = envelope_sender(outgoing, chosen.addresses[0])
    relay = _Relay(
        hostname=chosen.relay_host,
        port=chosen.relay_port,
        username=chosen.relay_username or None,
        password=chosen.relay_password.get_secret_value() or None,
        use_tls=chosen.relay_tls == "tls",
        start_tls=chosen.relay_tls == "starttls",
        timeout=chosen.relay_timeout_seconds,
        local_hostname=chosen.addresses[0].rpartition("@")[2],
    )
    relay.in_doubt = in_doubt
    try:
        async with asyncio.timeout(chosen.relay_timeout_seconds * _WHOLE_FACTOR):
            await _deliver(relay, sender, to, content)
    except TimeoutError as fault:
        raise errors.RetryLater("De mailserver antwoordt niet op tijd.") from fault
    finally:
        relay.close()
    return message.SendResult(wire_id=outgoing.message_id.strip("<>"))


def wire_address(to: message.Address) -> message.Address:
    """The address as it goes over the wire: an international domain in its ASCII form.

    Raises:
        GaveUp: it is no mail address, or its first half holds letters that mail servers do not carry everywhere.
    """
    local, _, domain = to.value.rpartition("@")
    if to.kind is not message.AddressKind.EMAIL or not headers.is_address(to.value) or not local.isascii():
        raise errors.GaveUp(f"Naar {to.value!r} kan geen e-mail gestuurd worden: controleer het adres.")
    try:
        domain = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError as fault:
        raise errors.GaveUp(f"Naar {to.value!r} kan geen e-mail gestuurd worden: controleer het adres.") from fault
    return dataclasses.replace(to, value=f"{local}@{domain}")


def envelope_sender(outgoing: message.OutboundMessage, address: str) -> str:
    """Where a delivery failure goes: nowhere for a machine's mail (RFC 3834 3.3), else to an address of its own.

    That address (`info+b.<token>@…`) names the contact, so that the failure finds it even without its headers.
    """
    if outgoing.automatic:
        return ""
    local, _, domain = address.rpartition("@")
    return f"{local}+b.{outgoing.token}@{domain}"


async def _deliver(relay: aiosmtplib.SMTP, sender: str, to: str, content: bytes) -> None:
    """The conversation with the relay, its refusals told apart by who can mend them."""
    try:
        await relay.connect()
    except (aiosmtplib.SMTPException, OSError, ValueError) as fault:
        # Also a 5xx here: it concerns our line or login, which somebody can mend, not this mail.
        raise errors.RetryLater(
            "De mailserver van ONTHAAL_CHANNELS__EMAIL__RELAY_HOST en ONTHAAL_CHANNELS__EMAIL__RELAY_PORT is niet "
            f"bruikbaar: {said(fault)}"
        ) from fault
    try:
        await relay.sendmail(sender, [to], content)
    except aiosmtplib.SMTPRecipientsRefused as fault:
        raise _refusal(fault.recipients[0]) from fault
    except aiosmtplib.SMTPResponseException as fault:
        raise _refusal(fault) from fault
    except (aiosmtplib.SMTPNotSupported, UnicodeError) as fault:
        raise errors.GaveUp(f"De mailserver kan niet naar dit adres sturen: {said(fault)}") from fault
    except (aiosmtplib.SMTPException, OSError) as fault:
        raise errors.RetryLater(f"De verbinding met de mailserver brak af: {said(fault)}") from fault
    try:
        await relay.quit()
    except (aiosmtplib.SMTPException, OSError):
        return  # it has the mail


def _refusal(fault: aiosmtplib.SMTPResponseException) -> errors.IntakeError:
    """4xx asks to come again; 5xx is for good. Source: RFC 5321 4.2.1."""
    answer = said(fault)
    if 500 <= fault.code < 600:  # noqa: PLR2004 - the source is in the docstring
        return errors.GaveUp(f"De mailserver weigert dit bericht: {answer}")
    return errors.RetryLater(f"De mailserver neemt dit bericht nu niet aan: {answer}")


def said(fault: Exception) -> str:
    """What the other side said, or what kind of fault it was, in one short line."""
    if isinstance(fault, aiosmtplib.SMTPResponseException):
        text = f"{fault.code} {fault.message}"
    else:
        text = str(fault) or type(fault).__name__
    return " ".join(text.split())[:_MAX_REASON_CHARS]
