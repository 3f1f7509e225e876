"""The metrics of a process: their names, labels and buckets, and where they are kept.

Every label has a bounded number of values: agents and models are those of the team file, tools and the codes of lost
sessions are named up to a limit and then are `other`. No label names a call. What is counted when is in `counting.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric
from prometheus_client.registry import Collector

MOST_TOOLS, MOST_CODES, OTHER = 200, 50, "other"
PREFIX = "orchestrator_"
SHORT = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
ANSWER = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0)
WORK = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
WAIT = (1.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0)
CALL = (10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0)
YIELD = (0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.6, 2.0)


@dataclass(frozen=True, slots=True)
class Described:
    """One metric: a histogram if it has buckets, else a counter if its name ends in `_total`, else a gauge."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()
    of_process: bool = False  # it is about a whole process, whatever teams it serves

    def make(self, registry: CollectorRegistry) -> Any:
        """Make it in a registry."""
        if self.buckets:
            return Histogram(self.name, self.help, self.labels, buckets=self.buckets, registry=registry)
        kind = Counter if self.name.endswith("_total") else Gauge
        return kind(self.name, self.help, self.labels, registry=registry)


MODEL = ("agent", "provider", "model")
METRICS = (
    Described("orchestrator_workers", "Processes whose figures are in this answer.", of_process=True),
    Described("orchestrator_calls_active", "Calls that are open."),
    Described("orchestrator_sessions_open", "Sessions of agents: the one that has the caller, and others.", ("state",)),
    Described("orchestrator_calls_total", "Calls that have ended, by how.", ("ending",)),
    Described("orchestrator_call_seconds", "Length of a call.", buckets=CALL),
    Described(
        "orchestrator_handoff_seconds",
        "From the function call that hands over, or the program's wish, to the next agent's first sound.",
        ("from", "to", "warm", "outcome"),
        SHORT,
    ),
    Described(
        "orchestrator_handoff_overhead_seconds",
        "Part of a handoff before the next agent is asked to speak; without a warm session it opens one.",
        ("warm",),
        SHORT,
    ),
    Described("orchestrator_held_audio_seconds", "Caller's audio that had to wait for a session.", buckets=SHORT),
    Described(
        "orchestrator_first_audio_seconds",
        "From the end of the caller's turn to the first sound of the answer.",
        MODEL,
        ANSWER,
    ),
    Described("orchestrator_responses_total", "Responses that models generated, by status.", (*MODEL, "status")),
    Described(
        "orchestrator_tokens_total",
        "Tokens that models used, by direction, modality, and whether they were cached.",
        (*MODEL, "direction", "modality", "cached"),
    ),
    Described("orchestrator_cost_dollars_total", "What models cost, in US dollars.", MODEL),
    Described("orchestrator_interruptions_total", "Callers' interruptions of agents.", ("agent",)),
    Described(
        "orchestrator_tool_seconds",
        "From a function call to the output of the tool; `server` is the MCP server that has it, if it is one's.",
        ("tool", "outcome", "server"),
        WORK,
    ),
    Described("orchestrator_consult_seconds", "From a question to its answer.", ("from", "to", "outcome"), WORK),
    Described("orchestrator_refusals_total", "Function calls that were refused, by kind of rule.", ("agent", "rule")),
    Described("orchestrator_session_lost_total", "Sessions that were lost, by why.", ("agent", "code")),
    Described("orchestrator_session_renewed_total", "Sessions replaced before their maximum age.", ("agent",)),
    Described("orchestrator_session_fallback_total", "Agents that went on with another model.", ("agent", "model")),
    Described("orchestrator_person_wait_seconds", "Wait of a caller for a person.", ("agent", "outcome"), WAIT),
    Described(
        "orchestrator_turn_response_seconds",
        "Silence between a caller's turn and its answer, as the caller hears it.",
        buckets=ANSWER,
    ),
    Described("orchestrator_turn_responses_total", "Callers' turns, by whether they were answered.", ("answered",)),
    Described("orchestrator_turn_yield_seconds", "From a caller's interruption to the agent's silence.", buckets=YIELD),
    Described(
        "orchestrator_turn_yields_total",
        "Callers' interruptions, by whether the agent fell silent in 2 s.",
        ("yielded",),
    ),
    Described("orchestrator_turn_agent_interruptions_total", "Agents that began to speak while the caller spoke."),
    Described(
        "orchestrator_limit_refusals_total",
        "Calls that were refused because of a limit of their team, or of their API key.",
        ("whose", "limit"),
    ),
    Described(
        "orchestrator_loop_lag_seconds",
        "How late the event loop was, ten times a second.",
        buckets=SHORT,
        of_process=True,
    ),
    Described(
        "orchestrator_records_dropped_total", "Entries of records of calls that could not be kept.", of_process=True
    ),
    Described(
        "orchestrator_workers_unanswered_total",
        "Times that an answer went without a process that was too late.",
        of_process=True,
    ),
    Described("orchestrator_mcp_server_up", "Whether an MCP server can be asked.", ("server",), of_process=True),
    Described("orchestrator_cluster_up", "Whether this node reaches the Redis of its cluster.", of_process=True),
    Described("orchestrator_journal_entries_total", "Lines of calls' journals that Redis took.", of_process=True),
    Described("orchestrator_journal_unsent", "Lines of calls' journals that Redis does not have.", of_process=True),
    Described("orchestrator_calls_fenced_total", "Calls that another node took from this one.", of_process=True),
    Described("orchestrator_calls_taken_over_total", "Calls that this node took over.", of_process=True),
)
# What is asked for when somebody looks, instead of being counted.
ASKED = frozenset({"orchestrator_calls_active", "orchestrator_sessions_open", "orchestrator_records_dropped_total"}) | {
    "orchestrator_mcp_server_up",
    "orchestrator_cluster_up",  # and the rest of a cluster's, only with one
    "orchestrator_journal_entries_total",
    "orchestrator_journal_unsent",
    "orchestrator_calls_fenced_total",
    "orchestrator_calls_taken_over_total",
}
Ask = Callable[[], Mapping[tuple[str, ...], float]]  # values of the labels → figure


