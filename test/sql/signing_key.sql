-- The keys that tokens are verified with: adding, rotating and removing them, and that nobody but superusers reads them.
LOAD 'djust_tenants';
CREATE SCHEMA "Keys Test";
CREATE ROLE regress_key_app;
CREATE ROLE regress_key_reader IN ROLE pg_read_all_data, pg_write_all_data, pg_monitor;
CREATE ROLE regress_key_bypass BYPASSRLS IN ROLE pg_read_all_data, pg_write_all_data;
GRANT ALL ON SCHEMA "Keys Test" TO regress_key_app, regress_key_reader, regress_key_bypass;
SET search_path TO "Keys Test", djust_tenants;
\pset null '(null)'
\set secret 'one secret of the tests, 32 bytes and more'
-- made for this suite
SELECT '-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqq7+nBHurlgqK8fKMHlJ
1kqCsZjc/u5LgGLTv4Dg1F9M8jDssksaOq46t2mEGJgLrbbCLDh3ItFy56LhFZh0
PpyMZ5CP37MX3f/ZiRYNPKtoQD66iN+LymRdfFdIx6+oZb/7pll9AD+5D7OmYrYN
JG0NfiwCUI4S+RojdjezBNuAG8mi7r38QEbdlqrQurrKH1WZT5FkEWeb/JWdm8sw
LkQvqIPKx+A4W88VCmaJZDm53acYZQPyip19JIvrXrnn/kxo9P4y6j18KpLwgeHb
/sXdM374sk0BhLgnOa2XQUPHcj6NY+athcBdR/SfERRaFds1zikNZQ5Di+6WYlo8
TwIDAQAB
-----END PUBLIC KEY-----' AS rsa, '-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEI3h7i4BNbPsmRCOzH9BFbw497zlW
7cz9IClZngVFq7UL3S1V/ryBvVIaCBARua9b1JiUlREkG3HCa0Q97IiNqg==
-----END PUBLIC KEY-----' AS ec, '-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAh17TvH9lu4F/AiKH5rVI1mFVi35LF3mm6MWGD2QN9ec=
-----END PUBLIC KEY-----' AS ed \gset
SELECT '-----BEGIN PUBLIC KEY-----
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEF9mpePXM81XMHo9NNuVg0GaAikaXeDQ0
e3GbZKwBU1Y/Q52qHoQpu4O1w0bc12sfTfNyVrrH/gIcpelKX/i4Uc+30lXG+W9v
9eth+2hTOtTgasAGC7PC3k2jkU4q03BA
-----END PUBLIC KEY-----' AS p384, '-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC0j829X5t3VsQet+/bB6PJVUlU
7bdvz49M88sSdKlzv/RMrgKhR67KEJc0zpt8LyASsxHWwV8zmbdkc2RYVAObJRTV
zcJ41vOur/MWxtn4QNUoq8YPnxXgF4qULwO03ZDWm87APOlYrKZIPqNDS9h9wfxe
tPFey8EqKrz0YW051QIDAQAB
-----END PUBLIC KEY-----' AS short_rsa \gset
SELECT '-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgnsQJ/2nMeqw97xtP
dlOAu4cdznjhGUVrdoTlg8p5uGChRANCAAQjeHuLgE1s+yZEI7Mf0EVvDj3vOVbt
zP0gKVmeBUWrtQvdLVX+vIG9UhoIEBG5r1vUmJSVESQbccJrRD3siI2q
-----END PRIVATE KEY-----' AS private \gset

-- the warning: PUBLIC may read what a role's other connections run
SELECT add_signing_key('hs', 'HS256', :'secret');
BEGIN;
REVOKE EXECUTE ON FUNCTION pg_catalog.pg_stat_get_activity(integer) FROM PUBLIC;
SELECT add_signing_key('hs', 'HS256', :'secret');
REVOKE EXECUTE ON FUNCTION pg_catalog.pg_stat_get_backend_activity(integer) FROM PUBLIC;
SELECT add_signing_key('hs', 'HS256', :'secret');
ROLLBACK;
SET client_min_messages = error;

