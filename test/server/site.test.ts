import { expect } from 'chai';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { issueToken } from '../../src/server/access/tokens.js';
import { createServer, type Server } from '../../src/server/server.js';
import { onEachEngine } from './engines.js';

const FILES = {
  'index.html': '<h1>Demo</h1>',
  '404.html': '<h1>Not here</h1>',
  'ops/ab-testing/index.html': '<h1>Admin</h1>',
  'assets/app-3f2a.js': 'export {};',
  'service-worker.js': 'addEventListener("fetch", () => {});',
};

onEachEngine('the site', (engine) => {
  let folder: string;
  let server: Server;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bytelyst-site-'));
    for (const [name, text] of Object.entries(FILES)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    server = await createServer({
      database: engine.database(),
      site: join(folder),
      demoWorkspace: 'demo',
    });
  });
  after(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  const get = (url: string, headers = {}) => server.app.inject({ url, headers });
  const page = { accept: 'text/html' };

  it('serves the demo, and the admin page with all that is below it', async () => {
    expect((await get('/')).body).to.equal('<h1>Demo</h1>');
    for (const path of ['/ops/ab-testing', '/ops/ab-testing/', '/ops/ab-testing/checkout/edit']) {
      const { statusCode, headers, body } = await get(path);
      expect([statusCode, body]).to.deep.equal([200, '<h1>Admin</h1>']);
      expect(headers['cache-control']).to.equal('no-cache');
      expect(headers['content-type']).to.match(/^text\/html/);
    }
  });

  it('lets browsers keep what has a hash in its name, and ask about the rest', async () => {
    const cache = async (path: string) => (await get(path)).headers['cache-control'];
    expect(await cache('/assets/app-3f2a.js')).to.equal('public, max-age=31536000, immutable');
    expect(await cache('/service-worker.js')).to.equal('no-cache');
    expect((await get('/service-worker.js')).headers['content-type']).to.match(/javascript/);
  });

  it('has a page for what is not there, and a problem for programs', async () => {
    const human = await get('/nothing/here', page);
    expect([human.statusCode, human.body]).to.deep.equal([404, '<h1>Not here</h1>']);
    const program = await get('/nothing/here');
    expect(program.statusCode).to.equal(404);
    expect(program.json()).to.include({ code: 'not-found' });
    expect((await get('/v1/nothing', page)).json()).to.include({ code: 'not-found' });
    expect((await get('/assets/old-1111.js')).headers['cache-control']).to.equal('no-store');
  });

  it('gives out nothing from outside its folder', async () => {
    for (const path of ['/../package.json', '/..%2fpackage.json', '/%2e%2e/x', '/assets/..%5cx']) {
      const { statusCode, body } = await get(path);
      expect(statusCode, path).to.be.within(400, 404);
      expect(body).not.to.include('"name"');
    }
    expect((await get('/%00')).statusCode).to.be.within(400, 404);
    expect((await get('/%zz')).statusCode).to.be.within(400, 404);
  });

  it('signs visitors of the demo in, once', async () => {
    const first = await get('/', page);
    const cookie = String(first.headers['set-cookie']).split(';')[0]!;
    const session = await get('/v1/session', { cookie });
    expect(session.json()).to.deep.equal({ subject: 'demo', workspace: 'demo', role: 'admin' });
    expect((await get('/ops/ab-testing', { cookie })).headers['set-cookie']).to.equal(undefined);
    expect((await get('/assets/app-3f2a.js')).headers['set-cookie']).to.equal(undefined);
  });

  it('signs nobody in when it is not the demo', async () => {
    const plain = await createServer({ database: engine.database(), site: folder });
    expect((await plain.app.inject('/')).headers['set-cookie']).to.equal(undefined);
    await plain.close();
  });

  it('knows the demo’s public write key under its own name', async () => {
    const grant = { subject: 'demo', workspace: 'demo', role: 'writer' } as const;
    await issueToken(engine.database(), 'write-key', grant, 'bl_write_demo');
    await issueToken(engine.database(), 'write-key', grant, 'bl_write_demo');
    const headers = { authorization: 'Bearer bl_write_demo' };
    expect((await get('/v1/config', headers)).statusCode).to.equal(200);
  });
});