class Metrics:
    """The metrics of one process, or those of one team in it; `metrics["tool_seconds"]` is one of them."""

    def __init__(self, *, of_process: bool) -> None:
        # Those that are counted, which any thread may look at; those that are asked for, as soon as they are connected.
        self.registry, self.asked = CollectorRegistry(auto_describe=False), CollectorRegistry(auto_describe=False)
        # By name, without what all names begin with.
        self._made = {
            one.name.removeprefix(PREFIX): one.make(self.registry)
            for one in METRICS
            if one.name not in ASKED and one.of_process is of_process
        }
        # The names of tools and codes that labels may have.
        self.tools, self.codes = Bounded(MOST_TOOLS), Bounded(MOST_CODES)
        if of_process:
            self["workers"].set(1)

    def __getitem__(self, name: str) -> Any:
        return self._made[name]

    def ask(self, name: str, figures: Ask) -> None:
        """Connect a metric that is read from elsewhere when somebody looks."""
        (described,) = (one for one in METRICS if one.name == PREFIX + name and one.name in ASKED)
        self.asked.register(_Asked(described, figures))


class Bounded:
    """Names as values of a label: the first ones by themselves, all that come later as `other`."""

    def __init__(self, most: int) -> None:
        # How many there may be, and those that there are.
        self._most = most
        self._names: set[str] = set()

    def __call__(self, name: str) -> str:
        if name not in self._names:
            if len(self._names) >= self._most:
                return OTHER
            self._names.add(name)
        return name


class _Asked(Collector):
    """A metric that is read from elsewhere."""

    def __init__(self, described: Described, figures: Ask) -> None:
        # What it is, and who is asked.
        self._described, self._figures = described, figures

    def collect(self) -> Iterator[Metric]:
        """Yield it, as it is now."""
        name, labels = self._described.name, self._described.labels
        counter = name.endswith("_total")
        metric = Metric(name.removesuffix("_total"), self._described.help, "counter" if counter else "gauge")
        for values, figure in self._figures().items():
            metric.add_sample(name, dict(zip(labels, values, strict=True)), figure)
        yield metric
