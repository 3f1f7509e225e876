"""How a team is served, by `ORCHESTRATOR_*` environment variables; the team file says what is served."""

from __future__ import annotations

import ipaddress
import re
import socket
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from orchestrator.errors import OrchestratorError
from orchestrator.outside.api_keys import ApiKey, read_keys
from orchestrator.outside.cluster import passwords, read_cluster
from orchestrator.outside.variables import plain

MEBIBYTE = 1024 * 1024
# What Kubernetes and Docker set `ORCHESTRATOR_PORT` to, in every container beside a service called `orchestrator`.
SERVICE_LINK = re.compile(r"(tcp|udp|sctp)://.*")
SHORT_ADDRESS = re.compile(r"[0-9a-fx.]+", re.ASCII)
LOOPBACK_NETWORK = 127  # the first byte of its addresses
SHORTEST_KEY = 16  # characters; shorter ones can be guessed
SHORTEST_SECRET = 32
RECORDS = "write sqlite:///PATH, postgresql://USER:PASSWORD@HOST/DATABASE, or none"


class Settings(BaseSettings):
    """The settings of a server; the variable of each field is `ORCHESTRATOR_` and its name in capitals."""

    model_config = SettingsConfigDict(
        env_prefix="ORCHESTRATOR_", env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8080, ge=0, le=65535, description="port to listen on; 0 picks a free one")
    api_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (),
        description="API keys for callers, separated by commas or white space; `KEY:clinic+hotel` may use these teams "
        "only; without keys only this machine can call",
    )
    key_limits: SecretStr | None = Field(
        None,
        description="how much API keys may ask for: `KEY: calls=5 calls_per_minute=10 dollars_per_day=5`, several "
        "separated by semicolons; `*` is every key that is not named",
    )
    admin_key: SecretStr | None = Field(
        None, description="key with which programs may change the versions of the teams that are served"
    )
    secret: SecretStr | None = Field(
        None,
        description="what client secrets are signed with, 32 characters or more, if several servers are to accept "
        "them or if they are to outlive a restart; otherwise made at the start",
    )
    model: str | None = Field(None, description="provider/model for agents that name none")
    watch: bool = Field(True, description="read the files of a team again when they have changed; `off`: when told to")
    # One letter or digit in a call's id, of which there are 62, names its worker.
    workers: int = Field(1, ge=1, le=62, description="number of processes for calls; use one per core")
    max_calls: int = Field(100, ge=1, description="simultaneous calls; further ones are refused with HTTP 503")
    max_lag: float = Field(
        0.25, gt=0, description="seconds that the server may fall behind before it refuses new calls"
    )
    max_frame: int = Field(16 * MEBIBYTE, ge=65_536, description="largest WebSocket frame from a caller, in bytes")
    call_memory: int = Field(
        32 * MEBIBYTE,
        ge=MEBIBYTE,
        description="bytes that one call may keep of what its caller and its agents send",
    )
    idle: float = Field(600.0, gt=0, description="seconds without a frame from the caller after which a call ends")
    desk_lease: float = Field(
        20.0, gt=0, description="seconds that a person at the desk has to come back when their connection is lost"
    )
    drain: float = Field(30.0, ge=0, description="seconds that running calls may continue when the server is stopped")
    tls_cert: Path | None = Field(None, description="file with the TLS certificate and its chain, PEM; serves wss://")
    tls_key: Path | None = Field(None, description="file with the key of the TLS certificate, PEM")
    tls: Literal["self-signed"] | None = Field(
        None, description="`self-signed` makes a certificate at the start, for a try; needs the extra `tls`"
    )
    root_path: str = Field("", description="path prefix under which a proxy serves this server, for example /voice")
    public_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?$",
        description="public address of this server, for example https://voice.example.com; needed for phone calls",
    )
    twilio_auth_token: SecretStr | None = Field(
        None, description="auth token of the Twilio account that phone calls come from"
    )
    mahilo: bool | None = Field(
        None, description="`on` serves the clients of mahilo, which know no keys; unset: while there are no API keys"
    )
    records: str = Field(
        "sqlite:///.orchestrator/calls.db",
        repr=False,  # it may hold a password
        description="database that calls are recorded in: `sqlite:///PATH` (a relative path; four slashes for an "
        "absolute one), `postgresql://…` (needs the extra `postgres`), or `none`",
    )
    cluster: str | None = Field(
        None,
        repr=False,  # it may hold a password
        description="Redis that several nodes share, so that calls outlive their node: "
        "`redis://USER:PASSWORD@HOST:PORT/0`, `rediss://…` with TLS, `redis+sentinel://HOST:PORT,HOST:PORT/MASTER/0`; "
        "needs the extra `cluster` and `ORCHESTRATOR_SECRET`",
    )
    node_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?$",
        description="address by which other nodes reach this one; otherwise made of host and port",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="lowest level that is logged")
    log_transcripts: bool = Field(False, description="log what is said in calls; off by default, because it is private")
    trace_content: bool = Field(
        False,
        description="put what is said in calls, and what tools are given and return, into traces",
    )

    @cached_property
    def keys(self) -> tuple[ApiKey, ...]:
        """The API keys, with what each may do."""
        return read_keys(self.api_keys, self.key_limits)

    @property
    def serves_mahilo(self) -> bool:
        """Whether mahilo's clients are served."""
        return not self.api_keys if self.mahilo is None else self.mahilo

    @model_validator(mode="before")
    @classmethod
    def _as_meant(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Take values without what surrounds them; one that is then empty, or set by Kubernetes, is not set.

        An empty option, and a list without a key, stay as they are: they are refused, as they would serve everybody.
        """
        values = {
            name: plain(value) if isinstance(value, str) and name != "api_keys" else value
            for name, value in given.items()
        }
        if SERVICE_LINK.fullmatch(str(values.get("port"))):
            values.pop("port")
        return {name: value for name, value in values.items() if value != "" or given[name] == ""}

    @model_validator(mode="after")
    def _keys(self) -> Settings:
        """Check the keys and their limits together."""
        _ = self.keys
        return self

    @field_validator("host")
    @classmethod
    def _without_brackets(cls, value: str) -> str:
        return value.removeprefix("[").removesuffix("]")

    @field_validator("api_keys", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if plain(value).startswith("["):
            raise ValueError("write the keys without brackets and quotes, separated by commas")
        keys = tuple(key for part in plain(value).split(",") for key in plain(part).split())
        if value and not keys:
            raise ValueError("there is no key in this list; set at least one, or unset the variable")
        return keys

    @field_validator("secret")
    @classmethod
    def _long(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value) < SHORTEST_SECRET:
            raise ValueError(f"it has fewer than {SHORTEST_SECRET} characters; make one with: openssl rand -hex 32")
        return value

    @field_validator("root_path")
    @classmethod
    def _slashes(cls, value: str) -> str:
        bare = value.strip("/")
        if not re.fullmatch(r"[\w.~/-]*", bare, re.ASCII):
            raise ValueError("this is not the path of a URL")
        return f"/{bare}" if bare else ""

    @field_validator("cluster")
    @classmethod
    def _redis(cls, value: str | None) -> str | None:
        if value is not None:
            read_cluster(value)
        return value

    @field_validator("public_url", "node_url")
    @classmethod
    def _without_slash(cls, value: str | None) -> str | None:
        return value.rstrip("/") if value is not None else None

    @field_validator("records")
    @classmethod
    def _database(cls, value: str) -> str:
        if value.lower() == "none":
            return "none"
        if value.startswith("sqlite:") and not _is_sqlite(value):
            raise ValueError("this names no file; write sqlite:///PATH, with four slashes if the path is absolute")
        if not _is_sqlite(value) and not _is_postgresql(value):
            raise ValueError(f"this is not the address of a database for calls; {RECORDS}")
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value


def read_settings(**options: Any) -> Settings:
    """Read the settings from the environment; options of the command line that are not None override them.

    Raises `ValueError` with one line for each invalid setting; the lines do not show the values.
    """
    try:
        return Settings(**{name: value for name, value in options.items() if value is not None})
    except ValidationError as error:
        problems = [f"{_variable(at['loc'])}{at['msg'].removeprefix('Value error, ')}." for at in error.errors()]
        raise ValueError("\n".join(problems)) from None


def _variable(loc: tuple[int | str, ...]) -> str:
    """Return which variable is wrong; "" for what concerns several, and says so itself."""
    return f"ORCHESTRATOR_{str(loc[0]).upper()}: " if loc else ""


def hidden(settings: Settings) -> list[str]:
    """Return the values that must not be logged: all that are declared as secrets, and the passwords of databases."""
    secrets_of = (settings.secret, settings.admin_key, settings.twilio_auth_token)
    given = [*(key.secret for key in settings.keys), *secrets_of]
    secrets = [value.get_secret_value() for value in given if value is not None]
    password = urlsplit(settings.records).password if settings.records.startswith("postgresql://") else None
    if settings.cluster is not None:
        secrets += passwords(settings.cluster)
    return [*secrets, *dict.fromkeys((password, unquote(password)))] if password else secrets


def _is_sqlite(address: str) -> bool:
    path = address.removeprefix("sqlite:///")
    return path != address and not path.endswith("/") and path not in ("", ".", "..", ":memory:")


def _is_postgresql(address: str) -> bool:
    try:
        parts = urlsplit(address)
        usable = parts.port != 0 and address.isprintable() and " " not in address
    except ValueError:  # brackets, or a port that is no number
        return False
    return usable and parts.scheme == "postgresql" and len(parts.path) > 1


def weak_keys(settings: Settings) -> list[str]:
    """Return a warning if a key is too short."""
    admin = () if settings.admin_key is None else (settings.admin_key,)
    short = sum(len(key) < SHORTEST_KEY for key in (*(key.secret for key in settings.keys), *admin))
    if not short:
        return []
    counted = "a key has" if short == 1 else f"{short} keys have"
    return [f"{counted} fewer than {SHORTEST_KEY} characters and can be guessed. Make one with: openssl rand -hex 32"]


def check_exposure(settings: Settings) -> None:
    """Raise `OrchestratorError` if other machines could reach the server without an API key."""
    if settings.api_keys or is_loopback(settings.host):
        return
    raise OrchestratorError(
        f"Host {settings.host!r} can be reached from other machines, and no API key is set. "
        "Set ORCHESTRATOR_API_KEYS, or listen on 127.0.0.1."
    )


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach a server on this host, however the host is written."""
    host = host.strip("[]").rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
        return (getattr(address, "ipv4_mapped", None) or address).is_loopback
    except ValueError:  # a name, or a short form that the system's own functions take: 127.1, 0x7f000001
        return SHORT_ADDRESS.fullmatch(host) is not None and _is_short_loopback(host)


def _is_short_loopback(host: str) -> bool:
    try:
        return socket.inet_aton(host)[0] == LOOPBACK_NETWORK
    except OSError:
        return False
