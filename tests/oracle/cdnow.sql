-- CDNOW_sample.txt of lifetimes (master id, sample id, day, CDs, paid; no header) -> lines. Path in
-- the variable `source`. There are no tickets: every row is a sale, also the second of a day.

DELETE FROM lines;

INSERT INTO lines BY NAME
WITH

numbered AS (
    SELECT row_number() OVER () AS file_row, regexp_split_to_array(trim(line), '\s+') AS cells
    FROM read_csv(getvariable('source'), columns = {'line': 'VARCHAR'}, header = false,
                  delim = '\t', quote = '', escape = '', parallel = false)
)

SELECT 'CDNOW' AS store_code,
       CAST(strptime(cells[3], '%Y%m%d') AS DATE) AS business_day,
       CAST(file_row AS VARCHAR) AS sale_number,
       1 AS line_number,
       cells[2] AS customer_code,
       'coded' AS code_class,
       CAST(cells[4] AS DECIMAL(18, 3)) AS quantity,
       CAST(cells[5] AS DECIMAL(18, 4)) AS amount,
       CAST(sign(CAST(cells[5] AS DECIMAL(18, 4))) AS INTEGER) AS price_sign,
       false AS is_return,
       false AS is_cancelled
FROM numbered;
