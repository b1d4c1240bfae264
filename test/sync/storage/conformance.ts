/** What every storage promises, on a device that may stop after any single operation. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { Commit, Disk, Position, Revision, Storage } from '../../../src/sync/index.js';
import type { Fault, Subject } from './subject.js';

export function describeStorage(kind: string, make: () => Subject): void {
  describe(`storage on ${kind}`, function () {
    this.timeout(120_000);
    let subject: Subject;
    let storage: Storage;
    beforeEach(() => {
      subject = make();
      ({ storage } = subject);
    });
    afterEach(async () => {
      subject.heal();
      await storage.destroy();
    });

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

    it('keeps any text: empty, long, in every script', async () => {
      const texts = ['', '\u0000 \\ "', 'naïve 日本語 🧑‍🚀 \u2028', 'x'.repeat(300_000)];
      const disk = await storage.open();
      for (const text of texts) await append(disk, text);
      const pages = new Map(texts.map((text, i) => [`p:${i}`, text]));
      await disk.commit(await end(disk), { pages }, 'strict');
      disk.close();
      const again = await storage.open();
      const snapshot = await again.load();
      expect(snapshot.log.map(({ text }) => text)).to.deep.equal(texts);
      expect(snapshot.pages).to.deep.equal(pages);
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

    it('appends a record together with pages', async () => {
      const disk = await storage.open();
      for (const n of [1, 2, 3]) {
        const both = { record: `r${n}`, pages: new Map([['p:1', `page ${n}`]]) };
        expect(await disk.commit(await end(disk), both, 'strict')).to.equal(n);
      }
      expect(await append(disk, 'r4')).to.equal(4);
      const { log, pages } = await disk.load();
      expect(log.map(({ text }) => text)).to.deep.equal(['r1', 'r2', 'r3', 'r4']);
      expect(pages.get('p:1')).to.equal('page 3');
      await disk.commit(await end(disk), { fold: 4 }, 'strict');
      expect((await disk.load()).log).to.deep.equal([]);
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

    it('is empty again after `destroy`, and leaves nothing behind', async () => {
      const before = await subject.keys?.();
      const disk = await storage.open();
      await append(disk, 'one');
      disk.close();
      await storage.destroy();
      expect(await subject.keys?.()).to.deep.equal(before);
      const again = await storage.open();
      expect((await again.load()).log).to.deep.equal([]);
      again.close();
    });

    it('refuses to work once it is closed', async () => {
      const disk = await storage.open();
      const at = await end(disk);
      disk.close();
      const late: (() => Promise<unknown>)[] = [
        () => disk.load(),
        () => disk.commit(at, { record: 'late' }, 'strict'),
      ];
      for (const work of late) {
        const error: unknown = await Promise.resolve()
          .then(work)
          .catch((e: unknown) => e);
        expect(error).to.have.property('code', 'closed');
      }
    });

    it('keeps every user’s database apart, whatever their names', async () => {
      const users = ['ada', 'ada:notes', 'Ada/../😀', ''];
      for (const user of users) {
        const disk = await storage.forUser!(user).open();
        await append(disk, `of ${user}`);
        disk.close();
      }
      for (const user of users) {
        const own = storage.forUser!(user);
        expect(own.name).to.not.equal(storage.name);
        const disk = await own.open();
        expect((await disk.load()).log).to.deep.equal([{ rev: 1, text: `of ${user}` }]);
        disk.close();
        await own.destroy();
      }
      const disk = await storage.open();
      expect((await disk.load()).log).to.deep.equal([]);
      disk.close();
    });

    for (const fault of ['crash', 'hiccup'] as Fault[])
      it(`is whole after a ${fault} at any operation`, async () => {
        for (let after = 0; ; after++) {
          const run = new Run(subject);
          const done = await run.upTo(fault, after);
          await run.check();
          await storage.destroy();
          if (done) break;
          expect(after).to.be.lessThan(500);
        }
      });

    it('is gone or whole after a crash while it is destroyed', async () => {
      for (let after = 0; ; after++) {
        const disk = await storage.open();
        await append(disk, 'private');
        await disk.commit(await end(disk), { pages: new Map([['p:1', 'private']]) }, 'strict');
        disk.close();
        subject.inject('crash', after);
        const done = await storage.destroy().then(
          () => true,
          () => false,
        );
        subject.heal();
        const again = await storage.open();
        const { pages, log } = await again.load();
        expect([pages.size, log.length]).to.be.deep.oneOf(
          done
            ? [[0, 0]]
            : [
                [0, 0],
                [1, 1],
              ],
        );
        again.close();
        if (done) return;
      }
    });

    it('does what the model does, whatever two tabs do', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(move, { minLength: 1, maxLength: 25 }), async (moves) => {
          try {
            await compare(storage, moves);
          } finally {
            await storage.destroy();
          }
        }),
        { numRuns: 30 },
      );
    });
  });
}

/** Where a tab stands that has read everything. */
async function end(disk: Disk): Promise<Position> {
  const { life, folded, log } = await disk.load();
  return { life, folded, rev: log.at(-1)?.rev ?? folded };
}

async function append(disk: Disk, record: string): Promise<unknown> {
  return disk.commit(await end(disk), { record }, 'strict');
}

/** What a disk holds, as plain as can be. */
class Model {
  folded = 0;
  last = 0;
  log = new Map<Revision, string>();
  pages = new Map<string, string>();

