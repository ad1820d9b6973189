"""What a city sets for its e-mail."""

from typing import Literal

import pydantic
from pydantic import Field


class Settings(pydantic.BaseModel):
    """The settings of the e-mail channel; each has a safe value except our own addresses."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    listen_host: str = Field(default="127.0.0.1", description="Address on which the hub takes mail by SMTP.")
    listen_port: int = Field(default=8025, ge=0, le=65535, description="Port for SMTP; 0 takes any free port.")
    addresses: tuple[str, ...] = Field(
        default=(),
        description="Our own mail addresses: only mail for these (and their plus-addresses) is taken. "
        "Answers are sent from the first one.",
    )
    max_message_bytes: int = Field(
        default=26_214_400, ge=65_536, description="Largest mail in bytes; a larger one is refused with 552."
    )
    max_recipients: int = Field(default=100, ge=1, description="Recipients of one mail; for more it comes again (452).")
    max_connections: int = Field(default=200, ge=1, description="SMTP connections at the same time; more get 421.")
    max_connections_per_ip: int = Field(
        default=20, ge=1, description="SMTP connections at the same time from one address; more get 421."
    )
    timeout_seconds: float = Field(
        default=60, gt=0, description="An SMTP connection that is silent for so long is closed with 421."
    )
    line_length_limit: int = Field(
        default=1_048_576,
        ge=1001,
        description="Longest line of a mail in bytes (RFC 5321: 1000; mailers send more).",
    )
    starttls_certificate: str | None = Field(
        default=None, description="PEM file with the certificate chain for STARTTLS; none switches STARTTLS off."
    )
    starttls_key: str | None = Field(default=None, description="PEM file with the private key of that certificate.")
    from_name: str = Field(default="", description="Name of the sender of our mail; empty means the city's name.")
    relay_host: str = Field(default="127.0.0.1", description="Mail server that sends our mail.")
    relay_port: int = Field(default=25, ge=1, le=65535, description="Port of that mail server.")
    relay_username: str = Field(default="", description="Login name at that mail server; empty means no login.")
    relay_password: pydantic.SecretStr = Field(
        default=pydantic.SecretStr(""), description="Password at that mail server."
    )
    relay_tls: Literal["none", "starttls", "tls"] = Field(
        default="none",
        description="Encryption of the line to that mail server; `none` only on this machine.",
    )
    relay_timeout_seconds: float = Field(
        default=30, gt=0, description="How long that mail server may take to answer one command."
    )

    @pydantic.field_validator("addresses")
    @classmethod
    def _mail_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            local, at, domain = address.partition("@")
            if (
                not (local and at and domain)
                or "@" in domain
                or any(char.isspace() or char in "<>" for char in address)
            ):
                raise ValueError(f"{address!r} is geen e-mailadres; schrijf het zoals info@stad.example")
        return tuple(address.lower() for address in value)

    @pydantic.model_validator(mode="after")
    def _certificate_and_key(self) -> "Settings":
        if (self.starttls_certificate is None) != (self.starttls_key is None):
            raise ValueError("zet zowel starttls_certificate als starttls_key, of geen van beide")
        return self
