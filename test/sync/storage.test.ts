import { expect } from 'chai';
import { indexedDBStorage, memoryStorage } from '../../src/sync/index.js';
import type { Disk, Position, Storage } from '../../src/sync/storage/storage.js';

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

    /** Where a tab stands that has read everything. */
    const end = async (disk: Disk): Promise<Position> => {
      const { life, folded, log } = await disk.load();
      return { life, folded, rev: log.at(-1)?.rev ?? folded };
    };
    const append = async (disk: Disk, record: string) =>
      disk.commit(await end(disk), { record }, 'strict');

    it('starts empty', async () => {
      const disk = await storage.open();
      const { life, ...rest } = await disk.load();
      expect(life).to.be.a('string').and.not.equal('');
      expect(rest).to.deep.equal({ folded: 0, pages: new Map(), log: [] });
      disk.close();
    });

    it('appends records with revisions that rise by one', async () => {
      const disk = await storage.open();
      expect(await append(disk, 'one')).to.equal(1);
      expect(await append(disk, 'two')).to.equal(2);
      disk.close();
      const again = await storage.open();
      expect((await again.load()).log).to.deep.equal([
        { rev: 1, text: 'one' },
        { rev: 2, text: 'two' },
      ]);
      again.close();
    });

    it('refuses a commit whose maker has not seen the end, and tells what it missed', async () => {
      const [one, two] = [await storage.open(), await storage.open()];
      const start = await end(two);
      await append(one, 'by one');
      const missed = [{ rev: 1, text: 'by one' }];
      expect(await two.commit(start, { record: 'by two' }, 'strict')).to.deep.equal({ missed });
      expect(await two.since(start)).to.deep.equal({ missed });
      expect((await one.load()).log).to.deep.equal(missed);
      one.close();
      two.close();
    });

    it('lets one of two commits at the same place through, never both, never none', async () => {
      const tabs = [await storage.open(), await storage.open()];
      for (let round = 0; round < 10; round++) {
        const at = await end(tabs[0]!);
        const answers = await Promise.all(
          tabs.map((tab, i) => tab.commit(at, { record: `${round} ${i}` }, 'relaxed')),
        );
        expect(answers.filter((answer) => answer === at.rev + 1)).to.have.length(1);
      }
      expect((await tabs[0]!.load()).log).to.have.length(10);
      for (const tab of tabs) tab.close();
    });

    it('folds: pages and the shorter log are there together', async () => {
      const disk = await storage.open();
      await append(disk, 'one');
      await append(disk, 'two');
      const pages = new Map([['p:1', 'folded one and two']]);
      await disk.commit(await end(disk), { pages, fold: 2 }, 'relaxed');
      const { life: _, ...rest } = await disk.load();
      expect(rest).to.deep.equal({ folded: 2, pages, log: [] });
      expect(await append(disk, 'three')).to.equal(3);
      await disk.commit(await end(disk), { pages: new Map([['p:1', null]]) }, 'strict');
      expect((await disk.load()).pages.size).to.equal(0);
      disk.close();
    });

    it('tells a tab that is behind the fold to load again', async () => {
      const disk = await storage.open();
      const start = await end(disk);
      await append(disk, 'one');
      await disk.commit(await end(disk), { fold: 1 }, 'strict');
      expect(await disk.since(start)).to.equal('stale');
      expect(await disk.commit(start, { record: 'blind' }, 'strict')).to.equal('stale');
      expect((await disk.load()).log).to.deep.equal([]);
      disk.close();
    });

    it('refuses a fold by a tab that knows other pages', async () => {
      const disk = await storage.open();
      await append(disk, 'one');
      const known = await end(disk);
      await disk.commit(known, { fold: 1 }, 'strict');
      expect(await disk.commit({ ...known, rev: 1 }, { fold: 1 }, 'strict')).to.equal('stale');
      disk.close();
    });

    it('tells a tab that its database was deleted and made anew', async () => {
      const disk = await storage.open();
      await append(disk, 'one');
      const known = await end(disk);
      disk.close();
      await storage.destroy();
      const anew = await storage.open();
      expect(await anew.since(known)).to.equal('lost');
      expect(await anew.commit(known, { record: 'two' }, 'strict')).to.equal('lost');
      anew.close();
    });

    it('is empty again after `destroy`', async () => {
      const disk = await storage.open();
      await append(disk, 'one');
      disk.close();
      await storage.destroy();
      const again = await storage.open();
      expect((await again.load()).log).to.deep.equal([]);
      again.close();
    });
  });
