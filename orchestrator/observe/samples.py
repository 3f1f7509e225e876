"""The samples of one process's metrics, as they travel between processes, are added up, and are shown.

Everything is a counter, a gauge that can be added, or a histogram with the same buckets everywhere, so that the samples
of several processes add up one by one. Of exemplars the newest is kept.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.samples import Exemplar

Labels = tuple[tuple[str, str], ...]
Noted = tuple[Mapping[str, str], float, float]  # an exemplar: its labels, its value, and when that was


@dataclass(slots=True)
class Family:
    """One metric: what it is, and its samples by name and labels."""

    kind: str
    help: str
    values: dict[tuple[str, Labels], float] = field(default_factory=dict)
    noted: dict[tuple[str, Labels], Noted] = field(default_factory=dict)  # exemplars


Families = dict[str, Family]


def read(registry: CollectorRegistry) -> Families:
    """Return the samples of this process; when a series was created is left out, since sums have no such time."""
    found = {}
    for metric in registry.collect():
        family = found[metric.name] = Family(metric.type, metric.documentation)
        for sample in metric.samples:
            if not sample.name.endswith("_created"):
                key = sample.name, tuple(sample.labels.items())
                family.values[key] = sample.value
                if (noted := sample.exemplar) is not None:
                    family.noted[key] = noted.labels, noted.value, float(noted.timestamp or 0.0)
    return found


def added(several: Iterable[Families]) -> Families:
    """Return the sums over several processes."""
    total: Families = {}
    for families in several:
        for name, family in families.items():
            into = total.setdefault(name, Family(family.kind, family.help))
            for key, value in family.values.items():
                into.values[key] = into.values.get(key, 0.0) + value
            for key, noted in family.noted.items():
                into.noted[key] = max(into.noted.get(key, noted), noted, key=lambda one: one[2])
    return total


def labelled(families: Families, **labels: str) -> Families:
    """Return samples with labels more, before their own."""
    before = tuple(labels.items())
    return {
        name: Family(
            family.kind,
            family.help,
            {(sample, (*before, *own)): value for (sample, own), value in family.values.items()},
            {(sample, (*before, *own)): noted for (sample, own), noted in family.noted.items()},
        )
        for name, family in families.items()
    }


def of_teams(families: Families, may: Collection[str]) -> Families:
    """Return the samples of some teams, and those that are of none."""
    return {
        name: Family(
            family.kind,
            family.help,
            {key: value for key, value in family.values.items() if dict(key[1]).get("team") in (None, *may)},
            family.noted,
        )
        for name, family in families.items()
    }


def write(families: Families) -> bytes:
    """Return samples as they travel to another process."""
    told = {
        name: [
            family.kind,
            family.help,
            [[*key, value, family.noted.get(key)] for key, value in family.values.items()],
        ]
        for name, family in families.items()
    }
    return json.dumps(told).encode()


def parse(written: bytes) -> Families:
    """Read samples of another process; raises ValueError if they are not whole."""
    families = {}
    for name, (kind, about, samples) in json.loads(written).items():
        family = families[name] = Family(kind, about)
        for sample, labels, value, noted in samples:
            key = sample, tuple((label, said) for label, said in labels)
            family.values[key] = value
            if noted is not None:
                family.noted[key] = tuple(noted)
    return families


def shown(families: Families, accept: str) -> tuple[bytes, str]:
    """Return samples as text of the form that a scraper asks for, and its content type."""
    encode, kind = choose_encoder(accept)
    return encode(_Shown(families)), kind


class _Shown:
    """Families as the encoders ask for them."""

    def __init__(self, families: Families) -> None:
        # What is shown.
        self._families = families

    def collect(self) -> Sequence[Metric]:
        """Return the metrics."""
        return [self._metric(name, family) for name, family in self._families.items()]

    def _metric(self, name: str, family: Family) -> Metric:
        metric = Metric(name, family.help, family.kind)
        for key, value in family.values.items():
            sample, labels = key
            noted = family.noted.get(key)
            exemplar = None if noted is None else Exemplar(dict(noted[0]), noted[1], noted[2])
            metric.add_sample(sample, dict(labels), value, exemplar=exemplar)
        return metric
