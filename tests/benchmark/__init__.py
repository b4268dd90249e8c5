"""Timings, run by hand: ./spark-submit.sh bench."""
