-- Tokens: what counts, every reason for which one does not, single use, what is remembered of one, and making them.
LOAD 'djust_tenants';
CREATE SCHEMA "Token Test";
CREATE ROLE regress_token_app;
SET search_path TO "Token Test", djust_tenants;
SET client_min_messages = error;
\pset null '(null)'
\set secret 'one secret of the tests, 32 bytes and more'
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
-- made outside, for acme unless a name says otherwise; they expire in 2100
\set rs256 'eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYSJ9.eyJ0ZW5hbnRfaWQiOiJhY21lIiwiZXhwIjo0MTAyNDQ0ODAwfQ.G7GCuUE1kYhzy9k_viUmXzyfyX3u_vI88ZfmtwJtEzq4PFzBKmLGYd9m-V3Ls5B1e1sOogTQxrzK7HUCGMVN-Sw8FXlOePAX_OMolEmwWNGNSgEFjQPb1fBUFpf1zSvQwBCJjHWZBHKC_OLvsoqn-fIQnHgIZM0v4Gqvyg9Jc2d1Zykgfc5Jm3nt_t36FueNJ4butXWpybNI3Iw66MbNHoIDcbBHvCkF1wVmpYRVdAo_3vNiMPzvhccRXTs-UtpxTzgiQQM62hTOvyLmpyyQY7sqsTV32gXAyTSsN7ZcsDzxIwWvXmJIcPGFfmqcLYHX3o6pk2431f02CCLOW8jGdg'
\set ps256 'eyJhbGciOiJQUzI1NiIsImtpZCI6InBzIn0.eyJ0ZW5hbnRfaWQiOiJhY21lIiwiZXhwIjo0MTAyNDQ0ODAwfQ.lnVQdZf0ksjDfClYt4JYgERAZk1MwkXrNHm_6YpYRoPaz0dfumdV9Yl_IvpSrqVvsF6Mf3Pp4CkULBBvj7zeOapGHPI8dGDvO3-RWw49Vk_-3K2eZr6RjE69p67pBBGpFMKhx0qbed5zqHiVtJla4vwwH0z4nG9nOcC0QV-E1bqglgV2WMBsBP3nJCcYPDjW1mlRa76sZcGeSzAtj0odvzmNzzX7N4VA5ONwPWeq1Lp5bFMdmAHuMAGe343JGF61LXLnmyp7pRhVt5SrZ23w-mkLcjhm4W2AeqxNT0xzXTZiBFM0VoTFNIBHFE6cXvL6cf-cxwEHfCv81jGaGXxZQA'
\set ps256_as_rsa 'eyJhbGciOiJQUzI1NiIsImtpZCI6InJzYSJ9.eyJ0ZW5hbnRfaWQiOiJhY21lIiwiZXhwIjo0MTAyNDQ0ODAwfQ.LL3_-I20gnE-Ae0UXCH93YpdHLGNiRpQ0Ct8Wfh75X6hJzwihs3uarT2JoY45maQSZ5twe0vxhjcBFuaQ2019QinwdCXU61jNu25hVT3qlVWx0v9oxULLkTylstYYo2OrXCTG4Re4xPYdw1a-R1spaGocHFTskgf2qQE6BeEby-mVHIsvzW_PrFsNZc5VzSQWC4JhT2Nzc9rmzIwB0ZNU_gPAwBxxdjR8JUI8qesMu2dCWUHu6lhz4lhreOCRdSzVNj3tndQGRKchuU6NoUdoNLuTp2D05xRlu0Y1VYkMOI46wmn92cEfwi1HMiANqha5h6Yacy9zQinN49_MgTt6Q'
\set es256 'eyJhbGciOiJFUzI1NiIsImtpZCI6ImVjIn0.eyJ0ZW5hbnRfaWQiOiJhY21lIiwiZXhwIjo0MTAyNDQ0ODAwfQ.918WDDpU5oA_DWMbYSPe0yfhiT5OWvh5zskr-QGIrZ9XAL5DWdbchSr2xKGTs84sr7vG3xASbhLhSfDMesKetg'
\set eddsa 'eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJ0ZW5hbnRfaWQiOiJhY21lIiwiZXhwIjo0MTAyNDQ0ODAwfQ.57b8pzgoiYznT4tVk1vFpy940x-UlaMSRQy81wIk7avDJHNQrbHVRTjcajgKhulNSTRf9jyZSOUMCe4-56fgBQ'
\set hs256 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJ0ZW5hbnRfaWQiOiJhY21lIiwiZXhwIjo0MTAyNDQ0ODAwfQ.4q8W6_mr5I4DS42xDeh495RfMd7ZP_GtPRn842dj_EY'
\set confused 'eyJhbGciOiJIUzI1NiIsImtpZCI6InJzYSJ9.eyJ0ZW5hbnRfaWQiOiJhY21lIiwiZXhwIjo0MTAyNDQ0ODAwfQ.WOi2-2goTint0r6Gy2ORO32gHmnxqxOuKt5RlfjsYKI'
\set unsecured 'eyJhbGciOiJub25lIiwia2lkIjoiaHMifQ.eyJ0ZW5hbnRfaWQiOiJhY21lIiwiZXhwIjo0MTAyNDQ0ODAwfQ.'
\set unsecured_signed 'eyJhbGciOiJub25lIiwia2lkIjoiaHMifQ.eyJ0ZW5hbnRfaWQiOiJhY21lIiwiZXhwIjo0MTAyNDQ0ODAwfQ.jV69bdROcT9ec7tL2x-4PiEmHHUs80R7L9kWivE2nZE'
\set no_kid 'eyJhbGciOiJIUzI1NiJ9.eyJ0ZW5hbnRfaWQiOiJhY21lIiwiZXhwIjo0MTAyNDQ0ODAwfQ.b-_L56bsAt69Os1s4meMwps7NXOh81PEe51nexrTj4Q'
\set no_kid_384 'eyJhbGciOiJIUzM4NCJ9.eyJ0ZW5hbnRfaWQiOiJhY21lIiwiZXhwIjo0MTAyNDQ0ODAwfQ.bXc1xu82Mo9Yn-m4ZxZtinGL3N_0W54d-YfcXskQymNcKwNfXwbr1d27kGRi9Oo4'
\set unknown_kid 'eyJhbGciOiJIUzI1NiIsImtpZCI6Im5vYm9keSJ9.eyJ0ZW5hbnRfaWQiOiJhY21lIiwiZXhwIjo0MTAyNDQ0ODAwfQ.8Cpvvz66vmOHlE-DDH8FWuUG40dRUhXip0LL6ESvzw4'
\set critical 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIiwiY3JpdCI6WyJleHAiXX0.eyJ0ZW5hbnRfaWQiOiJhY21lIiwiZXhwIjo0MTAyNDQ0ODAwfQ.KMvgqL5c9vStB-KuH0TY3QBoE6wvpb-9CQ9dLTb7TkE'
\set no_alg 'eyJraWQiOiJocyJ9.eyJ0ZW5hbnRfaWQiOiJhY21lIiwiZXhwIjo0MTAyNDQ0ODAwfQ.IEsyt3MxjBlBs33vqdCoYZMdCgSmRFVCOR820QgtRIc'
\set duplicate 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJ0ZW5hbnRfaWQiOiJnbG9iZXgiLCJ0ZW5hbnRfaWQiOiJhY21lIiwiZXhwIjo0MTAyNDQ0ODAwfQ._sEKIUXgDAVnUBOlGk88dAP4_K30oHVqOpMnC3slFKI'
\set duplicate_header 'eyJhbGciOiJub25lIiwiYWxnIjoiSFMyNTYiLCJraWQiOiJocyJ9.eyJ0ZW5hbnRfaWQiOiJhY21lIiwiZXhwIjo0MTAyNDQ0ODAwfQ.ibDm0s_qTRgNXJqc2Cb9K7b5SIaF26tMFdOObXjVT74'
\set not_json 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.dGVuYW50X2lkPWFjbWU.DrEx4qj1OUbIKjzui1ruG2G_GYGGpbvAaGtB9J9boUk'
\set no_object 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.WyJhY21lIl0.CFpH5crud6ZJdWlx8FNHV2uraGGvnNlfblm8SPWWOQY'
\set no_exp 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJ0ZW5hbnRfaWQiOiJhY21lIn0.RiFLJ15GSPt64tMQ0svfepBjtsdCpLZLhycCaKS6H_k'
\set text_exp 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJ0ZW5hbnRfaWQiOiJhY21lIiwiZXhwIjoiNDEwMjQ0NDgwMCJ9.5iSLavAknyz9qndNdADGS0P_Xnxfww_T-8UhApcMdkc'
\set other_secret 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJ0ZW5hbnRfaWQiOiJhY21lIiwiZXhwIjo0MTAyNDQ0ODAwfQ.AaI1Y_WRTJZvdYQcK7oFiEbmoylcBEwORuB1XNudlms'
\set padded 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJ0ZW5hbnRfaWQiOiJhY21lIiwiZXhwIjo0MTAyNDQ0ODAwfQ.4q8W6_mr5I4DS42xDeh495RfMd7ZP_GtPRn842dj_EY='
\set loose_bits 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJ0ZW5hbnRfaWQiOiJhY21lIiwiZXhwIjo0MTAyNDQ0ODAwfQ.4q8W6_mr5I4DS42xDeh495RfMd7ZP_GtPRn842dj_EZ'
\set other_payload 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJ0ZW5hbnRfaWQiOiAiZ2xvYmV4IiwgImV4cCI6IDQxMDI0NDQ4MDB9.4q8W6_mr5I4DS42xDeh495RfMd7ZP_GtPRn842dj_EY'