  commit(commit: Commit): void {
    if (commit.record !== undefined) this.log.set(++this.last, commit.record);
    for (const [id, text] of commit.pages ?? [])
      if (text === null) this.pages.delete(id);
      else this.pages.set(id, text);
    if (commit.fold === undefined) return;
    this.folded = commit.fold;
    for (const rev of this.log.keys()) if (rev <= commit.fold) this.log.delete(rev);
  }

  get content() {
    const log = [...this.log].map(([rev, text]) => ({ rev, text }));
    return { folded: this.folded, pages: new Map(this.pages), log };
  }
}

/** Commits of every kind, one after the other, with a fault somewhere. */
class Run {
  static readonly commits: Commit[] = [
    { record: 'one' },
    { record: 'two' },
    {
      pages: new Map([
        ['p:1', 'one'],
        ['p:2', 'two'],
        ['meta', 'a'],
      ]),
      fold: 2,
    },
    { record: 'three' },
    { record: 'four', pages: new Map([['p:1', 'four']]) },
    { record: 'five' },
    {
      pages: new Map([
        ['p:1', 'five'],
        ['p:2', null],
        ['p:3', 'new'],
        ['meta', 'b'],
      ]),
      fold: 5,
    },
    { record: 'six' },
  ];
  readonly #before = new Model();
  /** With the commit that failed. */
  readonly #after = new Model();
  #life = '';

  constructor(private readonly subject: Subject) {}

  /** Whether everything was done before the fault came. */
  async upTo(fault: Fault, after: number): Promise<boolean> {
    this.subject.inject(fault, after);
    let made: Commit | undefined;
    try {
      const disk = await this.subject.storage.open();
      try {
        const { life } = await disk.load();
        this.#life = life;
        for (made of Run.commits) {
          const { folded, last: rev } = this.#before;
          this.#after.commit(made);
          const answer = await disk.commit({ life, rev, folded }, made, 'strict');
          this.#before.commit(made);
          expect(answer).to.equal(this.#before.last);
        }
      } finally {
        disk.close();
      }
      return this.subject.heal() <= after;
    } catch (error) {
      this.subject.heal();
      expect(error).to.have.property('code', 'storage');
      return false;
    }
  }

  /** All that was acknowledged, at most one thing more, and nothing half. */
  async check(): Promise<void> {
    const disk = await this.subject.storage.open();
    const { life, ...content } = await disk.load();
    if (this.#life) expect(life).to.equal(this.#life);
    expect(content).to.be.deep.oneOf([this.#before.content, this.#after.content]);
    const rev = content.log.at(-1)?.rev ?? content.folded;
    expect(await append(disk, 'and on')).to.equal(rev + 1);
    disk.close();
    // The manifest (which may hold a record), pages, log, perhaps a seal, and nothing left over.
    const least = 1 + content.pages.size + content.log.length;
    const keys = await this.subject.keys?.();
    if (keys) expect(keys.length).to.be.within(least, least + 2);
  }
}

type Move =
  | { kind: 'append'; tab: number; text: string }
  | { kind: 'fold'; tab: number; page: string; text: string | null }
  | { kind: 'load' | 'since' | 'reopen'; tab: number };

const tab = fc.integer({ min: 0, max: 1 });
const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), tab, text: fc.string() }),
  fc.record({
    kind: fc.constant('fold' as const),
    tab,
    page: fc.constantFrom('p:1', 'p:2', 'meta'),
    text: fc.option(fc.string()),
  }),
  fc.record({ kind: fc.constantFrom('load' as const, 'since' as const, 'reopen' as const), tab }),
);

/** Every answer of the storage against what the model says it must be. */
async function compare(storage: Storage, moves: Move[]): Promise<void> {
  const model = new Model();
  const tabs = [await openTab(storage), await openTab(storage)];
  /** What the model answers to a tab that stands there. */
  const expected = ({ rev, folded }: Position, commit?: Commit): unknown => {
    if (model.folded > rev) return 'stale';
    const missed = model.content.log.filter((entry) => entry.rev > rev);
    if (!commit || missed.length) return { missed };
    if (commit.fold !== undefined && folded !== model.folded) return 'stale';
    model.commit(commit);
    return model.last;
  };
  for (const next of moves) {
    const one = tabs[next.tab]!;
    switch (next.kind) {
      case 'reopen':
        one.disk.close();
        tabs[next.tab] = await openTab(storage);
        break;
      case 'load': {
        const { life: _, ...content } = await one.disk.load();
        expect(content).to.deep.equal(model.content);
        one.at = await end(one.disk);
        break;
      }
      case 'since': {
        const answer = await one.disk.since(one.at);
        expect(answer).to.deep.equal(expected(one.at));
        if (typeof answer === 'object') one.at.rev = answer.missed.at(-1)?.rev ?? one.at.rev;
        break;
      }
      case 'append':
      case 'fold': {
        const commit: Commit =
          next.kind === 'append'
            ? { record: next.text }
            : { pages: new Map([[next.page, next.text]]), fold: one.at.rev };
        const answer = await one.disk.commit(one.at, commit, 'relaxed');
        expect(answer).to.deep.equal(expected(one.at, commit));
        if (typeof answer !== 'number') break;
        one.at = { ...one.at, rev: answer, folded: commit.fold ?? one.at.folded };
      }
    }
  }
  const { life: _, ...content } = await tabs[0]!.disk.load();
  expect(content).to.deep.equal(model.content);
  for (const { disk } of tabs) disk.close();
}

async function openTab(storage: Storage): Promise<{ disk: Disk; at: Position }> {
  const disk = await storage.open();
  return { disk, at: await end(disk) };
}
