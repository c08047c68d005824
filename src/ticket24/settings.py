"""Every setting of a process, its possible values, and the place of its default.

That is `config/ticket24.toml` (in a wheel: `defaults.toml` beside this file) and
nowhere else. `environment` reads them.
"""

from collections.abc import Iterator
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import platformdirs
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveInt,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from ticket24 import redis_urls
from ticket24.addresses import (
    SmtpAddress,
    listening,
    mailbox,
    origin,
    public_origin,
    unquoted,
)
from ticket24.domain.customers.mailboxes import fold
from ticket24.domain.lines import pasted
from ticket24.ways_in import ImapAddress, LmtpPlace, reply_pattern

PREFIX = "TICKET24_"
SECRET_KEY_LENGTH = 32
SHORTEST_ARCHIVE_DAYS = 30
# The unit in which disks are sold, and which customers expect.
_MEGABYTE = 1_000_000

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class BadSettings(Exception):
    """A setting that stops the start: one line, with its name and an example."""


def _redis_url(value: SecretStr) -> SecretStr:
    redis_urls.check(value.get_secret_value())
    return value


def _smtp_url(value: SecretStr) -> SecretStr:
    if value:
        SmtpAddress.parse(value.get_secret_value())
    return value


def _lmtp(value: str) -> str:
    if value:
        LmtpPlace.parse(value)
    return value


def _imap_url(value: SecretStr) -> SecretStr:
    if value:
        ImapAddress.parse(value.get_secret_value())
    return value


def _days(value: int) -> int:
    if 0 < value < SHORTEST_ARCHIVE_DAYS:
        raise ValueError(f"is 0, or at least {SHORTEST_ARCHIVE_DAYS} days")
    return value


def checked_key(value: SecretStr) -> SecretStr:
    """Return a secret key; raise ValueError for one that can be guessed."""
    if value and len(value) < SECRET_KEY_LENGTH:
        raise ValueError(f"has fewer than {SECRET_KEY_LENGTH} characters")
    return value


def _folder(value: str | Path) -> Path:
    unquoted(str(value))
    if not str(value):
        return platformdirs.user_data_path("ticket24", appauthor=False)
    return Path(value).expanduser().absolute()


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _pasted(value: object) -> object:
    match value:
        case str():
            return pasted(value)
        case SecretStr():
            return SecretStr(pasted(value.get_secret_value()))
        case dict():
            return {name: _pasted(one) for name, one in value.items()}
    return value


Origin = Annotated[str, AfterValidator(origin)]


class Bitrix24(BaseModel):
    """How we reach the other side; later fields are checked against earlier ones."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    client_id: str = Field(examples=["local.66f2a1b0c3d4e5.12345678"])
    client_secret: SecretStr = Field(examples=["the-key-shown-beside-the-id"])
    allow_loopback: bool = Field(examples=["false"])
    oauth_url: Origin = Field(examples=["https://oauth.bitrix.info"])

    @model_validator(mode="before")
    @classmethod
    def _without_files(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Leave out variables that name files: they have already been read."""
        return {n: v for n, v in values.items() if not n.endswith("_file")}

    @field_validator("client_secret")
    @classmethod
    def _beside_its_id(cls, secret: SecretStr, info: ValidationInfo) -> SecretStr:
        if bool(secret) != bool(info.data.get("client_id")):
            raise ValueError("and the client id need each other: one is missing")
        return secret

    @field_validator("oauth_url")
    @classmethod
    def _protected(cls, url: str, info: ValidationInfo) -> str:
        parts = urlsplit(url)
        loopback = info.data.get("allow_loopback") and parts.hostname in LOOPBACK
        if parts.scheme != "https" and not loopback:
            raise ValueError("must start with https://")
        return url


