-- product_lines -> customer_products: what each customer bought of each product, on all days.
-- Spec, section 7: purchases, items, net, first and last day.
--
-- Readings: a product that she only returned has a row, without days. So has one of a code that
-- never bought anything.

CREATE OR REPLACE TABLE customer_products AS
SELECT customer_code,
       product_code,
       count(DISTINCT (store_code, business_day, sale_number)) FILTER (is_sold) AS purchases,
       CAST(sum(items) AS DECIMAL(18, 3)) AS items,
       CAST(sum(items_returned) AS DECIMAL(18, 3)) AS items_returned,
       CAST(sum(net_amount) AS DECIMAL(18, 4)) AS net_amount,
       min(business_day) FILTER (is_sold) AS first_on,
       max(business_day) FILTER (is_sold) AS last_on
FROM product_lines
GROUP BY customer_code, product_code;
