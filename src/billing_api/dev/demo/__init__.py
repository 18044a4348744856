"""The data of the demo account: always the same, and dated relative to today."""
