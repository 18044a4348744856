"""`python -m billing_api.dev`, which `make run` starts."""

import sys

from billing_api.dev import supervisor

sys.exit(supervisor.main())
