-- found_customers, purchases, search_filters, report_periods -> rfv_report: last purchase,
-- purchases and value in a period of the found. Spec, section 7 (Reshop).
--
-- Readings: who has a ticket in the period is in it, also of returns alone, and sales after the
-- day of the search do not exist. Value is net.

CREATE OR REPLACE TABLE rfv_report AS
SELECT customer_code,
       max(business_day) FILTER (is_purchase) AS last_purchase_on,
       count(*) FILTER (is_purchase) AS purchases,
       CAST(sum(purchases.net_amount) AS DECIMAL(18, 4)) AS net_amount
FROM found_customers
JOIN purchases USING (customer_code)
CROSS JOIN search_filters
CROSS JOIN report_periods
WHERE business_day BETWEEN first_on AND last_on
  AND business_day <= as_of
  AND code_class = 'coded'
GROUP BY customer_code;
