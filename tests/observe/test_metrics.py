"""The metrics of a process: what they are called, and how many series there can be."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import partial

import pytest
from prometheus_client.parser import text_string_to_metric_families

from orchestrator.observe.metrics import ASKED, METRICS, MOST_TOOLS, OTHER, PREFIX, Bounded, Metrics
from orchestrator.observe.samples import added, labelled, read, shown


def asked(labels: int) -> dict[tuple[str, ...], float]:
    """A figure with so many labels."""
    return {("x",) * labels: 3.0}


def everything(*, of_process: bool) -> Metrics:
    """Metrics in which each has a sample."""
    metrics = Metrics(of_process=of_process)
    for one in METRICS:
        if one.of_process is not of_process:
            continue
        if one.name in ASKED:
            metrics.ask(one.name.removeprefix(PREFIX), partial(asked, len(one.labels)))
            continue
        made = metrics[one.name.removeprefix(PREFIX)]
        child = made.labels(*["x"] * len(one.labels)) if one.labels else made
        (child.observe if one.buckets else child.inc)(0.5)
    return metrics


def written() -> bytes:
    """Return all of a process with one team as text."""
    several = [everything(of_process=one) for one in (True, False)]
    families = [read(registry) for metrics in several for registry in (metrics.registry, metrics.asked)]
    return shown(labelled(added(families), team="bank"), "")[0]


def test_all_are_in_the_text() -> None:
    """Each under its name, with its labels."""
    text = written().decode()
    families = {family.name: family for family in text_string_to_metric_families(text)}

    assert {one.name.removesuffix("_total") for one in METRICS} == set(families)
    for one in METRICS:
        (labels, *_) = [sample.labels for sample in families[one.name.removesuffix("_total")].samples]
        assert set(labels) - {"le"} == {"team", *one.labels}, one.name


def test_promtool_has_no_complaint() -> None:
    """Prometheus's own checker of names, units and help."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed: apt-get install prometheus")
    text = written()
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, check=False)

    assert (done.returncode, done.stdout.decode(), done.stderr.decode()) == (0, "", "")


def test_what_is_asked_for_is_asked_each_time() -> None:
    """It is no number of ours."""
    metrics, calls = Metrics(of_process=False), [1.0, 2.0]
    metrics.ask("calls_active", lambda: {(): calls.pop(0)})

    for expected in (1.0, 2.0):
        (figure,) = read(metrics.asked)["orchestrator_calls_active"].values.values()
        assert figure == expected


def test_only_what_is_described_so_can_be_asked_for() -> None:
    """A name that is written wrong is noticed at the start."""
    with pytest.raises(ValueError, match="unpack"):
        Metrics(of_process=False).ask("calls_total", dict)


def test_names_beyond_the_limit_are_other() -> None:
    """The first ones stay."""
    tools = Bounded(MOST_TOOLS)
    named = [tools(f"tool {number}") for number in range(MOST_TOOLS + 5)]

    assert named[MOST_TOOLS - 1 :] == [f"tool {MOST_TOOLS - 1}", *[OTHER] * 5]
    assert tools("tool 3") == "tool 3"


def test_names_and_units_follow_prometheus() -> None:
    """Base units, `_total` for counters alone, one prefix, buckets that rise."""
    for one in METRICS:
        assert re.fullmatch(r"orchestrator_[a-z_]+", one.name)
        assert bool(one.buckets) == one.name.endswith("_seconds")
        assert list(one.buckets) == sorted(set(one.buckets))
        assert "call_id" not in one.labels
