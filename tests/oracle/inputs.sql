-- The relations the oracle reads. Callers fill them by hand or with one of the loaders.

CREATE OR REPLACE TABLE lines (
    store_code       VARCHAR NOT NULL,
    business_day     DATE NOT NULL,
    sale_number      VARCHAR NOT NULL,
    line_number      INTEGER NOT NULL,
    sold_at          TIMESTAMP,
    customer_code    VARCHAR,                 -- already normalised
    code_class       VARCHAR NOT NULL CHECK (code_class IN ('none', 'generic', 'coded')),
    salesperson_code VARCHAR,
    channel          VARCHAR,
    quantity         DECIMAL(18, 3) NOT NULL, -- sign as received
    amount           DECIMAL(18, 4) NOT NULL, -- after discount, sign as received
    price_sign       INTEGER NOT NULL CHECK (price_sign IN (-1, 0, 1)),
    is_return        BOOLEAN NOT NULL,
    is_cancelled     BOOLEAN NOT NULL,
    CHECK (code_class <> 'coded' OR customer_code IS NOT NULL)
);

CREATE OR REPLACE TABLE persons (
    customer_code VARCHAR PRIMARY KEY,
    registered_on DATE                        -- null: always registered
);

CREATE OR REPLACE TABLE dates (
    as_of DATE PRIMARY KEY
);

