-- registry, dates, parameters, indicator_levels -> indicators_of_registrations. Spec, section 7;
-- what is valid, by the macros of contacts.sql.

-- Reading: a person of unknown roles is no registered customer.
CREATE OR REPLACE TABLE indicator_registrations AS
SELECT as_of, customer_code,
       coalesce(opted_out, false) AS is_opted_out,
       coalesce(NOT opted_out, opt_in_silence) AS is_opted_in,
       coalesce(is_mobile(mobile), false) AS has_mobile,
       coalesce(is_cep(cep, state), false) AS has_cep,
       coalesce(is_email(email), false) AS has_email,
       coalesce(is_address(address), false) AS has_address
FROM dates
JOIN registry ON registered_on IS NULL OR registered_on <= as_of
CROSS JOIN parameters
WHERE list_contains(roles, 'customer');

CREATE OR REPLACE TABLE indicators_of_registrations AS
WITH

-- Who never bought has no allocation and belongs to the network alone.
of_levels AS (
    SELECT 'network' AS level, 'network' AS level_code, * FROM indicator_registrations
    UNION ALL
    SELECT level, level_code, indicator_registrations.*
    FROM indicator_registrations
    JOIN indicator_levels USING (as_of, customer_code)
    WHERE level <> 'network'
)

SELECT as_of, 'on_date' AS period, level, level_code,
       unnest([
           measure('registrations', 'persons', count(*), NULL),
           share('opt_in', is_opted_in, true),
           share('opt_out', is_opted_out, true),
           share('mobile_rate', has_mobile, true),
           share('cep_rate', has_cep, true),
           share('email_rate', has_email, true),
           share('address_rate', has_address, true)
       ], recursive := true)
FROM of_levels
GROUP BY as_of, level, level_code;
