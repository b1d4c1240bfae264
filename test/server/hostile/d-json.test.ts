/** D: JSON that is none (400), or none of ours (422). */
import { expect } from 'chai';
import fc from 'fast-check';
import { withTitle } from './rows.js';
import { hostile } from './suite.js';

const INNOCENT = '{"client":"c","mutations":[]}';

/** Members that reach a prototype, in the three places where a push has objects. */
function pollutions(member: string): string[] {
  return [
    `{${member},"client":"c","mutations":[]}`,
    `{"client":"c","mutations":[{${member},"id":"m1"}]}`,
    `{"client":"c","mutations":[{"id":"m1","value":{${member}}}]}`,
    `{"client":"c","mutations":[{"id":"m1","value":{"a":[[{"b":{${member}}}]]}}]}`,
    `[{${member}}]`,
  ];
}

hostile('D JSON', (category) => {
  category(67, 'JSON that is no request', async (attack) => {
    await attack.request(
      'nothing',
      { body: '', headers: { 'Content-Length': '0' } },
      [400, 415, 422],
    );
    for (const body of ['null', '[]', '"x"', '1', 'true', '{}', '[{}]', '{"client":null}']) {
      await attack.request(body, { body }, 422);
      await attack.request(`${body} as events`, { body, path: '/v1/events' }, 422);
    }
    await attack.request('white space', { body: ' \n\t ' }, 400);
  });

  category(68, 'a body that is cut off', async (attack) => {
    const whole = await withTitle(attack, '"\\u00e9 [1, {"');
    for (const [part] of attack.generated(
      fc.tuple(fc.integer({ min: 1, max: whole.length - 1 })),
      4,
    )) {
      await attack.request(`after ${part}`, { body: whole.slice(0, part) }, 400);
    }
  });

  category(69, 'what only looks like JSON', async (attack) => {
    for (const body of [
      `${INNOCENT} ${INNOCENT}`,
      `${INNOCENT},`,
      `${INNOCENT}x`,
      `/* c */${INNOCENT}`,
      `${INNOCENT} // c`,
      `${INNOCENT}\0`,
      '{"client":"c","mutations":[],}',
      '{"client":"c","mutations":[,]}',
      '{"client":"c" "mutations":[]}',
      "{'client':'c','mutations':[]}",
      '{client:"c",mutations:[]}',
      '{"client":"c","mutations":NaN}',
      '{"client":"c","mutations":Infinity}',
      '{"client":"c","mutations":-Infinity}',
      '{"client":"c","mutations":undefined}',
      '{"client":"c","mutations":0x10}',
      '{"client":"c","mutations":010}',
      '{"client":"c","mutations":+1}',
      '{"client":"c","mutations":.5}',
      '{"client":"c","mutations":5.}',
      '{"client":"c","mutations":1e}',
      '{"client":"c","mutations":True}',
      '{"client":"\t","mutations":[]}',
      '{"client":"\\x","mutations":[]}',
      '{"client":"\\u12","mutations":[]}',
      `)]}',\n${INNOCENT}`,
    ]) {
      await attack.request(JSON.stringify(body), { body }, 400);
    }
  });

  category(70, 'a key twice', async (attack) => {
    for (const body of [
      '{"client":"c","client":"d","mutations":[]}',
      '{"client":"c","mutations":[],"mutations":[{"id":"m1"}]}',
      '{"client":"c","mutations":[{"id":"m1","id":"m2"}]}',
      '{"client":"c","mutations":[{"id":"m1","value":{"a":1,"b":{},"a":1}}]}',
      '{"client":"c","mutations":[],"":1,"":2}',
    ]) {
      await attack.request(body, { body }, 400);
    }
  });

  category(71, 'a key twice, once in disguise', async (attack) => {
    for (const body of [
      '{"client":"c","\\u0063lient":"d","mutations":[]}',
      '{"\\u0063\\u006cient":"c","client":"d","mutations":[]}',
      '{"a/b":1,"a\\/b":2,"client":"c","mutations":[]}',
    ]) {
      await attack.request(body, { body }, 400);
    }
  });

  category(72, 'nested without end', async (attack) => {
    for (const depth of [33, 100, 10_000, 400_000]) {
      const lists = '['.repeat(depth);
      await attack.request(`${depth} lists`, { body: lists + ']'.repeat(depth) }, 400);
      await attack.request(`${depth} lists, open`, { body: lists }, 400);
      const objects = '{"a":'.repeat(Math.min(depth, 150_000));
      await attack.request(
        `${depth} objects`,
        { body: `${objects}1${'}'.repeat(Math.min(depth, 150_000))}` },
        400,
      );
    }
    await attack.request('a million', { body: '['.repeat(1_000_000) }, 400);
    await attack.request(
      'in a row',
      { body: await withTitle(attack, '[['.repeat(20) + ']]'.repeat(20)) },
      400,
    );
  });

  category(73, 'keys without end', async (attack) => {
    const members = (count: number) =>
      Array.from({ length: count }, (_, i) => `"${i.toString(36)}":0`).join();
    await attack.request('a million', { body: `{${members(1_000_000)}}` }, 413);
    await attack.request('a body full', { body: `{${members(100_000)}}` }, 400);
    const row = await withTitle(attack, `"x",${members(90_000)}`);
    await attack.request('in a row', { body: row }, 400);
    await attack.push(
      '41 in a row',
      { value: Object.fromEntries(Array.from({ length: 41 }, (_, i) => [`a${i}`, i])) },
      422,
    );
  });

  category(74, 'a string of ten megabytes', async (attack) => {
    await attack.request(
      'with its length',
      { body: await withTitle(attack, `"${'x'.repeat(1e7)}"`) },
      413,
    );
  });

  category(75, 'a byte too many', async (attack) => {
    const body = INNOCENT.padEnd(1_048_577);
    await attack.request('with its length', { body }, 413);
    const [head] = await attack.bytes({
      body,
      headers: { 'Content-Length': null, 'Transfer-Encoding': 'chunked' },
    });
    const chunks = Array.from({ length: 17 }, (_, i) =>
      body.slice(i * 65_536, (i + 1) * 65_536),
    ).map((part) => `${part.length.toString(16)}\r\n${part}\r\n`);
    await attack.raw('in chunks', [head, ...chunks, '0\r\n\r\n'], 413);
  });

  category(76, '__proto__ at every level', async (attack) => {
    for (const body of [
      ...pollutions('"__proto__":{"role":"admin"}'),
      ...pollutions('"\\u005f_proto__":{"role":"admin"}'),
      ...pollutions('"__proto__":null'),
    ]) {
      await attack.request(body, { body }, 400);
      await attack.request(`${body} as events`, { body, path: '/v1/events' }, 400);
    }
    const session = await attack.request('who', { path: '/v1/session' }, 200);
    expect(session.body).to.include('"editor"');
  });

  category(77, 'constructor and prototype', async (attack) => {
    for (const body of [
      ...pollutions('"constructor":{"prototype":{"role":"admin"}}'),
      ...pollutions('"prototype":{"role":"admin"}'),
      ...pollutions('"constructo\\u0072":1'),
    ]) {
      await attack.request(body, { body }, 400);
    }
  });

  category(
    78,
    'names of an object’s own methods, as keys and ids',
    async (attack) => {
      const names = [
        'toString',
        'valueOf',
        'hasOwnProperty',
        'then',
        'toJSON',
        'isPrototypeOf',
        'get',
        'length',
      ];
      for (const name of names) {
        await attack.push(name, { key: name, value: { title: 'x', [name]: 'y' } }, 'applied');
        await attack.push(`${name}, an object`, { value: { title: 'x', [name]: {} } }, 422);
        await attack.push(`collection ${name}`, { collection: name }, 422);
        await attack.push(`op ${name}`, { op: name }, 422);
        await attack.request(`pull ${name}`, { path: `/v1/sync/pull?collections=${name}` }, 422);
      }
      const rows = await attack.rows();
      for (const name of names) expect(rows[name]).to.deep.equal({ title: 'x', [name]: 'y' });
    },
    { stores: true },
  );

  category(
    79,
    'numbers at the edge',
    async (attack) => {
      const number = async (text: string) => withTitle(attack, `"x","n":${text}`);
      for (const text of [
        '1e400',
        '-1e400',
        '1E+9999',
        '9007199254740993',
        '-9007199254740993',
        '1e-400',
        '123456789012345678901234567890',
      ]) {
        await attack.request(text, { body: await number(text) }, 400);
      }
      const kept = {
        '-0': 0,
        '9007199254740991': 9007199254740991,
        '0.30000000000000004': 0.1 + 0.2,
        '5e-324': 5e-324,
        '1.7976931348623157e308': Number.MAX_VALUE,
        '1E2': 100,
        '0e400': 0,
      };
      for (const [text, value] of Object.entries(kept)) {
        const body = await number(text);
        const { key } = (JSON.parse(body) as { mutations: { key: string }[] }).mutations[0]!;
        const answer = await attack.request(text, { body }, 200);
        expect(answer.body, text).to.include('"applied"');
        expect((await attack.rows())[key], text).to.deep.equal({ title: 'x', n: value });
      }
    },
    { stores: true },
  );

  category(80, 'one type where another is meant', async (attack) => {
    for (const value of [
      { title: 1 },
      { title: true },
      { title: ['x'] },
      { title: { toString: 'x' } },
      { title: null },
      { title: 'x', done: 1 },
      { title: 'x', done: 'true' },
      { title: 'x', done: [true] },
      [{ title: 'x' }],
      'x',
      null,
    ]) {
      await attack.push(JSON.stringify(value), { value }, 422);
    }
    for (const change of [
      { base: '0' },
      { base: null },
      { base: [0] },
      { base: 0.5 },
      { base: -1 },
      { seq: '1' },
      { seq: true },
      { key: 1 },
      { key: ['k'] },
      { collection: ['tasks'] },
      { op: ['create'] },
      { at: 5 },
    ]) {
      await attack.push(JSON.stringify(change), change, 422);
    }
    const { client } = attack;
    for (const body of [
      { client: 5, mutations: [] },
      { client: [client], mutations: [] },
      { client, mutations: {} },
      { client, mutations: 'x' },
      { client, mutations: [[]] },
      { client, mutations: [null] },
      { client, mutations: [{ id: 5 }] },
      { client, earlier: 'yes', mutations: [] },
      { client, epoch: 5, mutations: [] },
    ]) {
      await attack.request(JSON.stringify(body), { body }, 422);
    }
    const [sentAt, path] = [Date.now(), '/v1/events'];
    for (const body of [
      { sentAt: '5', events: [] },
      { sentAt, events: {} },
      { sentAt: null, events: [] },
    ]) {
      await attack.request(JSON.stringify(body), { path, body }, 422);
    }
  });

  category(91, 'what parsers disagree about', async (attack) => {
    const rejected = [
      '[1 true]',
      '[a\u00e5]',
      '["": 1]',
      '[""],',
      '[1,,2]',
      '["x"]]',
      '["",]',
      '["x"',
      '[x',
      '[3[4]]',
      '[fals]',
      '[nul]',
      '[++1234]',
      '[-2.]',
      '[.-1]',
      '[-.123]',
      '[0.1.2]',
      '[0.3e+]',
      '[0E]',
      '[1.0e-]',
      '[1eE2]',
      '[2.e3]',
      '[9.e+]',
      '[-NaN]',
      '[1+2]',
      '[0x1]',
      '[- 1]',
      '[-foo]',
      '[-012]',
      '[1ea]',
      '[012]',
      '{"a":"b"}/**/',
      '{"x", null}',
      '{"x"::"b"}',
      '{1:1}',
      '{"id":0,,}',
      '{"a":"b",,"c":"d"}',
      '{key: "value"}',
      '{"a" b}',
      '{:"b"}',
      '{"a"',
      '{"a":',
      '{"a":"a',
      '["\\u00A"]',
      '["\\uD834\\u"]',
      '["\\a"]',
      "['single']",
      '["\\\u0000"]',
      '["\ttab"]',
      '\u2060',
      '\ufeff',
      '<.>',
      '[\u000c]',
      'aå',
      '*',
      '[true]x',
      '{}}',
      ']',
      '}',
      '"',
      "'",
      '\\',
      '[\\u000A""]',
      '[1]\u00e9',
      '[⁠]',
    ];
    for (const body of rejected) await attack.request(JSON.stringify(body), { body }, 400);
    // Whole JSON, and no request of ours.
    const accepted = [
      '[]',
      '[ 4]',
      '[-0]',
      '[1E+2]',
      '[123.456789]',
      '["\\u0060\\u012a"]',
      '["\\uD801\\udc37"]',
      '["\\"\\\\\\/\\b\\f\\n\\r\\t"]',
      '["\u2028\u2029"]',
      '["\u007f"]',
      '{"":0}',
      '{"a":[]}',
      '"string"',
      ' [] ',
      'false',
      '42',
      '["€𝄞"]',
      '["\\uFFFF"]',
      '{"min":-1.0e+28,"max":1.0e+28}',
    ];
    for (const body of accepted) await attack.request(body, { body }, 422);
    // Each parser does with these what it likes; here they are refused.
    const either = [
      '[123123e100000]',
      '[-1e+9999]',
      '["\\uD800"]',
      '["\\uDd1e\\uD834"]',
      '[100000000000000000001]',
      '[123.456e-789]',
      '{"a":1,"a":1}',
      `${'['.repeat(500)}${']'.repeat(500)}`,
    ];
    for (const body of either) await attack.request(body.slice(0, 40), { body }, 400);
    for (const value of attack.generated(fc.jsonValue({ maxDepth: 4 }), 4)) {
      const body = JSON.stringify(value);
      await attack.request(body.slice(0, 60), { body }, [400, 422]);
    }
  });
});
