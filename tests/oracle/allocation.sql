-- purchases, registrations, stores, stints, dates, calendar, parameters
-- -> allocations: one row per date of `dates` and customer with a purchase on or before it.
-- Beside it, allocation_history holds the same for every date that is computed. Spec, section 6.
--
-- Whoever is chosen, a store or a salesperson of a store, is chosen by `choice` below. Whatever
-- does not hang on the previous date is made for all dates at once.

CREATE OR REPLACE MACRO in_the_last(business_day, as_of, n, unit) AS
    CASE unit
        WHEN 'months' THEN as_of < business_day + to_months(n)
        WHEN 'days'   THEN as_of < business_day + to_days(n)
    END;

-- The best candidate of each customer on each date, and the criterion that decided.
--
-- `considered` names a relation (as_of, customer_code, candidate, place, is_purchase, in_recent,
-- value) of sales; place is that of a purchase in time. A sale with a null candidate speaks for
-- nobody, but is one of the last purchases.
--
-- Every candidate has one figure per criterion. After the k-th criterion of `narrow` those are
-- left whose first k figures are the greatest in the order of lists: most by the first, among
-- them most by the second, and so on. Of `restart` those whose k-th figure is the greatest.
CREATE OR REPLACE MACRO choice(considered) AS TABLE
WITH

from_the_last AS (
    SELECT *,
           row_number() OVER (PARTITION BY as_of, customer_code, is_purchase ORDER BY place DESC)
               AS nth_from_last
    FROM query_table(considered)
),

measured AS (
    SELECT as_of, customer_code, candidate,
           count(*) FILTER (is_purchase AND in_recent
                            AND nth_from_last <= allocation_last_purchases) AS of_the_last,
           count(*) FILTER (is_purchase AND in_recent) AS purchases_recent,
           count(*) FILTER (is_purchase) AS purchases_total,
           coalesce(sum(value) FILTER (in_recent), 0) AS value_recent,
           sum(value) AS value_total,
           max(place) AS last_place,
           any_value(allocation_last_purchases) AS last_purchases,
           any_value(allocation_criteria) AS criteria
    FROM from_the_last CROSS JOIN parameters
    WHERE candidate IS NOT NULL
    GROUP BY as_of, customer_code, candidate
    HAVING bool_or(is_purchase)
),

figures AS (
    SELECT as_of, customer_code, candidate, criteria,
           list_transform(criteria, lambda criterion: CAST(
               CASE criterion
                   -- fewer purchases than X cannot be X of the last X
                   WHEN 'last_purchases'   THEN CASE WHEN of_the_last = last_purchases
                                                     THEN 1 ELSE 0 END
                   WHEN 'purchases_recent' THEN purchases_recent
                   WHEN 'purchases_total'  THEN purchases_total
                   WHEN 'value_recent'     THEN value_recent
                   WHEN 'value_total'      THEN value_total
                   WHEN 'last_store'       THEN last_place
               END AS DECIMAL(22, 4)
           )) AS figures
    FROM measured
),

best AS (
    SELECT as_of, customer_code,
           CASE any_value(allocation_on_tie)
               WHEN 'narrow'  THEN max(figures)
               WHEN 'restart' THEN [max(figures[1]), max(figures[2]), max(figures[3]),
                                    max(figures[4]), max(figures[5]), max(figures[6])]
           END AS best
    FROM figures CROSS JOIN parameters
    GROUP BY as_of, customer_code
),

-- who is left after the k-th criterion
left_after AS (
    SELECT as_of, customer_code, k, criteria[k] AS criterion,
           count(*) AS candidates, min(candidate) AS candidate, any_value(figures[k]) AS figure
    FROM figures
    JOIN best USING (as_of, customer_code)
    CROSS JOIN parameters
    CROSS JOIN (SELECT unnest(generate_series(1, len(allocation_criteria))) AS k FROM parameters)
    WHERE CASE allocation_on_tie
              WHEN 'narrow'  THEN figures[1:k] = best[1:k]
              WHEN 'restart' THEN figures[k] = best[k]
          END
    GROUP BY as_of, customer_code, k, criteria[k]
),

judged AS (
    SELECT *, candidates = 1 AND NOT (criterion = 'last_purchases' AND figure = 0) AS decides
    FROM left_after
)

SELECT as_of, customer_code,
       coalesce(arg_min(candidate, k) FILTER (decides), arg_max(candidate, k)) AS candidate,
       coalesce(arg_min(criterion, k) FILTER (decides), 'final_tie') AS criterion
