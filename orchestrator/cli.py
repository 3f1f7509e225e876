"""The command line: parse, call, print."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import asdict
from pathlib import Path
from typing import Any

from orchestrator import __version__
from orchestrator.errors import OrchestratorError, Problem
from orchestrator.outside.variables import variable
from orchestrator.server import garbage_collection
from orchestrator.terminal import replay_options, team_options, tool_options
from orchestrator.terminal.call_options import add_options
from orchestrator.terminal.top import add_options as add_top_options
from orchestrator.trials import options as test_options

TEAM_FILE = "agents.yaml"
SAMPLES = Path(__file__).parent / "samples"
# Settings too.
SERVE_OPTIONS = ("host", "port", "model", "workers", "tls_cert", "tls_key", "tls", "root_path", "watch")


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns the exit code: 0, 1 for an error, 2 for wrong usage, 130 if interrupted."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # never fail on an arrow or a name; write whole lines at once to a pipe
            stream.reconfigure(errors="replace", line_buffering=True)
    arguments = parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of the output has stopped, for example `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (OrchestratorError, ValueError) as error:
        if arguments.debug:
            raise
        print(error, file=sys.stderr)
    except OSError as error:
        if arguments.debug:
            raise
        print(f"{error.filename}: {error.strerror}." if error.filename else f"{error}.", file=sys.stderr)
    except Exception as error:
        if arguments.debug:
            raise
        print(f"{type(error).__name__}: {error}. Run with --debug for a traceback.", file=sys.stderr)
    return 1


def parser() -> argparse.ArgumentParser:
    """Build the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="orchestrator", description="Voice agents that work as a team, behind one OpenAI Realtime endpoint."
    )
    top.add_argument("--version", action="version", version=f"orchestrator {__version__}")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int], about: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=about, description=about)
        added.set_defaults(run=run, refuse=added.error)
        added.add_argument("--debug", action="store_true", help="show the traceback of an error")
        return added

    def with_team(added: argparse.ArgumentParser) -> argparse.ArgumentParser:
        added.add_argument("team", nargs="?", help=f"the team file (default: {TEAM_FILE})")
        return added

    about = "Serve teams as one endpoint that speaks the OpenAI Realtime protocol."
    _serve_options(command("serve", serve, about))
    _talk_options(with_team(command("talk", talk, "Talk to a team with recordings, by typing, or by microphone.")))
    check_parser = with_team(command("check", check, "Check a team file and its tools; exits with 1 if it has errors."))
    check_parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    test_options.add_options(command("test", test_options.run, "Run the tests of a team; exits with 1 if one fails."))
    _graph_options(with_team(command("graph", graph, "Draw the agents of a team, their handoffs and rules.")))
    add_options(command("calls", calls, "List the calls that were recorded, show, export or delete them."))
    about = "List the versions of the teams that a server serves; roll back, reload, or try one out."
    team_options.add_options(command("teams", teams, about))
    about = "List what every agent can do, or try one tool: `call NAME '{…}'`."
    tool_options.add_options(command("tools", tools, about))
    add_top_options(command("top", show_nodes, "Show the nodes of a cluster, their calls and their load, each second."))
    about = "Run recorded calls again: through today's code, or with an edited team."
    replay_options.add_options(command("replay", replay, about))
    schema_parser = command("schema", schema, "Print the JSON Schema of the team file, for editors.")
    schema_parser.add_argument("--tests", action="store_true", help="that of a file of tests")
    init_parser = command("init", init, "Create a small team that runs.")
    init_parser.add_argument("folder", type=Path, metavar="DIR", help="folder to create it in")
    samples = sorted(path.name for path in SAMPLES.iterdir())
    init_parser.add_argument("--sample", choices=samples, default="hotel", help="the team (default: hotel)")
    return top


def _serve_options(serve_parser: argparse.ArgumentParser) -> None:
    about = f"team files, and folders of them (default: {TEAM_FILE}); the model that a client asks for names the team"
    serve_parser.add_argument("teams", nargs="*", metavar="TEAM", help=about)
    serve_parser.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    serve_parser.add_argument("--port", type=_port, help="port to listen on (default: 8080); 0 picks a free one")
    serve_parser.add_argument("--model", help="provider/model for agents that name none")
    serve_parser.add_argument(
        "--workers", type=int, help="number of processes for calls (default: 1); use one per core"
    )

    serve_parser.add_argument("--tls-cert", metavar="FILE", help="TLS certificate and its chain, PEM; serves wss://")
    serve_parser.add_argument("--tls-key", metavar="FILE", help="key of the TLS certificate, PEM")
    serve_parser.add_argument("--tls", choices=("self-signed",), help="make a certificate at the start, for a try")
    about = "do not read the files again when they have changed, only when told to"
    serve_parser.add_argument("--no-watch", dest="watch", action="store_const", const=False, help=about)
    serve_parser.add_argument("--root-path", metavar="PATH", help="path prefix under which a proxy serves this server")


