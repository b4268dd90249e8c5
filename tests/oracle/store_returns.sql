-- purchases, dates -> store_returns. Spec, section 7 (Reshop): bought there in range A; a later
-- purchase day, there or anywhere, in range B. Both ranges are the last 12 months here.
--
-- Readings: later is later than her first purchase there in range A, in any store: who buys in
-- another store first and here afterwards has not come back. A store where nobody bought in the
-- range has no row, since it has nobody to share by.

CREATE OR REPLACE TABLE store_returns AS
WITH

days AS (
    SELECT DISTINCT as_of, customer_code, store_code, business_day
    FROM dates
    JOIN purchases ON business_day <= as_of AND as_of < business_day + to_months(12)
    WHERE is_purchase AND code_class = 'coded'
),

firsts AS (
    SELECT as_of, store_code, customer_code, min(business_day) AS first_on
    FROM days
    GROUP BY as_of, store_code, customer_code
),

came AS (
    SELECT f.as_of, f.store_code, f.customer_code,
           bool_or(d.business_day > first_on AND d.store_code = f.store_code) AS is_there,
           bool_or(d.business_day > first_on) AS is_anywhere
    FROM firsts AS f
    JOIN days AS d ON d.as_of = f.as_of AND d.customer_code = f.customer_code
    GROUP BY f.as_of, f.store_code, f.customer_code
)

SELECT as_of, store_code,
       count(*) AS customers,
       count(*) FILTER (is_there) AS returned_there,
       count(*) FILTER (is_anywhere) AS returned_anywhere,
       CAST(count(*) FILTER (is_there) AS DOUBLE) / CAST(count(*) AS DOUBLE) AS share_there,
       CAST(count(*) FILTER (is_anywhere) AS DOUBLE) / CAST(count(*) AS DOUBLE) AS share_anywhere
FROM came
GROUP BY as_of, store_code;
