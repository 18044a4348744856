"""Samples of webhooks: for an id that no record has, and for facts that the sandbox does not keep.

They are in `data/webhook_samples.json`. There `like` names the parts whose fields an object has besides its own,
`array` is the tag of a list's elements, and a text in braces stands for the subject's id or for a time.
"""

import json
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, cast

from braintree_sandbox import data
from braintree_sandbox.wire.values import Array, Fields, Node


@cache
def kinds() -> frozenset[str]:
    """Return the kinds of webhooks that there are."""
    return frozenset(_file()["webhooks"])


def sample(kind: str, subject_id: str, now: datetime) -> Fields:
    """Return the subject of a webhook of that kind, with this id, as if it happened now."""
    yesterday = now - timedelta(days=1)
    times: dict[str, datetime | date] = {
        "{now}": now,
        "{today}": now.date(),
        "{yesterday}": yesterday,
        "{day_before_today}": yesterday.date(),
        "{day_in_nine_days}": (yesterday + timedelta(days=10)).date(),
    }

    def filled(node: Any) -> Node:
        if isinstance(node, str):
            return times.get(node) or node.replace("{id}", subject_id)
        if not isinstance(node, dict):
            return cast("Node", node)
        if "array" in node:
            return Array(node["array"], [filled(item) for item in node["of"]])
        return fields(node)

    def fields(node: dict[str, Any]) -> Fields:
        parts = [_file()["parts"][name] for name in node.get("like", ())]
        whole = {name: value for part in (*parts, node) for name, value in part.items() if name != "like"}
        return {name: filled(value) for name, value in whole.items()}

    return fields(_file()["webhooks"][kind])


@cache
def _file() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(files(data).joinpath("webhook_samples.json").read_text("utf-8"))
    return read
