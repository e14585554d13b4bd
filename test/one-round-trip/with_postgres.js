// The patterns of Postgres.js in doc/one-round-trip.md: message, pipeline. See run.py.
const fs = require('fs');
const readline = require('readline');
const postgres = require('postgres');

const [, , folder] = process.argv;
const pattern = (name) => new Function(`${fs.readFileSync(`${folder}/${name}.js`)}; return inTenant;`)();

async function main() {
  const sql = postgres({ max: 1, onnotice: () => {} });
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [way, tenant, statement, ...values] = line.split('\t');
    try {
      const rows = way === 'plain' ? await sql.unsafe(statement).simple()
        : await pattern(way)(sql, tenant, statement, values);
      console.log(['rows', ...rows.map((row) => Object.values(row)[0])].join('\t'));
    } catch (error) {
      console.log(`error\t${error.code || 'client'}`);
    }
  }
  await sql.end();
}
main();
