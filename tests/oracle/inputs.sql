-- The four relations the oracle reads. Callers fill them by hand or with one of the loaders.

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

CREATE OR REPLACE TABLE parameters (
    recent_window_count INTEGER NOT NULL,
    recent_window_unit  VARCHAR NOT NULL CHECK (recent_window_unit IN ('months', 'days'))
);
INSERT INTO parameters VALUES (12, 'months');
