"""The command line as a user runs it: every command, and one clear line for every error."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from orchestrator import __version__
from orchestrator.cli import main, parser
from orchestrator.protocol.audio import PCM_BYTES_PER_MS
from orchestrator.terminal.wav import read_wav
from orchestrator.testing import ScriptedRealtime, call, say
from tests.patience import PATIENCE

TEAM = """\
team: shop
providers:
  service: {{url: "{url}", api_key: "${{SERVICE_KEY:-none}}"}}
agents:
  front: {{model: service/front, instructions: Help., handoffs: [billing], tools: [tools.py]}}
  billing: {{model: service/billing, instructions: Invoices., handoffs: [front]}}
"""
CLEAN = {
    name: value
    for name, value in os.environ.items()
    if name == "ORCHESTRATOR_RECORDS" or not name.startswith(("ORCHESTRATOR_", "OPENAI_", "AZURE_OPENAI_"))
}


def orchestrator(*arguments: str, folder: Path | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder until it ends, with no input."""
    return subprocess.run(
        [sys.executable, "-m", "orchestrator.cli", *arguments],
        cwd=folder,
        env={**CLEAN, **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.fixture
def team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the current folder contain a team."""
    (tmp_path / "agents.yaml").write_text(TEAM.format(url="ws://127.0.0.1:1"), encoding="utf-8")
    (tmp_path / "tools.py").write_text('def find() -> str:\n    "Find."\n    return "7"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


# --- the program itself ---


def test_help_needs_no_framework() -> None:
    """`--help` is fast: each command imports what it needs."""
    script = (
        "import sys; from orchestrator.cli import parser; parser().format_help();"
        "print({'numpy', 'fastapi', 'networkx', 'pydantic', 'websockets', 'yaml', 'structlog'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout == "set()\n"


def test_the_version_is_the_installed_one(capsys: pytest.CaptureFixture[str]) -> None:
    """`--version` names the program and its version."""
    with pytest.raises(SystemExit) as ended:
        main(["--version"])

    assert ended.value.code == 0
    assert capsys.readouterr().out == f"orchestrator {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param([], "the following arguments are required: COMMAND", id="nothing"),
        pytest.param(["dance"], "invalid choice: 'dance'", id="command"),
        pytest.param(["serve", "--port", "80a"], "'80a' is not a port number", id="port"),
        pytest.param(["serve", "--port", "70000"], "'70000' is not a port number", id="large port"),
        pytest.param(["talk", "--text", " "], "--text: the value is empty", id="no text"),
        pytest.param(["talk", "--url", "x", "a.yaml"], "--url calls a running server", id="url and team"),
        pytest.param(["talk", "--url", "x", "--model", "m"], "--url calls a running server", id="url and model"),
        pytest.param(["talk", "--key", "k"], "--key can only be used with --url", id="key"),
        pytest.param(["check", "--format", "xml"], "invalid choice: 'xml'", id="format"),
    ],
)
def test_wrong_usage_is_explained(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, the usage, and the error; no option is silently ignored."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_turns_keep_their_order() -> None:
    """Recordings and messages are used in the order in which they are given."""
    said = parser().parse_args(["talk", "--text", "a", "--wav", "b.wav", "--text", "c"]).turns

    assert said == [("--text", "a"), ("--wav", "b.wav"), ("--text", "c")]


def test_a_reader_that_stops_is_not_an_error(team: Path) -> None:
    """`orchestrator schema | head` ends without a traceback."""
    command = f'"{sys.executable}" -m orchestrator.cli schema | true'
    done = subprocess.run(
        ["bash", "-c", command], env=CLEAN, capture_output=True, text=True, timeout=PATIENCE, check=False
    )

    assert done.stderr == ""


# --- check, graph, schema, init ---


def test_check_lists_every_file(team: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """P44: instruction files and tool files too."""
    assert main(["check"]) == 0
    assert capsys.readouterr().out == "agents.yaml: ok (2 agents; read agents.yaml, tools.py)\n"


def test_check_reports_all_mistakes(team: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """P42: where, what, what to do; exit code 1; no value from the environment."""
    text = TEAM.format(url="${SECRET_URL}").replace("handoffs: [front]", "handofs: [front]")
    (team / "agents.yaml").write_text(text, encoding="utf-8")

    assert main(["check"]) == 1
    told = capsys.readouterr().out
    assert "not set in the environment: SECRET_URL" in told
    assert "agents.billing.handofs: unknown key. Did you mean 'handoffs'?" in told


def test_tools_are_listed_and_tried(team: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`tools` is what every agent can do; `tools call` runs one of them, and says by its exit code how it went."""
    assert main(["tools"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "front  find  python  -          tools.py"
    assert main(["tools", "call", "find"]) == 0
    assert capsys.readouterr().out.startswith("7\n(")
    assert main(["tools", "call", "find", '{"number": 1}', "--agent", "front"]) == 1
    assert capsys.readouterr().out.startswith("Invalid arguments for find: number:")
    assert main(["tools", "call", "pay"]) == 1
    assert capsys.readouterr().err == "There is no tool 'pay'. There are: find.\n"


def test_check_loads_the_tools(team: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A tool file with a syntax error is found before the first call."""
    (team / "tools.py").write_text("def find(:\n", encoding="utf-8")

    assert main(["check", "agents.yaml"]) == 1
    told = capsys.readouterr().out
    assert told.startswith("agents.yaml:5:")
    assert "agents.front.tools.0: tools.py:1: invalid syntax." in told


def test_check_knows_the_tools_of_servers_that_the_file_names(team: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In files of tests, too; of others it only warns, since servers are not asked."""
    text = (
        "team: t\nmcp_servers: {{rooms: {{command: [rooms]{allow}}}}}\n"
        "agents: {{a: {{instructions: x, tools: [mcp:rooms]}}}}\n"
    )
    said = "one:\n  given: {tools: {book: Yours.}}\n  talk: [{caller: Hi., expect: {agent: a}}]\n"
    (team / "tests.yaml").write_text(said)

    (team / "agents.yaml").write_text(text.format(allow=", allow: [book]"))
    assert main(["check"]) == 0
    assert "warning" not in capsys.readouterr().out
    (team / "agents.yaml").write_text(text.format(allow=""))
    assert main(["check"]) == 0
    assert "warning: tests.yaml:2:19" in capsys.readouterr().out


def test_check_can_print_json(team: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For editors and pipelines: the same, as data."""
    assert main(["check", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"ok": True, "files": ["agents.yaml", "tools.py"], "problems": []}

    (team / "tools.py").write_text("", encoding="utf-8")
    assert main(["check", "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    assert told["problems"][0]["what"] == "tools.py has no public functions"
    assert set(told["problems"][0]) == {"where", "what", "remedy", "fatal"}


def test_p63_what_a_tool_prints_is_no_part_of_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """P63: while its file is loaded; programs read what `check` writes."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.py").write_text("print('loading')\ndef find(): 'Find.'\n", encoding="utf-8")
    text = "team: t\nagents: {a: {model: local, instructions: x, tools: [x.py]}}\n"
    (tmp_path / "agents.yaml").write_text(text, encoding="utf-8")

    assert main(["check", "--format", "json"]) == 0
    written = capsys.readouterr()
    assert (json.loads(written.out)["ok"], written.err) == (True, "loading\n")


def test_check_warns_and_passes(team: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A warning is no error."""
    text = (team / "agents.yaml").read_text(encoding="utf-8").replace(", handoffs: [front]", "")
    (team / "agents.yaml").write_text(text, encoding="utf-8")

    assert main(["check"]) == 0
    assert capsys.readouterr().out.startswith("warning: agents.yaml:")


def test_check_asks_for_prices(team: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A limit of money cannot hold for a model without a price."""
    with (team / "agents.yaml").open("a", encoding="utf-8") as file:
        file.write("limits: {money: 2}\nprices: {service/front: {text_in: 1, text_out: 2}}\n")

    assert main(["check"]) == 0
    warning, _ = capsys.readouterr().out.splitlines()
    assert warning.startswith("warning: agents.yaml:")
    assert warning.endswith("what 'service/billing' costs is not known (billing). Add it under `prices:`.")


def test_check_warns_of_languages(team: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of one that the embedded provider lacks, where the team would run on it."""
    with (team / "agents.yaml").open("a", encoding="utf-8") as file:
        file.write("language: Polish\n")
    assert main(["check"]) == 0
    assert "language: the provider" not in capsys.readouterr().out
    text = (team / "agents.yaml").read_text(encoding="utf-8").replace("service/front", "local")
    (team / "agents.yaml").write_text(text, encoding="utf-8")

    assert main(["check"]) == 0
    assert "language: the provider 'local' cannot hear, understand or speak 'Polish'" in capsys.readouterr().out


def test_graph_draws(team: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Mermaid or SVG, to the terminal or to a file."""
    assert main(["graph"]) == 0
    assert capsys.readouterr().out.startswith("flowchart LR\n")

    assert main(["graph", "--format", "svg", "--out", "team.svg"]) == 0
    assert capsys.readouterr().out == ""
    assert ElementTree.parse(team / "team.svg").getroot().tag.endswith("svg")


def test_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Editors can use the output."""
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["required"] == ["team", "agents"]


def test_init_creates_a_valid_team(tmp_path: Path) -> None:
    """The new folder passes `check` and has no leftovers; a second run changes nothing."""
    assert orchestrator("init", "mine", folder=tmp_path).returncode == 0
    files = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*"))
    assert files == ["mine", "mine/agents", "mine/agents.yaml", "mine/agents/rooms.py", "mine/tests.yaml"]

    checked = orchestrator("check", folder=tmp_path / "mine", PYTHONDONTWRITEBYTECODE="1")
    assert checked.stdout == "agents.yaml: ok (2 agents, 3 tests; read agents.yaml, agents/rooms.py, tests.yaml)\n"

    again = orchestrator("init", "mine", folder=tmp_path)
    assert (again.returncode, again.stderr) == (1, "mine exists and is not empty. Choose a new folder.\n")


def test_a_sample_is_created_by_name(tmp_path: Path) -> None:
    """An emergency desk with several callers, messages and approvals."""
    assert orchestrator("init", "desk", "--sample", "dispatch", folder=tmp_path).returncode == 0
    checked = orchestrator("check", folder=tmp_path / "desk")

    assert checked.stdout.startswith("agents.yaml: ok (4 agents")


# --- errors ---

BROKEN = "team: shop\nagents:\n  front:\n    instructions: [\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["serve", "none.yaml"], "none.yaml: cannot be read: No such file", id="no team"),
        pytest.param(["serve", "broken.yaml", "--port", "0"], "broken.yaml:", id="broken team"),
        pytest.param(["serve", "--host", "0.0.0.0"], "Set ORCHESTRATOR_API_KEYS", id="open to all"),
        pytest.param(["serve", "--host", "nowhere", "--port", "0"], "Host 'nowhere' can be reached", id="host"),
        pytest.param(["graph", "--out", "no/such/folder.svg"], "no/such/folder.svg: No such file", id="folder"),
        pytest.param(["talk", "--wav", "none.wav"], "none.wav: cannot be read: No such file", id="no recording"),
        pytest.param(["talk", "--wav", "tools.py"], "tools.py: not a usable WAV file", id="no WAV"),
        pytest.param(["talk", "--text", "hi", "--out", "no/a.wav"], "no/a.wav: its folder does not exist", id="out"),
        pytest.param(["talk", "--url", "127.0.0.1:1"], "Is `orchestrator serve` running there?", id="no server"),
    ],
)
def test_errors_are_one_clear_line(team: Path, arguments: list[str], told: str) -> None:
    """On standard error, exit code 1, no traceback."""
    (team / "broken.yaml").write_text(BROKEN, encoding="utf-8")
    done = orchestrator(*arguments, folder=team)

    assert done.returncode == 1
    assert told in done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1


def test_an_invalid_setting_is_reported_without_its_value(team: Path) -> None:
    """The variable is named; its value is not shown."""
    done = orchestrator("serve", ORCHESTRATOR_MAX_CALLS="secret-value", folder=team)

    assert done.returncode == 1
    assert done.stderr.startswith("ORCHESTRATOR_MAX_CALLS: ")
    assert "secret-value" not in done.stderr


def test_a_missing_api_key_is_reported(tmp_path: Path) -> None:
    """A team that should run on OpenAI names the missing variable, for each agent."""
    assert main(["init", str(tmp_path)]) == 0
    done = orchestrator("talk", "--model", "openai/gpt-realtime-2.1", "--text", "hi", folder=tmp_path)

    assert done.returncode == 1
    assert done.stderr.count("set OPENAI_API_KEY") == 2


def test_debug_shows_where(team: Path) -> None:
    """`--debug` prints the traceback."""
    done = orchestrator("graph", "none.yaml", "--debug", folder=team)

    assert done.returncode == 1
    assert done.stderr.startswith("Traceback")


def test_a_bug_of_ours_is_one_line_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """An unexpected exception is named, with how to see more."""

    def fail() -> None:
        raise RuntimeError("an unexpected error")

    monkeypatch.setattr("orchestrator.team.team_schema", fail)

    assert main(["schema"]) == 1
    assert capsys.readouterr().err == "RuntimeError: an unexpected error. Run with --debug for a traceback.\n"
    with pytest.raises(RuntimeError):
        main(["schema", "--debug"])


def test_an_interrupt_is_quiet(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C: exit code 130, as shells expect."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("orchestrator.team.team_schema", interrupt)

    assert main(["schema"]) == 130
    assert capsys.readouterr().err == ""


def test_without_the_extra_local_the_remedy_is_shown(tmp_path: Path) -> None:
    """A team that would run on the embedded models says how to install them."""
    assert main(["init", str(tmp_path)]) == 0
    script = (
        "import sys; sys.modules['onnxruntime'] = sys.modules['ctranslate2'] = None\n"
        "from orchestrator.cli import main; sys.exit(main(['talk', '--text', 'hi']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=CLEAN,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "pip install 'voice-orchestrator[local]'" in done.stderr


# --- talking ---


async def test_a_conversation_through_a_pipe(team: Path) -> None:
    """A team in this process: lines in; agents, handoffs and tools out; the recording is written.

    The settings of a server (`ORCHESTRATOR_HOST`, keys) do not matter.
    """
    async with ScriptedRealtime() as service:
        (team / "agents.yaml").write_text(TEAM.format(url=service.url), encoding="utf-8")
        service.reply("front", say("Hello."))
        service.reply("front", call("find"))
        service.reply("front", say("It is on its way."))
        service.reply("front", call("transfer_to_billing", reason="an invoice"))
        service.reply("billing", say("Which invoice?"))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "orchestrator.cli", "talk", "--out", "reply.wav"),
            cwd=team,
            env={**CLEAN, "ORCHESTRATOR_HOST": "0.0.0.0", "ORCHESTRATOR_API_KEYS": "k", "ORCHESTRATOR_PORT": "1"},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(b"Where is my order?\nAnd my invoice?\n"), PATIENCE)

    told = [line.split("   [")[0].split(" (0.")[0] for line in out.decode().splitlines()]
    assert told[:-2] == [
        "front ▸ Hello.",
        "you ▸ Where is my order?",
        "· find by front",
        "front ▸ It is on its way.",
        "you ▸ And my invoice?",
        "→ billing",
        "billing ▸ Which invoice?",
    ]
    assert told[-2].startswith("call of ")
    assert told[-1] == "wrote reply.wav"
    assert err == b""
    assert process.returncode == 0
    assert len(read_wav(team / "reply.wav")) > 3 * 400 * PCM_BYTES_PER_MS


async def test_a_dead_service_is_reported(team: Path) -> None:
    """P32: without a service the call ends with a reason and exit code 1, and no secret is shown."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "orchestrator.cli", "talk", "--text", "hello"),
        cwd=team,
        env={**CLEAN, "SERVICE_KEY": "secret-key-of-the-service"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE)

    assert process.returncode == 1
    assert b"The server closed the call: " in err
    assert b"4500" in err
    assert b"Traceback" not in err
    assert b"secret-key" not in out + err


@pytest.mark.speech
def test_a_new_team_talks(tmp_path: Path) -> None:
    """The team of `init` answers on the embedded models, without a key, and hands over."""
    assert main(["init", str(tmp_path)]) == 0
    done = orchestrator("talk", "--text", "I would like to book a room", folder=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "reception ▸ Hotel Seaview, good day. How can I help you?" in done.stdout
    assert "→ bookings" in done.stdout
    assert "bookings ▸ " in done.stdout
