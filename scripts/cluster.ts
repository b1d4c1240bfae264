/**
 * `npm run cluster`: three nodes on one PostgreSQL under load, a node killed, the database crashed,
 * a backup restored; see test/server/cluster.
 *
 *   --rounds N    how often (1)       --devices N   that write (4)
 *   --write       the counts into docs/reliability.md
 */
import { parseArgs } from 'node:util';
import { type ClusterCounts, runScenario } from '../test/server/cluster/scenario.js';
import { writeReliability } from './reliability.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '1' },
    devices: { type: 'string', default: '4' },
    write: { type: 'boolean', default: false },
  },
});
const [rounds, devices] = (['rounds', 'devices'] as const).map((name) => {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value > 0) return value;
  console.error(`--${name} takes a whole number above 0.`);
  process.exit(2);
}) as [number, number];

const all: ClusterCounts[] = [];
for (let round = 1; round <= rounds; round++) {
  const counts = await runScenario({ devices, log: (line) => console.log(`  ${line}`) });
  console.log(`${round}: ${JSON.stringify(counts)}`);
  all.push(counts);
}
const sum = (name: keyof ClusterCounts) => all.reduce((total, counts) => total + counts[name], 0);
const wrong = sum('lost') + sum('twice') + sum('diverged') + sum('failed');
if (values.write) await writeReliability('cluster', describe());
process.exit(wrong ? 1 : 0);

function describe(): string {
  const rows: [string, keyof ClusterCounts][] = [
    ['nodes killed with `kill -9` in the middle of a push', 'kills'],
    ['crashes of PostgreSQL', 'databaseCrashes'],
    ['backups (`pg_dump`) restored', 'restores'],
    ['writes and events of the devices', 'writes'],
    ['of them acknowledged', 'acknowledged'],
    ['acknowledged rows that a backup did not have and the devices gave back', 'healed'],
    [
      'acknowledged events that a backup did not have, brought back by their devices',
      'healedEvents',
    ],
    ['**lost**', 'lost'],
    ['**twice, or never written**', 'twice'],
    ['**devices that had other rows than the server at the end**', 'diverged'],
    ['**writes that were given up on**', 'failed'],
  ];
  const n = (value: number) => value.toLocaleString('en');
  return `## Three nodes on one PostgreSQL

Written by \`npm run cluster -- --rounds ${rounds} --devices ${devices} --write\`. Three processes of the server behind a balancer, on a PostgreSQL of their own, and ${devices} devices (real sync engines over sockets) that write without a pause: rows of their own, counters that all of them count in, and events. A node is killed while a push is on its way to it, PostgreSQL crashes, and in the end the database is replaced by a backup that is some seconds old, which starts a new epoch. Every round ends with a count. What was acknowledged after the backup was made, rows, counts and events, comes back from the devices.

| ${rounds} rounds | |
| --- | ---: |
${rows.map(([title, name]) => `| ${title} | ${n(sum(name))} |`).join('\n')}
`;
}