class Settings(BaseSettings):
    """Every setting; `config/ticket24.toml` says what each is for.

    `redis_url` is empty if the server is embedded. `data_dir` is absolute. `public_url`
    and `bitrix24.oauth_url` have no path and no slash at the end.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        frozen=True,
        extra="forbid",
    )

    @model_validator(mode="before")
    @classmethod
    def _as_meant(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Take values without invisible characters, but names of folders unchanged."""
        return {n: v if n == "data_dir" else _pasted(v) for n, v in values.items()}

    redis_url: Annotated[SecretStr, AfterValidator(_redis_url)] = Field(
        examples=["redis://localhost:6379/0"]
    )
    data_dir: Annotated[Path, BeforeValidator(_folder)] = Field(
        examples=["/var/lib/ticket24"]
    )
    public_url: Annotated[str, AfterValidator(public_origin)] = Field(
        examples=["https://help.example.com"]
    )
    host: Annotated[str, AfterValidator(listening)] = Field(
        min_length=1, pattern=r"^\S+$", examples=["127.0.0.1"]
    )
    port: int = Field(ge=0, le=65535, examples=["8024"])
    secret_key: Annotated[SecretStr, AfterValidator(checked_key)] = Field(
        examples=['"$(openssl rand -hex 32)"']
    )
    secret_key_old: Annotated[SecretStr, AfterValidator(checked_key)] = Field(
        examples=["the-secret-key-that-was-set-until-now"]
    )
    smtp_url: Annotated[SecretStr, AfterValidator(_smtp_url)] = Field(
        examples=["smtp://user:password@mail.example.com:587"]
    )
    mail_from: Annotated[str, AfterValidator(mailbox)] = Field(
        examples=['"Acme Support <support@example.com>"']
    )
    reply_address: Annotated[str, AfterValidator(reply_pattern)] = Field(
        examples=["support+{token}@example.com"]
    )
    returns_to: Annotated[
        Literal["auto", "ticket", "sender"], BeforeValidator(_lower)
    ] = Field(examples=["sender"])
    lmtp: Annotated[str, AfterValidator(_lmtp)] = Field(
        examples=["unix:/run/ticket24/lmtp.sock"]
    )
    imap_url: Annotated[SecretStr, AfterValidator(_imap_url)] = Field(
        examples=["imaps://user:password@mail.example.com/INBOX"]
    )
    authserv_id: str = Field(pattern=r"^[A-Za-z0-9._-]*$", examples=["mx.example.com"])
    proxies: int = Field(ge=0, le=10, examples=["1"])
    sweep_seconds: PositiveInt = Field(examples=["60"])
    # The product of both has to pass the proxy: client_max_body_size.
    upload_megabytes: int = Field(ge=1, le=100, examples=["25"])
    upload_files: int = Field(ge=1, le=50, examples=["10"])
    spool_megabytes: PositiveInt = Field(examples=["512"])
    archive_after_days: Annotated[int, AfterValidator(_days)] = Field(
        ge=0, le=3_650, examples=["365"]
    )
    egress: str = Field(pattern=r"^[A-Za-z0-9._-]{1,64}$", examples=["default"])
    log_format: Literal["auto", "console", "json"] = Field(examples=["json"])
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)
    ] = Field(examples=["info"])
    bitrix24: Bitrix24

    @property
    def embedded(self) -> bool:
        """Whether our own server keeps the data."""
        return not self.redis_url

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """The secret key, and the previous one while that is still valid."""
        both = (self.secret_key, self.secret_key_old)
        return tuple(dict.fromkeys(key.get_secret_value() for key in both if key))

    @property
    def secure(self) -> bool:
        """Whether others reach us over https."""
        return self.public_url.startswith("https://")

    @property
    def file_bytes(self) -> int:
        """How large a customer's file may be."""
        return self.upload_megabytes * _MEGABYTE

    @property
    def message_bytes(self) -> int:
        """How many bytes one message may carry."""
        return self.upload_files * self.file_bytes

    @property
    def spool_bytes(self) -> int:
        """How much room all files together may take while they wait."""
        return self.spool_megabytes * _MEGABYTE

    @property
    def mail_bytes(self) -> int:
        """How large a mail may be that reaches us: one file of the largest, encoded."""
        return self.file_bytes * 7 // 5 + _MEGABYTE

    @property
    def own_returns(self) -> bool:
        """Whether each mail comes back to an address of its own.

        By itself only within the domain of our sender, for which its SPF record stands.
        """
        ours = fold(parseaddr(self.mail_from)[1]).rpartition("@")[2]
        same = ours == fold(self.reply_address).rpartition("@")[2]
        auto = same and self.returns_to == "auto"
        return bool(self.reply_address) and (auto or self.returns_to == "ticket")

    @property
    def arrivals_bytes(self) -> int:
        """How much room mails may take while they wait to be judged."""
        return max(self.spool_bytes // 2, 2 * self.mail_bytes)

    @property
    def held_bytes(self) -> int:
        """How much room an account's mails may take that wait for a person."""
        return max(self.spool_bytes // 8, 2 * self.mail_bytes)

    def require_mail(self) -> SmtpAddress:
        """Return the mail server; raise BadSettings if mail cannot be sent."""
        for name in ("smtp_url", "mail_from"):
            if not getattr(self, name):
                raise bad((name,), "is required to send mail")
        return SmtpAddress.parse(self.smtp_url.get_secret_value())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Prefer arguments to the environment, and that to the file of defaults."""
        return (
            *(init_settings, env_settings, dotenv_settings, file_secret_settings),
            TomlConfigSettingsSource(settings_cls, defaults_file()),
        )


def defaults_file() -> Path:
    """Return the path of the defaults: in the wheel, else in the checkout."""
    packaged = Path(__file__).with_name("defaults.toml")
    checkout = Path(__file__).parents[2] / "config" / "ticket24.toml"
    return packaged if packaged.exists() else checkout


def variables(
    model: type[BaseModel] = Settings, prefix: str = PREFIX
) -> Iterator[tuple[str, FieldInfo]]:
    """Yield each environment variable that is a setting, with its field."""
    for name, field_info in model.model_fields.items():
        variable = prefix + name.upper()
        inner = field_info.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from variables(inner, f"{variable}__")
        else:
            yield variable, field_info


def bad(location: tuple[int | str, ...], fault: str) -> BadSettings:
    """Return what stops the start: a setting's name, its fault, an example."""
    variable = PREFIX + "__".join(map(str, location)).upper()
    return BadSettings(f"{variable} {fault}; for example {example(variable)}")


def example(variable: str) -> str:
    """Return a variable as one would write it."""
    examples = {name: info.examples for name, info in variables()}
    return f"{variable}={(examples.get(variable) or [''])[0]}"
