"""The dashboard, the alert rules and docs/operations.md name metrics that exist, and all of them."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from tests.fixtures.promtool import needs_promtool

_ROOT = Path(__file__).parents[2]
_MONITORING = _ROOT / "monitoring"
_ALERTS, _DASHBOARD = _MONITORING / "alerts.yml", _MONITORING / "dashboard.json"
_OPERATIONS = (_ROOT / "docs" / "operations.md").read_text()
_FUNCTIONS = {
    "rate",
    "increase",
    "sum",
    "max",
    "max_over_time",
    "min",
    "count",
    "topk",
    "min_over_time",
    "histogram_quantile",
    "time",
    "vector",
}
_WORDS = {"by", "and", "or", "unless", "offset"}
_OF_EVERY_PROGRAM = re.compile(r"(python|process)_")


def panels() -> list[dict[str, Any]]:
    """The dashboard's panels."""
    found: list[dict[str, Any]] = json.loads(_DASHBOARD.read_text())["panels"]
    return found


def expressions() -> list[str]:
    """Each expression of a panel or a rule."""
    of_panels = [target["expr"] for panel in panels() for target in panel.get("targets", ())]
    of_rules = re.findall(r"^ +expr: (?:\|\n((?: {10}.*\n)+)|(.*))", _ALERTS.read_text(), re.MULTILINE)
    assert len(of_rules) == _ALERTS.read_text().count("expr:")
    return [*of_panels, *(block or line for block, line in of_rules)]


def names_in(expression: str) -> set[str]:
    """The metrics of an expression."""
    plain = re.sub(r"\{[^}]*\}|\[[^]]*\]|\bby \([^)]*\)", " ", expression)
    return {name for name in re.findall(r"\b[a-z]\w*", plain) if name not in _FUNCTIONS | _WORDS}


async def families(client: httpx.AsyncClient) -> dict[str, set[str]]:
    """The names of all samples by the metric's; a series without a count has a name too."""
    text = (await client.get("/metrics")).text
    known = {family.name: family.type for family in [*REGISTRY.collect(), *text_string_to_metric_families(text)]}
    suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "gauge": ("",)}
    return {
        name: {name + suffix for suffix in suffixes[kind]}
        for name, kind in known.items()
        if not _OF_EVERY_PROGRAM.match(name)
    }


async def test_expressions_name_metrics_that_exist(client: httpx.AsyncClient) -> None:
    """A renamed metric would leave an empty panel, or an alarm that never rings."""
    known = {name for names in (await families(client)).values() for name in names} | {"up"}
    assert {name for expression in expressions() for name in names_in(expression)} - known == set()


async def test_every_metric_is_described_and_shown(client: httpx.AsyncClient) -> None:
    """In docs/operations.md and on the dashboard."""
    shown = {name for expression in expressions() for name in names_in(expression)}
    for metric, samples in (await families(client)).items():
        assert f"`{metric}" in _OPERATIONS, metric
        assert samples & shown, metric


def test_every_alarm_is_described() -> None:
    """With the things to do, in docs/operations.md."""
    alarms = re.findall(r"- alert: (\w+)", _ALERTS.read_text())
    assert len(alarms) == len(set(alarms)) > 15
    assert [alarm for alarm in alarms if f"`{alarm}`" not in _OPERATIONS] == []


def test_dashboard_is_whole() -> None:
    """Each panel has its id, its place beside the others and the chosen data source."""
    assert len({panel["id"] for panel in panels()}) == len(panels())
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels())
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) == 23
    assert {panel["datasource"]["uid"] for panel in panels() if panel["type"] != "row"} == {"${datasource}"}


@needs_promtool
@pytest.mark.parametrize("command", ["check rules alerts.yml", "test rules alerts.test.yml"])
def test_promtool_accepts_the_rules(command: str) -> None:
    """Their syntax, and by the second command what sets some of them off."""
    program = shutil.which("promtool")
    assert program is not None
    done = subprocess.run([program, *command.split()], cwd=_MONITORING, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_promtool_accepts_the_expressions_of_the_dashboard(tmp_path: Path) -> None:
    """As rules, with an interval in the place of Grafana's variable."""
    rules = [
        {"record": f"panel:{number}", "expr": expression.replace("$__rate_interval", "5m")}
        for number, expression in enumerate(expressions())
    ]
    file = tmp_path / "panels.json"  # JSON is YAML
    file.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    program = shutil.which("promtool")
    assert program is not None
    done = subprocess.run([program, "check", "rules", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
