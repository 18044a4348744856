"""`python -m benchmarks.limit CALLERS_FILE`: serve on HOST and PORT, from the database of DATABASE_URL.

The file is a JSON object: an Authorization header's value, and the account that it stands for.
"""

import os
import sys
from pathlib import Path
from uuid import UUID

import msgspec

from benchmarks.limit.application import serve

accounts = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=dict[str, UUID])
serve(
    os.environ["DATABASE_URL"],
    {header.encode(): account_id for header, account_id in accounts.items()},
    host=os.environ["HOST"],
    port=int(os.environ["PORT"]),
)
