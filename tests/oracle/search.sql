-- accounts, customer_habits, purchases, registry, profiles, search_filters -> found_customers: who
-- fulfils every filter on the day asked for. Spec, section 7 (Reshop), and docs/search.md.
--
-- Readings: a registration counts from its day on, in any role; who has no account is searched as
-- a registered customer only. Texts are compared in capitals, without outer blanks. Of a
-- registration is missing what is not valid by section 8 (contacts.sql), a birth date on the day
-- asked for, which then gives neither age nor birthday; any sex will do that says something.
-- Years of age are counted forward like months: who was born on 29 February is a year older on 28
-- February of a common year, which is her birthday then; whether the year is one is asked of the
-- February at hand, or the next.

CREATE OR REPLACE MACRO said(text) AS nullif(upper(trim(text)), '');

CREATE OR REPLACE MACRO whole_years(born, day) AS
    year(day) - year(born) - CASE
        WHEN born + to_years(CAST(year(day) - year(born) AS INTEGER)) > day THEN 1
        ELSE 0
    END;

CREATE OR REPLACE MACRO is_birth_date(born, day) AS
    born BETWEEN DATE '1900-01-01' AND day AND whole_years(born, day) <= 120;

-- The first day of the February that a day lies in, or else of the next one.
CREATE OR REPLACE MACRO next_february(day) AS
    make_date(CASE WHEN month(day) <= 2 THEN year(day) ELSE year(day) + 1 END, 2, 1);

-- Days as MM-DD; the last may lie before the first, in the next year.
CREATE OR REPLACE MACRO within_year(given, first_day, last_day_of) AS
    CASE WHEN first_day <= last_day_of THEN given BETWEEN first_day AND last_day_of
         ELSE given >= first_day OR given <= last_day_of
    END;

CREATE OR REPLACE TABLE searched AS
WITH

on_the_day AS (
    SELECT search_filters.as_of, accounts.* EXCLUDE (as_of)
    FROM search_filters
    JOIN accounts USING (as_of)
),

registered AS (
    SELECT registry.* EXCLUDE (sex), profiles.* EXCLUDE (customer_code),
           CASE WHEN is_birth_date(birth_date, as_of) THEN birth_date END AS born_on
    FROM registry
    JOIN search_filters ON registered_on IS NULL OR registered_on <= as_of
    LEFT JOIN profiles USING (customer_code)
)

SELECT customer_code,
       registered.customer_code IS NOT NULL AS is_registered,
       on_the_day.customer_code IS NOT NULL AS has_account,
       purchases, net_amount, last_purchase_on,
       purchases_12m, net_amount_12m, average_ticket, recency_days,
       registered_on, born_on,
       said(registered.loyalty_programme) AS programme,
       said(registered.loyalty_category) AS category,
       said(registered.sex) AS sex,
       said(registered.marital_status) AS marital_status,
       -- what is missing or not valid
       list_filter([
           CASE WHEN NOT coalesce(is_name(name), false) THEN 'name' END,
           CASE WHEN born_on IS NULL THEN 'birth_date' END,
           CASE WHEN NOT coalesce(is_filled(registered.sex), false) THEN 'sex' END,
           CASE WHEN NOT coalesce(is_email(email), false) THEN 'email' END,
           CASE WHEN NOT coalesce(is_mobile(mobile), false) THEN 'mobile' END,
           CASE WHEN NOT coalesce(is_cep(cep, state), false) THEN 'cep' END,
           CASE WHEN NOT coalesce(is_address(address), false) THEN 'address' END
       ], lambda field: field IS NOT NULL) AS lacks,
       whole_years(born_on, search_filters.as_of) AS age,
       preferred_store_code, frequency_class,
       coalesce(online_purchases, 0) > 0 AS is_online
FROM registered
FULL JOIN on_the_day USING (customer_code)
CROSS JOIN search_filters
LEFT JOIN customer_habits
    ON customer_habits.as_of = search_filters.as_of
   AND customer_habits.customer_code = coalesce(registered.customer_code, on_the_day.customer_code)
WHERE on_the_day.customer_code IS NOT NULL OR list_contains(roles, 'customer');

CREATE OR REPLACE TABLE found_customers AS
WITH

