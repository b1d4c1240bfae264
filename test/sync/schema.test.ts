import { type } from 'arktype';
import { expect } from 'chai';
import * as v from 'valibot';
import { z } from 'zod';
import {
  bytelystTransport,
  createSyncEngine,
  memoryStorage,
  SyncError,
  type Collection,
  type StandardSchemaV1,
  type SyncEngine,
} from '../../src/sync/index.js';
import { World } from './world/world.js';

const zodTask = z.object({
  id: z.string(),
  title: z.string().trim().min(1),
  status: z.enum(['open', 'done']).default('open'),
  rank: z.number().max(9).optional(),
  owner: z.object({ name: z.string().min(1) }).optional(),
});
const valibotTask = v.object({
  id: v.string(),
  title: v.pipe(v.string(), v.trim(), v.minLength(1)),
  status: v.optional(v.picklist(['open', 'done']), 'open'),
  rank: v.optional(v.pipe(v.number(), v.maxValue(9))),
  owner: v.optional(v.object({ name: v.pipe(v.string(), v.minLength(1)) })),
});
const arktypeTask = type({
  '+': 'delete',
  id: 'string',
  title: type('string.trim').to('string >= 1'),
  status: "'open' | 'done' = 'open'",
  'rank?': 'number <= 9',
  'owner?': { '+': 'delete', name: 'string >= 1' },
});

describe('a schema', () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });
  afterEach(() => world.end());

  async function open(schema: StandardSchemaV1): Promise<Collection> {
    const engine = world.tab({ entities: { tasks: { schema } } });
    await engine.ready;
    return engine.collection('tasks');
  }

  async function refusal(write: Promise<unknown>): Promise<SyncError> {
    const error: unknown = await write.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof SyncError)) throw new Error(`Not refused: ${String(error)}`);
    return error;
  }

  for (const [library, schema] of Object.entries({
    zod: zodTask,
    valibot: valibotTask,
    arktype: arktypeTask,
  }) as [string, StandardSchemaV1][]) {
    describe(`of ${library}`, () => {
      it('fills in defaults, transforms and strips what it does not know', async () => {
        const tasks = await open(schema);
        const id = await tasks.create({ title: '  Write ', colour: 'red' });
        expect(tasks.get(id)).to.deep.equal({ id, title: 'Write', status: 'open' });
      });

      it('refuses a new row that does not fit, says where, and stores nothing', async () => {
        const tasks = await open(schema);
        const error = await refusal(tasks.create({ title: 'Write', owner: { name: '' } }));
        expect(error.code).to.equal('invalid');
        expect(error.problem?.errors?.map(({ pointer }) => pointer)).to.deep.equal(['/owner/name']);
        expect(error.message).to.match(/^owner\.name: /);
        expect(tasks.query().get()).to.deep.equal([]);
      });

      it('refuses an update that makes the row unfit, and changes nothing', async () => {
        const tasks = await open(schema);
        const id = await tasks.create({ title: 'Write' });
        const error = await refusal(tasks.update(id, { rank: 10 }));
        expect(error.problem?.errors?.[0]?.pointer).to.equal('/rank');
        await tasks.update(id, { rank: 9 });
        expect(tasks.get(id)).to.deep.include({ title: 'Write', rank: 9 });
      });
    });
  }

  it('lets a row that the server sent be, and lets it be edited where the edit is fine', async () => {
    world.server.write('tasks', 'a', { title: 'Old', status: 'lost' });
    const tasks = await open(zodTask);
    await world.settle();
    expect(tasks.get('a')).to.deep.equal({ id: 'a', title: 'Old', status: 'lost' });
    await tasks.update('a', { title: 'New' });
    expect(tasks.get('a')).to.deep.include({ title: 'New' });
    expect((await refusal(tasks.update('a', { status: 'gone' }))).message).to.match(/^status: /);
    await tasks.update('a', { status: 'done' });
  });

  it('refuses what is about the row as a whole only where the patch brings it about', async () => {
    const span = z
      .object({ id: z.string(), from: z.number(), to: z.number() })
      .refine(({ from, to }) => from <= to, 'ends before it begins');
    const tasks = await open(span);
    const id = await tasks.create({ from: 1, to: 2 });
    const error = await refusal(tasks.update(id, { from: 3 }));
    expect(error.message).to.equal('ends before it begins');
    expect(error.problem?.errors).to.deep.equal([
      { pointer: '', code: 'invalid', detail: 'ends before it begins' },
    ]);
  });

  it('must answer at once', async () => {
    const slow = z.object({ id: z.string(), title: z.string().refine(async () => true) });
    const tasks = await open({
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (row) => slow.safeParseAsync(row).then(() => Promise.reject(new Error('late'))),
      },
    });
    const error = await refusal(tasks.create({ title: 'Write' }));
    expect(error.code).to.equal('invalid');
    expect(error.message).to.contain('promise');
  });

  it('that throws refuses the row and says why', async () => {
    const broken = new Error('broken');
    const tasks = await open({
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: () => {
          throw broken;
        },
      },
    });
    const error = await refusal(tasks.create({ title: 'Write' }));
    expect([error.code, error.cause]).to.deep.equal(['invalid', broken]);
  });

  it('sees an update of something that is not there refused as ever', async () => {
    const tasks = await open(zodTask);
    expect((await refusal(tasks.update('gone', { title: '' }))).code).to.equal('not-found');
  });
});

