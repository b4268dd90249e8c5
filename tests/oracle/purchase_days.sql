-- purchases -> purchase_days: the distinct days on which a customer bought. Spec, section 2: the
-- life cycle goes by days, and a ticket of returns or adjustments alone is no purchase.

DELETE FROM purchase_days;

INSERT INTO purchase_days BY NAME
SELECT DISTINCT customer_code, business_day
FROM purchases
WHERE is_purchase AND code_class = 'coded';
