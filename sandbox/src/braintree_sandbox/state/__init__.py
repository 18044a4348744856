"""What the gateway remembers: records, a unit of work over them, a log on disk, and a clock that can be moved."""
