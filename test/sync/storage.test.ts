import { expect } from 'chai';
import { indexedDBStorage, memoryStorage, type Storage } from '../../src/sync/index.js';

/** Every storage keeps these promises; another one joins by adding itself here. */
const storages: Record<string, () => Storage> = {
  memory: () => memoryStorage(`test-${crypto.randomUUID()}`),
  IndexedDB: () => indexedDBStorage(`test-${crypto.randomUUID()}`),
};

for (const [kind, make] of Object.entries(storages))
  describe(`storage on ${kind}`, () => {
    let storage: Storage;
    beforeEach(() => (storage = make()));
    afterEach(() => storage.destroy());

    it('starts empty', async () => {
      const disk = await storage.open();
      expect(await disk.load()).to.deep.equal({ folded: 0, pages: new Map(), log: [] });
      disk.close();
    });

    it('appends records with revisions that rise by one', async () => {
      const disk = await storage.open();
      expect(await disk.commit(0, () => ({ record: 'one' }), 'strict')).to.equal(1);
      expect(await disk.commit(1, () => ({ record: 'two' }), 'relaxed')).to.equal(2);
      disk.close();
      const again = await storage.open();
      expect((await again.load()).log).to.deep.equal([
        { rev: 1, text: 'one' },
        { rev: 2, text: 'two' },
      ]);
      again.close();
    });

    it('hands a commit every record that it has not seen, before it builds', async () => {
      const [one, two] = [await storage.open(), await storage.open()];
      await one.commit(0, () => ({ record: 'by one' }), 'strict');
      let seen: unknown;
      await two.commit(
        0,
        (missed) => {
          seen = missed;
          return { record: 'by two' };
        },
        'strict',
      );
      expect(seen).to.deep.equal([{ rev: 1, text: 'by one' }]);
      expect(await one.since(1)).to.deep.equal([{ rev: 2, text: 'by two' }]);
      one.close();
      two.close();
    });

    it('serialises commits of two tabs: none is lost, each sees the ones before', async () => {
      const tabs = [await storage.open(), await storage.open()];
      const counts: number[] = [];
      await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          tabs[i % 2]!.commit(
            0,
            (missed) => {
              counts.push(missed.length);
              return { record: `${i}` };
            },
            'relaxed',
          ),
        ),
      );
      expect(counts.sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 20 }, (_, i) => i));
      for (const tab of tabs) tab.close();
    });

    it('writes nothing when `build` answers null, and nothing when it throws', async () => {
      const disk = await storage.open();
      expect(await disk.commit(0, () => null, 'strict')).to.equal(null);
      const failed = await disk
        .commit(
          0,
          () => {
            throw new RangeError('no');
          },
          'strict',
        )
        .catch((error: unknown) => error);
      expect(failed).to.be.instanceOf(RangeError);
      expect((await disk.load()).log).to.deep.equal([]);
      disk.close();
    });

    it('folds: pages and the shorter log are there together', async () => {
      const disk = await storage.open();
      await disk.commit(0, () => ({ record: 'one' }), 'strict');
      await disk.commit(1, () => ({ record: 'two' }), 'strict');
      const pages = new Map([['p:1', 'folded one and two']]);
      await disk.commit(2, () => ({ pages, fold: 2 }), 'relaxed');
      expect(await disk.load()).to.deep.equal({ folded: 2, pages, log: [] });
      expect(await disk.commit(2, () => ({ record: 'three' }), 'strict')).to.equal(3);
      await disk.commit(3, () => ({ pages: new Map([['p:1', null]]) }), 'strict');
      expect((await disk.load()).pages.size).to.equal(0);
      disk.close();
    });

    it('tells a tab that is behind the fold to load again', async () => {
      const disk = await storage.open();
      await disk.commit(0, () => ({ record: 'one' }), 'strict');
      await disk.commit(1, () => ({ fold: 1 }), 'strict');
      expect(await disk.since(0)).to.equal('stale');
      expect(await disk.commit(0, () => ({ record: 'blind' }), 'strict')).to.equal('stale');
      expect((await disk.load()).log).to.deep.equal([]);
      disk.close();
    });

    it('is empty again after `destroy`', async () => {
      const disk = await storage.open();
      await disk.commit(0, () => ({ record: 'one' }), 'strict');
      disk.close();
      await storage.destroy();
      const again = await storage.open();
      expect((await again.load()).log).to.deep.equal([]);
      again.close();
    });
  });
