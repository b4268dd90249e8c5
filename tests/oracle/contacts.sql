-- Macros: which contact data are valid. Spec, section 8, as docs/registry.md writes it down in
-- "Cleaning" and "Rules and reasons": what is filled and breaks no rule. Nothing is valid that is
-- null.
--
-- Readings: white space is what Unicode calls so, and the zero-width no-break space. A point and a
-- zero go only after digits alone, and only one zero. What is dialled may begin with 00 only if 55
-- follows, and no carrier's code begins with 0. A number is of one digit throughout if it is so
-- without what is dialled before. E-mails have letters and digits of ASCII, in whatever case. A letter of a name or an address is any of Unicode.

CREATE OR REPLACE MACRO trimmed(text) AS regexp_replace(
    text,
    '^[\x09-\x0D\x1C-\x20\x{85}\p{Z}\x{FEFF}]+|[\x09-\x0D\x1C-\x20\x{85}\p{Z}\x{FEFF}]+$',
    '', 'g'
);
CREATE OR REPLACE MACRO is_filled(text) AS trimmed(text) <> '';

CREATE OR REPLACE MACRO plain(text) AS translate(trimmed(text), '０１２３４５６７８９', '0123456789');

CREATE OR REPLACE MACRO digits(text) AS
    regexp_replace(regexp_replace(plain(text), '^([0-9]+)\.0$', '\1'), '[^0-9]', '', 'g');

-- 55 with or without 00, then 0 with or without a carrier; one of Anatel's 67 area codes, a 9 and
-- eight digits. The length tells what is what. Only nines can be one digit throughout.
CREATE OR REPLACE MACRO is_mobile(text) AS
    regexp_matches(
        digits(text),
        '^((00)?55)?(0([1-9][0-9])?)?'
        || '([14689][1-9]|2[12478]|3[1-578]|5[1345]|7[134579])9[0-9]{8}$'
    )
    AND right(digits(text), 11) <> repeat('9', 11);

-- The state in whose range eight digits lie, by where the next range begins; null: in none's.
CREATE OR REPLACE MACRO state_of_cep(cep) AS CASE
    WHEN cep < '01000' THEN NULL
    WHEN cep < '20000' THEN 'SP'
    WHEN cep < '29000' THEN 'RJ'
    WHEN cep < '30000' THEN 'ES'
    WHEN cep < '40000' THEN 'MG'
    WHEN cep < '49000' THEN 'BA'
    WHEN cep < '50000' THEN 'SE'
    WHEN cep < '57000' THEN 'PE'
    WHEN cep < '58000' THEN 'AL'
    WHEN cep < '59000' THEN 'PB'
    WHEN cep < '60000' THEN 'RN'
    WHEN cep < '64000' THEN 'CE'
    WHEN cep < '65000' THEN 'PI'
    WHEN cep < '66000' THEN 'MA'
    WHEN cep < '68900' THEN 'PA'
    WHEN cep < '69000' THEN 'AP'
    WHEN cep < '69300' THEN 'AM'
    WHEN cep < '69400' THEN 'RR'
    WHEN cep < '69900' THEN 'AM'
    WHEN cep < '70000' THEN 'AC'
    WHEN cep < '72800' THEN 'DF'
    WHEN cep < '73000' THEN 'GO'
    WHEN cep < '73700' THEN 'DF'
    WHEN cep < '76800' THEN 'GO'
    WHEN cep < '77000' THEN 'RO'
    WHEN cep < '78000' THEN 'TO'
    WHEN cep < '78900' THEN 'MT'
    WHEN cep < '79000' THEN NULL
    WHEN cep < '80000' THEN 'MS'
    WHEN cep < '88000' THEN 'PR'
    WHEN cep < '90000' THEN 'SC'
    ELSE 'RS'
END;

CREATE OR REPLACE MACRO is_state(text) AS upper(trimmed(text)) IN (
    'AC', 'AL', 'AM', 'AP', 'BA', 'CE', 'DF', 'ES', 'GO', 'MA', 'MG', 'MS', 'MT', 'PA', 'PB', 'PE',
    'PI', 'PR', 'RJ', 'RN', 'RO', 'RR', 'RS', 'SC', 'SE', 'SP', 'TO'
);

-- Eight digits, not all the same (RE2 has no back-references), of a state, and of the one that is
-- named, if one is.
CREATE OR REPLACE MACRO is_cep(text, state) AS
    length(digits(text)) = 8
    AND digits(text) <> repeat(left(digits(text), 1), 8)
    AND state_of_cep(digits(text)) IS NOT NULL
    AND (NOT coalesce(is_state(state), false)
         OR state_of_cep(digits(text)) = upper(trimmed(state)));

-- Runs of what HTML allows with dots between them, an @, and names with dots between them, the last
-- of two characters or more and begun by a letter.
CREATE OR REPLACE MACRO is_email(text) AS
    length(trimmed(text)) <= 254
    AND strpos(trimmed(text), '@') <= 65
    AND regexp_matches(
        trimmed(text),
        '^[A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+)*@'
        || '([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+'
        || '[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]$'
    );

CREATE OR REPLACE MACRO is_name(text) AS regexp_matches(text, '\p{L}');
CREATE OR REPLACE MACRO is_address(text) AS regexp_matches(text, '\p{L}');
