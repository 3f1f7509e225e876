"""The samples of several processes are added up and shown."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from orchestrator.observe.samples import Families, added, labelled, of_teams, parse, read, shown, write

OPENMETRICS = "application/openmetrics-text;version=1.0.0"


def process(calls: int, seconds: float, trace: str = "") -> Families:
    """The samples of a process with a counter, a gauge and a histogram."""
    registry = CollectorRegistry()
    Counter("calls_total", "Calls.", ["ending"], registry=registry).labels("left").inc(calls)
    Gauge("active", "Open.", registry=registry).set(calls)
    histogram = Histogram("wait_seconds", "Wait.", buckets=(0.1, 1.0), registry=registry)
    histogram.observe(seconds, exemplar={"trace_id": trace} if trace else None)
    return read(registry)


def test_counters_gauges_and_histograms_add_up_bucket_by_bucket() -> None:
    """Of two processes, one of which is on the other side of a socket."""
    text, kind = shown(labelled(added([process(1, 0.05), parse(write(process(2, 0.5)))]), team="bank"), "")

    assert kind.startswith("text/plain")
    found = {
        (sample.name, sample.labels.get("le") or sample.labels.get("ending"), sample.labels["team"]): sample.value
        for family in read_text(text.decode())
        for sample in family.samples
    }
    assert found == {
        ("calls_total", "left", "bank"): 3,
        ("active", None, "bank"): 3,
        ("wait_seconds_bucket", "0.1", "bank"): 1,
        ("wait_seconds_bucket", "1.0", "bank"): 2,
        ("wait_seconds_bucket", "+Inf", "bank"): 2,
        ("wait_seconds_count", None, "bank"): 2,
        ("wait_seconds_sum", None, "bank"): 0.55,
    }


def test_what_only_one_process_has_is_there() -> None:
    """A label's value that the others never saw."""
    registry = CollectorRegistry()
    Counter("calls_total", "Calls.", ["ending"], registry=registry).labels("idle").inc()
    total = added([process(1, 0.5), read(registry)])

    assert total["calls"].values == {
        ("calls_total", (("ending", "left"),)): 1,
        ("calls_total", (("ending", "idle"),)): 1,
    }


def test_the_newest_example_is_shown_where_the_form_has_examples() -> None:
    """OpenMetrics does, the older text does not."""
    older, newer = process(1, 0.5, "a" * 32), process(1, 0.5, "b" * 32)
    total = added([parse(write(newer)), older])
    text, kind = shown(total, OPENMETRICS)
    assert kind.startswith("application/openmetrics-text")
    families = openmetrics.text_string_to_metric_families(text.decode())  # type: ignore[no-untyped-call]
    (bucket,) = [sample for family in families for sample in family.samples if sample.exemplar is not None]
    assert bucket.exemplar.labels == {"trace_id": "b" * 32}
    assert bucket.exemplar.value == 0.5

    assert b"trace_id" not in shown(total, "text/plain")[0]


def test_figures_of_other_teams_can_be_left_out() -> None:
    """Those of the process are for everybody; examples go with their figures."""
    bank, shop = labelled(process(1, 0.5, "a" * 32), team="bank"), labelled(process(2, 0.5), team="shop")
    total = of_teams(added([bank, shop, process(4, 0.5)]), {"bank"})

    assert total["calls"].values == {
        ("calls_total", (("team", "bank"), ("ending", "left"))): 1,
        ("calls_total", (("ending", "left"),)): 4,
    }
    assert b"a" * 32 in shown(total, OPENMETRICS)[0]


@pytest.mark.parametrize("part", [b"", b"{", b'{"calls": ["counter", "Calls.", [["calls_'])
def test_samples_that_broke_off_are_not_read(part: bytes) -> None:
    """The process died while it wrote."""
    with pytest.raises(ValueError, match=r"(Expecting|Unterminated)"):
        parse(part)
