-- purchases, dates -> revenue_tree: why the net sales of the month changed. It needs the macros of
-- the accounts.
--
-- Net of customers = customers × purchases a customer × items a purchase × net an item. The factors
-- are exchanged one after another in this order, those not yet exchanged as they were before: so
-- the effects are the steps from N0 over N0·C1/C0, N0·P1/P0 and N0·I1/I0 to N1. Each of these
-- amounts is rounded once, and the effects add up because they are differences. The last takes in
-- what changed in returns.
--
-- Readings: the month compared with is its first days, as many as this month has had, or all that
-- it has; it is whole too on the last day of this month. A return of a code that never bought is a
-- customer's ticket all the same. A level without a ticket in either month has no row. Without
-- customers in the month compared with there is nothing to exchange, and all that changed came with
-- the customers.

CREATE OR REPLACE TABLE revenue_months AS
WITH

firsts AS (
    SELECT as_of, compared_with,
           CAST(date_trunc('month', as_of) AS DATE) AS first_on,
           CAST(date_trunc('month', as_of) - to_months(months) AS DATE) AS before_first_on
    FROM dates
    CROSS JOIN (VALUES ('month_before', 1), ('year_before', 12)) AS _(compared_with, months)
)

SELECT as_of, compared_with, first_on, before_first_on,
       CASE WHEN as_of = last_day(as_of) THEN last_day(before_first_on)
            ELSE least(before_first_on + CAST(day(as_of) - 1 AS INTEGER), last_day(before_first_on))
       END AS before_last_on
FROM firsts;

CREATE OR REPLACE TABLE revenue_sums AS
WITH

seen AS (
    SELECT as_of, compared_with, store_code, customer_code, code_class, is_purchase, items,
           net_amount,
           business_day >= first_on AS is_now,
           business_day BETWEEN before_first_on AND before_last_on AS is_before
    FROM revenue_months
    JOIN purchases ON business_day <= as_of
),

of_levels AS (
    SELECT 'network' AS level, 'network' AS level_code, * FROM seen
    UNION ALL
    SELECT 'store', store_code, * FROM seen
),

of_customers AS (
    SELECT *, code_class = 'coded' AS is_theirs FROM of_levels WHERE is_now OR is_before
)

SELECT as_of, compared_with, level, level_code,
       count(DISTINCT customer_code) FILTER (is_theirs AND is_purchase AND is_now) AS customers,
       count(*) FILTER (is_theirs AND is_purchase AND is_now) AS purchases,
       coalesce(sum(items) FILTER (is_theirs AND is_now), 0) AS items,
       coalesce(sum(net_amount) FILTER (is_theirs AND is_now), 0) AS customers_net_amount,
       coalesce(sum(net_amount) FILTER (NOT is_theirs AND is_now), 0) AS other_net_amount,
       count(DISTINCT customer_code) FILTER (is_theirs AND is_purchase AND is_before)
           AS customers_before,
       count(*) FILTER (is_theirs AND is_purchase AND is_before) AS purchases_before,
       coalesce(sum(items) FILTER (is_theirs AND is_before), 0) AS items_before,
       coalesce(sum(net_amount) FILTER (is_theirs AND is_before), 0)
           AS customers_net_amount_before,
       coalesce(sum(net_amount) FILTER (NOT is_theirs AND is_before), 0)
           AS other_net_amount_before
FROM of_customers
GROUP BY as_of, compared_with, level, level_code;

CREATE OR REPLACE TABLE revenue_tree AS
WITH

-- Whole numbers: pieces in thousandths, money in ten-thousandths.
whole AS (
    SELECT *,
           CAST(customers AS HUGEINT) AS c1,
           CAST(customers_before AS HUGEINT) AS c0,
           CAST(purchases AS HUGEINT) AS p1,
           CAST(purchases_before AS HUGEINT) AS p0,
           CAST(items * 1000 AS HUGEINT) AS i1,
           CAST(items_before * 1000 AS HUGEINT) AS i0,
           CAST(customers_net_amount * 10000 AS HUGEINT) AS n1,
           CAST(customers_net_amount_before * 10000 AS HUGEINT) AS n0
    FROM revenue_sums
),

-- What net would be with the factors exchanged so far.
steps AS (
    SELECT *,
           CASE WHEN c0 = 0 THEN n1 ELSE half_up(n0 * c1, c0) END AS with_customers,
           CASE WHEN c0 = 0 THEN n1 ELSE half_up(n0 * p1, p0) END AS with_purchases,
           CASE WHEN c0 = 0 THEN n1 ELSE half_up(n0 * i1, i0) END AS with_items
    FROM whole
)

SELECT as_of, compared_with, level, level_code,
       CAST(customers AS BIGINT) AS customers,
       CAST(purchases AS BIGINT) AS purchases,
       CAST(items AS DECIMAL(18, 3)) AS items,
       CAST(customers_net_amount AS DECIMAL(18, 4)) AS customers_net_amount,
       CAST(other_net_amount AS DECIMAL(18, 4)) AS other_net_amount,
       CAST(customers_net_amount + other_net_amount AS DECIMAL(18, 4)) AS net_amount,
       CAST(customers_before AS BIGINT) AS customers_before,
       CAST(purchases_before AS BIGINT) AS purchases_before,
       CAST(items_before AS DECIMAL(18, 3)) AS items_before,
       CAST(customers_net_amount_before AS DECIMAL(18, 4)) AS customers_net_amount_before,
       CAST(other_net_amount_before AS DECIMAL(18, 4)) AS other_net_amount_before,
       CAST(customers_net_amount_before + other_net_amount_before AS DECIMAL(18, 4))
           AS net_amount_before,
       from_e4(with_customers - n0) AS effect_customers,
       from_e4(with_purchases - with_customers) AS effect_purchases_per_customer,
       from_e4(with_items - with_purchases) AS effect_items_per_purchase,
       from_e4(n1 - with_items) AS effect_price_per_item,
       CAST(other_net_amount - other_net_amount_before AS DECIMAL(18, 4)) AS effect_other
FROM steps;
