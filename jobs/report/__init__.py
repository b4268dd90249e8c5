"""The report for CRM managers: one page for the network and for each store, in each language.

``reading`` takes everything out of the published tables, each read once; the sections turn one
level's rows into sentences, tables and charts; ``page`` makes HTML of them; ``writing`` is the job.
Only ``reading`` and ``writing`` know Spark.
"""