SELECT add_signing_key('hs', 'HS256', :'secret'), add_signing_key('hs2', 'HS256', repeat('y', 32)),
       add_signing_key('rsa', 'RS256', :'rsa'), add_signing_key('ps', 'PS256', :'rsa'),
       add_signing_key('ec', 'ES256', :'ec'), add_signing_key('ed', 'EdDSA', :'ed'),
       add_signing_key('hs384', 'HS384', repeat('x', 48));

-- what counts, for every role
SET ROLE regress_token_app;
SELECT token_tenant(:'hs256') AS hs256, token_tenant(:'rs256') AS rs256, token_tenant(:'ps256') AS ps256,
       token_tenant(:'es256') AS es256, token_tenant(:'eddsa') AS eddsa, token_tenant(:'no_kid_384') AS no_kid_384;
-- again, out of what is remembered
SELECT token_tenant(:'hs256') AS hs256, token_tenant(:'rs256') AS rs256, token_tenant(:'ps256') AS ps256,
       token_tenant(:'es256') AS es256, token_tenant(:'eddsa') AS eddsa, token_tenant(:'no_kid_384') AS no_kid_384;
SELECT current_tenant_id();

-- what is no token
SELECT token_tenant(NULL);
SELECT token_tenant('');
SELECT token_tenant('acme');
SELECT token_tenant('..');
SELECT token_tenant(:'hs256' || ' ');
SELECT token_tenant(' ' || :'hs256');
SELECT token_tenant('Bearer ' || :'hs256');
SELECT token_tenant(:'hs256' || '.');
SELECT token_tenant(repeat('a', 8193));
SELECT token_tenant(repeat('a', 8192));
SELECT token_tenant(:'padded');
SELECT token_tenant(:'loose_bits');
SELECT token_tenant(:'unsecured');
SELECT token_tenant(:'unsecured_signed');
SELECT token_tenant(:'critical');
SELECT token_tenant(:'no_alg');
SELECT token_tenant(:'duplicate_header');
SELECT token_tenant(:'duplicate');
SELECT token_tenant(:'not_json');
SELECT token_tenant(:'no_object');
SELECT token_tenant(:'no_exp');
SELECT token_tenant(:'text_exp');

