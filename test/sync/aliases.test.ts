import { expect } from 'chai';
import { Aliases } from '../../src/sync/log/aliases.js';
import type { Mutation } from '../../src/sync/log/record.js';
import { State } from '../../src/sync/log/state.js';
import type { Row } from '../../src/sync/index.js';

describe('ids that were replaced', () => {
  const aliases = () =>
    new Aliases((collection) => (collection === 'tasks' ? { project: 'projects' } : undefined));
  const state = () => new State(() => {}, new Set(), aliases());
  const create = (id: string, key: string, seq: number, collection = 'projects'): Mutation => ({
    ...{ id, seq, collection, key, op: 'create', at: '' },
    value: { id: key, name: key } as Row & { name: string },
  });

  it('are known when the log has been folded into pages', () => {
    const before = state();
    before.fold(1, { by: ['t', 1], put: [create('m', 'mine', 1)] });
    before.fold(2, { by: ['t', 2], done: [['m', 1, { key: 'theirs', etag: '"v1"' }]] });
    const pages = new Map<string, string>();
    for (const [name, text] of before.takePages()) if (text !== null) pages.set(name, text);
    const after = state();
    after.load({ life: '1', folded: 2, pages, log: [] });
    expect(after.entry('projects', 'mine')).to.deep.include({
      base: { id: 'theirs', name: 'mine' },
      etag: '"v1"',
    });
  });

  it('are replaced in what refers to them, but never in what was sent', () => {
    const known = aliases();
    known.add(['projects', 'mine', 'theirs']);
    const update: Mutation = {
      ...{ id: 'm', seq: 1, collection: 'tasks', key: 'a', op: 'update', at: '' },
      patch: { project: 'mine', title: 'mine' },
    };
    expect(known.rewrite(update).patch).to.deep.equal({ project: 'theirs', title: 'mine' });
    const sent = { ...update, sent: { base: 1 } };
    expect(known.rewrite(sent)).to.equal(sent);
  });

  it('are replaced in conditions wherever these name a row', () => {
    const known = aliases();
    known.add(['projects', 'mine', 'theirs']);
    known.add(['tasks', 'old', 'new']);
    const where = {
      $or: [{ id: 'old' }, { project: { $in: ['mine', 'other'] } }, { title: 'mine' }],
      $not: { project: 'mine' },
    };
    expect(known.condition('tasks', where)).to.deep.equal({
      $or: [{ id: 'new' }, { project: { $in: ['theirs', 'other'] } }, { title: 'mine' }],
      $not: { project: 'theirs' },
    });
  });

  it('are forgotten when there are too many, the oldest first', () => {
    const known = aliases();
    for (let i = 0; i <= 1_000; i++) known.add(['tasks', `old${i}`, `new${i}`]);
    expect(known.list()).to.have.length(1_000);
    expect(known.key('tasks', 'old0')).to.equal('old0');
    expect(known.key('tasks', 'old1000')).to.equal('new1000');
  });
});