-- every algorithm
SELECT add_signing_key('hs384', 'HS384', repeat('x', 48)), add_signing_key('hs512', 'HS512', repeat('x', 64)),
       add_signing_key('rsa', 'RS256', :'rsa'), add_signing_key('ps', 'PS256', :'rsa'),
       add_signing_key('ec', 'ES256', :'ec'), add_signing_key('ed', 'EdDSA', :'ed');
SELECT key_id, algorithm, not_after, created_at = now() AS now, is_valid FROM signing_key ORDER BY key_id;

-- again: the same key gets the new not_after, another one is refused
SELECT add_signing_key('hs', 'HS256', :'secret', '2100-01-01 00:00+00'), add_signing_key('ec', 'ES256', :'ec', '2001-01-01 00:00+00');
SELECT key_id, not_after AT TIME ZONE 'UTC' AS not_after, is_valid FROM signing_key WHERE key_id IN ('hs', 'ec') ORDER BY key_id;
SELECT add_signing_key('hs', 'HS256', :'secret');
SELECT key_id, not_after, is_valid FROM signing_key WHERE key_id = 'hs';
SELECT add_signing_key('hs', 'HS256', :'secret' || ' changed');
SELECT add_signing_key('hs', 'HS384', :'secret' || ' long enough');
SELECT add_signing_key('rsa', 'PS256', :'rsa');

-- what is no key
SELECT add_signing_key('', 'HS256', :'secret');
SELECT add_signing_key(E'a\nb', 'HS256', :'secret');
SELECT add_signing_key('schlüssel', 'HS256', :'secret');
SELECT add_signing_key(repeat('x', 256), 'HS256', :'secret');
SELECT add_signing_key(NULL, 'HS256', :'secret');
SELECT add_signing_key('new', NULL, :'secret');
SELECT add_signing_key('new', 'HS256', NULL);
SELECT add_signing_key('new', 'none', '');
SELECT add_signing_key('new', 'hs256', :'secret');
-- (an argument in the wrong place may be the secret)
SELECT add_signing_key('new', :'secret', 'HS256');
SELECT add_signing_key('new', 'HS256', 'too short a secret');
SELECT add_signing_key('new', 'HS256', repeat('x', 1025));
SELECT add_signing_key('new', 'HS256', :'rsa');
-- as a console shows it: its base64 alone
SELECT add_signing_key('new', 'HS256', regexp_replace(:'rsa', '-----[A-Z ]+-----|\n', '', 'g'));
\set VERBOSITY sqlstate
SELECT add_signing_key('new', 'HS256', regexp_replace(:'ec', '-----[A-Z ]+-----', '', 'g'));
SELECT add_signing_key('new', 'HS256', translate(regexp_replace(:'ed', '-----[A-Z ]+-----|\n', '', 'g'), '+/=', '-_'));
SELECT add_signing_keys(jsonb_build_object('kty', 'oct', 'kid', 'new', 'alg', 'HS256', 'k', translate(regexp_replace(:'rsa', '-----[A-Z ]+-----|\n', '', 'g'), '+/=', '-_')));
\set VERBOSITY default
SELECT add_signing_key('new', 'RS256', :'secret');
SELECT add_signing_key('new', 'RS256', :'short_rsa');
SELECT add_signing_key('new', 'RS256', :'ec');
SELECT add_signing_key('new', 'ES256', :'p384');
SELECT add_signing_key('new', 'ES256', :'private');
SELECT add_signing_key('new', 'EdDSA', :'ec');
SELECT count(*) FROM signing_key WHERE key_id = 'new';