months AS (
    SELECT DISTINCT customer_code, strftime(business_day, '%Y-%m') AS bought_in
    FROM purchases
    JOIN search_filters ON business_day <= as_of
    WHERE is_purchase AND code_class = 'coded'
),

-- One column per filter: true, or not; null where she lacks what is asked about.
judged AS (
    SELECT s.*,
           within_year(strftime(born_on, '%m-%d'), f.birthday_from, f.birthday_to)
           OR (strftime(born_on, '%m-%d') = '02-29'
               AND day(last_day(next_february(as_of))) = 28
               AND within_year('02-28', f.birthday_from, f.birthday_to)) AS by_birthday,
           CASE f.registered_within_unit
               WHEN 'months' THEN as_of < registered_on + to_months(f.registered_within_count)
               WHEN 'days'   THEN as_of < registered_on + to_days(f.registered_within_count)
           END AS by_registration,
           f.online = is_online AS by_online,
           f.in_loyalty = (programme IS NOT NULL) AS by_loyalty,
           said(f.loyalty_programme) = programme AS by_programme,
           said(f.loyalty_category) = category AS by_category,
           is_registered AND list_has_any(lacks, f.incomplete) AS by_gaps,
           last_purchase_on BETWEEN f.last_purchase_from AND f.last_purchase_to AS by_last_purchase,
           (customer_code, f.bought_in) IN (FROM months) AS by_month,
           (customer_code, f.not_bought_in) NOT IN (FROM months) AS by_month_without,
           f.preferred_store = preferred_store_code AS by_preferred_store,
           said(f.sex) = s.sex AS by_sex,
           said(f.marital_status) = s.marital_status AS by_marital_status,
           age BETWEEN coalesce(f.age_from, 0) AND coalesce(f.age_to, 200) AS by_age,
           f.with_purchases = has_account AS by_purchases,
           f.frequency = frequency_class AS by_frequency,
           purchases_12m >= coalesce(f.purchases_12m_from, 0)
               AND purchases_12m <= coalesce(f.purchases_12m_to, purchases_12m)
               AS by_purchases_12m,
           net_amount_12m >= coalesce(f.value_12m_from, net_amount_12m)
               AND net_amount_12m <= coalesce(f.value_12m_to, net_amount_12m) AS by_value_12m,
           average_ticket >= coalesce(f.average_ticket_from, average_ticket)
               AND average_ticket <= coalesce(f.average_ticket_to, average_ticket)
               AS by_average_ticket,
           recency_days >= coalesce(f.recency_days_from, 0)
               AND recency_days <= coalesce(f.recency_days_to, recency_days) AS by_recency,
           f.registered = is_registered AS by_registered
    FROM searched AS s
    CROSS JOIN search_filters AS f
)

SELECT customer_code, purchases, net_amount, last_purchase_on
FROM judged
CROSS JOIN search_filters AS f
WHERE (f.birthday_from           IS NULL OR by_birthday)
  AND (f.registered_within_count IS NULL OR by_registration)
  AND (f.online                  IS NULL OR by_online)
  AND (f.in_loyalty              IS NULL OR by_loyalty)
  AND (f.loyalty_programme       IS NULL OR by_programme)
  AND (f.loyalty_category        IS NULL OR by_category)
  AND (f.incomplete              IS NULL OR by_gaps)
  AND (f.last_purchase_from      IS NULL OR by_last_purchase)
  AND (f.bought_in               IS NULL OR by_month)
  AND (f.not_bought_in           IS NULL OR by_month_without)
  AND (f.preferred_store         IS NULL OR by_preferred_store)
  AND (f.sex                     IS NULL OR by_sex)
  AND (f.marital_status          IS NULL OR by_marital_status)
  AND (coalesce(f.age_from, f.age_to) IS NULL OR by_age)
  AND (f.with_purchases          IS NULL OR by_purchases)
  AND (f.frequency               IS NULL OR by_frequency)
  AND (f.registered              IS NULL OR by_registered)
  AND (coalesce(f.purchases_12m_from, f.purchases_12m_to)   IS NULL OR by_purchases_12m)
  AND (coalesce(f.value_12m_from, f.value_12m_to)           IS NULL OR by_value_12m)
  AND (coalesce(f.average_ticket_from, f.average_ticket_to) IS NULL OR by_average_ticket)
  AND (coalesce(f.recency_days_from, f.recency_days_to)     IS NULL OR by_recency);
