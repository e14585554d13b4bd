-- The attacks of leaky_index_attacks on plans that have the call of the policy's function, and not the constant.
SET djust_tenants.tenant_constant = off;
\getenv folder PG_ABS_SRCDIR
\set suite :folder '/sql/leaky_index_attacks.sql'
\set ECHO none
\i :suite
SHOW djust_tenants.tenant_constant;