-- key sets
SELECT add_signing_keys('{"keys": [
    {"kty": "RSA", "kid": "set rsa", "alg": "RS256", "use": "sig", "n": "qq7-nBHurlgqK8fKMHlJ1kqCsZjc_u5LgGLTv4Dg1F9M8jDssksaOq46t2mEGJgLrbbCLDh3ItFy56LhFZh0PpyMZ5CP37MX3f_ZiRYNPKtoQD66iN-LymRdfFdIx6-oZb_7pll9AD-5D7OmYrYNJG0NfiwCUI4S-RojdjezBNuAG8mi7r38QEbdlqrQurrKH1WZT5FkEWeb_JWdm8swLkQvqIPKx-A4W88VCmaJZDm53acYZQPyip19JIvrXrnn_kxo9P4y6j18KpLwgeHb_sXdM374sk0BhLgnOa2XQUPHcj6NY-athcBdR_SfERRaFds1zikNZQ5Di-6WYlo8Tw", "e": "AQAB"},
    {"kty": "EC", "kid": "set ec", "crv": "P-256", "x": "I3h7i4BNbPsmRCOzH9BFbw497zlW7cz9IClZngVFq7U", "y": "C90tVf68gb1SGggQEbmvW9SYlJURJBtxwmtEPeyIjao"},
    {"kty": "OKP", "kid": "set ed", "crv": "Ed25519", "x": "h17TvH9lu4F_AiKH5rVI1mFVi35LF3mm6MWGD2QN9ec"},
    {"kty": "oct", "kid": "set hs", "alg": "HS256", "k": "b25lIHNlY3JldCBvZiB0aGUgdGVzdHMsIDMyIGJ5dGVzIGFuZCBtb3Jl"}]}');
SELECT key_id, algorithm, is_valid FROM signing_key WHERE key_id LIKE 'set %' ORDER BY key_id;
-- the same keys as in PEM, and as text
SELECT add_signing_key('set rsa', 'RS256', :'rsa', '2100-01-01 00:00+00'), add_signing_key('set ec', 'ES256', :'ec'),
       add_signing_key('set ed', 'EdDSA', :'ed'), add_signing_key('set hs', 'HS256', :'secret');
-- a key that is there stays as it is, also its not_after
SELECT add_signing_keys('{"kty": "RSA", "kid": "set rsa", "alg": "RS256", "use": "sig", "n": "qq7-nBHurlgqK8fKMHlJ1kqCsZjc_u5LgGLTv4Dg1F9M8jDssksaOq46t2mEGJgLrbbCLDh3ItFy56LhFZh0PpyMZ5CP37MX3f_ZiRYNPKtoQD66iN-LymRdfFdIx6-oZb_7pll9AD-5D7OmYrYNJG0NfiwCUI4S-RojdjezBNuAG8mi7r38QEbdlqrQurrKH1WZT5FkEWeb_JWdm8swLkQvqIPKx-A4W88VCmaJZDm53acYZQPyip19JIvrXrnn_kxo9P4y6j18KpLwgeHb_sXdM374sk0BhLgnOa2XQUPHcj6NY-athcBdR_SfERRaFds1zikNZQ5Di-6WYlo8Tw", "e": "AQAB"}');
SELECT not_after AT TIME ZONE 'UTC' AS not_after FROM signing_key WHERE key_id = 'set rsa';
SELECT drop_signing_key(key_id) FROM signing_key WHERE key_id LIKE 'set %';
-- a key for encryption in a set is left out, by itself it is refused
SET client_min_messages = notice;
REVOKE EXECUTE ON FUNCTION pg_catalog.pg_stat_get_activity(integer), pg_catalog.pg_stat_get_backend_activity(integer) FROM PUBLIC;
SELECT add_signing_keys('{"keys": [{"kty": "RSA", "use": "enc", "kid": "enc", "n": "AQAB", "e": "AQAB"}, {"kty": "EC", "kid": "set ec", "crv": "P-256", "x": "I3h7i4BNbPsmRCOzH9BFbw497zlW7cz9IClZngVFq7U", "y": "C90tVf68gb1SGggQEbmvW9SYlJURJBtxwmtEPeyIjao"}]}');
GRANT EXECUTE ON FUNCTION pg_catalog.pg_stat_get_activity(integer), pg_catalog.pg_stat_get_backend_activity(integer) TO PUBLIC;
SELECT drop_signing_key('set ec');
SELECT add_signing_keys('{"kty": "RSA", "use": "enc", "kid": "enc", "n": "AQAB", "e": "AQAB"}');
SELECT add_signing_keys('{"keys": [{"kty": "RSA", "use": "enc", "kid": "enc", "n": "AQAB", "e": "AQAB"}]}');
-- so is one of a kind that is not known here
SELECT add_signing_keys('{"keys": [
    {"kty": "AKP", "kid": "u1", "alg": "ML-DSA-44", "pub": "AAAA"},
    {"kty": "RSA", "kid": "u2", "alg": "RS512", "n": "AQAB", "e": "AQAB"},
    {"kty": "EC", "kid": "u3", "alg": "ES384", "crv": "P-384", "x": "AAAA", "y": "AAAA"},
    {"kty": "EC", "kid": "schlüssel", "crv": "secp256k1", "x": "AAAA", "y": "AAAA"},
    {"kty": "OKP", "crv": "Ed448", "x": "AAAA"},
    {"kty": "OKP", "kid": "u6", "alg": "EdDSA", "crv": "Ed448", "x": "AAAA"},
    {"kty": "OKP", "kid": "u7", "alg": "ECDH-ES", "crv": "X25519", "x": "AAAA"},
    {"kty": "OKP", "kid": "set ed", "alg": "Ed25519", "crv": "Ed25519", "x": "h17TvH9lu4F_AiKH5rVI1mFVi35LF3mm6MWGD2QN9ec"}]}');
