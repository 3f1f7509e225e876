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
from statistics import median
from typing import Any

from orchestrator import __version__
from orchestrator.errors import OrchestratorError, Problem, TeamError

TEAM_FILE = "agents.yaml"


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns the exit code: 0, 1 for a fault, 2 for wrong usage, 130 when interrupted."""
    arguments = parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output has gone, for example `| head`
        sys.stderr.close()
        return 1
    except (OrchestratorError, ValueError) as error:
        if arguments.debug:
            raise
        print(error, file=sys.stderr)
        return 1
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
        added.set_defaults(run=run)
        added.add_argument("--debug", action="store_true", help="show where an error comes from")
        return added

    for name, run, text in (
        ("serve", serve, "Serve a team: one voice endpoint that speaks the OpenAI Realtime protocol."),
        ("talk", talk, "Talk to a team: by recorded speech, by typing, or by microphone."),
        ("check", check, "Check a team file and its tools; exit 1 when something is wrong."),
        ("graph", graph, "Draw the team."),
    ):
        command(name, run, text).add_argument("team", nargs="?", default=TEAM_FILE, help=f"default: {TEAM_FILE}")
    serving, talking = commands.choices["serve"], commands.choices["talk"]
    serving.add_argument("--host", help="address to listen on (127.0.0.1)")
    serving.add_argument("--port", type=int, help="port to listen on (8080); 0 takes a free one")
    for added in (serving, talking):
        added.add_argument("--model", help="provider/model for every agent that names none")
    talking.add_argument("--url", help="a running server, ws://host:port/v1/realtime; else the team runs in here")
    talking.add_argument("--key", default=os.environ.get("ORCHESTRATOR_API_KEY"), help="its API key")
    talking.add_argument("--wav", action=Said, dest="turns", metavar="FILE", help="say a recording (repeatable)")
    talking.add_argument("--text", action=Said, dest="turns", metavar="TEXT", help="type a message (repeatable)")
    talking.add_argument("--out", type=Path, metavar="FILE", help="write what was heard as a WAV file")
    commands.choices["check"].add_argument("--format", choices=("text", "json"), default="text")
    drawing = commands.choices["graph"]
    drawing.add_argument("--format", choices=("mermaid", "svg"), default="mermaid")
    drawing.add_argument("--out", type=Path, metavar="FILE", help="default: standard output")
    command("schema", schema, "Print the JSON Schema of the team file, for editors.")
    command("init", init, "Make a new team that runs.").add_argument("folder", type=Path, metavar="DIR")
    return top


class Said(argparse.Action):
    """Collects --wav and --text in the order in which they are given."""

    def __call__(self, _parser: Any, namespace: argparse.Namespace, value: Any, option: str | None = None) -> None:
        """Add one."""
        namespace.turns = [*(namespace.turns or []), (option, value)]


def serve(arguments: argparse.Namespace) -> int:
    """Serve a team until stopped."""
    from orchestrator import serve as serving
    from orchestrator.log import set_up_log
    from orchestrator.settings import read_settings

    settings = read_settings(host=arguments.host, port=arguments.port, model=arguments.model)
    secrets = [key.get_secret_value() for key in settings.api_keys]
    set_up_log(level=settings.log_level, secrets=secrets, transcripts=settings.log_transcripts)
    with serving.listen(settings) as listener:
        house = serving.build(arguments.team, settings)
        port = listener.getsockname()[1]
        for line in serving.welcome(house, settings, port):
            print(line, flush=True)
        asyncio.run(serving.server(house, settings).serve([listener]))
    return 0


def talk(arguments: argparse.Namespace) -> int:
    """Hold one call from the terminal."""
    from orchestrator.devices import available
    from orchestrator.talk import Turn
    from orchestrator.wav import write_wav

    said = arguments.turns or []
    turns = [Turn(wav=Path(value)) if option == "--wav" else Turn(text=value) for option, value in said]
    devices = not turns and sys.stdin.isatty() and available()
    if not turns and sys.stdin.isatty() and not devices:
        print("No microphone (pip install 'voice-orchestrator[audio]'): type, and end with Ctrl-D.", file=sys.stderr)
    finished = asyncio.run(_talk(arguments, turns, devices=devices))
    if arguments.out:
        write_wav(arguments.out, finished.player.timeline())
        print(f"wrote {arguments.out}")
    if finished.latencies:
        middle = median(finished.latencies) * 1000
        counts = f"{len(finished.latencies)} answers, {finished.handoffs} handoffs"
        print(f"{counts}, first audio after {middle:.0f} ms (median)")
    return 0


async def _talk(arguments: argparse.Namespace, turns: list[Any], *, devices: bool) -> Any:
    from orchestrator.talk import converse

    if arguments.url:
        return await converse(arguments.url, arguments.key, turns, devices=devices)
    from orchestrator import serve as serving
    from orchestrator.log import set_up_log
    from orchestrator.settings import read_settings

    settings = read_settings(port=0, model=arguments.model, drain=0, api_keys=())
    set_up_log(level="warning")
    async with serving.running(serving.build(arguments.team, settings), settings) as url:
        return await converse(url, None, turns, devices=devices)


def check(arguments: argparse.Namespace) -> int:
    """Check a team file, its graph and its tools."""
    from orchestrator.team import check_team, load_team
    from orchestrator.tools import load_tools

    problems: list[Problem] = check_team(arguments.team)
    files: list[str] = []
    if not any(problem.fatal for problem in problems):
        team = load_team(arguments.team)
        files = [os.path.relpath(file) for file in team.files]
        try:
            load_tools(team)
        except TeamError as error:
            problems = [*error.problems, *problems]
    wrong = [problem for problem in problems if problem.fatal]
    if arguments.format == "json":
        told = [{name: getattr(problem, name) for name in ("where", "what", "remedy", "fatal")} for problem in problems]
        print(json.dumps({"ok": not wrong, "files": files, "problems": told}, indent=2))
        return 1 if wrong else 0
    for problem in problems:
        print(problem if problem.fatal else f"warning: {problem}")
    if not wrong:
        print(f"{arguments.team}: ok ({len(team.agents)} agents; read {', '.join(files)})")
    return 1 if wrong else 0


def graph(arguments: argparse.Namespace) -> int:
    """Draw the team."""
    from orchestrator.team import draw_mermaid, draw_svg, load_team

    drawing = (draw_svg if arguments.format == "svg" else draw_mermaid)(load_team(arguments.team))
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
    shutil.copytree(Path(__file__).parent / "starter", folder, dirs_exist_ok=True)
    print(f"Made {folder}. Next:\n  cd {folder}\n  orchestrator check\n  orchestrator serve")
    return 0


if __name__ == "__main__":
    sys.exit(main())
