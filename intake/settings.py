"""The settings of one hub: from the environment (`ONTHAAL_…`) and one optional TOML file, read once."""

import ipaddress
import os
import re
import tomllib
import zoneinfo
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic
import pydantic_settings
from pydantic.fields import FieldInfo

from intake import errors, refused_values, secret_files
from intake.domain import policy

PREFIX = "ONTHAAL_"
FILE_VARIABLE = "ONTHAAL_SETTINGS_FILE"
_TOML_PLACE = re.compile(r"at line (\d+), column (\d+)")
_OFF = "literal[False]"
"""Where pydantic tells that a channel is not switched off; it tells what is wrong with one that is on as well."""
_OF_OTHERS = frozenset(
    {
        "ONTHAAL_BOT_TOKEN",
        "ONTHAAL_BOT_TOKEN_FILE",
        "ONTHAAL_BOT_SNAPSHOT",
        "ONTHAAL_BOT_LEARNED",
        "ONTHAAL_HUB_URL",
        "ONTHAAL_HUB_TOKEN",
        "ONTHAAL_HUB_TOKEN_FILE",
    }
)
"""Variables with our prefix that the bot's own programs read."""
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError as error:
        raise ValueError(f"{value!r} is geen adres of netwerk; schrijf 10.0.0.7 of 10.0.0.0/24") from error
    return value


NetworkText = Annotated[str, pydantic.AfterValidator(_network)]


