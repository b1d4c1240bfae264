import { expect } from 'chai';
import {
  encryptedStorage,
  keyFromPassphrase,
  keyValueStorage,
  memoryStorage,
  SyncError,
  type Storage,
} from '../../../src/sync/index.js';
import { World } from '../world/world.js';
import { key } from './kinds.js';
import { mapKeyValue } from './subject.js';

const other = Uint8Array.from(key, (byte) => byte ^ 1);

describe('an encrypted database', () => {
  let world: World;
  let disk: Map<string, string>;
  let plain: Storage;
  beforeEach(() => {
    world = new World();
    disk = new Map();
    plain = keyValueStorage(mapKeyValue(disk), { name: 'n' });
  });
  afterEach(() => world.end());

  /** Opens an engine on it, which may fail, and says what it has. */
  const titles = async (storage: Storage, write?: string) => {
    const device = world.device(storage);
    device.online = false;
    const engine = world.tab({ device });
    try {
      await engine.ready;
      if (write) await engine.push('tasks', { id: write, title: write }, 'create');
      return engine
        .collection('tasks')
        .query()
        .get()
        .map(({ id }) => id);
    } catch (error) {
      return (error as { code?: string }).code;
    } finally {
      await engine.close();
    }
  };

  it('is there again with the key, as bytes or as a CryptoKey', async () => {
    await titles(encryptedStorage(plain, { key }), 'secret-title');
    const imported = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, [
      'encrypt',
      'decrypt',
    ]);
    expect(await titles(encryptedStorage(plain, { key: imported }))).to.deep.equal([
      'secret-title',
    ]);
  });

  it('shows nothing of what it holds', async () => {
    await titles(encryptedStorage(plain, { key }), 'secret-title');
    const texts = [...disk.values()].join();
    expect(texts).to.not.include('secret-title').and.not.include('tasks');
  });

  it('is not opened by another key, nor without one, nor is anything changed by trying', async () => {
    await titles(encryptedStorage(plain, { key }), 'secret-title');
    const before = new Map(disk);
    expect(await titles(encryptedStorage(plain, { key: other }))).to.equal('wrong-key');
    expect(await titles(plain)).to.equal('wrong-key');
    expect(disk).to.deep.equal(before);
  });

  it('is not made of one that is not encrypted', async () => {
    await titles(plain, 'open');
    expect(await titles(encryptedStorage(plain, { key }))).to.equal('wrong-key');
    expect(await titles(plain)).to.deep.equal(['open']);
  });

  it('keeps every user’s with the key as it was given, whatever becomes of its bytes', async () => {
    const bytes = key.slice();
    const storage = encryptedStorage(plain, { key: bytes });
    bytes.fill(0);
    await titles(storage.forUser!('ann'), 'hers');
    const again = encryptedStorage(plain, { key: key.slice() }).forUser!('ann');
    expect(await titles(again)).to.deep.equal(['hers']);
    const zeros = encryptedStorage(plain, { key: bytes }).forUser!('ann');
    expect(await titles(zeros)).to.equal('wrong-key');
  });

  for (const damage of ['damaged', 'missing'])
    it(`is opened by its key where the seal alone is ${damage}, and has a new one then`, async () => {
      await titles(encryptedStorage(plain, { key }), 'secret-title');
      const seal = () => [...disk.keys()].find((name) => name.includes('seal'))!;
      const damaged = `${disk.get(seal())!.slice(0, -4)}AAAA`;
      if (damage === 'missing') disk.delete(seal());
      else disk.set(seal(), damaged);
      expect(await titles(encryptedStorage(plain, { key: other }))).to.equal('wrong-key');
      expect(await titles(encryptedStorage(plain, { key }))).to.deep.equal(['secret-title']);
      expect(disk.get(seal())).to.be.a('string').and.not.equal(damaged);
      expect(await titles(encryptedStorage(plain, { key: other }))).to.equal('wrong-key');
    });

  it('refuses a key of another length', async () => {
    const short = encryptedStorage(plain, { key: key.slice(1) });
    expect(await titles(short)).to.equal('wrong-key');
  });

  it('seals the same text to another each time', async () => {
    const open = await encryptedStorage(plain, { key }).open();
    const { life } = await open.load();
    for (const rev of [0, 1])
      await open.commit({ life, folded: 0, rev }, { record: 'same' }, 'strict');
    const sealed = [1, 2].map((rev) => disk.get(`bytelyst-kv:n:log:${rev}`));
    expect(sealed[0]).to.be.a('string').and.not.equal(sealed[1]);
    open.close();
  });

  it('knows a text that was moved to another place for one that can’t be read', async () => {
    const open = await encryptedStorage(plain, { key }).open();
    const { life } = await open.load();
    for (const rev of [0, 1])
      await open.commit({ life, folded: 0, rev }, { record: `${rev}` }, 'strict');
    const [first, second] = [1, 2].map((rev) => `bytelyst-kv:n:log:${rev}`) as [string, string];
    const moved = disk.get(first)!;
    disk.set(first, disk.get(second)!);
    disk.set(second, moved);
    expect((await open.load()).log).to.deep.equal([
      { rev: 1, text: null },
      { rev: 2, text: null },
    ]);
    open.close();
  });

  it('keeps users apart by more than the key', async () => {
    const [ada, bob] = ['ada', 'bob'].map((user) =>
      encryptedStorage(plain, { key }).forUser!(user),
    );
    await titles(ada!, 'of-ada');
    const stolen = [...disk].map(([at, text]) => [at.replace(':ada:', ':bob:'), text] as const);
    for (const [at, text] of stolen) disk.set(at, text);
    expect(await titles(bob!)).to.equal('wrong-key');
    expect(await titles(ada!)).to.deep.equal(['of-ada']);
  });

  it('opens by a passphrase, however it was typed, and by no other', async function () {
    this.timeout(20_000);
    const salt = crypto.getRandomValues(new Uint8Array(16));
    const memory = memoryStorage();
    const by = async (passphrase: string) =>
      encryptedStorage(memory, { key: await keyFromPassphrase(passphrase, salt) });
    await titles(await by('caf\u00e9'), 'a');
    expect(await titles(await by('cafe\u0301'))).to.deep.equal(['a']);
    expect(await titles(await by('cafe'))).to.equal('wrong-key');
  });

  for (const usage of ['encrypt', 'decrypt'] as const)
    it(`takes no key that can only ${usage}`, async () => {
      const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [usage]);
      expect(() => encryptedStorage(memoryStorage(), { key }))
        .to.throw(SyncError, 'both encrypt and decrypt')
        .with.property('code', 'invalid');
    });
});
