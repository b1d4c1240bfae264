import { expect } from 'chai';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderLockedError, lockFolder } from '../../src/server/database/lock.js';
import { openPglite } from '../../src/server/database/pglite.js';

describe('the folder lock', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bytelyst-lock-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const refusal = (path: string) =>
    lockFolder(path).then(
      () => null,
      (error: unknown) => error,
    );

  it('lets one in and tells the next who it is', async () => {
    const unlock = await lockFolder(folder);
    const error = await refusal(folder);
    expect(error).to.be.instanceOf(FolderLockedError).with.property('pid', process.pid);
    expect((error as Error).message).to.include(`process ${process.pid}`);
    await unlock();
    await (
      await lockFolder(folder)
    )();
  });

  it('knows the folder by any path', async () => {
    const link = `${folder}-link`;
    await symlink(folder, link);
    const unlock = await lockFolder(folder);
    expect(await refusal(link)).to.be.instanceOf(FolderLockedError);
    await unlock();
    await rm(link);
  });

  it('makes a folder that is not there', async () => {
    await (
      await lockFolder(join(folder, 'a', 'b'))
    )();
  });

  it('keeps a second database out, and what the first wrote is there afterwards', async function () {
    this.timeout(60_000);
    const database = await openPglite(folder);
    await database.query('create table t as select 42 as answer');
    const error = await openPglite(folder).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(FolderLockedError);
    await database.close();

    const again = await openPglite(folder);
    expect(await again.query('select answer from t')).to.deep.equal([{ answer: 42 }]);
    expect(await again.durability()).to.equal('process-crash');
    await again.close();
  });
});
