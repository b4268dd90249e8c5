-- Macros: which contact data are valid. Spec, sections 7 and 8. Nothing is valid that is null.

CREATE OR REPLACE MACRO digits(text) AS regexp_replace(text, '[^0-9]', '', 'g');

-- Eleven digits: the area code (11 to 99), a 9 and eight more; the country's 55 may stand before.
CREATE OR REPLACE MACRO is_mobile(text) AS
    regexp_matches(digits(text), '^(55)?([1-9][1-9]|[2-9]0)9[0-9]{8}$');

-- Eight digits that are not all the same one (RE2 has no back-references).
CREATE OR REPLACE MACRO is_cep(text) AS
    length(digits(text)) = 8 AND digits(text) <> repeat(left(digits(text), 1), 8);

-- One @, something before it, a dot after it with something before and two or more after the last.
CREATE OR REPLACE MACRO is_email(text) AS
    regexp_matches(text, '^[^@\s]+@[^@\s]+\.[^@\s.][^@\s.]+$');

CREATE OR REPLACE MACRO is_address(text) AS regexp_matches(text, '\S');