FROM judged
GROUP BY as_of, customer_code;

-- Dates and sales

CREATE OR REPLACE TABLE allocation_dates AS
SELECT as_of,
       as_of IN (SELECT as_of FROM calendar) AS on_calendar,
       (SELECT max(calendar.as_of) FROM calendar WHERE calendar.as_of < computed.as_of)
           AS previous_as_of
FROM (
    SELECT as_of FROM dates
    UNION
    SELECT as_of FROM calendar WHERE as_of <= (SELECT max(as_of) FROM dates)
) AS computed;

-- `place` counts a customer's purchases in time: by day, instant (unknown first), ticket number.
-- Of two that are equal in these, the one in the store of the lower code is the later.
CREATE OR REPLACE TABLE customer_sales AS
SELECT customer_code, store_code, business_day, salesperson_code, is_purchase,
       CASE value_basis WHEN 'net' THEN net_amount ELSE gross_amount END AS value,
       CASE WHEN is_purchase
            THEN row_number() OVER (
                     PARTITION BY customer_code, is_purchase
                     ORDER BY business_day, sold_at NULLS FIRST, sale_number, store_code DESC
                 )
       END AS place
FROM purchases CROSS JOIN parameters
WHERE code_class = 'coded';

-- Who is allocated, and the last store she bought in, active or not.
CREATE OR REPLACE TABLE allocation_customers AS
SELECT as_of, customer_code, arg_max(store_code, place) AS last_store_code
FROM allocation_dates
JOIN customer_sales ON business_day <= as_of AND is_purchase
GROUP BY as_of, customer_code;

-- Stores

CREATE OR REPLACE TABLE active_stores AS
SELECT as_of, store_code
FROM allocation_dates
JOIN stores ON (opened_on IS NULL OR opened_on <= as_of)
           AND (closed_on IS NULL OR as_of < closed_on)
CROSS JOIN parameters
WHERE allocation_online_candidates OR NOT is_online
UNION ALL
SELECT as_of, store_code
FROM allocation_dates
CROSS JOIN (
    SELECT store_code FROM customer_sales
    UNION SELECT store_code FROM registrations
    UNION SELECT allocation_default_store FROM parameters
) AS every_store
WHERE NOT EXISTS (FROM stores) AND store_code IS NOT NULL;

-- Every store with its successors, itself the first. Reading: any circle stops the run, followed
-- or not, and whatever the routines are.
CREATE OR REPLACE TABLE store_successors AS
WITH RECURSIVE followed AS (
    SELECT store_code, store_code AS led_to, 0 AS steps, [store_code] AS path
    FROM (SELECT store_code FROM stores UNION SELECT store_code FROM customer_sales)
    UNION ALL
    SELECT followed.store_code,
           CASE WHEN list_contains(path, successor_store_code)
                THEN error('a circle of successors through ' || successor_store_code)
                ELSE successor_store_code
           END,
           steps + 1,
           list_append(path, successor_store_code)
    FROM followed
    JOIN stores ON stores.store_code = led_to AND successor_store_code IS NOT NULL
)
SELECT store_code, led_to, steps FROM followed;

CREATE OR REPLACE VIEW considered_stores AS
SELECT as_of, customer_code, store_code AS candidate, place, is_purchase, value,
       in_the_last(business_day, as_of, allocation_recent_count, allocation_recent_unit)
           AS in_recent
FROM allocation_dates
JOIN customer_sales ON business_day <= as_of
JOIN active_stores USING (as_of, store_code)
CROSS JOIN parameters;

-- What each routine but `accounts` would give: an active store, or no row.
CREATE OR REPLACE TABLE store_offers AS
WITH

offered AS (
    SELECT as_of, customer_code, 'sales' AS routine, candidate AS store_code, criterion
    FROM choice('considered_stores')

    UNION ALL
    SELECT as_of, customer_code, 'registry', store_code, NULL
    FROM allocation_customers
    JOIN registrations USING (customer_code)
    WHERE registered_on IS NULL OR registered_on <= as_of

    UNION ALL
    SELECT as_of, customer_code, 'store', arg_min(led_to, steps), NULL
    FROM allocation_customers
    JOIN store_successors ON store_successors.store_code = last_store_code
    SEMI JOIN active_stores ON active_stores.as_of = allocation_customers.as_of
                           AND active_stores.store_code = led_to
    GROUP BY as_of, customer_code

    UNION ALL
    SELECT as_of, customer_code, 'network', allocation_default_store, NULL
    FROM allocation_customers CROSS JOIN parameters
)