SELECT key_id, algorithm FROM signing_key WHERE key_id LIKE 'u%' OR key_id LIKE 'set %';
SELECT add_signing_key('set ed', 'Ed25519', :'ed'), add_signing_key('set ed', 'EdDSA', :'ed');
SELECT drop_signing_key('set ed');
SELECT add_signing_keys('{"keys": [{"kty": "RSA", "kid": "u2", "alg": "RS512", "n": "AQAB", "e": "AQAB"}]}');
SELECT add_signing_keys('{"kty": "RSA", "kid": "u2", "alg": "RS512", "n": "AQAB", "e": "AQAB"}');
-- what is wrong with a key of any kind is said all the same
SELECT add_signing_keys('{"keys": [{"kty": "EC", "kid": "u3", "alg": "ES384", "crv": "P-384", "x": "AAAA", "y": "AAAA", "d": "AAAA"}]}');
SELECT add_signing_keys('{"keys": [{"kty": "EC", "kid": "u3", "alg": "RS256", "crv": "P-256", "x": "AAAA", "y": "AAAA"}]}');
SELECT add_signing_keys('{"keys": [{"kty": "oct", "kid": "weak", "alg": "HS256", "k": "AAAA"}]}');
SET client_min_messages = error;
-- the same key twice is one
SELECT add_signing_keys('{"keys": [{"kty": "EC", "kid": "set ec", "crv": "P-256", "x": "I3h7i4BNbPsmRCOzH9BFbw497zlW7cz9IClZngVFq7U", "y": "C90tVf68gb1SGggQEbmvW9SYlJURJBtxwmtEPeyIjao"}, {"kty": "EC", "kid": "set ec", "alg": "ES256", "crv": "P-256", "x": "I3h7i4BNbPsmRCOzH9BFbw497zlW7cz9IClZngVFq7U", "y": "C90tVf68gb1SGggQEbmvW9SYlJURJBtxwmtEPeyIjao"}]}');
SELECT drop_signing_key('set ec');
-- all or nothing
SELECT add_signing_keys('{"keys": [{"kty": "EC", "kid": "set ec", "crv": "P-256", "x": "I3h7i4BNbPsmRCOzH9BFbw497zlW7cz9IClZngVFq7U", "y": "C90tVf68gb1SGggQEbmvW9SYlJURJBtxwmtEPeyIjao"},
    {"kty": "EC", "kid": "private", "crv": "P-256", "x": "I3h7i4BNbPsmRCOzH9BFbw497zlW7cz9IClZngVFq7U", "y": "C90tVf68gb1SGggQEbmvW9SYlJURJBtxwmtEPeyIjao", "d": "nsQJ_2nMeqw97xtPdlOAu4cdznjhGUVrdoTlg8p5uGA"}]}');