def _graph_options(graph_parser: argparse.ArgumentParser) -> None:
    graph_parser.add_argument("--format", choices=("mermaid", "svg"), default="mermaid", help="default: mermaid")
    about = "run the tests of the team, and mark the edges that none has taken"
    graph_parser.add_argument("--coverage", action="store_true", help=about)
    graph_parser.add_argument("--out", type=Path, metavar="FILE", help="file to write (default: standard output)")


def _talk_options(talk_parser: argparse.ArgumentParser) -> None:
    talk_parser.add_argument("--url", help="server to call, ws://host:port/v1/realtime (default: run the team locally)")
    talk_parser.add_argument("--key", help="API key for --url (default: ORCHESTRATOR_API_KEY)")
    talk_parser.add_argument("--model", help="provider/model for agents that name none; not with --url")
    talk_parser.add_argument(
        "--wav", action=TurnAction, dest="turns", metavar="FILE", help="play a recording (repeatable)"
    )
    talk_parser.add_argument(
        "--text", action=TurnAction, dest="turns", metavar="TEXT", help="send a message (repeatable)"
    )
    talk_parser.add_argument("--out", type=Path, metavar="FILE", help="write everything heard to a WAV file")


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port number from 0 to 65535")
    return int(text)


class TurnAction(argparse.Action):
    """Collects the values of --wav and --text in the order in which they are given."""

    def __call__(self, parser: Any, namespace: argparse.Namespace, value: Any, option: str | None = None) -> None:
        """Add a turn."""
        if not value.strip():
            parser.error(f"{option}: the value is empty")
        namespace.turns = [*(namespace.turns or []), (option, value)]


def serve(arguments: argparse.Namespace) -> int:
    """Serve teams until stopped."""
    with garbage_collection.loading():
        from orchestrator.log import set_up_log
        from orchestrator.server.serve import new_loop, serve, take_descriptors
        from orchestrator.server.tls import certified
        from orchestrator.server.workers import Supervisor
        from orchestrator.settings import hidden, read_settings

    settings = read_settings(**{name: getattr(arguments, name) for name in SERVE_OPTIONS})
    set_up_log(level=settings.log_level, secrets=hidden(settings), transcripts=settings.log_transcripts)
    paths = arguments.teams or [TEAM_FILE]
    take_descriptors()
    with certified(settings) as settings:
        if settings.workers == 1:
            with asyncio.Runner(loop_factory=new_loop) as runner:
                runner.run(serve(paths, settings, print))
        else:
            asyncio.run(Supervisor(paths, settings).serve(print))
    return 0


def talk(arguments: argparse.Namespace) -> int:
    """Hold one call from the terminal."""
    from orchestrator.terminal.devices import available
    from orchestrator.terminal.talk import read_turns

    if arguments.url and (arguments.team or arguments.model):
        arguments.refuse("--url calls a running server: a team file or --model cannot be used with it")
    if arguments.key and not arguments.url:
        arguments.refuse("--key can only be used with --url: a team in this process needs no key")
    if arguments.out and not arguments.out.absolute().parent.is_dir():
        raise OrchestratorError(f"{arguments.out}: its folder does not exist.")
    turns = read_turns(arguments.turns or [])
    devices = not turns and sys.stdin.isatty() and available()
    if not turns and sys.stdin.isatty() and not devices:
        remedy = "pip install 'voice-orchestrator[audio]'"
        print(f"No microphone or speakers ({remedy}). Type your lines; end with Ctrl-D.", file=sys.stderr)
    asyncio.run(_talk(arguments, turns, devices=devices))
    return 0


async def _talk(arguments: argparse.Namespace, turns: list[Any], *, devices: bool) -> None:
    from orchestrator.terminal.talk import converse

    if arguments.url:
        key = arguments.key or variable(os.environ, "ORCHESTRATOR_API_KEY")
        await converse(arguments.url, key, turns, devices=devices, out=arguments.out)
        return
    from orchestrator.log import set_up_log
    from orchestrator.server import serve as serving
    from orchestrator.settings import hidden, read_settings

    settings = read_settings(host="127.0.0.1", port=0, model=arguments.model, drain=0, api_keys=(), watch=False)
    set_up_log(level="warning", secrets=hidden(settings))
    deployment = serving.build(arguments.team or TEAM_FILE, settings)
    await serving.load_all(deployment)
    async with serving.running(deployment, settings) as url:
        await converse(url, None, turns, devices=devices, out=arguments.out)


