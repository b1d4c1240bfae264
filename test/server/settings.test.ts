import { expect } from 'chai';
import {
  type Environment,
  hostNamesOf,
  readServeSettings,
  SettingsError,
} from '../../src/server/config/settings.js';

const SECRET = 'x'.repeat(32);
const read = (args: string, environment: Environment = {}) =>
  readServeSettings(args.split(' ').filter(Boolean), environment, '/site');

describe('settings of serve', () => {
  it('default to this machine, port 4100 and a folder', () => {
    const settings = read('');
    expect(settings).to.deep.include({ port: 4100, host: '127.0.0.1', demo: false, site: '/site' });
    expect(settings.database.kind).to.equal('folder');
  });

  it('prefer a flag to a variable', () => {
    expect(read('--port 1', { BYTELYST_PORT: '2' }).port).to.equal(1);
    expect(read('', { BYTELYST_PORT: '2' }).port).to.equal(2);
  });

  it('take PostgreSQL where DATABASE_URL is set', () => {
    const url = 'postgres://user@host/db';
    expect(read('', { DATABASE_URL: url }).database).to.deep.equal({
      kind: 'postgresql',
      url,
      connections: 10,
      backupHours: 0,
    });
    expect(read('--memory', { DATABASE_URL: url }).database).to.deep.equal({ kind: 'memory' });
  });

  const wrong: [string, Environment, RegExp][] = [
    ['--prot 1', {}, /--prot.*Known flags: .*--port/],
    ['--port', {}, /--port/],
    ['--port 99999', {}, /--port takes a number/],
    ['--port 1e3', {}, /--port takes a number/],
    ['extra', {}, /extra/],
    ['--memory --data x', {}, /exclude each other/],
    ['--data x', { DATABASE_URL: 'postgres://a/b' }, /--data .*DATABASE_URL.*take one/],
    ['', { BYTELYST_DATA: 'x', DATABASE_URL: 'postgres://a/b' }, /BYTELYST_DATA.*take one/],
    ['--memory', { BYTELYST_BACKUP_HOURS: '24' }, /BYTELYST_BACKUP_HOURS is about PostgreSQL/],
    ['--data x', { BYTELYST_CONNECTIONS: '20' }, /BYTELYST_CONNECTIONS .*set DATABASE_URL/],
    ['', { DATABASE_URL: 'mysql://x' }, /DATABASE_URL takes postgres:/],
    ['', { BYTELYST_SECRET: 'short' }, /BYTELYST_SECRET takes 32/],
    ['', { BYTELYST_LOG: 'loud' }, /BYTELYST_LOG takes one of/],
    ['', { BYTELYST_CONNECTIONS: '1' }, /BYTELYST_CONNECTIONS takes a number from 2 to 1000/],
    ['', { BYTELYST_MAX_STREAMS: '-1' }, /BYTELYST_MAX_STREAMS takes a number/],
    ['', { BYTELYST_METRICS_TOKEN: 'short' }, /BYTELYST_METRICS_TOKEN takes 16/],
    ['', { BYTELYST_DRAIN_SECONDS: '1h' }, /BYTELYST_DRAIN_SECONDS takes a number from 0 to 300/],
    ['--public-url here', {}, /--public-url takes https/],
    ['--host 0.0.0.0', {}, /BYTELYST_SECRET must be set/],
    ['--host 0.0.0.0 --demo', { BYTELYST_SECRET: SECRET }, /--demo signs every visitor in/],
    ['', { NODE_ENV: 'production' }, /--allow-embedded/],
  ];
  for (const [args, environment, message] of wrong) {
    const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    it(`refuse “${[...variables, args].join(' ')}” and say what would do`, () => {
      expect(() => read(args, environment)).to.throw(SettingsError, message);
    });
  }

  it('open the metrics to this machine only, unless there is a token', () => {
    expect(read('').metricsToken).to.equal('open');
    expect(read('--public-url https://a.example').metricsToken).to.equal(undefined);
    const environment = { BYTELYST_SECRET: SECRET, BYTELYST_METRICS_TOKEN: SECRET };
    expect(read('--host 0.0.0.0', environment).metricsToken).to.equal(SECRET);
    expect(read('--host 0.0.0.0', { BYTELYST_SECRET: SECRET }).metricsToken).to.equal(undefined);
  });

  it('open the server to a network with a secret', () => {
    const settings = read('--host 0.0.0.0', { BYTELYST_SECRET: SECRET });
    expect(settings.secret).to.equal(SECRET);
    expect(hostNamesOf(settings)).to.equal(null);
  });

  it('bind a server on loopback to its names', () => {
    expect(hostNamesOf(read(''))).to.include.members(['127.0.0.1', 'localhost']);
    expect(hostNamesOf(read('--public-url https://a.example'))).to.include('a.example');
  });

  it('accept the embedded database in production when told to', () => {
    expect(read('--allow-embedded', { NODE_ENV: 'production' }).port).to.equal(4100);
  });
});
