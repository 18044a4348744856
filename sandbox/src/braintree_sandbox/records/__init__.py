"""The records that several resources share; a resource on its own keeps its record in its own file."""
