import { expect } from 'chai';
import { memoryStorage, type SyncEvents } from '../../../src/sync/index.js';
import { World } from '../world/world.js';

describe('a database that the browser deleted', () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.end());

  /** A device whose database is gone with every visit; what was noted of it may stay. */
  const visitor = (note: { text: string | null }) => async () => {
    const witness = { read: () => note.text, write: (text: string) => void (note.text = text) };
    const device = world.device({ ...memoryStorage(), witness });
    const engine = world.tab({ device });
    const lost: SyncEvents['storage-lost'][] = [];
    engine.on('storage-lost', (losses) => lost.push(losses));
    device.online = false;
    await engine.ready;
    await world.settle();
    return { device, engine, lost };
  };

  it('is noticed at the next visit, with the number of writes that may be gone', async () => {
    const visit = visitor({ text: null });
    const first = await visit();
    expect(first.lost).to.deep.equal([]);
    await Promise.all(
      [1, 2, 3].map((n) => first.engine.push('tasks', { title: `${n}` }, 'create')),
    );
    await first.engine.close();

    const { device, engine, lost } = await visit();
    expect(lost).to.deep.equal([{ saved: 0, gone: 3 }]);
    expect(engine.getStatus().lastError).to.have.property('code', 'storage-lost');
    device.online = true;
    await world.settle();
    expect(engine.getStatus().lastError).to.equal(null);
    await engine.close();
    expect((await visit()).lost).to.deep.equal([{ saved: 0, gone: 0 }]);
  });

  it('leaves this device the same one to the server', async () => {
    const note = { text: null as string | null };
    const visit = visitor(note);
    const { engine } = await visit();
    const { client } = JSON.parse(note.text!) as { client: string };
    await engine.close();
    await visit();
    expect(JSON.parse(note.text!)).to.include({ client });
  });

  it('is noted at once when the first write waits, then no more than four times a second', async () => {
    const notes: string[] = [];
    const witness = { read: () => null, write: (text: string) => void notes.push(text) };
    const device = world.device({ ...memoryStorage(), witness });
    device.online = false;
    const engine = world.tab({ device });
    await engine.ready;
    notes.length = 0;
    const pending = () => notes.map((note) => (JSON.parse(note) as { pending: number }).pending);
    for (let n = 0; n < 20; n++) await engine.push('tasks', { title: `${n}` }, 'create');
    expect(pending()).to.deep.equal([1]);
    await engine.close();
    expect(pending()).to.deep.equal([1, 20]);
  });

  it('is none on a first visit, nor where anybody wrote nonsense there', async () => {
    for (const text of [null, '', '{', 'null', '[]', '{"client":1}', '{"client":"a","seq":"x"}']) {
      const { lost, engine } = await visitor({ text })();
      expect(lost, `${text}`).to.deep.equal([]);
      await engine.close();
    }
  });
});