-- keys and signatures
SELECT token_tenant(:'unknown_kid');
SELECT token_tenant(:'no_kid');
SELECT token_tenant(:'confused');
SELECT token_tenant(:'ps256_as_rsa');
SELECT token_tenant(:'other_secret');
SELECT token_tenant(:'other_payload');
RESET ROLE;
-- without a key id: exactly one valid key of the algorithm
SELECT drop_signing_key('hs2');
SELECT token_tenant(:'no_kid');
SELECT add_signing_key('hs2', 'HS256', repeat('y', 32), '2001-01-01 00:00+00');
SELECT token_tenant(:'no_kid');
SELECT add_signing_key('hs2', 'HS256', repeat('y', 32));
SELECT token_tenant(:'no_kid');

-- times; sign_token makes the rest
SELECT token_tenant(sign_token('acme', 'hs')), token_tenant(sign_token('acme', 'hs', '1 second'));
SELECT token_tenant(sign_token('acme', 'hs', '-2 seconds'));
SELECT token_tenant(sign_token('acme', 'hs', '-1 year'));
CREATE FUNCTION from_now(seconds int) RETURNS bigint LANGUAGE sql AS 'SELECT floor(extract(epoch FROM clock_timestamp()))::bigint + seconds';
CREATE FUNCTION signed(claims jsonb) RETURNS text LANGUAGE sql AS $$SELECT djust_tenants.sign_token('acme', 'hs', claims => claims)$$;
SELECT token_tenant(signed(jsonb_build_object('nbf', from_now(-5), 'iat', from_now(-5))));
SELECT token_tenant(signed(jsonb_build_object('nbf', from_now(100))));
SELECT token_tenant(signed(jsonb_build_object('iat', from_now(100))));
SELECT token_tenant(signed('{"exp": null}'));
SELECT token_tenant(signed('{"exp": "4102444800"}'));
SELECT token_tenant(signed('{"exp": -1}'));
SELECT token_tenant(signed('{"exp": 1e300}'));
SELECT token_tenant(signed('{"exp": 4102444800000}'));
SELECT token_tenant(signed('{"exp": 4102444800.75}')), token_tenant(signed('{"exp": 253402300799}'));
SELECT token_tenant(signed('{"nbf": true}'));
SELECT token_tenant(signed('{"iat": [1]}'));
-- leeway on all three
SELECT sign_token('acme', 'hs', '-5 seconds') AS late, signed(jsonb_build_object('nbf', from_now(20), 'iat', from_now(20))) AS early \gset
SELECT token_tenant(:'late');
SELECT token_tenant(:'early');
SET djust_tenants.token_leeway = 60;
SELECT token_tenant(:'late'), token_tenant(:'early');
SELECT token_tenant(sign_token('acme', 'hs', '-62 seconds'));
SELECT token_tenant(signed(jsonb_build_object('nbf', from_now(70))));
-- and back: what was remembered under the other setting does not count
SET djust_tenants.token_leeway = 0;
SELECT token_tenant(:'late');
SELECT token_tenant(:'early');
\set VERBOSITY sqlstate
SET djust_tenants.token_leeway = 301;
SET djust_tenants.token_leeway = -1;
\set VERBOSITY default
SET djust_tenants.token_leeway = '5min';
SHOW djust_tenants.token_leeway;
RESET djust_tenants.token_leeway;
-- one that is remembered ends at its exp, in a transaction as well
BEGIN;
SELECT sign_token('acme', 'hs', '3 seconds') AS short \gset
SELECT token_tenant(:'short');
SELECT token_tenant(:'short');
SELECT pg_sleep(4.1);
SELECT token_tenant(:'short');
ROLLBACK;
-- so does one whose key expires
SELECT add_signing_key('hs2', 'HS256', repeat('y', 32), clock_timestamp() + '3 seconds');
SELECT sign_token('acme', 'hs2') AS short \gset
SELECT token_tenant(:'short');
SELECT token_tenant(:'short');
SELECT pg_sleep(3.1);
SELECT token_tenant(:'short');
SELECT add_signing_key('hs2', 'HS256', repeat('y', 32));
SELECT token_tenant(:'short');

