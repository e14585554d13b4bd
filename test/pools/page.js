// What with_pg.js and with_drizzle.js share: code of the page, and the lines of run.py. See there.
const fs = require('fs');
const readline = require('readline');

const [, , folder, ...options] = process.argv;
const file = (name) => fs.readFileSync(`${folder}/${name}`, 'utf8');

// The function (or constant) of a code block; scope: what its names mean.
const page = (name, result, scope = {}) =>
  new Function(...Object.keys(scope), `${file(`${name}.js`)}; return ${result};`)(...Object.values(scope));

// The application's own error, in the middle of a transaction.
class Own extends Error {}

const enter = {
  tenant: 'djust_tenants.set_current_tenant($1',
  token: 'djust_tenants.set_tenant_from_token($1',
  request: 'djust_tenants.set_tenant_from_request($1',
};

async function many(read, way, tenants) {
  const answers = await Promise.all(Array.from({ length: 20 }, async (_, i) =>
    `${i % 2}:${(await read(way, tenants[i % 2])).join(',')}`));
  return [...new Set(answers)].sort();
}

// sqlState: of an error that a verb has thrown.
async function serve(verbs, sqlState) {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [verb, ...fields] = line.split('\t');
    try {
      console.log(['rows', ...((await verbs[verb](...fields)) || [])].join('\t'));
    } catch (error) {
      console.log(error instanceof Own ? 'error\town'
        : `error\t${sqlState(error) || 'client'}\t${error.constructor.name}`);
    }
  }
  process.exit(0); // a connection may still be busy
}

module.exports = { Own, enter, file, many, options, page, serve };
