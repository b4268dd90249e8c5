"""The business: pure functions from DataFrame or Column to DataFrame or Column."""