-- One row. A period is a count and a unit; the defaults are the specification's.
CREATE OR REPLACE TABLE parameters (
    recent_window_count            INTEGER NOT NULL DEFAULT 12,
    recent_window_unit             VARCHAR NOT NULL DEFAULT 'months',
    inactive_after_count           INTEGER NOT NULL DEFAULT 12,
    inactive_after_unit            VARCHAR NOT NULL DEFAULT 'months',
    lost_after_count               INTEGER NOT NULL DEFAULT 36,
    lost_after_unit                VARCHAR NOT NULL DEFAULT 'months',
    new_for_count                  INTEGER NOT NULL DEFAULT 30,
    new_for_unit                   VARCHAR NOT NULL DEFAULT 'days',
    loyalty_process_for_count      INTEGER NOT NULL DEFAULT 180,
    loyalty_process_for_unit       VARCHAR NOT NULL DEFAULT 'days',
    reactivated_for_count          INTEGER NOT NULL DEFAULT 30,
    reactivated_for_unit           VARCHAR NOT NULL DEFAULT 'days',
    recovered_for_count            INTEGER NOT NULL DEFAULT 30,
    recovered_for_unit             VARCHAR NOT NULL DEFAULT 'days',
    inactivation_risk_for_count    INTEGER NOT NULL DEFAULT 90,
    inactivation_risk_for_unit     VARCHAR NOT NULL DEFAULT 'days',
    loss_risk_for_count            INTEGER NOT NULL DEFAULT 90,
    loss_risk_for_unit             VARCHAR NOT NULL DEFAULT 'days',
    recently_inactivated_for_count INTEGER NOT NULL DEFAULT 30,
    recently_inactivated_for_unit  VARCHAR NOT NULL DEFAULT 'days',
    recently_lost_for_count        INTEGER NOT NULL DEFAULT 30,
    recently_lost_for_unit         VARCHAR NOT NULL DEFAULT 'days',
    after_return                   VARCHAR NOT NULL DEFAULT 'normal',
    new_ends_on_second_purchase    BOOLEAN NOT NULL DEFAULT false,
    value_basis                    VARCHAR NOT NULL DEFAULT 'net',
    rfv_frequency                  VARCHAR NOT NULL DEFAULT 'purchases',
    rfv_value                      VARCHAR NOT NULL DEFAULT 'value',
    rfv_history_count              INTEGER,   -- null: the whole history
    rfv_history_unit               VARCHAR,
    rfv_population                 VARCHAR NOT NULL DEFAULT 'all',
    rfv_bands                      INTEGER NOT NULL DEFAULT 20,
    rfv_scoring                    VARCHAR NOT NULL DEFAULT 'percent_rank',
    rfv_recency_cuts               DECIMAL(24, 6)[] NOT NULL DEFAULT [],
    rfv_frequency_cuts             DECIMAL(24, 6)[] NOT NULL DEFAULT [],
    rfv_value_cuts                 DECIMAL(24, 6)[] NOT NULL DEFAULT [],
    -- of recency, frequency and value
    rfv_weights                    DECIMAL(18, 6)[] NOT NULL DEFAULT [1, 1, 1],
    rfv_top_ranking                VARCHAR NOT NULL DEFAULT 'weighted',
    rfv_top_share                  DECIMAL(18, 6) NOT NULL DEFAULT 0.20,
    rfv_fv_value                   VARCHAR NOT NULL DEFAULT 'average_ticket',
    rfv_category                   VARCHAR NOT NULL DEFAULT 'fv_quadrant',
    -- of class A, and of A and B
    pareto_abc_shares              DECIMAL(18, 6)[] NOT NULL DEFAULT [0.80, 0.95],
    pareto_top_customers_share     DECIMAL(18, 6) NOT NULL DEFAULT 0.20,
    pareto_value_share             DECIMAL(18, 6) NOT NULL DEFAULT 0.80,
    allocation_routines            VARCHAR[] NOT NULL
        DEFAULT ['sales', 'accounts', 'registry', 'store', 'network'],
    allocation_criteria            VARCHAR[] NOT NULL
        DEFAULT ['last_purchases', 'purchases_recent', 'purchases_total',
                 'value_recent', 'value_total', 'last_store'],
    allocation_last_purchases      INTEGER NOT NULL DEFAULT 3,
    allocation_recent_count        INTEGER NOT NULL DEFAULT 365,
    allocation_recent_unit         VARCHAR NOT NULL DEFAULT 'days',
    allocation_on_tie              VARCHAR NOT NULL DEFAULT 'narrow',
    allocation_online_candidates   BOOLEAN NOT NULL DEFAULT true,
    allocation_default_store       VARCHAR,   -- null: the network has none
    opt_in_silence                 BOOLEAN NOT NULL DEFAULT true,
    weekly_up_to_days              INTEGER NOT NULL DEFAULT 7,
    fortnightly_up_to_days         INTEGER NOT NULL DEFAULT 15,
    monthly_up_to_days             INTEGER NOT NULL DEFAULT 31,
    CHECK (recent_window_unit IN ('months', 'days')),
    CHECK (inactive_after_unit IN ('months', 'days')),
    CHECK (lost_after_unit IN ('months', 'days')),
    CHECK (new_for_unit IN ('months', 'days')),
    CHECK (loyalty_process_for_unit IN ('months', 'days')),
    CHECK (reactivated_for_unit IN ('months', 'days')),
    CHECK (recovered_for_unit IN ('months', 'days')),
    CHECK (inactivation_risk_for_unit IN ('months', 'days')),
    CHECK (loss_risk_for_unit IN ('months', 'days')),
    CHECK (recently_inactivated_for_unit IN ('months', 'days')),
    CHECK (recently_lost_for_unit IN ('months', 'days')),
    CHECK (after_return IN ('normal', 'new')),
    CHECK (value_basis IN ('net', 'gross')),
    CHECK (rfv_frequency IN ('purchases', 'frequency_per_month')),
    CHECK (rfv_value IN ('value', 'average_ticket')),
    CHECK ((rfv_history_count IS NULL) = (rfv_history_unit IS NULL)),
    CHECK (rfv_history_unit IN ('months', 'days')),
    CHECK (rfv_population IN ('all', 'active')),
    CHECK (rfv_scoring IN ('percent_rank', 'ntile', 'quantile', 'fixed')),
    CHECK (rfv_top_ranking IN ('weighted', 'nested')),
    CHECK (rfv_fv_value IN ('average_ticket', 'value')),
    CHECK (rfv_category IN ('fv_quadrant', 'top_class')),
    CHECK (len(allocation_routines) > 0),
    CHECK (list_has_all(['sales', 'accounts', 'registry', 'store', 'network'],
                        allocation_routines)),
    CHECK (len(allocation_criteria) > 0),
    CHECK (list_has_all(['last_purchases', 'purchases_recent', 'purchases_total',
                         'value_recent', 'value_total', 'last_store'], allocation_criteria)),
    CHECK (allocation_last_purchases > 0),
    CHECK (allocation_recent_unit IN ('months', 'days')),
    CHECK (allocation_on_tie IN ('narrow', 'restart'))
);
INSERT INTO parameters DEFAULT VALUES;

