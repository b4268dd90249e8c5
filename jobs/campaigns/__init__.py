"""Campaigns: what they are declared to be, and what may be concluded of them (spec §9).

``section`` and ``campaign_settings`` read the declarations, ``states`` says what follows what;
neither needs more than the settings do. ``sums`` holds what Spark adds up, exactly; ``comparison``,
``shares``, ``checks``, ``families`` and ``bootstrap`` make statistics of it, ``results`` puts them
together, ``conclusions`` says them in a sentence. Nothing here knows Spark, and nothing here runs
on executors.
"""
