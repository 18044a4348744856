"""The image is built from what was looked at, and not from what a tag means on some day."""

import re
from pathlib import Path

_DOCKERFILE = Path(__file__).parents[2] / "Dockerfile"
_STAGE = re.compile(r"^FROM (\S+)(?: AS (\S+))?$", re.MULTILINE)


def test_every_base_from_elsewhere_is_pinned_by_digest() -> None:
    """A stage may stand on an earlier one; what comes from a registry is named by its content."""
    stages = _STAGE.findall(_DOCKERFILE.read_text())
    names = {name for _, name in stages}
    bases = {base for base, _ in stages} - names
    assert len(bases) == 1
    assert all(re.fullmatch(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}", base) for base in bases)