-- issuer and audience
SET djust_tenants.token_issuer = 'https://issuer.example';
SELECT token_tenant(:'hs256');
SELECT token_tenant(signed('{"iss": "https://issuer.example/"}'));
SELECT token_tenant(signed('{"iss": ["https://issuer.example"]}'));
SELECT token_tenant(signed('{"iss": ""}'));
SELECT token_tenant(signed('{}')), token_tenant(signed('{"iss": "https://issuer.example"}'));
SET djust_tenants.token_issuer = 'aussteller-ü';
SELECT token_tenant(signed('{}'));
RESET djust_tenants.token_issuer;
SELECT token_tenant(signed('{"iss": "anybody"}')), token_tenant(:'hs256');
SELECT token_tenant(signed('{"aud": "this"}'));
SELECT token_tenant(signed('{"aud": []}'));
SELECT token_tenant(signed('{"aud": null}'));
SET djust_tenants.token_audience = 'this';
SELECT token_tenant(signed('{}')), token_tenant(signed('{"aud": "this"}')), token_tenant(signed('{"aud": ["that", "this"]}'));
SELECT token_tenant(:'hs256');
SELECT token_tenant(signed('{"aud": "that"}'));
SELECT token_tenant(signed('{"aud": ["that", ["this"]]}'));
SELECT token_tenant(signed('{"aud": {"this": "this"}}'));
SELECT token_tenant(signed('{"aud": []}'));
RESET djust_tenants.token_audience;
SELECT token_tenant(:'hs256');

