-- rfv_measures, scope_members, dates, calendar, parameters
-- -> rfv, rfv_left, rfv_scopes. Spec, section 5.

-- The network and whatever scopes were given, the same measures in each.
CREATE OR REPLACE TABLE rfv_scoped AS
SELECT 'network' AS scope, 'network' AS scope_code, rfv_measures.*
FROM rfv_measures
UNION ALL BY NAME
SELECT scope, scope_code, rfv_measures.*
FROM rfv_measures
JOIN scope_members USING (as_of, customer_code);

-- One row per measure, every measure an integer of which more is better: recency as -days.
-- `rank` is the ascending rank, the lowest among equals, 1 the worst; `position` tells equals apart
-- in any way and serves quantiles alone.
CREATE OR REPLACE TABLE rfv_ranked AS
WITH

long AS (
    SELECT as_of, scope, scope_code, customer_code, customer_id,
           unnest(['recency', 'frequency', 'value']) AS measure,
           unnest([
               CAST(-recency_days AS HUGEINT) * 1000000,
               CAST(frequency * 1000000 AS HUGEINT),
               CAST(value * 10000 AS HUGEINT) * 100
           ]) AS x_e6
    FROM rfv_scoped
)

SELECT long.*,
       count(*) OVER slice AS n,
       rank() OVER worst_first AS rank,
       row_number() OVER worst_first AS position,
       ntile(rfv_bands) OVER worst_first_then_id AS ntile
FROM long CROSS JOIN parameters
-- Written out in full: DuckDB 1.4.4 loses the partition of a window that extends another that
-- extends a third.
WINDOW slice AS (PARTITION BY as_of, scope, scope_code, measure),
       worst_first AS (PARTITION BY as_of, scope, scope_code, measure ORDER BY x_e6),
       worst_first_then_id AS (
           PARTITION BY as_of, scope, scope_code, measure ORDER BY x_e6, customer_id
       );

-- Cut points, as numerator_e6 / denominator, ascending. Empty but for quantile and fixed.
-- Reading of fixed: cuts of recency are given as -days, like the measure they cut (-90, not 90);
-- a measure has as many bands as cuts and one more, whatever `bands` says; equal cuts leave a band
-- empty between them.
CREATE OR REPLACE TABLE rfv_cuts AS
WITH

slices AS (
    SELECT DISTINCT as_of, scope, scope_code, measure, n FROM rfv_ranked
),

-- Type 7: the k-th of N-tiles lies (n - 1) k / N steps after the first, q whole ones and r / N.
steps AS (
    SELECT slices.*, rfv_bands AS parts, k,
           (n - 1) * k // rfv_bands AS q,
           (n - 1) * k % rfv_bands AS r
    FROM slices
    CROSS JOIN parameters
    CROSS JOIN LATERAL (SELECT unnest(range(1, rfv_bands)) AS k)
    WHERE rfv_scoring = 'quantile'
),

given AS (
    SELECT unnest(['recency', 'frequency', 'value']) AS measure,
           unnest([rfv_recency_cuts, rfv_frequency_cuts, rfv_value_cuts]) AS cuts
    FROM parameters
    WHERE rfv_scoring = 'fixed'
)

SELECT s.as_of, s.scope, s.scope_code, s.measure, k,
       (parts - r) * below.x_e6 + r * coalesce(above.x_e6, 0) AS numerator_e6,
       parts AS denominator
FROM steps s
JOIN rfv_ranked below
  ON below.as_of = s.as_of AND below.scope = s.scope AND below.scope_code = s.scope_code
 AND below.measure = s.measure AND below.position = q + 1
-- n - 1 whole steps end at the last one: r is 0 and nobody is above
LEFT JOIN rfv_ranked above
  ON above.as_of = s.as_of AND above.scope = s.scope AND above.scope_code = s.scope_code
 AND above.measure = s.measure AND above.position = q + 2
