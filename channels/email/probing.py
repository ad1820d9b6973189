"""Asks the relay whether it would take our mail, without sending any."""

import aiosmtplib

from channels.email import settings, smtp_out
from intake import errors

_PROBE_SECONDS = 5.0


async def relay(chosen: settings.Settings) -> str:
    """Connect, greet, encrypt and log in as the settings say; returns what was found, in plain Dutch.

    Raises:
        RetryLater: the relay cannot be used now; the text says what to look at.
    """
    where = f"{chosen.relay_host}:{chosen.relay_port}"
    line = aiosmtplib.SMTP(
        hostname=chosen.relay_host,
        port=chosen.relay_port,
        use_tls=chosen.relay_tls == "tls",
        start_tls=False,
        timeout=min(_PROBE_SECONDS, chosen.relay_timeout_seconds),
        local_hostname=chosen.addresses[0].rpartition("@")[2] if chosen.addresses else None,
    )
    try:
        await line.connect()
        await line.ehlo()
        is_offered = line.supports_extension("starttls")
        if chosen.relay_tls == "starttls":
            await line.starttls()
        if chosen.relay_username:
            await line.login(chosen.relay_username, chosen.relay_password.get_secret_value())
        await line.quit()
    except (aiosmtplib.SMTPException, OSError, ValueError) as fault:
        raise errors.RetryLater(
            f"{where} is niet bruikbaar ({smtp_out.said(fault)}); kijk naar ONTHAAL_CHANNELS__EMAIL__RELAY_HOST, "
            "…RELAY_PORT, …RELAY_TLS en …RELAY_USERNAME"
        ) from fault
    finally:
        line.close()
    encrypted = {"none": "zonder versleuteling", "starttls": "met STARTTLS", "tls": "met TLS"}[chosen.relay_tls]
    hint = "; hij biedt STARTTLS aan: zet …RELAY_TLS=starttls" if is_offered and chosen.relay_tls == "none" else ""
    return f"{where} groet terug, {encrypted}{hint}"
