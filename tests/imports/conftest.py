"""The account of an import."""

import pytest

from tests.factories.imports import Books


@pytest.fixture
def books() -> Books:
    return Books()
