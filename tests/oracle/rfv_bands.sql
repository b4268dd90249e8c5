-- rfv, rfv_cuts, parameters -> rfv_bands: every band of the network, empty ones too, on the dates
-- that have a customer. Spec, section 5: "the edges of each band are published beside the result".
--
-- Readings: lowest and highest are those of its customers' measures, recency in days (so its
-- lowest is its best), null for an empty band. Where bands come from cut points, the measures of a
-- band lie in (lower_cut, upper_cut], recency as -days; null where nothing bounds it, and in the
-- modes that have no cut points.

CREATE OR REPLACE TABLE rfv_bands AS
WITH

long AS (
    SELECT as_of,
           unnest(['recency', 'frequency', 'value']) AS measure,
           unnest([recency_band, frequency_band, value_band]) AS band,
           CAST(unnest([recency_days, frequency, value]) AS DECIMAL(24, 6)) AS x
    FROM rfv
),

sizes AS (
    SELECT unnest(['recency', 'frequency', 'value']) AS measure,
           unnest(CASE rfv_scoring
               WHEN 'fixed' THEN
                   [len(rfv_recency_cuts) + 1, len(rfv_frequency_cuts) + 1, len(rfv_value_cuts) + 1]
               ELSE [rfv_bands, rfv_bands, rfv_bands]
           END) AS bands
    FROM parameters
),

every_band AS (
    SELECT as_of, measure, CAST(unnest(range(1, bands + 1)) AS INTEGER) AS band
    FROM (SELECT DISTINCT as_of FROM rfv) CROSS JOIN sizes
),

cuts AS (
    SELECT as_of, measure, k,
           CAST(numerator_e6 AS DOUBLE) / CAST(denominator * 1000000 AS DOUBLE) AS cut
    FROM rfv_cuts
    WHERE scope = 'network'
)

SELECT e.as_of,
       e.measure,
       e.band,
       count(x) AS customers,
       min(x) AS lowest,
       max(x) AS highest,
       any_value(below.cut) AS lower_cut,
       any_value(above.cut) AS upper_cut
FROM every_band e
LEFT JOIN long ON long.as_of = e.as_of AND long.measure = e.measure AND long.band = e.band
LEFT JOIN cuts below
  ON below.as_of = e.as_of AND below.measure = e.measure AND below.k = e.band - 1
LEFT JOIN cuts above
  ON above.as_of = e.as_of AND above.measure = e.measure AND above.k = e.band
GROUP BY e.as_of, e.measure, e.band;
