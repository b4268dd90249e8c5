-- accounts, purchases, customer_ids, parameters, for population = active life_cycle
-- -> rfv_measures: who is ranked on each as_of, by what, and her F&V quadrant. Spec, section 5.
-- Runs after accounts.sql, whose rounding it uses.

-- So that nobody need run the life cycle for population = all.
CREATE TABLE IF NOT EXISTS life_cycle (
    customer_code VARCHAR,
    valid_from    DATE,
    valid_to      DATE,
    stage         VARCHAR
);

-- The months that n days up to as_of touch, for a customer since first_on: as in the accounts
-- (1 + the largest m with first + m months <= as_of), from the later of both beginnings.
CREATE OR REPLACE MACRO months_of_days(first_on, as_of, n) AS
    1 + list_max(list_filter(
        range(0, 12 * (year(as_of) - year(greatest(first_on, as_of - n + 1))) + 12),
        lambda m: CAST(greatest(first_on, as_of - n + 1) + to_months(CAST(m AS INTEGER)) AS DATE)
                  <= as_of
    ));

CREATE OR REPLACE TABLE rfv_measures AS
WITH

population AS (
    SELECT as_of, customer_code, first_purchase_on, recency_days, months_as_customer,
           coalesce(customer_id, error('no customer_id for ' || customer_code)) AS customer_id
    FROM accounts
    LEFT JOIN customer_ids USING (customer_code)
    CROSS JOIN parameters
    WHERE CASE rfv_population
              WHEN 'all' THEN true
              ELSE coalesce(
                       (SELECT stage FROM life_cycle
                        WHERE life_cycle.customer_code = accounts.customer_code
                          AND valid_from <= as_of AND (valid_to IS NULL OR as_of < valid_to)),
                       error('no stage for ' || customer_code)
                   ) = 'active'
          END
),

-- Purchases and value of the period. As in the accounts, a value is that of all the customer's
-- sales in it, so a period without purchases may still have a negative net.
-- Reading: with value_basis = gross the average ticket is gross / purchases, although section 3
-- writes net: the basis is what "value" means everywhere, and a ticket is the value of a purchase.
bought AS (
    SELECT population.as_of, population.customer_code,
           count(*) FILTER (is_purchase) AS purchases,
           sum(CASE value_basis WHEN 'net' THEN net_amount ELSE gross_amount END) AS amount
    FROM population
    JOIN purchases ON purchases.customer_code = population.customer_code
                  AND code_class = 'coded'
                  AND business_day <= as_of
    CROSS JOIN parameters
    -- "d is in the last N of as_of iff d <= as_of < d + N"
    WHERE CASE rfv_history_unit
              WHEN 'months' THEN as_of < business_day + to_months(rfv_history_count)
              WHEN 'days'   THEN as_of < business_day + to_days(rfv_history_count)
              ELSE true
          END
    GROUP BY ALL
),

-- Reading: the frequency per month of a period is its purchases over its own months: those in
-- which she was a customer, of the period alone. Of N months these are min(N, months as customer).
-- (All her months would make a yearly customer of ten years' standing buy every tenth year.)
counted AS (
    SELECT population.*,
           coalesce(purchases, 0) AS purchases,
           coalesce(amount, 0) AS amount,
           CASE rfv_history_unit
               WHEN 'months' THEN least(rfv_history_count, months_as_customer)
               WHEN 'days'   THEN months_of_days(first_purchase_on, as_of, rfv_history_count)
               ELSE months_as_customer
           END AS months
    FROM population
    LEFT JOIN bought USING (as_of, customer_code)
    CROSS JOIN parameters
),

-- Reading: what is ranked are the published measures, rounded as the accounts round them. Without
-- a purchase in the period both frequencies and the ticket are 0.
measured AS (
    SELECT *,
           from_e6(half_up(CAST(purchases AS HUGEINT) * 1000000, months)) AS frequency_per_month,
           CASE WHEN purchases > 0
                THEN from_e4(half_up(CAST(amount * 10000 AS HUGEINT), purchases))
                ELSE 0
           END AS average_ticket
    FROM counted
),

-- Readings of F&V: its means are those of the ranked population and of the same period and basis
-- as V; the network's average ticket is pooled, sum of amounts / sum of purchases.
fv AS (
    SELECT *,
           CAST(amount * 10000 AS HUGEINT) AS amount_e4,
           CAST(sum(amount) OVER network * 10000 AS HUGEINT) AS all_amount_e4,
           CAST(sum(purchases) OVER network AS HUGEINT) AS all_purchases,
           CAST(frequency_per_month * 1000000 AS HUGEINT) AS frequency_e6,
           CAST(sum(frequency_per_month) OVER network * 1000000 AS HUGEINT) AS all_frequency_e6,
           count(*) OVER network AS n
    FROM measured
    WINDOW network AS (PARTITION BY as_of)
),

-- Above the mean is n x > sum. Reading: a ticket is a quotient itself, so here the unrounded one is
-- compared, a / p > A / P as a P > A p: a lone customer with 20.00 in 3 purchases would otherwise
-- be above her own mean (3 x 6.6667 > 20). Nobody's ticket is above one that does not exist.
sides AS (
    SELECT *,
           n * frequency_e6 > all_frequency_e6 AS f_above,
           CASE WHEN rfv_fv_value = 'value' THEN n * amount_e4 > all_amount_e4
                WHEN all_purchases = 0      THEN false
                WHEN purchases = 0          THEN 0 > all_amount_e4
                ELSE amount_e4 * all_purchases > all_amount_e4 * purchases
           END AS v_above
    FROM fv CROSS JOIN parameters
)

SELECT as_of,
       customer_code,
       customer_id,
       recency_days,
       CAST(CASE rfv_frequency WHEN 'purchases' THEN purchases ELSE frequency_per_month END
            AS DECIMAL(18, 6)) AS frequency,
       CAST(CASE rfv_value WHEN 'value' THEN amount ELSE average_ticket END
            AS DECIMAL(18, 4)) AS value,
       -- her value in money, whatever V is
       CAST(amount AS DECIMAL(18, 4)) AS amount,
       CASE WHEN f_above AND v_above THEN 'best'
            WHEN v_above             THEN 'spenders'
            WHEN f_above             THEN 'frequent'
            ELSE 'occasional'
       END AS fv_quadrant
FROM sides;
