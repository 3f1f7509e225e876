"""Settings: what the environment says, and that a server without keys is not open to others."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from orchestrator.errors import OrchestratorError
from orchestrator.settings import Settings, check_exposure, hidden, read_settings, weak_keys


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ORCHESTRATOR_{name.upper()}", raising=False)


def test_defaults_serve_this_machine_only() -> None:
    """Without any variable the server listens on loopback, with the documented limits."""
    settings = Settings()

    assert (settings.host, settings.port, settings.api_keys) == ("127.0.0.1", 8080, ())
    assert (settings.max_calls, settings.max_frame) == (100, 16 * 1024 * 1024)
    assert (settings.idle, settings.drain) == (600.0, 30.0)
    assert settings.log_transcripts is False


def test_keys_are_separated_by_commas_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """`ORCHESTRATOR_API_KEYS` is a list of secrets; spaces and empty entries are ignored."""
    monkeypatch.setenv("ORCHESTRATOR_API_KEYS", "first-key, second-key,,")

    settings = Settings()

    assert [key.get_secret_value() for key in settings.api_keys] == ["first-key", "second-key"]
    assert hidden(settings) == ["first-key", "second-key"]
    settings = Settings(admin_key=SecretStr("admin"), twilio_auth_token=SecretStr("token"))
    assert hidden(settings) == ["first-key", "second-key", "admin", "token"]
    assert "first-key" not in repr(settings)


def test_the_command_line_overrides_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """An option that is None was not given."""
    monkeypatch.setenv("ORCHESTRATOR_PORT", "9000")
    monkeypatch.setenv("ORCHESTRATOR_HOST", "localhost")

    settings = read_settings(port=9001, host=None)

    assert (settings.port, settings.host) == (9001, "localhost")


def test_an_empty_variable_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """It leaves the default."""
    monkeypatch.setenv("ORCHESTRATOR_PORT", "")

    assert Settings().port == 8080


@pytest.mark.parametrize(
    "link", ["tcp://10.0.0.1:8080", "udp://10.0.0.1:53", "tcp://[fd00::1]:80", "sctp://10.0.0.1:9"]
)
def test_p67_kubernetes_sets_a_variable_of_the_same_name(link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """P67: the links of a service called `orchestrator` are not settings, and `--port` still counts."""
    monkeypatch.setenv("ORCHESTRATOR_PORT", link)
    for name in ("SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT_8080_TCP", "PORT_8080_TCP_ADDR"):
        monkeypatch.setenv(f"ORCHESTRATOR_{name}", "10.0.0.1")

    assert (read_settings().host, read_settings().port) == ("127.0.0.1", 8080)
    assert read_settings(port=9001).port == 9001


@pytest.mark.parametrize(
    "said", ["a-key,b-key", "a-key b-key", "a-key\nb-key\n", "'a-key', 'b-key'", " a-key ,\tb-key,"]
)
def test_p67_keys_may_stand_on_lines_of_their_own(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """P67: as in a file that is mounted; no key has white space in it."""
    monkeypatch.setenv("ORCHESTRATOR_API_KEYS", said)
    assert [key.get_secret_value() for key in read_settings().api_keys] == ["a-key", "b-key"]


def test_p67_a_list_as_json_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """P67: it would be keys with brackets and quotes in them."""
    monkeypatch.setenv("ORCHESTRATOR_API_KEYS", '["a-key", "b-key"]')
    with pytest.raises(ValueError, match=r"ORCHESTRATOR_API_KEYS: write the keys without brackets"):
        read_settings()


def test_p67_a_host_may_be_in_brackets() -> None:
    """P67: as in a URL."""
    assert read_settings(host="[::1]").host == "::1"


def test_p67_a_port_that_is_no_number_is_still_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """P67: only what Kubernetes writes is passed over."""
    monkeypatch.setenv("ORCHESTRATOR_PORT", "http://10.0.0.1:8080")

    with pytest.raises(ValueError, match="ORCHESTRATOR_PORT"):
        read_settings()


def test_p67_what_surrounds_a_setting_is_no_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """P67: white space, newlines and quotes; one of nothing else is not set."""
    written = {
        "HOST": ' "0.0.0.0"\n',
        "PORT": "' 9000 '",
        "API_KEYS": '"a-key", "b-key"\n',
        "MODEL": "openai/gpt-realtime-2.1\r\n",
        "MAX_CALLS": "  ",
        "IDLE": '""',
        "PUBLIC_URL": " https://voice.example.com/ ",
        "TWILIO_AUTH_TOKEN": "token\n",
        "LOG_LEVEL": "'Debug'",
        "LOG_TRANSCRIPTS": "true\n",
    }
    for name, value in written.items():
        monkeypatch.setenv(f"ORCHESTRATOR_{name}", value)

    settings = read_settings()

    assert (settings.host, settings.port, settings.model) == ("0.0.0.0", 9000, "openai/gpt-realtime-2.1")
    assert [key.get_secret_value() for key in settings.api_keys] == ["a-key", "b-key"]
    assert (settings.max_calls, settings.idle, settings.public_url) == (100, 600.0, "https://voice.example.com")
    assert settings.twilio_auth_token is not None
    assert settings.twilio_auth_token.get_secret_value() == "token"
    assert (settings.log_level, settings.log_transcripts) == ("debug", True)


def test_invalid_settings_are_reported_without_their_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is one line with the variable's name."""
    monkeypatch.setenv("ORCHESTRATOR_PORT", "secretport")
    monkeypatch.setenv("ORCHESTRATOR_MAX_CALLS", "0")

    with pytest.raises(ValueError, match=r"ORCHESTRATOR_PORT: .*integer") as told:
        read_settings()

    assert "ORCHESTRATOR_MAX_CALLS: " in str(told.value)
    assert "secretport" not in str(told.value)


