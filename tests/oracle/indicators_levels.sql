-- accounts, allocations -> indicator_levels: which levels a customer belongs to on each as_of; and
-- the macro that every group of indicators makes its figures with. Spec, section 7.

-- One indicator of one level in one period. Units are those of the dictionary; what is not divided
-- by anything has a null denominator.
CREATE OR REPLACE MACRO measure(code, unit, n, d) AS {
    'indicator': code,
    'unit': unit,
    'numerator': CAST(n AS DECIMAL(38, 6)),
    'denominator': CAST(d AS DECIMAL(38, 6))
};
-- How many of many: an aggregate of a boolean, in which unknown is no.
CREATE OR REPLACE MACRO share(code, of_them, all_of_them) AS
    measure(code, 'share', count(*) FILTER (of_them), count(*) FILTER (all_of_them));
-- The mean of a figure over those who have one; a sum of nothing is 0.
CREATE OR REPLACE MACRO mean(code, unit, x) AS
    measure(code, unit, coalesce(sum(x), 0), count(x));

-- Every customer belongs to the network; to her main store; to the salesperson in whose portfolio
-- she is. Who waits in transition, or is in the store's own portfolio, belongs to no salesperson.
CREATE OR REPLACE TABLE indicator_levels AS
SELECT as_of, 'network' AS level, 'network' AS level_code, customer_code
FROM accounts
UNION ALL
SELECT as_of, 'store', store_code, customer_code
FROM allocations
WHERE store_code IS NOT NULL
UNION ALL
SELECT as_of, 'salesperson', salesperson_code, customer_code
FROM allocations
WHERE portfolio = 'salesperson';
