"""One module for each revision, numbered in order; a released one never changes."""