-- the tenant's claim
SELECT token_tenant(sign_token('a|B-1_2.3@4+5~6', 'hs')), token_tenant(sign_token(repeat('t', 128), 'hs')) = repeat('t', 128) AS longest;
SET djust_tenants.jwt_claim = 'org';
SELECT token_tenant(:'hs256');
SELECT token_tenant(signed('{"tenant_id": "globex"}'));
SELECT token_tenant(sign_token('42', 'hs', claims => '{"org": 42}'));
SET djust_tenants.jwt_claim = 'app_metadata.tenant_id';
SELECT token_tenant(:'hs256');
SELECT token_tenant(signed('{}')), token_tenant(signed('{"app_metadata": {"provider": "x"}}')),
       token_tenant(signed('{"app_metadata": {"tenant_id": "acme"}}')), token_tenant(signed('{"app_metadata.tenant_id": "acme"}'));
RESET djust_tenants.jwt_claim;
SELECT token_tenant(:'hs256');
-- no tenant id: signed under one claim, read under another
SELECT signed('{"other": "no/tenant", "empty": "", "long": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "none": null, "list": ["acme"], "object": {}, "yes": true, "half": 1.5}') AS odd \gset
CREATE FUNCTION read_as(claim text, token text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text;
BEGIN
    PERFORM set_config('djust_tenants.jwt_claim', claim, false);
    RETURN djust_tenants.token_tenant(token);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN SQLSTATE || ' ' || detail;
END $$;
\a
SELECT read_as(claim, :'odd') FROM unnest('{other,empty,long,none,list,object,yes,half,tenant_id.x,absent,tenant_id}'::text[]) claim;
\a
RESET djust_tenants.jwt_claim;

-- rotation without a gap: the new key is there before the first token of it, the old one until the last has expired
SELECT sign_token('acme', 'hs') AS old \gset
SELECT add_signing_key('newer', 'HS256', 'the newer secret of the tests, long enough');
SELECT sign_token('acme', 'newer') AS new \gset
SELECT token_tenant(:'old'), token_tenant(:'new');
SELECT add_signing_key('hs', 'HS256', :'secret', now() + '1 hour');
SELECT token_tenant(:'old'), token_tenant(:'new');
SELECT drop_signing_key('hs');
SELECT token_tenant(:'new');
SELECT token_tenant(:'old');
SELECT add_signing_key('hs', 'HS256', :'secret');
SELECT token_tenant(:'old');

-- single use: entering uses a token up, looking at it does not
CREATE FUNCTION entered(token text) RETURNS text LANGUAGE plpgsql AS
    'BEGIN RETURN (djust_tenants.set_tenant_from_token(token)).id; END';
SET djust_tenants.token_single_use = on;
SELECT sign_token('acme', 'hs', claims => '{"jti": "one"}') AS one, sign_token('globex', 'hs', claims => '{"jti": "one"}') AS same_name,
       sign_token('acme', 'newer', claims => '{"jti": "one"}') AS other_key, sign_token('acme', 'hs') AS random \gset
SELECT token_tenant(:'one'), token_tenant(:'one');
SELECT entered(:'one');
SELECT entered(:'one');
SELECT entered(:'same_name');
SELECT entered(:'other_key'), entered(:'random');
SELECT entered(:'random');
-- what is refused is not used up; what is rolled back is
SET djust_tenants.token_issuer = 'x';
SELECT sign_token('acme', 'hs', claims => '{"iss": "y"}') AS one \gset
SELECT entered(:'one');
SET djust_tenants.token_issuer = 'y';
BEGIN;
SELECT entered(:'one');
ROLLBACK;
SELECT entered(:'one');
RESET djust_tenants.token_issuer;
SELECT entered(:'hs256');
SELECT entered(signed('{"jti": ""}'));
SELECT entered(signed('{"jti": 7}'));
-- one that is remembered from before is not known as used, and one that is used is not remembered
SET djust_tenants.token_single_use = off;
SELECT sign_token('acme', 'hs') AS one \gset
SELECT entered(:'one'), entered(:'one');
SET djust_tenants.token_single_use = on;
SELECT entered(:'one');
SELECT entered(:'one');
SET djust_tenants.token_single_use = off;
SELECT entered(:'one');
-- in a request of open mode: used up where it is what decides, and no sooner
SET djust_tenants.token_single_use = on;
SET djust_tenants.resolver = 'header, session';
CREATE FUNCTION entered(token text, headers jsonb) RETURNS text LANGUAGE plpgsql AS
    'BEGIN RETURN (djust_tenants.set_tenant_from_request(jsonb_build_object(''headers'',
        headers || jsonb_build_object(''Authorization'', ''Bearer '' || token)))).id; END';
