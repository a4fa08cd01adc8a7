"""Citizens' data: exported and erased on request, and erased when it is old enough."""
