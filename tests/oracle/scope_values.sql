-- accounts, purchases, dates, parameters -> scope_values: whom each Pareto is of, and her value
-- there. Spec, section 5. A caller who knows the allocations adds the rows of portfolios.
--
-- Readings: Pareto has no choices of its own but value_basis: whole history, all accounts,
-- whatever rfv says. Who bought in a store is whoever has a purchase there, not a return alone;
-- her value there takes in all her sales of that store, returns too (of goods bought anywhere),
-- so the values of the stores need not sum to the network's. The network's code is 'network'.

CREATE OR REPLACE TABLE scope_values AS
SELECT as_of, 'network' AS scope, 'network' AS scope_code, customer_code,
       CASE value_basis WHEN 'net' THEN net_amount ELSE gross_amount END AS value
FROM accounts CROSS JOIN parameters
UNION ALL
SELECT as_of, 'store', store_code, customer_code,
       CAST(sum(CASE value_basis WHEN 'net' THEN net_amount ELSE gross_amount END)
            AS DECIMAL(18, 4))
FROM dates
JOIN purchases ON business_day <= as_of AND code_class = 'coded'
CROSS JOIN parameters
GROUP BY as_of, store_code, customer_code
HAVING bool_or(is_purchase);
