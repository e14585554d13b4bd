// The code of Drizzle in doc/pools.md on node-postgres' Pool of one connection. See run.py.
const { Pool } = require('pg');
const { asc, eq, sql } = require('drizzle-orm');
const { drizzle } = require('drizzle-orm/node-postgres');
const { bigint, pgTable, text } = require('drizzle-orm/pg-core');
const { Own, enter, many, options, page, serve } = require('./page.js');

const pool = new Pool({ max: 1, query_timeout: options.includes('timeout') ? 300 : undefined });
pool.on('error', () => {}); // a connection that was closed while it was busy
if (options.includes('hook')) page('close_open', 'closeOpen')(pool);
const db = drizzle(pool);
const projects = page('schema', 'projects', { bigint, pgTable, sql, text });

const ways = { none: (_, who, work) => work(db) };
for (const way of ['tenant', 'token', 'request']) ways[way] = page(`in_tenant.${way}`, 'inTenant', { sql });
const within = (way, who, work) => ways[way](db, who, work);

const names = (rows) => rows.map((row) => row.name);
async function all(tx, statements) {
  let last;
  for (const statement of statements) last = await tx.execute(sql.raw(statement));
  return last.rows.map((row) => Object.values(row)[0]);
}
const read = (way, who) => within(way, who, async (tx) =>
  names(await tx.select().from(projects).orderBy(asc(projects.name))));

serve({
  read,
  do: (way, who, ...statements) => within(way, who, (tx) => all(tx, statements)),
  stamp: (way, who, name) => within(way, who, async (tx) =>
    (await tx.insert(projects).values({ name }).returning()).map((row) => row.tenantId)),
  spy: (way, who, name, tenantId) => within(way, who, async (tx) => {
    await tx.insert(projects).values({ name, tenantId });
  }),
  throw: (way, who, name) => within(way, who, async (tx) => {
    await tx.insert(projects).values({ name });
    throw new Own();
  }),
  session: async (way, who) => {
    const [before, after] = enter[way].split('$1');
    await db.execute(sql`select ${sql.raw(before)}${who}${sql.raw(after)}, false)`);
  },
  find: (way, who, name) => within(way, who, async (tx) =>
    names(await tx.select().from(projects).where(eq(projects.name, sql.placeholder('name'))).prepare('find').execute({ name }))),
  sql: (statement) => all(db, [statement]),
  many: (way, ...tenants) => many(read, way, tenants),
}, (error) => error.cause && error.cause.code);
