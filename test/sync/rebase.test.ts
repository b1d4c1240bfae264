import { expect } from 'chai';
import { refused } from '../../src/sync/outbox/rebase.js';
import type { Mutation, RowState } from '../../src/sync/log/record.js';

import type { Entry } from '../../src/sync/log/entry.js';

const on = { collection: 'tasks', key: 'a', at: '0' };
const CREATE: Mutation = {
  ...on,
  id: 'c',
  seq: 1,
  op: 'create',
  value: { id: 'a', title: 'Mine' },
};
const DELETE: Mutation = { ...on, id: 'd', seq: 2, op: 'delete' };
const UPDATE: Mutation = { ...on, id: 'u', seq: 3, op: 'update', patch: { note: 'On theirs' } };

describe('a change of a row that a restored server has lost, and that was somebody else’s', () => {
  const pending = [CREATE, DELETE, UPDATE];
  const entry = { base: null, version: 0, pending, staged: [], view: null } as unknown as Entry;
  const rules = { strategy: 'merge', newId: () => 'new' } as const;
  const put = (remote: RowState) => refused(CREATE, entry, remote, rules).put;

  it('is a dead letter where there is no row', () => {
    const [letter] = put({ version: 0, row: null });
    expect(letter).to.deep.include({ op: 'update', patch: { note: 'On theirs' } });
    expect(letter).to.have.nested.property('problem.code', 'not-found');
  });

  it('goes to the row that is there now', () => {
    const row = { id: 'a', title: 'Theirs, again' };
    expect(put({ version: 4, row })).to.deep.equal([
      {
        ...on,
        id: 'new',
        seq: 1,
        op: 'update',
        patch: { note: 'On theirs' },
        from: ['c', 'd', 'u'],
      },
    ]);
  });
});
