-- FactInternetSales.parquet -> lines. Path in the variable `source`.
-- OrderDate is always midnight: a day, not a time, so sold_at is null.

DELETE FROM lines;

INSERT INTO lines BY NAME
SELECT 'ONLINE' AS store_code,
       CAST(OrderDate AS DATE) AS business_day,
       SalesOrderNumber AS sale_number,
       CAST(SalesOrderLineNumber AS INTEGER) AS line_number,
       NULL AS sold_at,
       CAST(CustomerKey AS VARCHAR) AS customer_code,
       'coded' AS code_class,
       NULL AS salesperson_code,
       NULL AS channel,
       CAST(OrderQuantity AS DECIMAL(18, 3)) AS quantity,
       CAST(SalesAmount AS DECIMAL(18, 4)) AS amount,
       sign(UnitPrice) AS price_sign,
       false AS is_return,
       false AS is_cancelled
FROM read_parquet(getvariable('source'));
