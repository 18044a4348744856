"""The import's manual."""

import json
import re
from pathlib import Path
from uuid import uuid4

from billing_api.bootstrap import Services
from billing_api.imports.report import Outcome

_MANUAL = Path(__file__).parents[2] / "docs" / "imports.md"


async def test_every_line_of_the_manual_can_be_imported(services: Services) -> None:
    """One of each type, in the manual's order, under external ids of this test's own."""
    mark = uuid4().hex
    examples = re.findall(r"```json\n(.*?)\n```", _MANUAL.read_text(), re.DOTALL)
    assert [json.loads(line)["type"] for line in examples] == [
        "account",
        "invoice",
        "credit_memo",
        "deposit",
        "payment",
    ]
    own = [re.sub(r'"(C-100|I-1|CM-1|D-1|P-1)"', rf'"\1-{mark}"', line).encode() for line in examples]
    report = await services.imports.run(own)
    assert report.failures == []
    assert report.count(Outcome.CREATED) == len(examples)
