-- Tokens: the table that one algorithm's are put into while they are measured, OpenSSL's primitives, and roles for the
-- ways in which a tenant is held. psql variable: openssl (the library of openssl.cpp, without its ending).
\set ON_ERROR_STOP on
SET client_min_messages = warning;
-- message and signature: the token's parts, as OpenSSL takes them.
CREATE TABLE bench.token (tenant_id text NOT NULL, token text NOT NULL, message text NOT NULL, signature bytea NOT NULL);
GRANT SELECT ON bench.token TO PUBLIC;
CREATE FUNCTION bench.hmac(secret bytea, message text, signature bytea) RETURNS boolean
    LANGUAGE c VOLATILE STRICT AS :'openssl', 'bench_hmac';
CREATE FUNCTION bench.digest_verify(key bytea, message text, signature bytea, pss boolean) RETURNS boolean
    LANGUAGE c VOLATILE STRICT AS :'openssl', 'bench_digest_verify';

CREATE ROLE bench_signed LOGIN;
ALTER ROLE bench_signed SET djust_tenants.context_mode = 'signed';
-- Its fence is there only while it is measured.
CREATE ROLE bench_fenced LOGIN;
