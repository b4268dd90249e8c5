"""The registry: what holds of a person, who asked for what, and who looked."""
