"""`python -m billing_api.dev`, which `make run` starts."""

import signal
import sys

# Nothing runs yet: until the supervisor has its own handlers, a Ctrl-C ends this program without a traceback.
signal.signal(signal.SIGINT, signal.SIG_DFL)
sys.stdout.write("Starting the billing portal's backend. The first start takes half a minute, later ones seconds.\n")
sys.stdout.flush()

from billing_api.dev import supervisor  # noqa: E402 - it takes seconds the first time

sys.exit(supervisor.main(sys.argv[1:]))