-- All that the life cycle knows of sales: filled from `purchases`, or by hand.
CREATE OR REPLACE TABLE purchase_days (
    customer_code VARCHAR NOT NULL,
    business_day  DATE NOT NULL,
    PRIMARY KEY (customer_code, business_day)
);

CREATE OR REPLACE TABLE matrix_dates (
    start_on DATE NOT NULL,
    end_on   DATE NOT NULL,
    PRIMARY KEY (start_on, end_on),
    CHECK (start_on <= end_on)
);

CREATE OR REPLACE TABLE growth_periods (
    first_on DATE NOT NULL,
    last_on  DATE NOT NULL,                   -- inclusive
    PRIMARY KEY (first_on, last_on),
    CHECK (first_on <= last_on)
);

CREATE OR REPLACE TABLE due_horizons (
    as_of DATE NOT NULL,
    days  INTEGER NOT NULL,
    PRIMARY KEY (as_of, days)
);

-- The suite breaks ties by a signed 64-bit hash of the code, which the oracle cannot know.
CREATE OR REPLACE TABLE customer_ids (
    customer_code VARCHAR PRIMARY KEY,
    customer_id   BIGINT NOT NULL UNIQUE
);

-- The dates of the processing calendar; those before the last of `dates` have to be in `dates` too.
CREATE OR REPLACE TABLE calendar (
    as_of DATE PRIMARY KEY
);

-- Who is ranked in a store or portfolio (the network needs no rows): its allocated customers.
CREATE OR REPLACE TABLE scope_members (
    as_of         DATE NOT NULL,
    scope         VARCHAR NOT NULL CHECK (scope <> 'network'),
    scope_code    VARCHAR NOT NULL,
    customer_code VARCHAR NOT NULL,
    PRIMARY KEY (as_of, scope, scope_code, customer_code)
);

-- No row at all: the network delivers no file of stores, and every store is active.
CREATE OR REPLACE TABLE stores (
    store_code           VARCHAR PRIMARY KEY,
    opened_on            DATE,                -- null: always open until closed_on
    closed_on            DATE,                -- the first day closed; null: none known
    is_online            BOOLEAN NOT NULL DEFAULT false,
    successor_store_code VARCHAR
);

-- No row at all: the network delivers no file of salespeople, and whoever attended is present.
CREATE OR REPLACE TABLE stints (
    salesperson_code VARCHAR NOT NULL,
    store_code       VARCHAR NOT NULL,
    works_from       DATE NOT NULL,
    works_to         DATE,                    -- the first day absent; null: none known
    CHECK (works_from < works_to)
);

-- What allocation knows of the registry. Apart from `persons`, whose rows have two columns in
-- many an INSERT; a person may stand in either or both.
CREATE OR REPLACE TABLE registrations (
    customer_code VARCHAR PRIMARY KEY,
    registered_on DATE,                       -- null: always registered
    store_code    VARCHAR
);

