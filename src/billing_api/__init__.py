"""The billing portal: what a vendor's customers owe, how they pay, and what they paid."""

import gc
import sys

# Nearly every object of a start stays as long as the process, and a request leaves few cycles: a search after every 700
# new objects takes a fourteenth of the start, and makes some responses late.
gc.set_threshold(50_000, 20, 20)
# structlog loads rich, and rich pygments, wherever they are installed: a tenth of a server's start, for tracebacks that
# logs.py forbids because they show local variables. This package is loaded before any of its modules loads structlog.
if "rich" not in sys.modules and "structlog" not in sys.modules:
    sys.modules["rich"] = None  # type: ignore[assignment] # "not there", as the import system reads it
    import structlog  # noqa: F401 - for its search of rich

    del sys.modules["rich"]
