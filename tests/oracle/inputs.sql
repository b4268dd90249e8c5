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
    CHECK (after_return IN ('normal', 'new'))
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
