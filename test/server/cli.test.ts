import { expect } from 'chai';
import { spawn } from 'node:child_process';
import {
  chmod,
  chown,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, endCommands, runCommand } from './command.js';

describe('the command bytelyst', function () {
  this.timeout(120_000);
  const folders: string[] = [];
  afterEach(async () => {
    await endCommands();
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
  });

  const run = (args: string, environment: Record<string, string> = {}) =>
    runCommand(args.split(' ').filter(Boolean), environment);
  const newFolder = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bytelyst-cli-'));
    folders.push(folder);
    return folder;
  };

  it('lists its commands, and explains each', async () => {
    const list = run('--help');
    expect(await list.ended).to.equal(0);
    const names = ['serve', 'migrate', 'seed', 'token', 'export', 'rollups'];
    const helps = names.map((name) => ({ name, help: run(`${name} --help`) }));
    for (const { name, help } of helps) {
      expect(list.output).to.include(name);
      expect(await help.ended).to.equal(0);
      expect(help.output).to.include(`bytelyst ${name}`).and.include('--data <folder>');
    }
  });

  it('ends with status 2 and says which flag, variable or command it does not know', async () => {
    for (const [args, environment, words] of [
      ['serve --prot 1', {}, '--prot'],
      ['serve', { BYTELYST_PORT: 'x' }, '--port takes a number'],
      ['start', {}, 'no command “start”'],
      ['constructor', {}, 'no command “constructor”'],
      ['serve', { BYTELYST_SECRETT: 'x' }, 'no variable BYTELYST_SECRETT. Known variables: '],
      ['serve --config none.ts', {}, '--config takes a file'],
      ['token --workspace w --role king', {}, '--role takes viewer, editor, admin'],
    ] as const) {
      const command = run(args, environment);
      expect(await command.ended, args).to.equal(2);
      expect(command.output).to.include(words);
    }
  });

  it('serves, signs in by its link, takes a token made meanwhile, and ends on SIGTERM', async () => {
    const folder = await newFolder();
    const server = run(`serve --port 0 --data ${folder}`);
    const [, link] = await server.until(/Admin (http:\S+\/ops\/sign-in\?code=\S+)/);
    const { origin } = new URL(link!);
    expect(server.output).to.include('durability: process-crash');

    const signedIn = await fetch(link!, { redirect: 'manual' });
    const cookie = signedIn.headers.get('set-cookie')!.split(';')[0]!;
    const session = await fetch(`${origin}/v1/session`, { headers: { cookie } });
    expect(await session.json()).to.include({ workspace: 'main', role: 'admin' });

    const flags = `--workspace w2 --role admin --sign-in-link --data ${folder}`;
    const command = run(`token ${flags} --public-url ${origin}`);
    expect(await command.ended, command.output).to.equal(0);
    const opened = await fetch(command.output.trim(), { redirect: 'manual' });
    expect(opened.status).to.equal(303);
    expect((await fetch(command.output.trim())).status).to.equal(403);

    const token = run(`token --workspace w1 --role viewer --data ${folder}`);
    expect(await token.ended).to.equal(0);
    const authorization = `Bearer ${token.output.trim()}`;
    const byToken = await fetch(`${origin}/v1/session`, { headers: { authorization } });
    expect(await byToken.json()).to.include({ workspace: 'w1', role: 'viewer' });

    const live = await fetch(`${origin}/v1/sync/live?collections=tasks`, { headers: { cookie } });
    server.child.kill('SIGTERM');
    expect(await live.text()).to.include('retry:');
    expect(await server.ended).to.equal(0);
  });

  it('keeps what was acknowledged when it is killed', async () => {
    const folder = await newFolder();
    const data = `--data ${folder}`;
    const token = async () => {
      const command = run(`token --workspace w1 --role editor ${data}`);
      expect(await command.ended, command.output).to.equal(0);
      return `Bearer ${command.output.trim()}`;
    };
    const first = run(`serve --port 0 ${data}`);
    const [, origin] = await first.until(/Admin (http:\/\/[^/]+)/);
    const authorization = await token();
    const mutation = {
      id: 'm1',
      seq: 1,
      collection: 'tasks',
      key: 't1',
      op: 'create',
      base: 0,
      value: { title: 'kept' },
      at: '',
    };
    const pushed = await fetch(`${origin}/v1/sync/push`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ client: 'c', mutations: [mutation] }),
    });
    expect(pushed.status).to.equal(200);
    first.child.kill('SIGKILL');
    await first.ended;

    const second = run(`serve --port 0 ${data}`);
    const [, again] = await second.until(/Admin (http:\/\/[^/]+)/);
    const pulled = await fetch(`${again}/v1/sync/pull?collections=tasks`, {
      headers: { authorization },
    });
    expect(await pulled.text()).to.include('"title": "kept"');
  });

  it('says what is wrong with a --data that is no folder, or another database’s', async () => {
    const folder = await newFolder();
    const file = join(folder, 'file');
    await writeFile(file, '');
    const foreign = join(folder, 'postgres');
    await mkdir(foreign);
    await writeFile(join(foreign, 'PG_VERSION'), '15\n');
    const damaged = join(folder, 'damaged');
    await mkdir(join(damaged, 'database'), { recursive: true });
    await writeFile(join(damaged, 'database', 'PG_VERSION'), '15\n');
    for (const [data, status, words] of [
      [file, 2, `${file} is a file`],
      [join(file, 'below'), 2, 'a part of that path is a file'],
      [foreign, 2, 'holds the files of another PostgreSQL'],
      [damaged, 1, 'can’t be opened: it is damaged'],
    ] as const) {
      const command = run(`serve --port 0 --data ${data}`);
      expect(await command.ended, command.output).to.equal(status);
      expect(command.output).to.include(words);
    }
    expect(await readdir(foreign)).to.deep.equal(['PG_VERSION']);
  });

  /** Nothing is closed to root: there somebody else runs the command. */
  const stranger = process.getuid?.() === 0 ? { uid: 65_534 } : {};
  const runAsStranger = (args: string, home: string) =>
    runCommand(args.split(' '), { HOME: home }, stranger);

  it('says so when its folder is not its user’s to write', async () => {
    const folder = await newFolder();
    await chmod(folder, 0o755);
    const mine = join(folder, 'mine');
    await mkdir(join(mine, 'database'), { recursive: true });
    await chmod(join(mine, 'database'), 0o555);
    if (stranger.uid) await chown(mine, stranger.uid, stranger.uid);
    const command = runAsStranger(`serve --port 0 --data ${mine}`, folder);
    expect(await command.ended, command.output).to.equal(2);
    expect(command.output).to.match(
      /the user with the id \d+ may not read and write \S+database\. Give it/,
    );
    expect(await readdir(mine)).to.deep.equal(['database']);
  });

  it('takes no file for damaged, and no dump for none, that its user may not read', async () => {
    const folder = await newFolder();
    if (stranger.uid) await chown(folder, stranger.uid, stranger.uid);
    const serve = () => runAsStranger(`serve --port 0 --data ${folder}`, folder);
    const first = serve();
    await first.until(/Admin http/);
    first.child.kill('SIGTERM');
    expect(await first.ended, first.output).to.equal(0);

    const [dump] = await readdir(join(folder, 'dumps'));
    const before = await readdir(folder);
    // As another user leaves them who has run a command here.
    for (const closed of [
      join(folder, 'database', 'global', 'pg_control'),
      join(folder, 'dumps', dump!),
      join(folder, 'secret'),
    ]) {
      const { mode } = await stat(closed);
      await chmod(closed, 0);
      const refused = serve();
      expect(await refused.ended, refused.output).to.equal(2);
      expect(refused.output).to.match(
        /the user with the id (\d+) may not read and write \S+\. Give it .*chown -R \1 '/,
      );
      expect(refused.output).to.include(`may not read and write ${closed}.`);
      expect(await readdir(folder)).to.deep.equal(before);
      await chmod(closed, mode);
    }

    await chmod(join(folder, 'secret'), 0);
    const token = runAsStranger(`token --workspace w --role viewer --data ${folder}`, folder);
    expect(await token.ended, token.output).to.equal(2);
    expect(token.output).to.include(`may not read and write ${join(folder, 'secret')}.`);
    await chmod(join(folder, 'secret'), 0o600);

    const again = serve();
    await again.until(/Admin http/);
    expect(again.output).to.not.include('restored');
  });

  if (process.platform === 'linux') {
    it('says at once where no folder can be made', async () => {
      for (const data of ['/proc/x', '/proc/x/y', '/sys/x/y', '/proc']) {
        const command = run(`serve --port 0 --data ${data}`);
        expect(await command.ended, command.output).to.equal(2);
        expect(command.output).to.include(`--data can’t be ${data}: `);
      }
    });
  }

  it('is linked by npm before it is built, and says then what to run', async () => {
    const folder = await newFolder();
    await mkdir(join(folder, 'bin'));
    const linked = join(folder, 'bin', 'bytelyst.mjs');
    await copyFile('src/server/bin/bytelyst.js', linked);
    const start = () => new Command(spawn(process.execPath, [linked], { stdio: 'pipe' }));
    const unbuilt = start();
    expect(await unbuilt.ended).to.equal(1);
    expect(unbuilt.output).to.include('npm run build');
    await mkdir(join(folder, 'dist'));
    await writeFile(join(folder, 'dist', 'cli.js'), `console.log('built');`);
    const built = start();
    expect(await built.ended).to.equal(0);
    expect(built.output).to.equal('built\n');
  });

  it('says who has its folder, or that its port is taken', async () => {
    const folder = await newFolder();
    const first = run(`serve --port 0 --data ${folder}`);
    const [, port] = await first.until(/Admin http:\/\/[^:]+:(\d+)/);

    const sameFolder = run(`serve --port 0 --data ${folder}`);
    expect(await sameFolder.ended).to.equal(1);
    expect(sameFolder.output).to.include(`in use by process ${first.child.pid}`);

    const samePort = run(`serve --port ${port} --memory`);
    expect(await samePort.ended).to.equal(1);
    expect(samePort.output).to.include(`Port ${port} on 127.0.0.1 is taken`);
  });
});
