-- purchases, persons, dates -> indicators_of_sales. Spec, sections 2 and 7.
--
-- A sale belongs to its own store and salesperson, not to the customer's. One that nobody attended
-- counts for its store and the network alone.

CREATE OR REPLACE TABLE indicator_sales AS
WITH

-- Every ticket until as_of once per period, with whether it is in it: so a level that has ever
-- sold has every period, of zeros where it sold nothing. Registered is judged on as_of, also for
-- tickets from before the registration.
seen AS (
    SELECT as_of, store_code, salesperson_code, is_purchase, items, items_returned, net_amount,
           CASE WHEN code_class <> 'coded'            THEN code_class
                WHEN persons.customer_code IS NULL    THEN 'unregistered'
                WHEN registered_on > as_of            THEN 'unregistered'
                ELSE 'registered'
           END AS association,
           unnest([
               {'period': 'month', 'is_in': business_day >= date_trunc('month', as_of)},
               {'period': 'last_12m', 'is_in': as_of < business_day + to_months(12)},
               {'period': 'year', 'is_in': business_day >= make_date(year(as_of), 1, 1)},
               {'period': 'all', 'is_in': true}
           ], recursive := true)
    FROM dates
    JOIN purchases ON business_day <= as_of
    LEFT JOIN persons USING (customer_code)
)

SELECT as_of, period, store_code, salesperson_code, association,
       count(*) FILTER (is_in AND is_purchase) AS purchases,
       coalesce(sum(items) FILTER (is_in), 0) AS items,
       coalesce(sum(items_returned) FILTER (is_in), 0) AS items_returned,
       coalesce(sum(net_amount) FILTER (is_in), 0) AS net_amount
FROM seen
GROUP BY as_of, period, store_code, salesperson_code, association;

CREATE OR REPLACE TABLE indicator_sales_of_levels AS
WITH

of_levels AS (
    SELECT 'network' AS level, 'network' AS level_code, * FROM indicator_sales
    UNION ALL
    SELECT 'store', store_code, * FROM indicator_sales
    UNION ALL
    SELECT 'salesperson', salesperson_code, *
    FROM indicator_sales
    WHERE salesperson_code IS NOT NULL
),

sums AS (
    SELECT as_of, period, level, level_code,
           -- those of customers: with a real code, registered or not
           association IN ('registered', 'unregistered') AS of_customers,
           association,
           sum(purchases) AS purchases,
           sum(items) AS items,
           sum(items_returned) AS items_returned,
           sum(net_amount) AS net_amount
    FROM of_levels
    GROUP BY as_of, period, level, level_code, association
)

SELECT as_of, period, level, level_code,
       sum(net_amount) AS net_amount,
       sum(purchases) AS purchases,

       coalesce(sum(purchases) FILTER (of_customers), 0) AS customers_purchases,
       coalesce(sum(items) FILTER (of_customers), 0) AS customers_items,
       coalesce(sum(items - items_returned) FILTER (of_customers), 0) AS customers_items_kept,
       coalesce(sum(net_amount) FILTER (of_customers), 0) AS customers_net_amount,

       coalesce(sum(purchases) FILTER (association = 'generic'), 0) AS generic_purchases,
       coalesce(sum(items) FILTER (association = 'generic'), 0) AS generic_items,
       coalesce(sum(net_amount) FILTER (association = 'generic'), 0) AS generic_net_amount,

       coalesce(sum(purchases) FILTER (association = 'unregistered'), 0)
           AS unregistered_purchases,
       coalesce(sum(items) FILTER (association = 'unregistered'), 0) AS unregistered_items,
       coalesce(sum(net_amount) FILTER (association = 'unregistered'), 0)
           AS unregistered_net_amount,

       coalesce(sum(purchases) FILTER (association = 'registered'), 0) AS registered_purchases
FROM sums
GROUP BY as_of, period, level, level_code;

-- Readings: items are those sold, whatever came back; value is net, also where value_basis is
-- gross. A return of a code that never bought is a customer's ticket all the same.
CREATE OR REPLACE TABLE indicators_of_sales AS
SELECT as_of, period, level, level_code,
       unnest([
           measure('net_sales', 'money', net_amount, NULL),
           measure('purchases', 'purchases', purchases, NULL),

           measure('purchases_generic', 'purchases', generic_purchases, NULL),
           measure('items_generic', 'items', generic_items, NULL),
           measure('value_generic', 'money', generic_net_amount, NULL),
           measure('purchases_unregistered', 'purchases', unregistered_purchases, NULL),
           measure('items_unregistered', 'items', unregistered_items, NULL),
           measure('value_unregistered', 'money', unregistered_net_amount, NULL),
           measure('purchases_without_registration', 'purchases',
                   generic_purchases + unregistered_purchases, NULL),
           measure('items_without_registration', 'items',
                   generic_items + unregistered_items, NULL),
           measure('value_without_registration', 'money',
                   generic_net_amount + unregistered_net_amount, NULL),

           measure('association_rate', 'share', customers_purchases, purchases),
           measure('association_rate_with_generic', 'share',
                   customers_purchases + generic_purchases, purchases),
           measure('registration_rate', 'share', registered_purchases, customers_purchases)
       ], recursive := true)
FROM indicator_sales_of_levels
UNION ALL
SELECT as_of, period, level, level_code,
       unnest([
           measure('average_ticket', 'money', customers_net_amount, customers_purchases),
           measure('items_per_purchase', 'items_per_purchase', customers_items,
                   customers_purchases),
           measure('average_price', 'money', customers_net_amount, customers_items_kept)
       ], recursive := true)
FROM indicator_sales_of_levels
WHERE period IN ('month', 'all');
