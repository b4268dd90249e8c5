-- onlineretail.csv.gz -> lines. Path in the variable `source`.
-- InvoiceDate is the local wall clock (United Kingdom); ids were written from floats (17850.0).
-- The file has no line numbers: lines keep the order of the file.

DELETE FROM lines;

INSERT INTO lines BY NAME
WITH raw AS (
    SELECT row_number() OVER () AS file_row, *
    FROM read_csv(
        getvariable('source'), header = true, delim = ',', quote = '"', escape = '"',
        all_varchar = true
    )
),

typed AS (
    SELECT file_row,
           InvoiceNo AS sale_number,
           CAST(InvoiceDate AS TIMESTAMP) AS sold_at,
           nullif(regexp_replace(trim(CustomerID), '\.0$', ''), '') AS customer_code,
           CAST(Quantity AS DECIMAL(18, 3)) AS quantity,
           CAST(UnitPrice AS DECIMAL(18, 4)) AS unit_price
    FROM raw
)

SELECT 'UK' AS store_code,
       CAST(sold_at AS DATE) AS business_day,
       sale_number,
       row_number() OVER (PARTITION BY CAST(sold_at AS DATE), sale_number ORDER BY file_row)
           AS line_number,
       sold_at,
       customer_code,
       CASE WHEN customer_code IS NULL THEN 'none' ELSE 'coded' END AS code_class,
       NULL AS salesperson_code,
       NULL AS channel,
       quantity,
       CAST(quantity * unit_price AS DECIMAL(18, 4)) AS amount,
       sign(unit_price) AS price_sign,
       starts_with(sale_number, 'C') AS is_return,
       false AS is_cancelled
FROM typed;
