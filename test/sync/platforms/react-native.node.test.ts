import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { ModelServer } from '../world/model-server.js';
import { serveModel, type Served } from '../world/served-model.js';

const run = promisify(execFile);

describe('React Native', () => {
  let model: ModelServer;
  let served: Served;
  beforeEach(async () => (served = await serveModel((model = new ModelServer()))));
  afterEach(() => served.stop());

  it('writes, pulls, pushes and closes with what its engine has', async function () {
    this.timeout(60_000);
    const app = 'test/sync/platforms/phone-app.ts';
    const { stdout, stderr } = await run(
      process.execPath,
      ['--import', 'tsx', '--no-warnings', app, served.url],
      { timeout: 50_000 },
    );
    expect(stderr).to.equal('');
    expect(JSON.parse(stdout)).to.deep.equal({
      first: true,
      pulled: 20_000,
      offline: 'offline',
      toldSecond: 'mine',
      reopened: 2,
      sent: 2,
      background: 1,
      told: { id: 'mine', title: 'Offline 🙂' },
    });
    expect(model.applied).to.deep.equal([
      'create theirs',
      'create mine',
      'update theirs',
      'create late',
    ]);
    expect(model.requests).to.not.include('GET /sync/live');
  });
});