SELECT sign_token('acme', 'hs') AS one \gset
SELECT entered(:'one', '{"X-Tenant-ID": "globex"}'), entered(:'one', '{"X-Tenant-ID": "globex"}');
SELECT entered(:'one', '{}');
SELECT entered(:'one', '{}');
RESET djust_tenants.token_single_use;
-- and not even looked at where the chain does not come to it: an application may have tokens of its own
SET djust_tenants.resolver = 'header';
SELECT entered('opaque', '{"X-Tenant-ID": "globex"}'), entered('opaque', '{}') IS NULL AS nobody;
SET djust_tenants.resolver = 'header, session';
SELECT entered('opaque', '{"X-Tenant-ID": "globex"}');
SELECT entered('opaque', '{}');
-- there too a session's tenant ends with the token that named it
SELECT sign_token('acme', 'hs', '3 seconds') AS short \gset
SET djust_tenants.tenant_id = '';
SELECT (set_tenant_from_request(jsonb_build_object('headers', jsonb_build_object('Authorization', 'Bearer ' || :'short')),
    false)).id;
SELECT current_tenant_id();
SELECT pg_sleep(4.1);
SELECT current_tenant_id();
RESET djust_tenants.tenant_id;
RESET djust_tenants.resolver;
SET djust_tenants.single_use_tokens = 100;

-- more tokens than are remembered
SELECT count(DISTINCT token_tenant(sign_token('tenant-' || i, 'hs'))) FROM generate_series(1, 600) i;

