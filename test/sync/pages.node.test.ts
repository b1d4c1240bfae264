import { expect } from 'chai';
import fc from 'fast-check';
import { PAGE_ROWS } from '../../src/sync/log/pages.js';
import { State } from '../../src/sync/log/state.js';

/** A state with its disk: what `takePages` gives out is written, and can be loaded again. */
class Folded {
  readonly state = Folded.newState();
  readonly disk = new Map<string, string>();

  static newState(): State {
    return new State(() => {}, new Set());
  }

  set(keys: readonly number[], present = true): void {
    const rev = this.state.rev + 1;
    const rows = keys.map((n): ['notes', string, number, { id: string } | null] => [
      'notes',
      `n${n}`,
      rev,
      present ? { id: `n${n}` } : null,
    ]);
    this.state.fold(rev, { by: ['test', rev], rows });
  }

  fold(): void {
    for (const [id, text] of this.state.takePages())
      if (text === null) this.disk.delete(id);
      else this.disk.set(id, text);
    this.state.pagesWritten();
  }

  get pages(): number {
    return [...this.disk.keys()].filter((id) => id.startsWith('p:')).length;
  }

  /** Keys after a reload. */
  loaded(): string[] {
    const state = Folded.newState();
    state.load({ life: 'one', folded: 1, pages: this.disk, log: [] });
    return [...state.rows('notes').keys()].sort();
  }
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('pages', () => {
  it('are encoded a few at a time, and again where a row changes meanwhile', () => {
    const folded = new Folded();
    folded.set(numbers(50 * PAGE_ROWS));
    let slices = 1;
    while (!folded.state.encodeSome()) {
      slices++;
      if (slices === 5) folded.set([1], false);
      if (slices === 6) folded.set([-1]);
    }
    expect(slices).to.be.within(10, 16);
    folded.set([2], false);
    folded.fold();
    const keys = [-1, ...numbers(50 * PAGE_ROWS).filter((n) => n !== 1 && n !== 2)];
    expect(folded.loaded()).to.deep.equal(keys.map((n) => `n${n}`).sort());
  });

  it('become few again when a collection has shrunk', () => {
    const folded = new Folded();
    folded.set(numbers(50 * PAGE_ROWS));
    folded.fold();
    expect(folded.pages).to.equal(50);
    folded.set(
      numbers(50 * PAGE_ROWS).filter((n) => n % PAGE_ROWS !== 7),
      false,
    );
    folded.fold();
    expect(folded.pages).to.equal(1);
    expect(folded.loaded()).to.have.length(50);
  });

  it('that are half full stay as they are', () => {
    const folded = new Folded();
    folded.set(numbers(10 * PAGE_ROWS));
    folded.fold();
    folded.set(
      numbers(10 * PAGE_ROWS).filter((n) => n % 2),
      false,
    );
    folded.fold();
    expect(folded.pages).to.equal(10);
  });

  it('hold exactly the rows, whatever came and went between folds', () => {
    const change = fc.record({
      keys: fc.array(fc.integer({ min: 0, max: 600 }), { maxLength: 300 }),
      present: fc.boolean(),
      fold: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
        const folded = new Folded();
        const expected = new Set<string>();
        for (const { keys, present, fold } of changes) {
          const known = keys.filter((n) => present || expected.has(`n${n}`));
          folded.set(known, present);
          for (const n of known) expected[present ? 'add' : 'delete'](`n${n}`);
          if (fold) folded.fold();
        }
        folded.fold();
        expect(folded.loaded()).to.deep.equal([...expected].sort());
      }),
      { numRuns: 100 },
    );
  });
});