class _Part(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")


class City(_Part):
    """Who the hub speaks for."""

    name: str = pydantic.Field(default="Voorbeeldstad", description="Name of the city, as citizens know it.")
    domain: str = pydantic.Field(
        default="voorbeeldstad.example", description="Domain of the Message-IDs of outgoing mail."
    )
    mail_address: str = pydantic.Field(
        default="info@voorbeeldstad.example", description="Address that citizens write to."
    )
    phone: str = pydantic.Field(default="012 00 00 00", description="Phone number that citizens call.")
    time_zone: str = pydantic.Field(default="Europe/Brussels", description="Time zone of opening hours and promises.")

    @pydantic.field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in zoneinfo.available_timezones():
            raise ValueError("is geen tijdzone; schrijf het zoals Europe/Brussels")
        return value

    theme_class: str = pydantic.Field(default="theme-voorbeeldstad", description="CSS class of the city's theme.")


class Web(_Part):
    """The web server."""

    host: str = pydantic.Field(default="127.0.0.1", description="Address that the web server listens on.")
    port: int = pydantic.Field(default=8080, ge=0, le=65535, description="Port of the web server; 0 takes a free one.")
    public_url: str = pydantic.Field(
        default="",
        description="Address of the hub as browsers see it, https:// in production; empty: http:// with host and port.",
    )
    trusted_proxies: tuple[NetworkText, ...] = pydantic.Field(
        default=(),
        description="Addresses or networks of your reverse proxies: only their X-Forwarded-For is believed, so that "
        "limits count by the address of the citizen and not of the proxy.",
    )
    node_modules: Path = pydantic.Field(default=Path("node_modules"), description="Folder in which `npm ci` put htmx.")


class Bot(_Part):
    """The Rasa server."""

    url: str | None = pydantic.Field(
        default=None, description="Address of a Rasa server elsewhere; empty: the hub starts its own."
    )
    token: pydantic.SecretStr = pydantic.Field(
        default=pydantic.SecretStr(""), description="Token of the Rasa server at `url`."
    )
    folder: Path = pydantic.Field(default=Path("bot"), description="Folder of the bot with its own environment.")
    model: Path | None = pydantic.Field(
        default=None, description="Trained model, or a folder: the newest in it; empty: in `data_dir`/models."
    )
    learned: Path | None = pydantic.Field(
        default=None, description="Folder of what `onthaal catalogue learn` made; empty: `data_dir`/learned."
    )
    timeout_seconds: float = pydantic.Field(
        default=5.0, gt=0, le=10, description="A bot that needs longer has failed: a person takes over."
    )


class Work(_Part):
    """Terms and limits of the desk."""

    lease_minutes: float = pydantic.Field(
        default=30, gt=0, le=1440, description="How long a question stays with an employee who does nothing in it."
    )
    silence_days: float = pydantic.Field(
        default=14, gt=0, le=3650, description="Silence after which an answered question closes as no reply."
    )
    reopen_days: float = pydantic.Field(
        default=30, ge=0, le=3650, description="How long a new message reopens a closed contact."
    )
    chat_gone_seconds: float = pydantic.Field(
        default=60, gt=0, le=86400, description="An employee's chat answer unseen for so long goes by mail too."
    )
    stranded_seconds: float = pydantic.Field(
        default=12, gt=0, le=3600, description="A question that the bot kept for so long goes to a person."
    )
    auto_replies_per_day: int = pydantic.Field(
        default=8, ge=1, description="Automatic mails to one address in 24 hours, at most."
    )


class Metrics(_Part):
    """The figures for Prometheus at /metrics."""

    token: pydantic.SecretStr = pydantic.Field(
        default=pydantic.SecretStr(""), description="Bearer token that gives the figures from any address; empty: none."
    )
    allowed: tuple[NetworkText, ...] = pydantic.Field(
        default=("127.0.0.0/8", "::1/128"),
        description="Addresses or networks that get the figures without a token.",
    )


class Keep(_Part):
    """How long the hub keeps what only its own work needs; contacts, messages and receipts are not meant here."""

    job_days: float = pydantic.Field(
        default=7, ge=0.1, le=3650, description="How long a finished job is kept; failed ones stay until people act."
    )
    event_hours: float = pydantic.Field(
        default=24, ge=1, le=8760, description="How long an event for live screens is kept."
    )

    @property
    def jobs(self) -> timedelta:
        """As a span."""
        return timedelta(days=self.job_days)

    @property
    def events(self) -> timedelta:
        """As a span."""
        return timedelta(hours=self.event_hours)


class Demo(_Part):
    """The demo city."""

    public: bool = pydantic.Field(
        default=False, description="Allow the demo, with its log-ins on the page, on an address other than loopback."
    )


class _Environment(pydantic_settings.EnvSettingsSource):
    """The environment; what should be JSON and is not goes on as text, so that its setting is named like any other."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """See `pydantic_settings`."""
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


class Settings(pydantic_settings.BaseSettings):
    """Everything that can be set. `channels` is composed by `intake.app` from the channels' own settings."""

    model_config = pydantic_settings.SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", frozen=True, extra="forbid", env_ignore_empty=True
    )

    data_dir: Path = pydantic.Field(
        default=Path("var"), description="Folder of database, files, secrets, catalogue snapshot and models."
    )
    database_url: pydantic.SecretStr = pydantic.Field(
        default=pydantic.SecretStr(""),
        description="PostgreSQL as postgresql://name:password@host:5432/onthaal, with a comma between several hosts; "
        "empty: SQLite in `data_dir`.",
    )
    database_password: pydantic.SecretStr = pydantic.Field(
        default=pydantic.SecretStr(""), description="Password of `database_url`, when it is not in there."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = pydantic.Field(
        default="INFO", description="How much is logged."
    )
    parse_workers: int = pydantic.Field(
        default=2, ge=1, le=16, description="Processes that read mail; each may be killed without harm."
    )
    parse_seconds: float = pydantic.Field(
        default=1.8, gt=0, le=60, description="Reading one mail may take so long; then it is parked for a person."
    )
    city: City = City()
    web: Web = Web()
    bot: Bot = Bot()
    work: Work = Work()
    metrics: Metrics = Metrics()
    keep: Keep = Keep()
    demo: Demo = Demo()
    channels: Any = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[pydantic_settings.BaseSettings],
        init_settings: pydantic_settings.PydanticBaseSettingsSource,
        env_settings: pydantic_settings.PydanticBaseSettingsSource,  # noqa: ARG003 - fixed signature
        dotenv_settings: pydantic_settings.PydanticBaseSettingsSource,  # noqa: ARG003 - fixed signature
        file_secret_settings: pydantic_settings.PydanticBaseSettingsSource,  # noqa: ARG003 - fixed signature
    ) -> tuple[pydantic_settings.PydanticBaseSettingsSource, ...]:
        """What a command gives wins over the environment, with its secrets in files, and that over the TOML file."""
        named = os.environ.get(FILE_VARIABLE)
        file = (pydantic_settings.TomlConfigSettingsSource(settings_cls, Path(named)),) if named else ()
        environment = _Environment(settings_cls)
        environment.env_vars = secret_files.without_files(settings_cls, PREFIX, environment.env_vars)
        return (init_settings, environment, secret_files.SecretFiles(settings_cls, PREFIX, os.environ), *file)

    @property
    def embedded_database(self) -> Path:
        """The SQLite file, where no `database_url` is set."""
        return self.data_dir / "onthaal.sqlite3"

    @property
    def public_url(self) -> str:
        """Address of the hub as browsers see it, without a slash at its end."""
        return self.web.public_url.rstrip("/") or f"http://{self.web.host}:{self.web.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the web server."""
        return self.web.host in LOOPBACK

    def desk_policy(self) -> policy.Policy:
        """The terms as the flows use them."""
        return policy.Policy(
            lease=timedelta(minutes=self.work.lease_minutes),
            silence=timedelta(days=self.work.silence_days),
            reopen=timedelta(days=self.work.reopen_days),
            chat_gone=timedelta(seconds=self.work.chat_gone_seconds),
            stranded=timedelta(seconds=self.work.stranded_seconds),
            auto_replies_per_day=self.work.auto_replies_per_day,
        )

    def desk_city(self) -> policy.City:
        """The city as the flows use it."""
        return policy.City(
            name=self.city.name,
            domain=self.city.domain,
            mail_address=self.city.mail_address,
            phone=self.city.phone,
            time_zone=self.city.time_zone,
            public_url=self.public_url,
            theme_class=self.city.theme_class,
        )