SELECT add_signing_keys('{"keys": [{"kty": "EC", "kid": "set ec", "crv": "P-256", "x": "I3h7i4BNbPsmRCOzH9BFbw497zlW7cz9IClZngVFq7U", "y": "C90tVf68gb1SGggQEbmvW9SYlJURJBtxwmtEPeyIjao"}, {"kty": "oct", "kid": "hs", "alg": "HS256", "k": "b25lIHNlY3JldCBvZiB0aGUgdGVzdHMsIDMyIGJ5dGVzIG9yIHNv"}]}');
SELECT add_signing_keys('{"keys": [{"kty": "EC", "kid": "set ec", "crv": "P-256", "x": "I3h7i4BNbPsmRCOzH9BFbw497zlW7cz9IClZngVFq7U", "y": "C90tVf68gb1SGggQEbmvW9SYlJURJBtxwmtEPeyIjao"}, {"kty": "EC"}]}');
SELECT add_signing_keys('{"kty": "EC", "crv": "P-256", "x": "I3h7i4BNbPsmRCOzH9BFbw497zlW7cz9IClZngVFq7U", "y": "C90tVf68gb1SGggQEbmvW9SYlJURJBtxwmtEPeyIjao"}');
SELECT add_signing_keys('{"kty": "EC", "kid": 42, "crv": "P-256", "x": "I3h7i4BNbPsmRCOzH9BFbw497zlW7cz9IClZngVFq7U", "y": "C90tVf68gb1SGggQEbmvW9SYlJURJBtxwmtEPeyIjao"}');
SELECT add_signing_keys('{"kty": "EC", "kid": "schlüssel", "crv": "P-256", "x": "I3h7i4BNbPsmRCOzH9BFbw497zlW7cz9IClZngVFq7U", "y": "C90tVf68gb1SGggQEbmvW9SYlJURJBtxwmtEPeyIjao"}');
SELECT add_signing_keys('{"keys": [{"kty": "EC", "kid": "schlüssel", "crv": "P-256", "x": "I3h7i4BNbPsmRCOzH9BFbw497zlW7cz9IClZngVFq7U", "y": "C90tVf68gb1SGggQEbmvW9SYlJURJBtxwmtEPeyIjao"}]}');
SELECT add_signing_keys('{"kty": "oct", "kid": "set hs", "k": "b25lIHNlY3JldCBvZiB0aGUgdGVzdHMsIDMyIGJ5dGVzIGFuZCBtb3Jl"}');
SELECT add_signing_keys('{"kty": "oct", "kid": "set hs", "alg": "A128KW", "k": "b25lIHNlY3JldCBvZiB0aGUgdGVzdHMsIDMyIGJ5dGVzIGFuZCBtb3Jl"}');
SELECT add_signing_keys('{"keys": {}}');
SELECT add_signing_keys('{"keys": []}');
SELECT add_signing_keys('{"keys": [1, "x", []]}');
SELECT add_signing_keys('{}');
SELECT add_signing_keys('[]');
SELECT add_signing_keys('"x"');
SELECT add_signing_keys(NULL);
SELECT count(*) FROM signing_key WHERE key_id LIKE 'set %';

-- removing
SELECT drop_signing_key('hs512');
SELECT drop_signing_key('hs512');
SELECT drop_signing_key(NULL);
SELECT string_agg(key_id, ' ' ORDER BY key_id) AS left_over FROM signing_key;
-- with the transaction
BEGIN;
SELECT drop_signing_key('hs'), add_signing_key('new', 'HS256', :'secret');
SELECT token_tenant(sign_token('acme', 'new'));
SELECT sign_token('acme', 'hs');
ROLLBACK;
SELECT sign_token('acme', 'new');
SELECT token_tenant(sign_token('acme', 'hs'));
BEGIN READ ONLY;
SELECT add_signing_key('new', 'HS256', :'secret');
ROLLBACK;
BEGIN READ ONLY;
SELECT drop_signing_key('hs');
ROLLBACK;
BEGIN READ ONLY;
SELECT dump_signing_keys(true);
ROLLBACK;

-- plain DML reaches the cache as well; what add_signing_key would not write is no key
SELECT sign_token('acme', 'hs') AS token \gset
SELECT token_tenant(:'token');
UPDATE signing_key_material SET not_after = '2001-01-01 00:00+00' WHERE key_id = 'hs';
SELECT token_tenant(:'token');
UPDATE signing_key_material SET not_after = NULL, algorithm = 'none' WHERE key_id = 'hs';
SELECT token_tenant(:'token');
UPDATE signing_key_material SET algorithm = 'HS256', material = 'short' WHERE key_id = 'hs';
SELECT token_tenant(:'token');
UPDATE signing_key_material SET material = :'secret'::bytea WHERE key_id = 'hs';
SELECT token_tenant(:'token');
SET session_replication_role = replica;
DELETE FROM signing_key_material WHERE key_id = 'hs';
RESET session_replication_role;
SELECT token_tenant(:'token');
SELECT add_signing_key('hs', 'HS256', :'secret');
BEGIN;
TRUNCATE signing_key_material;
SELECT token_tenant(:'token');
ROLLBACK;
SELECT token_tenant(:'token');

