"""A made-up retail chain: its stores, people, products and sales, as its systems would export them.

Every value is a function of the seed and of what it belongs to (a ticket, a customer, a day), never
of a random generator's state. So the same seed gives the same rows on any number of cores.
"""
