"""The page on observability, the dashboard and the alerts: what they name exists, and what exists they name."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from orchestrator.core.permission import Rule
from orchestrator.observe.metrics import METRICS
from tests.docs.pages import OBSERVABILITY, ROOT, block, read, rows, table

DASHBOARD = json.loads((ROOT / "docs" / "grafana.json").read_text(encoding="utf-8"))
# Every series, and the labels it has.
SERIES = {
    series: {"team", *one.labels, *(["le"] if one.buckets else [])}
    for one in METRICS
    for series in ([f"{one.name}_{part}" for part in ("bucket", "sum", "count")] if one.buckets else [one.name])
}


def panels() -> list[dict[str, object]]:
    """Return the panels that show something."""
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def queries() -> list[str]:
    """Return all that the dashboard asks for."""
    asked = [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", [])]
    return [*asked, *(one["query"]["query"] for one in DASHBOARD["templating"]["list"] if one["type"] == "query")]


def wrong(query: str) -> list[str]:
    """Return what a query names that does not exist: series, and labels of those that do."""
    names = re.findall(r"orchestrator_\w+", query)
    labels = set(re.findall(r"(\w+)(?:=~|!=|=)\"", query))
    labels |= {label for group in re.findall(r"by \(([^)]*)\)", query) for label in re.split(r",\s*", group)}
    known = set().union(*(SERIES.get(name, set()) for name in names))
    return [*(name for name in names if name not in SERIES), *sorted(labels - known)]


@pytest.mark.parametrize("query", [*queries(), *re.findall(r"expr: (.*)", block(OBSERVABILITY, "alerts"))])
def test_a_query_asks_for_what_there_is(query: str) -> None:
    """Of the dashboard and of the alerts: metrics and their labels."""
    assert wrong(query) == []


def test_the_dashboard_shows_every_metric() -> None:
    """Each at least once."""
    text = " ".join(queries())
    assert [one.name for one in METRICS if one.name not in text] == []


def test_the_dashboard_can_be_imported() -> None:
    """Panels do not overlap, ids are unique, the source of data can be chosen."""
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken
        assert place["x"] + place["w"] <= 24
        taken |= cells
    ids = [panel["id"] for panel in DASHBOARD["panels"]]

    assert len(ids) == len(set(ids))
    assert {str(panel["datasource"]) for panel in panels()} == {str({"type": "prometheus", "uid": "${datasource}"})}


def test_every_kind_of_rule_is_explained() -> None:
    """In the order in which the code has them."""
    assert [row[0].strip("`") for row in rows(table(OBSERVABILITY, "refusals"))] == [rule.value for rule in Rule]


def test_the_page_names_only_metrics_that_exist() -> None:
    """Also in its prose."""
    named = set(re.findall(r"`(orchestrator_\w+)`", read(OBSERVABILITY)))
    assert named - {one.name for one in METRICS} == set()


def test_promtool_accepts_the_alerts(tmp_path: Path) -> None:
    """As they are written on the page."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed: apt-get install prometheus")
    path = tmp_path / "alerts.yaml"
    path.write_text(block(OBSERVABILITY, "alerts"), encoding="utf-8")
    done = subprocess.run([promtool, "check", "rules", str(path)], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
