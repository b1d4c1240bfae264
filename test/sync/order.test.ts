import { expect } from 'chai';
import fc from 'fast-check';
import type { EntityConfig, Row } from '../../src/sync/index.js';
import type { Operation } from '../../src/protocol/index.js';
import type { LogRecord, Mutation } from '../../src/sync/log/record.js';
import { State } from '../../src/sync/log/state.js';
import { nextBatch } from '../../src/sync/outbox/outbox.js';

interface Written {
  collection: string;
  key: string;
  op: Operation;
  members: Record<string, string>;
  sent: boolean;
}

/** An outbox and a server that accepts everything, at once or not yet. */
class Outbox {
  state = new State(() => {}, new Set());
  /** In the order in which the server accepted it. */
  readonly applied: Mutation[] = [];
  #version = 0;

  constructor(
    private readonly entities: Record<string, EntityConfig>,
    private readonly there: readonly Written[],
    written: readonly Written[],
  ) {
    this.#begin(
      written.map(({ collection, key, op, members, sent }, i): Mutation => {
        const value = { ...members, id: key };
        return {
          ...{ id: `m${i}`, seq: i + 1, at: '0', collection, key, op },
          ...(op === 'update' && { patch: members }),
          ...(op !== 'update' && op !== 'delete' && { value }),
          ...(sent && { sent: { base: 0 } }),
        };
      }),
    );
  }

  /** What goes next; not empty as long as something waits. */
  next(size: number): Mutation[] {
    return nextBatch(this.state, this.entities, {
      inLane: () => true,
      size,
      notYet: () => false,
      ungrouped: () => {},
    });
  }

  accept(batch: readonly Mutation[]): void {
    this.applied.push(...batch);
    this.#fold({ done: batch.map(({ id }) => [id, ++this.#version]) });
  }

  /** The server’s database is as it was at the beginning: all is offered again. */
  restore(): void {
    this.#begin([...this.applied.splice(0), ...this.state.mutations.values()]);
  }

  #begin(put: Mutation[]): void {
    this.state = new State(() => {}, new Set());
    const row = (key: string, members: object): Row => ({ ...members, id: key });
    this.#fold({
      rows: this.there.map((one) => [one.collection, one.key, 1, row(one.key, one.members)]),
    });
    this.#fold({ put });
  }

  #fold(record: Omit<LogRecord, 'by'>): void {
    this.state.fold(this.state.rev + 1, { by: ['tab', 0], ...record });
  }
}

const op = fc.constantFrom<Operation>('create', 'update', 'replace', 'delete');

describe('the order in which writes are sent', () => {
  /** Rows that name any others and belong to any groups, written in any order. */
  const entities: Record<string, EntityConfig> = {
    tasks: { dependsOn: { up: 'tasks', in: 'lists' }, group: 'group' },
    lists: { dependsOn: { first: 'tasks' }, group: 'group' },
    notes: { dependsOn: { of: 'tasks' } },
  };
  const key = fc.constantFrom('a', 'b', 'c');
  const members = fc.record(
    { up: key, in: key, first: key, of: key, group: fc.constantFrom('one', 'two') },
    { requiredKeys: [] },
  );
  const collection = fc.constantFrom('tasks', 'lists', 'notes');
  const writes = fc.array(fc.record({ collection, key, op, members, sent: fc.boolean() }), {
    maxLength: 14,
  });

  it('leaves nothing behind, whatever names what, and keeps each row’s', () => {
    const restores = fc.array(fc.nat(20), { maxLength: 2 });
    fc.assert(
      fc.property(
        writes,
        writes,
        fc.integer({ min: 1, max: 4 }),
        restores,
        (there, all, size, at) => {
          const outbox = new Outbox(entities, there, all);
          for (let round = 0; outbox.state.mutations.size; round++) {
            if (at.includes(round)) outbox.restore();
            const batch = outbox.next(size);
            expect(batch).to.have.length.above(0);
            const rows = batch.map((mutation) => `${mutation.collection}/${mutation.key}`);
            expect(new Set(rows)).to.have.length(rows.length);
            outbox.accept(batch);
          }
          expect(outbox.applied).to.have.length(all.length);
          for (const { collection, key } of all) {
            const ofRow = outbox.applied.filter(
              (m) => m.collection === collection && m.key === key,
            );
            expect(ofRow).to.deep.equal([...ofRow].sort((a, b) => a.seq - b.seq));
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('makes a row before those that name it and deletes it after them, where they form a tree', () => {
    /** Each names one before it; what is there at the beginning is deleted, the rest created. */
    const tree = fc.array(fc.record({ up: fc.nat(), there: fc.boolean() }), { maxLength: 12 });
    fc.assert(
      fc.property(tree, fc.infiniteStream(fc.nat()), (nodes, order) => {
        const rows = nodes.map(({ up, there }, i): Written => {
          const members = i ? { up: `r${up % i}` } : {};
          const isThere = there && (!i || nodes[up % i]!.there);
          const does = isThere ? 'delete' : 'create';
          return { collection: 'tasks', key: `r${i}`, op: does, members, sent: false };
        });
        const there = rows.filter((row) => row.op === 'delete');
        const written = rows
          .map((row): [number, Written] => [order.next().value, row])
          .sort(([a], [b]) => a - b)
          .map(([, row]) => row);
        const outbox = new Outbox({ tasks: { dependsOn: { up: 'tasks' } } }, there, written);
        while (outbox.state.mutations.size) outbox.accept(outbox.next(4));
        const place = (row: string) => outbox.applied.findIndex((m) => m.key === row);
        for (const { key, op: does, members } of rows) {
          const parent = rows.find((row) => row.key === members['up']);
          if (parent?.op !== does) continue;
          expect(place(key) > place(parent.key)).to.equal(does === 'create');
        }
      }),
    );
  });
});