describe('the types of collections', () => {
  const open = () =>
    createSyncEngine({
      storage: memoryStorage(),
      transport: bytelystTransport({ url: '/v1' }),
      entities: {
        zod: { schema: zodTask, indexes: ['status'] },
        valibot: { schema: valibotTask },
        arktype: { schema: arktypeTask },
        notes: { conflictStrategy: 'merge' },
      },
    });

  it('come from the schema, or from the caller where there is none', () => {
    // Checked by the compiler: none of it runs.
    const _checks = (sync: ReturnType<typeof open>) => {
      for (const tasks of [sync.collection('zod'), sync.collection('valibot')]) {
        void tasks.create({ title: 'Write' });
        void tasks.create({ id: 'a', title: 'Write', status: 'done' });
        // @ts-expect-error The title is missing.
        void tasks.create({ status: 'done' });
        // @ts-expect-error No such status.
        void tasks.update('a', { status: 'lost' });
        const row = tasks.get('a');
        const status: 'open' | 'done' | undefined = row?.status;
        const rank: number | undefined = row?.rank;
        // @ts-expect-error Rows have no such member.
        void row?.colour;
        tasks.query({ where: { status: 'open' }, orderBy: ['-rank', 'title', 'owner.name'] });
        // @ts-expect-error Nothing to sort by.
        tasks.query({ orderBy: 'colour' });
        void [status, rank];
      }
      const tasks = sync.collection('arktype');
      void tasks.create({ title: 'Write' });
      const title: string | undefined = tasks.get('a')?.title;
      // @ts-expect-error The title is missing.
      void tasks.create({ status: 'done' });

      const notes = sync.collection<{ id: string; text: string }>('notes');
      const text: string | undefined = notes.get('a')?.text;
      const any: unknown = sync.collection('notes').get('a')?.['anything'];
      // @ts-expect-error No such collection.
      sync.collection('projects');
      // @ts-expect-error The schema says what a row is.
      sync.collection<{ id: string; text: string }>('zod');

      // Whoever takes any engine takes this one.
      const engine: SyncEngine = sync;
      const loose = engine.collection<{ id: string; text: string }>('whatever');
      void [title, text, any, loose];
    };
    expect(_checks).to.be.a('function');
  });

  it('hold for unions too', async () => {
    const shape = z.discriminatedUnion('kind', [
      z.object({ id: z.string(), kind: z.literal('circle'), radius: z.number() }),
      z.object({ id: z.string(), kind: z.literal('square'), side: z.number() }),
    ]);
    const sync = createSyncEngine({
      storage: memoryStorage(),
      transport: bytelystTransport({ url: '/v1' }),
      entities: { shapes: { schema: shape } },
    });
    sync.setOnline(false);
    const shapes = sync.collection('shapes');
    const id = await shapes.create({ kind: 'circle', radius: 1 });
    const row = shapes.get(id);
    expect(row?.kind === 'circle' && row.radius).to.equal(1);
    // @ts-expect-error A circle has no side.
    const wrong = shapes.create({ kind: 'circle', side: 1 });
    await wrong.then(
      () => expect.fail('A circle has no side.'),
      (error: unknown) => expect(error).to.have.property('code', 'invalid'),
    );
    await sync.close();
  });
});