-- nobody but superusers calls the functions or sees the list
SET ROLE regress_key_app;
SELECT add_signing_key('new', 'HS256', :'secret');
SELECT add_signing_keys('{}');
SELECT drop_signing_key('hs');
SELECT dump_signing_keys(true);
SELECT sign_token('acme', 'hs');
SELECT * FROM signing_key;
SELECT * FROM signing_key_material;
RESET ROLE;
-- and not when they have been granted either
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA djust_tenants TO regress_key_app;
GRANT ALL ON signing_key_material TO regress_key_app;
SET ROLE regress_key_app;
SELECT add_signing_key('new', 'HS256', :'secret');
SELECT add_signing_keys('{}');
SELECT drop_signing_key('hs');
SELECT dump_signing_keys(true);
SELECT sign_token('acme', 'hs');
RESET ROLE;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA djust_tenants FROM regress_key_app;

-- TRUNCATE empties it for nobody but a superuser
GRANT TRUNCATE ON signing_key_material, djust_tenants.tenant TO regress_key_bypass, regress_key_app;
SET ROLE regress_key_bypass;
TRUNCATE signing_key_material;
SET ROLE regress_key_app;
TRUNCATE signing_key_material;
TRUNCATE djust_tenants.tenant CASCADE;
RESET ROLE;
SELECT count(*) > 0 AS kept FROM signing_key_material;
REVOKE TRUNCATE ON signing_key_material, djust_tenants.tenant FROM regress_key_bypass, regress_key_app;

