"""The tests: over HTTP, on a real PostgreSQL, held to the contract answer by answer."""