def model(channels: Mapping[str, type[pydantic.BaseModel]]) -> type[Settings]:
    """The settings class with one part per channel under `channels`; a channel can be switched off by `false`."""
    fields: dict[str, Any] = {
        name: (kind | Literal[False], pydantic.Field(default_factory=kind, description=f"Channel {name}; false: off."))
        for name, kind in channels.items()
    }
    parts = pydantic.create_model("Channels", __base__=_Part, **fields)
    return pydantic.create_model(
        "HubSettings", __base__=Settings, channels=(parts, pydantic.Field(default_factory=parts))
    )


def load(channels: Mapping[str, type[pydantic.BaseModel]], given: Mapping[str, Any] | None = None) -> Settings:
    """Read the settings once.

    Args:
        channels: settings class per channel name.
        given: values that win over environment and file, for commands that set something themselves.

    Raises:
        BadSettings: every fault at once, each by the name of its variable.
    """
    kind = model(channels)
    faults = _file_faults() + _unknown(kind) + secret_files.faults(kind, PREFIX, os.environ)
    settings: Settings | None = None
    try:
        settings = kind(**(given or {}))
    except pydantic.ValidationError as error:
        shown = variables(kind).keys() - secret_files.names(kind, PREFIX).keys()
        faults += sorted({_line(fault, shown) for fault in error.errors() if fault["loc"][-1] != _OFF})
    except (OSError, ValueError) as error:
        faults = faults or [f"  {refused_values.OTHERWISE} ({type(error).__name__})"]
    if settings is None or faults:
        raise errors.BadSettings("De instellingen kloppen niet:\n" + "\n".join(faults))
    return settings


def _file_faults() -> list[str]:
    """What is wrong with the settings file itself."""
    named = os.environ.get(FILE_VARIABLE)
    if not named:
        return []
    try:
        tomllib.loads(Path(named).read_text(encoding="utf-8"))
    except OSError as error:
        return [f"  {FILE_VARIABLE}: {named} is niet te lezen ({error.strerror})"]
    except UnicodeDecodeError:
        return [f"  {FILE_VARIABLE}: {named} is geen tekst in UTF-8"]
    except tomllib.TOMLDecodeError as error:
        place = _TOML_PLACE.search(str(error))
        where = f"op regel {place[1]}, teken {place[2]}" if place else "aan het einde"
        return [f"  {FILE_VARIABLE}: {named} is geen TOML: kijk {where}"]
    return []


def _line(fault: Mapping[str, Any], shown: AbstractSet[str]) -> str:
    """One fault by its variable. The value is told when the setting is among `shown`: no secret, also none misspelt."""
    name = _variable(fault["loc"])
    given = fault.get("input")
    now = f" (nu: {given!r})" if name in shown and isinstance(given, str | int | float) else ""
    words = {
        "extra_forbidden": "deze instelling bestaat niet",
        "tuple_type": f'verwacht een lijst, zoals {name}=\'["een", "twee"]\'',
    }
    return f"  {name}: {words.get(fault['type']) or refused_values.said(fault)}{now}"


def _variable(location: tuple[int | str, ...]) -> str:
    """The variable of a place in the settings; the place in a list and the name of a class are no part of it."""
    return PREFIX + "__".join(part.upper() for part in location if isinstance(part, str) and part.islower())


def _unknown(kind: type[Settings]) -> list[str]:
    """Variables with our prefix that name no setting: a typing error would otherwise be silent."""
    secrets = (name + secret_files.SUFFIX for name in secret_files.names(kind, PREFIX))
    known = {FILE_VARIABLE, *secrets, *(name.split("__")[0] for name in variables(kind))}
    return sorted(
        f"  {name}: deze instelling bestaat niet"
        for name in os.environ
        if name.startswith(PREFIX) and name.split("__")[0] not in known and name not in _OF_OTHERS
    )


def variables(kind: type[pydantic.BaseModel], prefix: str = PREFIX) -> dict[str, tuple[str, str]]:
    """Every variable with its default and its meaning, for the documentation and its test."""
    found: dict[str, tuple[str, str]] = {}
    for name, field in kind.model_fields.items():
        inner = _model_in(field.annotation)
        if inner is not None:
            found.update(variables(inner, f"{prefix}{name.upper()}__"))
        else:
            default = field.get_default(call_default_factory=True, validated_data={})
            found[f"{prefix}{name.upper()}"] = (str(default), field.description or "")
    return found


def _model_in(annotation: Any) -> type[pydantic.BaseModel] | None:
    for candidate in (annotation, *getattr(annotation, "__args__", ())):
        if isinstance(candidate, type) and issubclass(candidate, pydantic.BaseModel):
            return candidate
    return None
