"""Activation: the jobs that declare actions, make their lists and measure their return (spec §9).

What a declaration may hold and what may be concluded of a return is in ``jobs.campaigns``, which
knows no Spark.
"""
