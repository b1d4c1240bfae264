import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { ModelServer } from '../world/model-server.js';
import { serveModel, type Served } from '../world/served-model.js';

describe('plain Node', () => {
  let model: ModelServer;
  let served: Served;
  beforeEach(async () => (served = await serveModel((model = new ModelServer()))));
  afterEach(() => served.stop());

  /** Runs the program to its own end. */
  const run = async (url: string, what: string) => {
    const program = 'test/sync/platforms/node-app.ts';
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--no-warnings', program, url, what],
      {
        timeout: 50_000,
      },
    );
    const [out, errors, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ]);
    return { out, errors, code: code as number | null };
  };

  it('sends, fetches, and ends once it is closed', async function () {
    this.timeout(60_000);
    const { out, ...rest } = await run(served.url, 'sent');
    expect(rest).to.deep.equal({ errors: '', code: 0 });
    expect(JSON.parse(out)).to.include({ success: true, pushed: 1 });
    expect(model.applied).to.deep.equal(['create sent']);
  });

  it('hears of others’ changes over the live stream', async function () {
    this.timeout(60_000);
    model.onPush = () => setTimeout(() => model.write('tasks', 'theirs', { title: 'New' }), 500);
    const { out, ...rest } = await run(served.url, 'live');
    expect(rest).to.deep.equal({ errors: '', code: 0 });
    expect(out).to.include('seen');
  });

  it('can end while an engine is open that can’t reach the server', async function () {
    this.timeout(60_000);
    const { url } = served;
    await served.stop();
    expect(await run(url, 'open')).to.deep.equal({ out: '', errors: '', code: 0 });
    const { out, ...rest } = await run(url, 'offline');
    expect(rest).to.deep.equal({ errors: '', code: 0 });
    expect(JSON.parse(out)).to.have.nested.property('errors[0].code', 'offline');
    served = await serveModel(model);
  });
});