-- What the indicators of registrations know of the registry, everything as received. Apart from
-- `persons` and `registrations` for the same reason.
CREATE OR REPLACE TABLE registry (
    customer_code VARCHAR PRIMARY KEY,
    registered_on DATE,                       -- null: always registered
    roles         VARCHAR[],                  -- customer, prospect, salesperson, supplier
    opted_out     BOOLEAN,                    -- null: never said anything
    mobile        VARCHAR,
    cep           VARCHAR,
    email         VARCHAR,
    address       VARCHAR,
    sex           VARCHAR,                    -- in the registry's words
    state         VARCHAR                     -- likewise
);

-- The sales that came by the queue, which `lines` do not know. No row at all: none did, or nobody
-- says which.
CREATE OR REPLACE TABLE queue_sales (
    store_code   VARCHAR NOT NULL,
    business_day DATE NOT NULL,
    sale_number  VARCHAR NOT NULL,
    PRIMARY KEY (store_code, business_day, sale_number)
);

-- Which product a line is of, which `lines` do not know. A line without a row is of none.
CREATE OR REPLACE TABLE line_products (
    store_code   VARCHAR NOT NULL,
    business_day DATE NOT NULL,
    sale_number  VARCHAR NOT NULL,
    line_number  INTEGER NOT NULL,
    product_code VARCHAR NOT NULL,
    PRIMARY KEY (store_code, business_day, sale_number, line_number)
);

CREATE OR REPLACE TABLE products (
    product_code VARCHAR PRIMARY KEY,
    category     VARCHAR                      -- null: not known
);

-- What the customer search and the loyalty programmes know beside `registry`, as received.
CREATE OR REPLACE TABLE profiles (
    customer_code     VARCHAR PRIMARY KEY,
    name              VARCHAR,
    birth_date        DATE,
    sex               VARCHAR,
    marital_status    VARCHAR,
    loyalty_programme VARCHAR,
    loyalty_category  VARCHAR
);

-- One row: what is searched for, and on which day. A null asks for nothing.
CREATE OR REPLACE TABLE search_filters (
    as_of                   DATE,
    birthday_from           VARCHAR,          -- MM-DD, both included; to may lie before from
    birthday_to             VARCHAR,
    registered_within_count INTEGER,
    registered_within_unit  VARCHAR,
    online                  BOOLEAN,
    in_loyalty              BOOLEAN,
    loyalty_programme       VARCHAR,
    loyalty_category        VARCHAR,
    incomplete              VARCHAR[],        -- name, birth_date, sex, email, mobile, cep, address
    last_purchase_from      DATE,             -- both included
    last_purchase_to        DATE,
    bought_in               VARCHAR,          -- YYYY-MM
    not_bought_in           VARCHAR,
    preferred_store         VARCHAR,
    sex                     VARCHAR,
    marital_status          VARCHAR,
    age_from                INTEGER,          -- both included
    age_to                  INTEGER,
    with_purchases          BOOLEAN,
    frequency               VARCHAR,
    purchases_12m_from      INTEGER,          -- both included, here and below
    purchases_12m_to        INTEGER,
    value_12m_from          INTEGER,
    value_12m_to            INTEGER,
    average_ticket_from     INTEGER,
    average_ticket_to       INTEGER,
    recency_days_from       INTEGER,
    recency_days_to         INTEGER,
    registered              BOOLEAN,
    CHECK (registered_within_unit IN ('months', 'days')),
    CHECK (frequency IN ('weekly', 'fortnightly', 'monthly', 'other'))
);
INSERT INTO search_filters DEFAULT VALUES;

-- One row each, of days, both included: the period of `rfv_report`, and those in which somebody
-- bought and came back.
CREATE OR REPLACE TABLE report_periods (
    first_on DATE NOT NULL,
    last_on  DATE NOT NULL
);
CREATE OR REPLACE TABLE return_periods (
    bought_from DATE NOT NULL,
    bought_to   DATE NOT NULL,
    back_from   DATE NOT NULL,
    back_to     DATE NOT NULL
);
