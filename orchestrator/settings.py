"""How the team is served: `ORCHESTRATOR_*` variables of the environment. What is served, the team file says."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from orchestrator.errors import OrchestratorError

MEBIBYTE = 1024 * 1024


class Settings(BaseSettings):
    """Settings of the gateway; each field is `ORCHESTRATOR_` and its name in capitals. Durations are in seconds."""

    model_config = SettingsConfigDict(
        env_prefix="ORCHESTRATOR_", env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8080, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    api_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), description="keys that callers need, separated by commas; without any, only this machine may call"
    )
    model: str | None = Field(None, description="provider/model for every agent that names none")
    # A call's id names its worker by one letter or digit, of which there are 62.
    workers: int = Field(1, ge=1, le=62, description="processes that hold calls, one for each core to be used")
    max_calls: int = Field(100, ge=1, description="calls at once; more are refused with HTTP 503")
    max_lag: float = Field(
        0.25,
        gt=0,
        description="seconds that the server may be late with its work before new calls are refused",
    )
    max_frame: int = Field(16 * MEBIBYTE, ge=65_536, description="largest WebSocket frame of a caller, in bytes")
    idle: float = Field(600.0, gt=0, description="seconds without a frame of the caller, then the call ends")
    drain: float = Field(30.0, ge=0, description="seconds that running calls get when the server is stopped")
    public_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?$",
        description="where others reach this server, for example https://voice.example.com; for phone calls",
    )
    twilio_auth_token: SecretStr | None = Field(
        None, description="auth token of the Twilio account whose phone calls are taken"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level that is logged")
    log_transcripts: bool = Field(False, description="log what was said; off, because it is the caller's private talk")

    @field_validator("api_keys", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(key.strip() for key in value.split(",") if key.strip()) if isinstance(value, str) else value

    @field_validator("public_url")
    @classmethod
    def _without_slash(cls, value: str | None) -> str | None:
        return value.rstrip("/") if value is not None else None

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value


def read_settings(**said: Any) -> Settings:
    """Read the settings from the environment; what the command line said goes first, None means not said.

    Raises `ValueError` with one line for each bad value; no value is repeated in it.
    """
    try:
        return Settings(**{name: value for name, value in said.items() if value is not None})
    except ValidationError as error:
        problems = [f"ORCHESTRATOR_{str(at['loc'][0]).upper()}: {at['msg']}." for at in error.errors()]
        raise ValueError("\n".join(problems)) from None


def hidden(settings: Settings) -> list[str]:
    """Return what must not be logged."""
    tokens = [settings.twilio_auth_token] if settings.twilio_auth_token is not None else []
    return [key.get_secret_value() for key in [*settings.api_keys, *tokens]]


def check_exposure(settings: Settings) -> None:
    """Raise `OrchestratorError` when the server would be open to other machines without any API key."""
    if settings.api_keys or is_loopback(settings.host):
        return
    raise OrchestratorError(
        f"Host {settings.host!r} can be reached from other machines, and no API key is set. "
        "Set ORCHESTRATOR_API_KEYS, or listen on 127.0.0.1."
    )


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach a host of that name."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
