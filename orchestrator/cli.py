"""The command line: parse, call, print."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from orchestrator import __version__
from orchestrator.errors import OrchestratorError, Problem
from orchestrator.server import garbage

TEAM_FILE = "agents.yaml"


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns the exit code: 0, 1 for a fault, 2 for wrong usage, 130 when interrupted."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # names and arrows on any terminal; lines at once through a pipe
            stream.reconfigure(errors="replace", line_buffering=True)
    arguments = parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output has gone, for example `| head`
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
        print(f"{type(error).__name__}: {error}. Run with --debug to see where.", file=sys.stderr)
    return 1


def parser() -> argparse.ArgumentParser:
    """Describe the commands."""
    top = argparse.ArgumentParser(prog="orchestrator", description="Voice agents that work as a team.")
    top.add_argument("--version", action="version", version=f"orchestrator {__version__}")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run, refuse=added.error)
        added.add_argument("--debug", action="store_true", help="show where an error comes from")
        return added

    def with_team(added: argparse.ArgumentParser) -> argparse.ArgumentParser:
        added.add_argument("team", nargs="?", help=f"the team file (default: {TEAM_FILE})")
        return added

    text = "Serve a team: one voice endpoint that speaks the OpenAI Realtime protocol."
    _serve_options(with_team(command("serve", serve, text)))
    _talk_options(with_team(command("talk", talk, "Talk to a team: by recorded speech, by typing, or by microphone.")))
    checking = with_team(command("check", check, "Check a team file and its tools; exit 1 when something is wrong."))
    checking.add_argument("--format", choices=("text", "json"), default="text")
    drawing = with_team(command("graph", graph, "Draw the team."))
    drawing.add_argument("--format", choices=("mermaid", "svg"), default="mermaid")
    drawing.add_argument("--out", type=Path, metavar="FILE", help="default: standard output")
    command("schema", schema, "Print the JSON Schema of the team file, for editors.")
    command("init", init, "Make a new team that runs.").add_argument("folder", type=Path, metavar="DIR")
    return top


def _serve_options(serving: argparse.ArgumentParser) -> None:
    serving.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    serving.add_argument("--port", type=_port, help="port to listen on (default: 8080); 0 takes a free one")
    serving.add_argument("--model", help="provider/model for every agent that names none")
    serving.add_argument("--workers", type=int, help="processes that hold calls, one for each core (default: 1)")


def _talk_options(talking: argparse.ArgumentParser) -> None:
    talking.add_argument("--url", help="a running server, ws://host:port/v1/realtime; else the team runs in here")
    talking.add_argument("--key", help="the server's API key (default: ORCHESTRATOR_API_KEY)")
    talking.add_argument("--model", help="provider/model for every agent that names none, without --url")
    talking.add_argument("--wav", action=Said, dest="turns", metavar="FILE", help="say a recording (repeatable)")
    talking.add_argument("--text", action=Said, dest="turns", metavar="TEXT", help="type a message (repeatable)")
    talking.add_argument("--out", type=Path, metavar="FILE", help="write what was heard as a WAV file")


def _port(said: str) -> int:
    if not said.isdigit() or int(said) > 65535:
        raise argparse.ArgumentTypeError(f"{said!r} is not a port: 0 to 65535")
    return int(said)


class Said(argparse.Action):
    """Collects --wav and --text in the order in which they are given."""

    def __call__(self, parser: Any, namespace: argparse.Namespace, value: Any, option: str | None = None) -> None:
        """Add one."""
        if not value.strip():
            parser.error(f"{option}: say something")
        namespace.turns = [*(namespace.turns or []), (option, value)]


def serve(arguments: argparse.Namespace) -> int:
    """Serve a team until stopped."""
    with garbage.loading():
        from orchestrator.log import set_up_log
        from orchestrator.server.serve import new_loop, serve, take_descriptors
        from orchestrator.server.workers import Supervisor
        from orchestrator.settings import hidden, read_settings

    said = {"host": arguments.host, "port": arguments.port, "model": arguments.model, "workers": arguments.workers}
    settings = read_settings(**said)
    set_up_log(level=settings.log_level, secrets=hidden(settings), transcripts=settings.log_transcripts)
    path = arguments.team or TEAM_FILE
    take_descriptors()
    if settings.workers == 1:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(serve(path, settings, print))
    else:
        asyncio.run(Supervisor(path, settings).serve(print))
    return 0


def talk(arguments: argparse.Namespace) -> int:
    """Hold one call from the terminal."""
    from orchestrator.terminal.devices import available
    from orchestrator.terminal.talk import read_turns

    if arguments.url and (arguments.team or arguments.model):
        arguments.refuse("a team file and --model are for a team that runs in here; --url calls a running server")
    if arguments.key and not arguments.url:
        arguments.refuse("--key is for --url; a team that runs in here needs none")
    if arguments.out and not arguments.out.absolute().parent.is_dir():
        raise OrchestratorError(f"{arguments.out}: there is no such folder.")
    turns = read_turns(arguments.turns or [])
    devices = not turns and sys.stdin.isatty() and available()
    if not turns and sys.stdin.isatty() and not devices:
        remedy = "pip install 'voice-orchestrator[audio]'"
        print(f"No microphone and speakers to use ({remedy}): type, and end with Ctrl-D.", file=sys.stderr)
    asyncio.run(_talk(arguments, turns, devices=devices))
    return 0


async def _talk(arguments: argparse.Namespace, turns: list[Any], *, devices: bool) -> None:
    from orchestrator.terminal.talk import converse

    if arguments.url:
        key = arguments.key or os.environ.get("ORCHESTRATOR_API_KEY")
        await converse(arguments.url, key, turns, devices=devices, out=arguments.out)
        return
    from orchestrator.log import set_up_log
    from orchestrator.server import serve as serving
    from orchestrator.settings import read_settings

    settings = read_settings(host="127.0.0.1", port=0, model=arguments.model, drain=0, api_keys=())
    set_up_log(level="warning")
    house = serving.build(arguments.team or TEAM_FILE, settings)
    await serving.load_models(house)
    async with serving.running(house, settings) as url:
        await converse(url, None, turns, devices=devices, out=arguments.out)


def check(arguments: argparse.Namespace) -> int:
    """Check a team file, its graph and its tools."""
    from orchestrator.team import check_team, in_order, load_team
    from orchestrator.tools import check_tools, tool_files

    file = arguments.team or TEAM_FILE
    problems: list[Problem] = check_team(file)
    files: list[str] = []
    agents = 0
    if not any(problem.fatal for problem in problems):
        team = load_team(file)
        agents = len(team.agents)
        files = [os.path.relpath(path) for path in (*team.files, *tool_files(team))]
        problems = in_order([*problems, *check_tools(team), *_unpriced(team)])
    wrong = [problem for problem in problems if problem.fatal]
    if arguments.format == "json":
        told = [{name: getattr(problem, name) for name in ("where", "what", "remedy", "fatal")} for problem in problems]
        print(json.dumps({"ok": not wrong, "files": files, "problems": told}, indent=2))
        return 1 if wrong else 0
    for problem in problems:
        print(problem if problem.fatal else f"warning: {problem}")
    if not wrong:
        print(f"{file}: ok ({agents} agents; read {', '.join(files)})")
    return 1 if wrong else 0


def _unpriced(team: Any) -> list[Problem]:
    """Return the models that the team would run on here and whose price is missing."""
    from orchestrator.providers.choosing import choose_models
    from orchestrator.providers.prices import unpriced

    wanted = os.environ.get("ORCHESTRATOR_MODEL")
    return unpriced(
        team, {name: choose_models(one, wanted=wanted, environ=os.environ) for name, one in team.agents.items()}
    )


def graph(arguments: argparse.Namespace) -> int:
    """Draw the team."""
    from orchestrator.team import draw_mermaid, draw_svg, load_team

    drawing = (draw_svg if arguments.format == "svg" else draw_mermaid)(load_team(arguments.team or TEAM_FILE))
    if arguments.out:
        arguments.out.write_text(drawing, encoding="utf-8")
    else:
        print(drawing, end="")
    return 0


def schema(arguments: argparse.Namespace) -> int:
    """Print the JSON Schema of the team file."""
    from orchestrator.team import team_schema

    print(json.dumps(team_schema(), indent=2))
    return 0


def init(arguments: argparse.Namespace) -> int:
    """Make a new team from the starter."""
    folder: Path = arguments.folder
    if folder.exists() and any(folder.iterdir() if folder.is_dir() else [folder]):
        raise OrchestratorError(f"{folder} exists and is not empty. Name a new folder.")
    compiled = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(__file__).parent / "starter", folder, dirs_exist_ok=True, ignore=compiled)
    print(f"Made {folder}. Next:\n  cd {folder}\n  orchestrator check\n  orchestrator serve")
    return 0


if __name__ == "__main__":
    sys.exit(main())
