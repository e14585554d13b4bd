// The code of node-postgres in doc/pools.md, and of Node in doc/recipes.md, on a Pool of one connection. See run.py.
const { Pool } = require('pg');
const { Own, enter, file, many, options, page, serve } = require('./page.js');

const pool = new Pool({ max: 1, query_timeout: options.includes('timeout') ? 300 : undefined });
pool.on('error', () => {}); // a connection that was closed while it was busy
if (options.includes('hook')) page('close_open', 'closeOpen')(pool);
const giveBack = options.includes('reset') ? page('give_back', 'giveBack', { FORGET: file('FORGET') })
  : (client) => client.release();

const ways = { recipe: page('recipe', 'inTenant') };
for (const way of ['tenant', 'token', 'request']) ways[way] = page(`in_tenant.${way}`, 'inTenant');
// Not pool.query, which closes its connection after an error.
async function outside(work) {
  const client = await pool.connect();
  try {
    return await work(client);
  } finally {
    client.release();
  }
}
const within = (way, who, work) => {
  if (way === 'none') return outside(work);
  return ways[way](pool, way === 'recipe' ? JSON.parse(who) : who, work);
};

const first = ({ rows }) => rows.map((row) => Object.values(row)[0]);
async function all(client, statements) {
  let last = [];
  for (const statement of statements) last = first(await client.query(statement));
  return last;
}
const read = (way, who) => within(way, who, (client) => all(client, ['SELECT name FROM projects ORDER BY name']));

serve({
  read,
  do: (way, who, ...statements) => within(way, who, (client) => all(client, statements)),
  stamp: (way, who, name) => within(way, who, async (client) =>
    first(await client.query('INSERT INTO projects (name) VALUES ($1) RETURNING tenant_id', [name]))),
  spy: (way, who, ...values) => within(way, who, async (client) => {
    await client.query('INSERT INTO projects (name, tenant_id) VALUES ($1, $2)', values);
  }),
  throw: (way, who, name) => within(way, who, async (client) => {
    await client.query('INSERT INTO projects (name) VALUES ($1)', [name]);
    throw new Own();
  }),
  leave: (way, who, ...statements) => outside(async (client) => {
    await client.query('BEGIN');
    await client.query(`SELECT ${enter[way]})`, [who]);
    await all(client, statements);
  }),
  session: async (way, who, ...statements) => {
    const client = await pool.connect();
    try {
      await client.query(`SELECT ${enter[way]}, false)`, [who]);
      await all(client, statements);
    } finally {
      await giveBack(client);
    }
  },
  find: (way, who, name) => within(way, who, async (client) =>
    first(await client.query({ name: 'find', text: 'SELECT name FROM projects WHERE name = $1', values: [name] }))),
  sql: (statement) => outside((client) => all(client, [statement])),
  many: (way, ...tenants) => many(read, way, tenants),
}, (error) => error.code);
