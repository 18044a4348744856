"""The gateway's state: records, a unit of work over them, a log on disk, and a clock that can be moved."""
