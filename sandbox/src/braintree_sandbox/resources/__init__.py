"""One file a resource. Each has `routes`; one whose records change by themselves as days pass has `pass_time` too."""
