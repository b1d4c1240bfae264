import { expect } from 'chai';
import fc from 'fast-check';
import { circles } from '../../src/sync/outbox/circles.js';

describe('what waits for each other', () => {
  const graphs = fc.array(fc.array(fc.nat(7), { maxLength: 3 }), { minLength: 8, maxLength: 8 });

  it('is what leads to each other, wherever one begins to look', () => {
    fc.assert(
      fc.property(graphs, fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7]), (graph, first) => {
        const circle = circles((node) => graph[+node]!.map(String));
        for (const node of first) circle(`${node}`);
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
