"""Settings and source mappings, as data that ships with the code."""
