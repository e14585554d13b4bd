// The patterns of node-postgres in doc/one-round-trip.md: message, pipeline. See run.py.
const fs = require('fs');
const readline = require('readline');
const { Client } = require('pg');

const [, , folder, pipeline] = process.argv;
const pattern = (name) => new Function(`${fs.readFileSync(`${folder}/${name}.js`)}; return inTenant;`)();

async function main() {
  const client = new Client({ pipeline: pipeline === 'pipeline' });
  await client.connect();
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [way, tenant, statement, ...values] = line.split('\t');
    try {
      const rows = way === 'plain' ? (await client.query(statement)).rows
        : await pattern(way)(client, tenant, statement, values);
      console.log(['rows', ...(rows || []).map((row) => Object.values(row)[0])].join('\t'));
    } catch (error) {
      console.log(`error\t${error.code || 'client'}`);
    }
  }
  await client.end();
}
main();
