"""`python -m benchmarks.limit ACTORS_FILE`: serve on HOST and PORT, from the database of DATABASE_URL.

The file is a JSON object: an Authorization header's value, and the account and user that it stands for.
"""

import os
import sys
from pathlib import Path

import msgspec

from benchmarks.limit.application import serve
from benchmarks.limit.writes import Actor

actors = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=dict[str, Actor])
serve(
    os.environ["DATABASE_URL"],
    {header.encode(): actor for header, actor in actors.items()},
    host=os.environ["HOST"],
    port=int(os.environ["PORT"]),
)
