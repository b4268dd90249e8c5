"""Small helpers of the project itself; no job imports them."""