-- who may set what
SET ROLE regress_token_app;
SET djust_tenants.token_issuer = 'x';
SET djust_tenants.token_audience = 'x';
SET djust_tenants.token_leeway = 10;
SET djust_tenants.token_single_use = on;
SELECT sign_token('acme', 'hs');
RESET ROLE;

-- the reported activity has no token; the log is for test/run/token
SELECT token_tenant(:'hs256') \; SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid();
SELECT add_signing_key('hs', 'HS256', :'secret') \; SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid();
SELECT query LIKE 'SELECT query LIKE%' AS own_again FROM pg_stat_activity WHERE pid = pg_backend_pid();

-- sign_token
CREATE FUNCTION part(token text, number int) RETURNS jsonb LANGUAGE sql AS $$
    SELECT convert_from(decode(rpad(translate(p, '-_', '+/'), (length(p) + 3) / 4 * 4, '='), 'base64'), 'UTF8')::jsonb
    FROM split_part(token, '.', number) p $$;
SELECT sign_token('acme', 'hs') AS one \gset
SELECT part(:'one', 1);
SELECT (part(:'one', 2)->>'exp')::bigint - (part(:'one', 2)->>'iat')::bigint BETWEEN 300 AND 301 AS five_minutes,
       part(:'one', 2)->>'jti' ~ '^[0-9a-f]{32}$' AS jti, part(:'one', 2) - '{exp,iat,jti}'::text[] AS others;
SET djust_tenants.token_issuer = 'me "quoted"';
SET djust_tenants.token_audience = 'you';
SELECT part(sign_token('acme', 'hs', '1 month', '{"role": "reader", "sub": "ü"}'), 2) - '{exp,iat,jti}'::text[];
SELECT part(sign_token('acme', 'hs', claims => '{"iss": 1, "aud": ["a"], "exp": 2, "iat": 3, "jti": 4, "tenant_id": "acme"}'), 2);
RESET djust_tenants.token_issuer;
RESET djust_tenants.token_audience;
SELECT sign_token('acme', 'hs', claims => '{"tenant_id": "globex"}');
SELECT sign_token('acme', 'hs', claims => '{"tenant_id": null}');
SELECT sign_token('acme', 'hs', claims => '{"tenant_id": ["acme"]}');
SET djust_tenants.jwt_claim = 'a.b.c';
SELECT part(sign_token('acme', 'hs', claims => '{"a": {"x": 1}}'), 2)->'a';
SELECT sign_token('acme', 'hs', claims => '{"a": 1}');
SELECT sign_token('acme', 'hs', claims => '{"a": {"b": [1]}}');
SELECT sign_token('acme', 'hs', claims => '{"a": {"b": {"c": "globex"}}}');
SELECT sign_token('acme', 'hs', claims => '{"a.b.c": "globex"}');
SET djust_tenants.jwt_claim = '.x..';
SELECT part(sign_token('acme', 'hs'), 2) - '{exp,iat,jti}'::text[];
SELECT token_tenant(sign_token('acme', 'hs'));
RESET djust_tenants.jwt_claim;
SELECT sign_token('acme', 'rsa');
SELECT sign_token('acme', 'nobody');
SELECT sign_token('', 'hs');
SELECT sign_token('no/tenant', 'hs');
SELECT sign_token('acme', 'hs', claims => '[]');
SELECT sign_token('acme', 'hs', claims => '"x"');
SELECT sign_token(NULL, 'hs');
SELECT sign_token('acme', NULL);
SELECT sign_token('acme', 'hs', NULL);
SELECT sign_token('acme', 'hs', claims => NULL);
SELECT sign_token('acme', 'hs', claims => jsonb_build_object('x', repeat('x', 8000)));
SELECT sign_token('acme', 'hs', claims => (repeat('{"x":', 20) || '1' || repeat('}', 20))::jsonb);
SELECT sign_token('acme', 'hs', '1000000 years');

SELECT drop_signing_key(key_id) FROM signing_key;
DROP SCHEMA "Token Test" CASCADE;
DROP ROLE regress_token_app;