def check(arguments: argparse.Namespace) -> int:
    """Check a team file, its graph and its tools."""
    from orchestrator.team import in_order, read_team
    from orchestrator.team.trials.files import beside
    from orchestrator.tools import known_names, read_tools, tool_files
    from orchestrator.trials.reading import read_tests

    file = arguments.team or TEAM_FILE
    team, problems = read_team(file)
    if team is not None:
        with redirect_stdout(sys.stderr):  # what tools print while they are loaded is none of ours
            loaded, found = read_tools(team)
        problems = in_order([*problems, *found, *_doubts(team)])
        names = {tool.name for own in loaded.values() for tool in own}
        names |= {name for agent in team.agents for name in known_names(team, agent)}
        tests, found = read_tests(team, beside(Path(file)), names, os.environ)
        problems += found
    failed = any(problem.fatal for problem in problems)
    files: list[str] = []
    if team and not failed:
        read = (*team.files, *tool_files(team), *(case.file for case in tests))
        files = list(dict.fromkeys(os.path.relpath(path) for path in read))
    if arguments.format == "json":
        listed = [asdict(problem) for problem in problems]
        print(json.dumps({"ok": not failed, "files": files, "problems": listed}, indent=2))
        return 1 if failed else 0
    for problem in problems:
        print(problem if problem.fatal else f"warning: {problem}")
    if team and not failed:
        counted = "1 agent" if len(team.agents) == 1 else f"{len(team.agents)} agents"
        counted += f", {len(tests)} {'test' if len(tests) == 1 else 'tests'}" if tests else ""
        print(f"{file}: ok ({counted}; read {', '.join(files)})")
    return 1 if failed else 0


def _doubts(team: Any) -> list[Problem]:
    """Warn of what the models cannot do, among those that the team would use in this environment."""
    from orchestrator.providers.choosing import choose_for
    from orchestrator.providers.languages import unspoken
    from orchestrator.providers.prices import unpriced
    from orchestrator.team.hooks.checks import check_kept

    wanted = variable(os.environ, "ORCHESTRATOR_MODEL")
    models = choose_for(team, wanted=wanted, environ=os.environ)
    records = variable(os.environ, "ORCHESTRATOR_RECORDS").lower()
    return [*unpriced(team, models), *unspoken(team, models), *check_kept(team, records)]


def graph(arguments: argparse.Namespace) -> int:
    """Draw the team."""
    from orchestrator.team import draw_mermaid, draw_svg, load_team

    path = Path(arguments.team or TEAM_FILE)
    untaken: set[tuple[str, str]] = set()
    if arguments.coverage:
        from orchestrator.trials.measures.measuring import untaken_edges

        untaken = untaken_edges(path)
    drawing = (draw_svg if arguments.format == "svg" else draw_mermaid)(load_team(path), untaken=untaken)
    if arguments.out:
        arguments.out.write_text(drawing, encoding="utf-8")
    else:
        print(drawing, end="")
    return 0


def calls(arguments: argparse.Namespace) -> int:
    """Look at recorded calls."""
    from orchestrator.terminal.calls import run

    for line in run(arguments):
        print(line)
    return 0


def teams(arguments: argparse.Namespace) -> int:
    """Look at the versions of teams, or change which one new calls get."""
    from orchestrator.terminal.teams import run

    for line in run(arguments):
        print(line)
    return 0


def tools(arguments: argparse.Namespace) -> int:
    """Look at the tools of a team, or try one of them."""
    from orchestrator.local.sentences import Sentences
    from orchestrator.log.redaction import Redact, secrets_of_environment
    from orchestrator.tools.command import run

    known = list(secrets_of_environment(os.environ))
    return run(arguments, print, lambda secrets: Redact([*known, *secrets]).keyless, Sentences())


def show_nodes(arguments: argparse.Namespace) -> int:
    """Look at the nodes until stopped."""
    from orchestrator.terminal.top import run

    try:
        for look in run(arguments):
            print(look)
    except KeyboardInterrupt:  # its only end
        pass
    return 0


def replay(arguments: argparse.Namespace) -> int:
    """Run recorded calls again."""
    if arguments.by == "voice":
        try:
            from orchestrator.trials.voice.again import run as by_voice
        except ImportError as error:
            raise OrchestratorError(f"By voice, a caller needs the extra `local`: {error}") from None
        return by_voice(arguments, print)
    from orchestrator.replay.command import run

    return run(arguments, print)


def schema(arguments: argparse.Namespace) -> int:
    """Print the JSON Schema of the team file."""
    from orchestrator.team import schema_of_tests, team_schema

    print(json.dumps(schema_of_tests() if arguments.tests else team_schema(), indent=2))
    return 0


def init(arguments: argparse.Namespace) -> int:
    """Create a team from a sample."""
    folder: Path = arguments.folder
    if folder.exists() and any(folder.iterdir() if folder.is_dir() else [folder]):
        raise OrchestratorError(f"{folder} exists and is not empty. Choose a new folder.")
    compiled = shutil.ignore_patterns("__pycache__")
    shutil.copytree(SAMPLES / arguments.sample, folder, dirs_exist_ok=True, ignore=compiled)
    print(f"Created {folder}. Next:\n  cd {folder}\n  orchestrator check\n  orchestrator test\n  orchestrator serve")
    return 0


if __name__ == "__main__":
    sys.exit(main())