-- the table: privileges, pg_read_all_data, BYPASSRLS, and ways round
ANALYZE signing_key_material;
SELECT count(*) FROM pg_statistic WHERE starelid = 'signing_key_material'::regclass AND staattnum = 3;
SELECT reltoastrelid = 0 OR pg_relation_size(reltoastrelid) = 0 AS nothing_toasted FROM pg_class WHERE oid = 'signing_key_material'::regclass;
CREATE VIEW by_superuser AS SELECT key_id FROM signing_key_material;
CREATE FUNCTION by_superuser() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM djust_tenants.signing_key_material';
CREATE TABLE seen (who name, what text, outcome text);
GRANT ALL ON seen TO PUBLIC;
CREATE FUNCTION attempt(what text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE outcome text;
BEGIN
    BEGIN
        EXECUTE what;
        RAISE EXCEPTION 'done';  -- and undone
    EXCEPTION WHEN OTHERS THEN outcome := SQLSTATE || ' ' || SQLERRM;
    END;
    INSERT INTO seen VALUES (current_user, what, outcome);
END $$;
CREATE TEMPORARY TABLE attempts (number serial, what text);
GRANT SELECT ON attempts TO PUBLIC;
INSERT INTO attempts (what) VALUES
    ('SELECT * FROM djust_tenants.signing_key_material'), ('SELECT count(*) FROM djust_tenants.signing_key_material'),
    ('SELECT 1 FROM seen WHERE EXISTS (SELECT FROM djust_tenants.signing_key_material)'),
    ('WITH k AS (SELECT material FROM djust_tenants.signing_key_material) SELECT * FROM k'),
    ('SELECT table_to_xml(''djust_tenants.signing_key_material'', true, true, '''')'),
    ('CREATE TABLE mine AS TABLE djust_tenants.signing_key_material'),
    ('CREATE VIEW mine AS TABLE djust_tenants.signing_key_material; SELECT * FROM mine'),
    ('CREATE TABLE mine () INHERITS (djust_tenants.signing_key_material)'),
    ('CREATE TABLE mine (id text REFERENCES djust_tenants.signing_key_material)'),
    ('INSERT INTO djust_tenants.signing_key_material VALUES (''mine'', ''HS256'', ''x'')'),
    ('UPDATE djust_tenants.signing_key_material SET not_after = NULL'),
    ('UPDATE seen SET what = encode(material, ''hex'') FROM djust_tenants.signing_key_material'),
    ('DELETE FROM djust_tenants.signing_key_material WHERE material > ''x'''),
    ('MERGE INTO seen USING djust_tenants.signing_key_material ON true WHEN MATCHED THEN DO NOTHING'),
    ('SELECT by_superuser()');
SET ROLE regress_key_app;
SELECT attempt(what) FROM attempts ORDER BY number;
RESET ROLE;
REVOKE ALL ON signing_key_material FROM regress_key_app;
SET ROLE regress_key_reader;
SELECT attempt(what) FROM attempts ORDER BY number;
SET ROLE regress_key_bypass;
SELECT attempt(what) FROM attempts ORDER BY number;
RESET ROLE;
\a
SELECT who, what, outcome FROM seen;
\a
-- what a superuser shows is his own business; the list without secrets is for pg_read_all_data too
SET ROLE regress_key_bypass;
SELECT material FROM djust_tenants.signing_key_material;
COPY djust_tenants.signing_key_material TO STDOUT;
COPY (TABLE djust_tenants.signing_key_material) TO STDOUT;
SELECT count(*) FROM by_superuser;
SELECT key_id FROM signing_key WHERE key_id = 'hs';
RESET ROLE;
-- the name alone makes nobody else's table secret
CREATE TABLE "Keys Test".signing_key_material (id int);
GRANT SELECT ON "Keys Test".signing_key_material TO regress_key_app;
SET ROLE regress_key_app;
SELECT * FROM "Keys Test".signing_key_material;
RESET ROLE;
DROP TABLE "Keys Test".signing_key_material;

-- its columns are protected as the registry's are
ALTER TABLE djust_tenants.signing_key_material DROP COLUMN not_after;
ALTER TABLE djust_tenants.signing_key_material ALTER COLUMN material TYPE text USING '';
ALTER TABLE djust_tenants.signing_key_material RENAME TO keys;
DROP TABLE djust_tenants.signing_key_material;
-- and without them nothing is verified
ALTER EVENT TRIGGER djust_tenants_protect_extension DISABLE;
BEGIN;
ALTER TABLE djust_tenants.signing_key_material ALTER COLUMN material TYPE text USING '';
SELECT token_tenant(:'token');
ROLLBACK;
BEGIN;
ALTER TABLE djust_tenants.signing_key_material RENAME TO keys;
SELECT token_tenant(:'token');
ROLLBACK;
BEGIN;
ALTER TABLE djust_tenants.signing_key_material RENAME TO keys;
SELECT add_signing_key('hs', 'HS256', :'secret');
ROLLBACK;
ALTER EVENT TRIGGER djust_tenants_protect_extension ENABLE ALWAYS;
SELECT token_tenant(:'token');

-- what pg_dump takes
CREATE VIEW dumped AS SELECT extconfig[n]::regclass AS dumped_table, extcondition[n] AS condition
    FROM pg_extension, generate_subscripts(extconfig, 1) n WHERE extname = 'djust_tenants' ORDER BY n;
SELECT * FROM dumped WHERE dumped_table::text LIKE '%key%';
SELECT dump_signing_keys(true);
SELECT dump_signing_keys(true);
SELECT * FROM dumped WHERE dumped_table::text LIKE '%key%';
SELECT dump_signing_keys(false);
SELECT dump_signing_keys(false);
SELECT dump_signing_keys(NULL);
SELECT array_length(extconfig, 1) = array_length(extcondition, 1) AS of_one_length, array_length(extconfig, 1) >= 3 AS others_stay
    FROM pg_extension WHERE extname = 'djust_tenants';
SELECT * FROM dumped WHERE dumped_table::text LIKE '%key%';

SELECT drop_signing_key(key_id) FROM signing_key;
SELECT count(*) FROM signing_key_material;
RESET client_min_messages;
SET client_min_messages = warning;
DROP SCHEMA "Keys Test" CASCADE;
DROP ROLE regress_key_app;
DROP ROLE regress_key_reader;
DROP ROLE regress_key_bypass;
