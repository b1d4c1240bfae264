import { expect } from 'chai';
import type { LogRecord, Mutation } from '../../src/sync/log/record.js';
import type { Problem } from '../../src/protocol/index.js';
import { State } from '../../src/sync/log/state.js';

/** A tab's memory, fed with records as the log would. */
class Memory extends State {
  constructor() {
    super(() => {}, new Set());
  }

  take(record: Omit<LogRecord, 'by'>): this {
    this.fold(this.rev + 1, { by: ['tab', this.rev + 1], ...record });
    return this;
  }

  /** What another tab has in memory after this one folded the log into pages. */
  reopened(): Memory {
    const other = new Memory();
    const pages = [...this.takePages()].flatMap(([id, text]): [string, string][] =>
      text === null ? [] : [[id, text]],
    );
    other.load({ life: '1', folded: this.rev, pages: new Map(pages), log: [] });
    return other;
  }
}

const create: Mutation = {
  id: 'm',
  seq: 1,
  collection: 'tasks',
  key: 'a',
  op: 'create',
  value: { id: 'a', title: 'Mine' },
  at: '0',
  sent: { base: 0 },
};

describe('a row that somebody deleted while its creation was under way', () => {
  const deleted = () =>
    new Memory().take({ put: [create] }).take({ rows: [['tasks', 'a', 2, null]] });

  it('stays deleted when the late answer comes', () => {
    const memory = deleted().take({ done: [['m', 1]] });
    expect(memory.entry('tasks', 'a')?.view ?? null).to.equal(null);
  });

  it('stays deleted also when the answer comes after a reload from the pages', () => {
    const memory = deleted()
      .reopened()
      .take({ done: [['m', 1]] });
    expect(memory.entry('tasks', 'a')?.view ?? null).to.equal(null);
  });
});

describe('a row that was deleted in another life of the server’s database', () => {
  it('is there again when the new life has it, at whatever version', () => {
    const memory = new Memory()
      .take({ meta: { epoch: 'e1' } })
      .take({ put: [create] })
      .take({ rows: [['tasks', 'a', 7, null]] })
      .take({ meta: { nextEpoch: 'e2' } })
      .take({ meta: { epoch: 'e2', nextEpoch: null } })
      .take({ done: [['m', 1]] });
    expect(memory.entry('tasks', 'a')?.view).to.deep.equal({ id: 'a', title: 'Mine' });
  });
});

describe('how many mutations wait, are dead letters, are parked', () => {
  const problem = { type: 'about:blank', title: 'No', status: 422, code: 'invalid' } as Problem;
  const conflict = { version: 2, row: null };

  it('is counted as they come, change and go', () => {
    const memory = new Memory();
    const others = ['n', 'o'].map((id, i) => ({ ...create, id, key: id, seq: i + 2 }));
    memory.take({ put: [create, ...others] });
    expect(memory.counts()).to.deep.equal({ pending: 3, failed: 0, conflicts: 0 });
    memory.take({
      put: [
        { ...create, problem },
        { ...others[0]!, conflict },
      ],
    });
    expect(memory.counts()).to.deep.equal({ pending: 1, failed: 1, conflicts: 1 });
    expect(memory.reopened().counts()).to.deep.equal(memory.counts());
    memory.take({ drop: ['m', 'unknown'], done: [['o', 1]] });
    expect(memory.counts()).to.deep.equal({ pending: 0, failed: 0, conflicts: 1 });
  });

  it('starts over when the disk is read again', () => {
    const memory = new Memory().take({ put: [create] });
    memory.load({ life: '2', folded: 0, pages: new Map(), log: [] });
    expect(memory.counts()).to.deep.equal({ pending: 0, failed: 0, conflicts: 0 });
  });
});
