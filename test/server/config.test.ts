import { expect } from 'chai';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkConfig } from '../../src/server/config/check.js';
import { viewOf } from '../../src/server/collections/policies.js';
import { loadConfig } from '../../src/server/config/load.js';
import { SettingsError } from '../../src/server/config/settings.js';

const schema = { type: 'object' };
const closed = { ...schema, additionalProperties: false };

describe('the config file', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bytelyst-config-'));
  });
  after(() => rm(folder, { recursive: true }));
  const write = async (name: string, text: string) => {
    const file = join(folder, name);
    await writeFile(file, text);
    return file;
  };

  it('is TypeScript that runs as it is, and imports defineConfig wherever it stands', async () => {
    const file = await write(
      'bytelyst.config.ts',
      `import { defineConfig, type Who } from '@bytelyst/server';
       const owns = (row: { owner?: unknown }, who: Who): boolean => row.owner === who.subject;
       export default defineConfig({
         collections: { notes: { schema: { type: 'object' }, read: owns, write: 'editor' } },
         workspaces: { main: { writeKeys: ['bl_write_12345678'] } },
         origins: ['https://app.example'],
       });`,
    );
    const config = await loadConfig(file);
    expect([...config.collections.keys()]).to.include.members(['notes', 'experiments']);
    expect(config.collections.has('tasks')).to.equal(false);
    expect(config.workspaces.get('main')).to.deep.equal({ writeKeys: ['bl_write_12345678'] });
    expect(config.origins).to.deep.equal(['https://app.example']);
  });

  it('gives rules another view when what they import has changed', async () => {
    const file = await write(
      'bytelyst.config.ts',
      `import { owns } from './rules.ts';
       const schema = { type: 'object' };
       export default {
         collections: {
           own: { schema, read: (row, who) => owns(row, who), write: 'editor' },
           open: { schema, read: 'viewer' },
         },
       };`,
    );
    const who = { subject: 'ann', workspace: 'w', role: 'editor', via: 'token' } as const;
    const view = async (rule: string) => {
      await write('deep.ts', `export const rule = (row, who) => ${rule};`);
      await write('rules.ts', `export { rule as owns } from './deep.ts';`);
      return viewOf((await loadConfig(file)).collections, who);
    };
    const first = await view('row.owner === who.subject');
    expect(await view('row.owner === who.subject')).to.equal(first);
    expect(await view('row.keeper === who.subject')).not.to.equal(first);
  });

  it('says which file is not there, does not run, or exports nothing', async () => {
    const cases = [
      [join(folder, 'missing.ts'), /--config takes a file, and there is no .*missing\.ts/],
      [await write('broken.ts', 'export default {'), /broken\.ts does not run: /],
      [await write('throws.ts', `throw new Error('no such thing')`), /no such thing/],
      [await write('empty.ts', 'export const a = 1'), /empty\.ts has no default export/],
      [await write('wrong.ts', 'export default { orgins: [] }'), /wrong\.ts: there is no orgins/],
    ] as const;
    for (const [file, words] of cases) {
      const error = await loadConfig(file).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      expect(error, file).to.be.instanceOf(SettingsError);
      expect((error as Error).message).to.match(words);
    }
  });

  it('may be left out, and then has the demo’s collection and nobody else’s tokens', () => {
    const config = checkConfig({});
    expect(config.collections.has('tasks')).to.equal(true);
    expect(config.auth).to.deep.equal({});
    expect(config.rateLimits).to.deep.equal({
      push: 1_000,
      events: 1_000,
      assignments: 100,
      signIn: 10,
    });
  });

  const wrong: [unknown, RegExp][] = [
    [5, /it takes an object with collections, .*, not 5/],
    [{ colections: {} }, /there is no colections\. Known here: collections, workspaces/],
    [{ collections: [] }, /collections takes an object by name, not a list/],
    [{ collections: { 'a b': { schema } } }, /collections takes names of 1 to 64 .*“a b”/],
    [{ collections: { results: { schema } } }, /collections\.results takes another name/],
    [{ collections: { a: {} } }, /collections\.a\.schema takes a Standard Schema .* or a JSON/],
    [{ collections: { a: { schema: { type: 'objekt' } } } }, /a\.schema takes a valid JSON Schema/],
    [{ collections: { a: { schema, reed: 1 } } }, /there is no collections\.a\.reed/],
    [
      { collections: { a: { schema, read: 'root' } } },
      /a\.read takes a role .* or a function .*“root”/,
    ],
    [{ collections: { a: { schema, write: true } } }, /a\.write takes .*\(change, who\).*not true/],
    [
      { collections: { a: { schema, members: { b: { read: 5 } } } } },
      /members\.b\.read takes a role/,
    ],
    [
      { collections: { a: { schema, members: { b: { server: 5 } } } } },
      /b\.server takes a function/,
    ],
    [{ collections: { a: { schema, indexes: 'b' } } }, /a\.indexes takes a list of names of/],
    [
      { collections: { a: { schema, indexes: ["b'"] } } },
      /a\.indexes takes names of members.*“b'”/,
    ],
    [{ collections: { a: { schema, indexes: ['b', 'b'] } } }, /a\.indexes takes each member once/],
    [{ collections: { a: { schema, indexes: ['id'] } } }, /indexes takes members that the schema/],
    [
      { collections: { a: { schema, indexes: ['a', 'b', 'c', 'd', 'e', 'f'] } } },
      /indexes takes at most 5 members/,
    ],
    [
      { collections: { a: { schema: { ...closed, properties: { b: {} } }, indexes: ['c'] } } },
      /a\.indexes takes members that the schema knows, and not “id”, not “c”/,
    ],
    [{ workspaces: { w: { writeKeys: ['x'] } } }, /workspaces\.w\.writeKeys takes keys such as/],
    [{ auth: { jwks: 'http://idp.example/jwks' } }, /auth\.jwks takes https/],
    [{ auth: { jwks: 'https://idp.example/jwks' } }, /auth takes issuer and audience beside jwks/],
    [{ auth: { algorithms: ['HS256'] } }, /auth\.algorithms takes some of RS256.*not “HS256”/],
    [{ auth: { algorithms: ['none'] } }, /auth\.algorithms takes some of/],
    [{ origins: ['*'] }, /origins takes origins such as https/],
    [{ origins: ['https://a.example/'] }, /origins takes origins such as/],
    [{ origins: 'https://a.example' }, /origins takes a list of origins/],
    [{ trustedProxies: ['10.0.0.0/64'] }, /trustedProxies takes addresses or networks/],
    [{ rateLimits: { push: 0 } }, /rateLimits\.push takes a whole number/],
    [{ rateLimits: { pull: 1 } }, /there is no rateLimits\.pull/],
    [{ languageModel: { baseUrl: 'http://10.0.0.1/v1' } }, /languageModel\.baseUrl takes https/],
    [
      { languageModel: { baseUrl: 'https://a.example/v1', model: 'm', keyVariable: '' } },
      /languageModel\.keyVariable takes the name of a variable/,
    ],
  ];
  for (const [config, message] of wrong) {
    it(`is refused with ${message.source.slice(0, 50)}…`, () => {
      expect(() => checkConfig(config)).to.throw(SettingsError, message);
    });
  }
});
