"""`python -m billing_api.dev`: what `billing-api dev` does, a second sooner, as no other command's parts are loaded."""

import sys

from billing_api.dev import supervisor

sys.exit(supervisor.main())