@pytest.mark.parametrize("said", ["voice.example.com", "https://", "https://a.example/?x=1", "ftp://a.example"])
def test_the_public_url_is_a_url(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    """Telephone companies receive it, so a mistake is reported before the first call."""
    monkeypatch.setenv("ORCHESTRATOR_PUBLIC_URL", said)

    with pytest.raises(ValueError, match="ORCHESTRATOR_PUBLIC_URL: "):
        read_settings()


def test_the_public_url_ends_without_a_slash_and_the_token_is_never_shown() -> None:
    """Paths are appended to the URL; the token is a secret."""
    settings = Settings(public_url="https://a.example/", twilio_auth_token="secret-token")

    assert settings.public_url == "https://a.example"
    assert "secret-token" not in repr(settings)


def test_log_level_may_be_in_capitals(monkeypatch: pytest.MonkeyPatch) -> None:
    """`DEBUG` and `debug` are the same level."""
    monkeypatch.setenv("ORCHESTRATOR_LOG_LEVEL", "DEBUG")

    assert Settings().log_level == "debug"


LOOPBACK = ["127.0.0.1", "127.3.4.5", "::1", "[::1]", "localhost", "LocalHost.", "127.1", "127.0.0.1.", "0x7f.1"]
LOOPBACK += ["2130706433", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "[::ffff:7f00:1]", "::1%lo", "app.localhost"]


@pytest.mark.parametrize("host", LOOPBACK)
def test_p59_loopback_needs_no_key(host: str) -> None:
    """P59: a server that only this machine can reach may have no keys, however its address is written."""
    check_exposure(Settings(host=host))


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.168.1.4", "example.org", "", "0", "::ffff:8.8.8.8", "128.1", "127.0.0.1.a.org"]
)
def test_p38_other_machines_need_a_key(host: str) -> None:
    """P38: without keys a server that others can reach does not start, and the message says what to do."""
    with pytest.raises(OrchestratorError, match="Set ORCHESTRATOR_API_KEYS, or listen on 127"):
        check_exposure(Settings(host=host))

    check_exposure(Settings(host=host, api_keys="one-key"))


