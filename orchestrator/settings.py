"""How a team is served, by `ORCHESTRATOR_*` environment variables; the team file says what is served."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from orchestrator.errors import OrchestratorError

MEBIBYTE = 1024 * 1024


class Settings(BaseSettings):
    """The settings of a server; the variable of each field is `ORCHESTRATOR_` and its name in capitals."""

    model_config = SettingsConfigDict(
        env_prefix="ORCHESTRATOR_", env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8080, ge=0, le=65535, description="port to listen on; 0 picks a free one")
    api_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), description="API keys for callers, separated by commas; without keys only this machine can call"
    )
    model: str | None = Field(None, description="provider/model for agents that name none")
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
    drain: float = Field(30.0, ge=0, description="seconds that running calls may continue when the server is stopped")
    public_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?$",
        description="public address of this server, for example https://voice.example.com; needed for phone calls",
    )
    twilio_auth_token: SecretStr | None = Field(
        None, description="auth token of the Twilio account that phone calls come from"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="lowest level that is logged")
    log_transcripts: bool = Field(False, description="log what is said in calls; off by default, because it is private")

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


def read_settings(**options: Any) -> Settings:
    """Read the settings from the environment; options of the command line that are not None override them.

    Raises `ValueError` with one line for each invalid setting; the lines do not show the values.
    """
    try:
        return Settings(**{name: value for name, value in options.items() if value is not None})
    except ValidationError as error:
        problems = [f"ORCHESTRATOR_{str(at['loc'][0]).upper()}: {at['msg']}." for at in error.errors()]
        raise ValueError("\n".join(problems)) from None


def hidden(settings: Settings) -> list[str]:
    """Return the values that must not be logged."""
    tokens = [settings.twilio_auth_token] if settings.twilio_auth_token is not None else []
    return [key.get_secret_value() for key in [*settings.api_keys, *tokens]]


def check_exposure(settings: Settings) -> None:
    """Raise `OrchestratorError` if other machines could reach the server without an API key."""
    if settings.api_keys or is_loopback(settings.host):
        return
    raise OrchestratorError(
        f"Host {settings.host!r} can be reached from other machines, and no API key is set. "
        "Set ORCHESTRATOR_API_KEYS, or listen on 127.0.0.1."
    )


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach a server on this host."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
