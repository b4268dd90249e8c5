"""A day, a full rebuild and the same tables by other engines, side by side."""