@pytest.mark.parametrize("said", [",", " ", ", ,", ",,,"])
def test_p59_a_list_of_no_keys_is_an_error(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    """P59: whoever sets the variable wants keys; an empty variable is one that is not set."""
    monkeypatch.setenv("ORCHESTRATOR_API_KEYS", said)
    with pytest.raises(ValueError, match=r"^ORCHESTRATOR_API_KEYS: there is no key in this list"):
        read_settings()

    monkeypatch.setenv("ORCHESTRATOR_API_KEYS", "")
    assert read_settings().api_keys == ()


def test_p60_the_secret_is_long_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """P60: what signs client secrets cannot be searched for; it is hidden in the log like the keys."""
    monkeypatch.setenv("ORCHESTRATOR_SECRET", "too-short")
    with pytest.raises(ValueError, match=r"^ORCHESTRATOR_SECRET: .*openssl") as told:
        read_settings()
    assert "too-short" not in str(told.value)

    monkeypatch.setenv("ORCHESTRATOR_SECRET", "s" * 32)
    assert "s" * 32 in hidden(read_settings())


@pytest.mark.parametrize(
    ("keys", "warned"),
    [("", 0), ("x" * 16, 0), ("x" * 15, 1), (f"short,{'x' * 40}", 1), ("one,two", 1)],
)
def test_p60_short_keys_are_warned_of(keys: str, warned: int) -> None:
    """P60: a key of fewer than 16 characters can be guessed; the warning does not show it."""
    warnings = weak_keys(Settings(api_keys=keys))

    assert len(warnings) == warned
    assert "short" not in str(warnings)


@pytest.mark.parametrize(("said", "path"), [("/voice", "/voice"), ("voice/", "/voice"), ("/a/b/", "/a/b"), ("/", "")])
def test_p69_the_root_path_has_one_spelling(said: str, path: str) -> None:
    """P69: with a slash in front and none behind."""
    assert Settings(root_path=said).root_path == path


@pytest.mark.parametrize("said", ["/a b", "https://a.example/x", "/<x>", "/a?b"])
def test_p69_a_root_path_is_a_path(said: str) -> None:
    """P69: it is written into the page."""
    with pytest.raises(ValueError, match="ORCHESTRATOR_ROOT_PATH: this is not the path of a URL"):
        read_settings(root_path=said)


@pytest.mark.parametrize(
    ("keys", "said", "served"),
    [("", None, True), ("a-key-of-this-server", None, False), ("a-key-of-this-server", "on", True), ("", "off", False)],
)
def test_mahilos_clients_are_served_while_nobody_needs_a_key(
    keys: str, said: str | None, served: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They know none; with keys it takes a decision."""
    if keys:
        monkeypatch.setenv("ORCHESTRATOR_API_KEYS", keys)
    if said is not None:
        monkeypatch.setenv("ORCHESTRATOR_MAHILO", said)

    assert Settings().serves_mahilo is served


@pytest.mark.parametrize(
    "address",
    [
        "sqlite:///calls.db",
        "sqlite:////var/calls.db",
        "postgresql://me:pw@db.example:5432/calls",
        "postgresql:///calls",
    ],
)
def test_calls_are_recorded_in_a_database(address: str) -> None:
    """A file by a relative or an absolute path, or a server."""
    assert read_settings(records=address).records == address
    assert read_settings(records="None").records == "none"
    assert Settings().records == "sqlite:///.orchestrator/calls.db"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("sqlite://calls.db", "names no file; write sqlite:///PATH"),
        ("sqlite:///", "names no file"),
        ("sqlite:///folder/", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("calls.db", "write sqlite:///PATH, postgresql://USER:PASSWORD@HOST/DATABASE, or none"),
        ("mysql://me:pass-word@db/calls", "not the address of a database for calls"),
        ("postgresql://me:pass-word@db", "not the address of a database for calls"),
        ("postgresql://me:pass-word@[db/calls", "not the address of a database for calls"),
        ("postgresql://me:pass-word@db:port/calls", "not the address of a database for calls"),
    ],
)
def test_what_is_no_database_is_refused(address: str, said: str) -> None:
    """Where, what, what to do; without the password that may be in it."""
    with pytest.raises(ValueError, match=f"ORCHESTRATOR_RECORDS: .*{said}") as refused:
        read_settings(records=address)

    assert "pass-word" not in str(refused.value)


def test_the_password_of_the_database_is_never_shown() -> None:
    """As it is written in the address, and as it is meant."""
    settings = Settings(records="postgresql://me:correct%20horse@db/calls")

    assert hidden(settings) == ["correct%20horse", "correct horse"]
    assert "horse" not in repr(settings)


def test_the_address_of_a_cluster_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its passwords are shown nowhere."""
    monkeypatch.setenv("ORCHESTRATOR_CLUSTER", "redis://nodes:p%40ss@host:x")
    with pytest.raises(ValueError, match=r"^ORCHESTRATOR_CLUSTER: a host or a port in it cannot be read") as told:
        read_settings()
    assert "ss@" not in str(told.value)

    monkeypatch.setenv("ORCHESTRATOR_CLUSTER", "redis+sentinel://u:p%40ss@one,two/calls?sentinel_password=hunter2")
    settings = read_settings()
    assert {"p@ss", "p%40ss", "hunter2"} <= set(hidden(settings))
    assert "ss@" not in repr(settings)


def test_the_address_for_other_nodes_is_one_of_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a slash at its end."""
    monkeypatch.setenv("ORCHESTRATOR_NODE_URL", "http://10.0.0.1:8080/")
    assert read_settings().node_url == "http://10.0.0.1:8080"

    monkeypatch.setenv("ORCHESTRATOR_NODE_URL", "10.0.0.1:8080")
    with pytest.raises(ValueError, match="ORCHESTRATOR_NODE_URL"):
        read_settings()