SELECT offered.* FROM offered SEMI JOIN active_stores USING (as_of, store_code);

-- The best offer of the routines before `accounts`, and that of those after it.
CREATE OR REPLACE TABLE store_offers_around AS
WITH

placed AS (
    SELECT as_of, customer_code,
           list_position(allocation_routines, routine) AS nth,
           coalesce(nullif(list_position(allocation_routines, 'accounts'), 0), 99) AS nth_accounts,
           {'routine': routine, 'store_code': store_code, 'criterion': criterion} AS offer
    FROM store_offers CROSS JOIN parameters
    WHERE list_contains(allocation_routines, routine)
)

SELECT as_of, customer_code, previous_as_of,
       arg_min(offer, nth) FILTER (nth < nth_accounts) AS before_accounts,
       arg_min(offer, nth) FILTER (nth > nth_accounts) AS after_accounts
FROM allocation_customers
JOIN allocation_dates USING (as_of)
LEFT JOIN placed USING (as_of, customer_code)
GROUP BY as_of, customer_code, previous_as_of;

-- From date to date, because `accounts` takes the store of the previous date of the calendar. No
-- date outside the calendar is anybody's previous one.
CREATE OR REPLACE TABLE allocation_stores AS
WITH RECURSIVE decided AS (
    SELECT as_of, customer_code, coalesce(before_accounts, after_accounts) AS offer
    FROM store_offers_around AS due
    WHERE NOT EXISTS (
        SELECT 1 FROM allocation_customers AS earlier
        WHERE earlier.customer_code = due.customer_code AND earlier.as_of = due.previous_as_of
    )
    UNION ALL
    SELECT due.as_of, due.customer_code,
           coalesce(
               before_accounts,
               CASE WHEN list_contains(allocation_routines, 'accounts')
                         AND active_stores.store_code IS NOT NULL
                    THEN {'routine': 'accounts', 'store_code': active_stores.store_code,
                          'criterion': NULL}
               END,
               after_accounts
           )
    FROM decided
    JOIN store_offers_around AS due ON due.customer_code = decided.customer_code
                                   AND due.previous_as_of = decided.as_of
    LEFT JOIN active_stores ON active_stores.as_of = due.as_of
                           AND active_stores.store_code = offer.store_code
    CROSS JOIN parameters
)
SELECT as_of, customer_code,
       offer.store_code AS store_code,
       coalesce(offer.routine, 'none') AS routine,
       offer.criterion AS criterion
FROM decided;

-- Salespeople

-- Who ever had a stint in a store, as known on a date: one that begins later is unknown. Whoever
-- is absent has left all of them, so the latest end is that of a stint that is over.
CREATE OR REPLACE TABLE posts AS
SELECT as_of, store_code, salesperson_code,
       bool_or(works_to IS NULL OR as_of < works_to) AS is_present,
       max(works_to) AS ended_on
FROM allocation_dates
JOIN stints ON works_from <= as_of
GROUP BY as_of, store_code, salesperson_code
UNION ALL
SELECT as_of, store_code, salesperson_code, true, NULL
FROM allocation_dates
CROSS JOIN (SELECT DISTINCT store_code, salesperson_code FROM customer_sales)
WHERE NOT EXISTS (FROM stints) AND salesperson_code IS NOT NULL;

-- A sale that nobody attended, or a person without a stint there, has no candidate.
CREATE OR REPLACE VIEW considered_salespeople AS
SELECT as_of, customer_code, posts.salesperson_code AS candidate, place, is_purchase, value,
       in_the_last(business_day, as_of, allocation_recent_count, allocation_recent_unit)
           AS in_recent
FROM allocation_stores
JOIN customer_sales USING (customer_code, store_code)
LEFT JOIN posts USING (as_of, store_code, salesperson_code)
CROSS JOIN parameters
WHERE business_day <= as_of;

CREATE OR REPLACE TABLE chosen_salespeople AS
SELECT as_of, customer_code, store_code, candidate AS salesperson_code,
       choice.criterion AS salesperson_criterion, is_present, ended_on
FROM choice('considered_salespeople') AS choice
JOIN allocation_stores USING (as_of, customer_code)
JOIN posts USING (as_of, store_code)
WHERE posts.salesperson_code = candidate;