UNION ALL
SELECT as_of, scope, scope_code, measure,
       row_number() OVER (PARTITION BY as_of, scope, scope_code, measure ORDER BY cut),
       CAST(cut * 1000000 AS HUGEINT),
       1
FROM (SELECT measure, unnest(cuts) AS cut FROM given)
JOIN slices USING (measure);

CREATE OR REPLACE TABLE rfv_banded AS
SELECT r.as_of, r.scope, r.scope_code, r.customer_code, r.measure, r.rank,
       CASE WHEN n = 1 THEN 0
            ELSE CAST(r.rank - 1 AS DOUBLE) / CAST(n - 1 AS DOUBLE)
       END AS percentile,
       -- Reading: "n = 1: band 1" speaks of the bands by rank. A fixed cut does not hang on who
       -- else there is, so one customer alone is banded by it as she would be among many.
       CASE rfv_scoring
           WHEN 'percent_rank' THEN
               CASE WHEN n = 1 THEN 1
                    ELSE least(rfv_bands, 1 + rfv_bands * (r.rank - 1) // (n - 1))
               END
           WHEN 'ntile' THEN r.ntile
           ELSE 1 + (SELECT count(*)
                     FROM rfv_cuts c
                     WHERE c.as_of = r.as_of AND c.scope = r.scope AND c.scope_code = r.scope_code
                       AND c.measure = r.measure AND c.numerator_e6 < r.x_e6 * c.denominator)
       END AS band
FROM rfv_ranked r CROSS JOIN parameters;

-- Back to one row per customer, with both rankings.
CREATE OR REPLACE TABLE rfv_placed AS
WITH

wide AS (
    SELECT as_of, scope, scope_code, customer_code,
           max(rank) FILTER (measure = 'recency') AS recency_rank,
           max(rank) FILTER (measure = 'frequency') AS frequency_rank,
           max(rank) FILTER (measure = 'value') AS value_rank,
           max(percentile) FILTER (measure = 'recency') AS recency_percentile,
           max(percentile) FILTER (measure = 'frequency') AS frequency_percentile,
           max(percentile) FILTER (measure = 'value') AS value_percentile,
           max(band) FILTER (measure = 'recency') AS recency_band,
           max(band) FILTER (measure = 'frequency') AS frequency_band,
           max(band) FILTER (measure = 'value') AS value_band
    FROM rfv_banded
    GROUP BY ALL
),

-- Within a slice the weighted mean of the percentiles orders as the weighted sum of the ranks.
weighed AS (
    SELECT *,
           CAST(rfv_weights[1] * 1000000 AS HUGEINT) * recency_rank
           + CAST(rfv_weights[2] * 1000000 AS HUGEINT) * frequency_rank
           + CAST(rfv_weights[3] * 1000000 AS HUGEINT) * value_rank AS weighted_sum
    FROM wide CROSS JOIN (SELECT rfv_weights FROM parameters)
),

-- Readings: "value descending" is V as chosen, so the average ticket where V is that; in a store
-- or portfolio the bands that "nested" goes by come from the ranks within it.
rankings AS (
    SELECT rfv_scoped.*, weighed.* EXCLUDE (as_of, scope, scope_code, customer_code, rfv_weights),
           count(*) OVER slice AS n,
           row_number() OVER by_weighted_mean AS weighted_rank,
           row_number() OVER by_bands AS nested_rank
    FROM weighed
    JOIN rfv_scoped USING (as_of, scope, scope_code, customer_code)
    WINDOW slice AS (PARTITION BY as_of, scope, scope_code),
           by_weighted_mean AS (
               PARTITION BY as_of, scope, scope_code
               ORDER BY weighted_sum DESC, value DESC, recency_days, customer_id
           ),
           by_bands AS (
               PARTITION BY as_of, scope, scope_code
               ORDER BY recency_band DESC, frequency_band DESC, value_band DESC,
                        value DESC, recency_days, customer_id
           )
)

-- rank <= ceil(share * n)
SELECT rankings.*,
       CASE rfv_top_ranking WHEN 'weighted' THEN weighted_rank ELSE nested_rank END
           <= (CAST(rfv_top_share * 1000000 AS HUGEINT) * n + 999999) // 1000000 AS in_top
FROM rankings CROSS JOIN parameters;

-- The date before, by the calendar alone: whether anybody was ranked on it is another question.
CREATE OR REPLACE TABLE rfv_previous_dates AS
SELECT dates.as_of,
       (SELECT CASE WHEN max(c.as_of) IN (SELECT as_of FROM dates) THEN max(c.as_of)
                    WHEN max(c.as_of) IS NOT NULL
                        THEN error('calendar date without accounts: ' || max(c.as_of))
               END
        FROM calendar c WHERE c.as_of < dates.as_of) AS previous_as_of
FROM dates;

-- First day in the top of the scope: among the calendar's dates before as_of, and as_of itself.
-- Reading: a date outside the calendar counts for its own slice and for none after it.
-- Reading: any earlier date of the calendar counts, also where she was not ranked in between.
CREATE OR REPLACE TABLE rfv_first_tops AS
SELECT dates.as_of, scope, scope_code, customer_code, min(placed.as_of) AS first_top_on
FROM dates
JOIN rfv_placed placed
  ON in_top
 AND (placed.as_of = dates.as_of
      OR placed.as_of < dates.as_of AND placed.as_of IN (SELECT as_of FROM calendar))
GROUP BY ALL;

CREATE OR REPLACE TABLE rfv_classed AS
SELECT rfv_placed.*,
       CASE WHEN in_top                   THEN 'top'
            WHEN first_top_on IS NOT NULL THEN 'was_top'
            ELSE 'other'
       END AS top_class,
       first_top_on,
       previous_as_of
FROM rfv_placed
JOIN rfv_previous_dates USING (as_of)
LEFT JOIN rfv_first_tops USING (as_of, scope, scope_code, customer_code);

-- Of a place of which more is better. Reading: with no earlier date in the calendar there is no
-- movement, not even an entry; entered is not ranked on the previous date, left (rfv_left) is
-- ranked then and not now. A rank moves as a number, however the population grew.
CREATE OR REPLACE MACRO movement(previous_as_of, before, now) AS
    CASE WHEN previous_as_of IS NULL THEN NULL
         WHEN before IS NULL         THEN 'entered'
         WHEN now > before           THEN 'up'
         WHEN now < before           THEN 'down'
         ELSE 'same'
    END;
CREATE OR REPLACE MACRO class_order(top_class) AS
    CASE top_class WHEN 'top' THEN 2 WHEN 'was_top' THEN 1 WHEN 'other' THEN 0 END;

CREATE OR REPLACE TABLE rfv_moved AS
SELECT c.*,
       b.weighted_rank AS previous_weighted_rank,
       b.nested_rank AS previous_nested_rank,
       b.recency_band AS previous_recency_band,
       b.frequency_band AS previous_frequency_band,
       b.value_band AS previous_value_band,
       b.top_class AS previous_top_class,
       movement(c.previous_as_of, -b.weighted_rank, -c.weighted_rank) AS weighted_rank_movement,
       movement(c.previous_as_of, -b.nested_rank, -c.nested_rank) AS nested_rank_movement,
       movement(c.previous_as_of, b.recency_band, c.recency_band) AS recency_band_movement,
       movement(c.previous_as_of, b.frequency_band, c.frequency_band)
           AS frequency_band_movement,
       movement(c.previous_as_of, b.value_band, c.value_band) AS value_band_movement,
       movement(c.previous_as_of, class_order(b.top_class), class_order(c.top_class))
           AS top_class_movement
FROM rfv_classed c
LEFT JOIN rfv_classed b
  ON b.as_of = c.previous_as_of AND b.scope = c.scope AND b.scope_code = c.scope_code
 AND b.customer_code = c.customer_code;

-- Stores and portfolios: the same, but for the quadrant, which is the network's.
CREATE OR REPLACE TABLE rfv_scopes AS
SELECT as_of,
       scope,
       scope_code,
       customer_code,
       recency_rank,
       frequency_rank,
       value_rank,
       recency_percentile,
       frequency_percentile,
       value_percentile,
       CAST(recency_band AS INTEGER) AS recency_band,
       CAST(frequency_band AS INTEGER) AS frequency_band,
       CAST(value_band AS INTEGER) AS value_band,
       weighted_rank,
       nested_rank,
       top_class,
       first_top_on,
       previous_as_of,
       previous_weighted_rank,
       previous_nested_rank,
       CAST(previous_recency_band AS INTEGER) AS previous_recency_band,
       CAST(previous_frequency_band AS INTEGER) AS previous_frequency_band,
       CAST(previous_value_band AS INTEGER) AS previous_value_band,
       previous_top_class,
       weighted_rank_movement,
       nested_rank_movement,
       recency_band_movement,
       frequency_band_movement,
       value_band_movement,
       top_class_movement
FROM rfv_moved
WHERE scope <> 'network';

CREATE OR REPLACE TABLE rfv AS
SELECT as_of,
       customer_code,
       recency_days,
       frequency,
       value,
       recency_rank,
       frequency_rank,
       value_rank,
       recency_percentile,
       frequency_percentile,
       value_percentile,
       CAST(recency_band AS INTEGER) AS recency_band,
       CAST(frequency_band AS INTEGER) AS frequency_band,
       CAST(value_band AS INTEGER) AS value_band,
       weighted_rank,
       nested_rank,
       top_class,
       first_top_on,
       previous_as_of,
       previous_weighted_rank,
       previous_nested_rank,
       CAST(previous_recency_band AS INTEGER) AS previous_recency_band,
       CAST(previous_frequency_band AS INTEGER) AS previous_frequency_band,
       CAST(previous_value_band AS INTEGER) AS previous_value_band,
       previous_top_class,
       weighted_rank_movement,
       nested_rank_movement,
       recency_band_movement,
       frequency_band_movement,
       value_band_movement,
       top_class_movement,
       fv_quadrant,
       CASE rfv_category WHEN 'fv_quadrant' THEN fv_quadrant ELSE top_class END AS category
FROM rfv_moved CROSS JOIN parameters
WHERE scope = 'network';

-- Who left the population (possible for active customers alone). Not in rfv, whose rows of a date
-- are the population that its shares divide by; rows of both fit by name.
CREATE OR REPLACE TABLE rfv_left AS
SELECT d.as_of,
       b.customer_code,
       first_tops.first_top_on,
       d.previous_as_of,
       b.weighted_rank AS previous_weighted_rank,
       b.nested_rank AS previous_nested_rank,
       CAST(b.recency_band AS INTEGER) AS previous_recency_band,
       CAST(b.frequency_band AS INTEGER) AS previous_frequency_band,
       CAST(b.value_band AS INTEGER) AS previous_value_band,
       b.top_class AS previous_top_class,
       'left' AS weighted_rank_movement,
       'left' AS nested_rank_movement,
       'left' AS recency_band_movement,
       'left' AS frequency_band_movement,
       'left' AS value_band_movement,
       'left' AS top_class_movement
FROM rfv_previous_dates d
JOIN rfv_classed b ON b.as_of = d.previous_as_of AND b.scope = 'network'
LEFT JOIN rfv_first_tops first_tops
  ON first_tops.as_of = d.as_of AND first_tops.scope = 'network'
 AND first_tops.customer_code = b.customer_code
ANTI JOIN rfv ON rfv.as_of = d.as_of AND rfv.customer_code = b.customer_code;
