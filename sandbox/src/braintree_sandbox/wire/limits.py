"""The limits of a request: a larger one could block all others."""

# The SDK's longest sale has 249 line items of a dozen fields each.
MAX_VALUES = 10_000
MAX_DEPTH = 32
MAX_NAME = 255
MAX_ATTRIBUTES = 8
MAX_PARTS = 100