-- Whose customer she is, one after the other: each absent one hands her to the first other person
-- with a stint who served her there on or after the end of his last stint, at a later purchase
-- than the one that brought her to him.
CREATE OR REPLACE TABLE salesperson_chains AS
WITH RECURSIVE chain AS (
    SELECT as_of, customer_code, store_code, 0 AS steps,
           salesperson_code, is_present, ended_on, CAST(0 AS BIGINT) AS place
    FROM chosen_salespeople
    UNION ALL
    SELECT as_of, customer_code, store_code, steps + 1,
           took.salesperson_code, took.is_present, took.ended_on, took.place
    FROM (
        SELECT chain.as_of, chain.customer_code, chain.store_code, steps,
               min_by({'salesperson_code': posts.salesperson_code,
                       'is_present': posts.is_present,
                       'ended_on': posts.ended_on,
                       'place': later.place}, later.place) AS took
        FROM chain
        JOIN customer_sales AS later
          ON later.customer_code = chain.customer_code
         AND later.store_code = chain.store_code
         AND later.is_purchase
         AND later.business_day <= chain.as_of
         AND later.business_day >= chain.ended_on
         AND later.place > chain.place
         AND later.salesperson_code <> chain.salesperson_code
        JOIN posts
          ON posts.as_of = chain.as_of
         AND posts.store_code = chain.store_code
         AND posts.salesperson_code = later.salesperson_code
        WHERE NOT chain.is_present
        GROUP BY chain.as_of, chain.customer_code, chain.store_code, steps
    )
)
FROM chain;

-- Together

CREATE OR REPLACE TABLE allocation_history AS
WITH

last_in_chain AS (
    FROM salesperson_chains
    QUALIFY row_number() OVER (PARTITION BY as_of, customer_code ORDER BY steps DESC) = 1
),

allocated AS (
    SELECT as_of, customer_code, on_calendar, previous_as_of, store_code,
           last_in_chain.salesperson_code,
           CASE WHEN store_code IS NULL           THEN NULL
                WHEN last_in_chain.is_present     THEN 'salesperson'
                WHEN NOT last_in_chain.is_present THEN 'transition'
                ELSE 'store'
           END AS portfolio,
           routine, criterion, salesperson_criterion
    FROM allocation_stores
    JOIN allocation_dates USING (as_of)
    LEFT JOIN last_in_chain USING (as_of, customer_code, store_code)
    LEFT JOIN chosen_salespeople USING (as_of, customer_code, store_code)
)

SELECT as_of, customer_code, store_code, salesperson_code, portfolio,
       routine, criterion, salesperson_criterion, on_calendar, previous_as_of,
       -- one value for the whole: what is the same allocation
       {'store': store_code, 'salesperson': salesperson_code, 'portfolio': portfolio} AS allocation
FROM allocated;

CREATE OR REPLACE TABLE allocations AS
WITH

-- Every date beside its previous one of the calendar. A customer never leaves, so there is no
-- previous row only where her history begins.
beside AS (
    SELECT here.*,
           earlier.as_of IS NULL OR earlier.allocation IS DISTINCT FROM here.allocation AS is_new,
           earlier.allocation AS earlier_allocation
    FROM allocation_history AS here
    LEFT JOIN allocation_history AS earlier
           ON earlier.customer_code = here.customer_code AND earlier.as_of = here.previous_as_of
),

-- the dates of the calendar on which an allocation began, and what held before
begun AS (
    SELECT as_of, customer_code,
           max(as_of) FILTER (is_new) OVER so_far AS allocated_since,
           arg_max(earlier_allocation, as_of) FILTER (is_new AND earlier_allocation IS NOT NULL)
               OVER so_far AS previous_allocation
    FROM beside
    WHERE on_calendar
    WINDOW so_far AS (PARTITION BY customer_code ORDER BY as_of)
),

since AS (
    SELECT beside.*,
           CASE WHEN is_new THEN beside.as_of ELSE allocated_since END AS allocated_since,
           CASE WHEN is_new THEN earlier_allocation ELSE previous_allocation END
               AS previous_allocation
    FROM beside
    LEFT JOIN begun ON begun.customer_code = beside.customer_code
                   AND begun.as_of = beside.previous_as_of
)

SELECT as_of, customer_code, store_code, salesperson_code, portfolio,
       routine, criterion, salesperson_criterion, allocated_since,
       previous_allocation.store AS previous_store_code,
       previous_allocation.salesperson AS previous_salesperson_code,
       previous_allocation.portfolio AS previous_portfolio
FROM since
WHERE as_of IN (SELECT as_of FROM dates);
