"""The billing portal's API: the invoices of a vendor's customers, and their payments."""

import gc
import sys

# Nearly every object of a start stays as long as the process, and a request leaves few cycles: a search after every 700
# new objects takes an eighth of the start's CPU time, and makes some responses late.
gc.set_threshold(50_000, 20, 20)
# structlog loads rich, and rich pygments, wherever they are installed: 66 modules and 3 MB of each worker, for
# tracebacks that logs.py forbids because they show local variables. This package is loaded before any of its modules.
if "rich" not in sys.modules and "structlog" not in sys.modules:
    sys.modules["rich"] = None  # type: ignore[assignment] # "not there", as the import system reads it
    import structlog  # noqa: F401 - for its search of rich

    del sys.modules["rich"]
