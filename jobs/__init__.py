"""What is scheduled: one module per job, and what all jobs share."""

VERSION = "0.1.0"
