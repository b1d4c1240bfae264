import { expect } from 'chai';
import fc from 'fast-check';
import { circles } from '../../src/sync/outbox/circles.js';

describe('rows that depend on each other', () => {
  const graphs = fc.array(fc.array(fc.nat(7), { maxLength: 3 }), { minLength: 8, maxLength: 8 });

  it('are those that lead to each other, wherever one begins to look', () => {
    fc.assert(
      fc.property(graphs, fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7]), (graph, first) => {
        const circle = circles((row) => graph[+row]!.map(String));
        for (const row of first) circle(`${row}`);
        const leads = (from: number, to: number, seen = new Set<number>()): boolean =>
          from === to ||
          (!seen.has(from) && graph[from]!.some((next) => leads(next, to, seen.add(from))));
        for (let a = 0; a < 8; a++)
          for (let b = 0; b < 8; b++)
            expect(circle(`${a}`) === circle(`${b}`)).to.equal(leads(a, b) && leads(b, a));
      }),
    );
  });
});
