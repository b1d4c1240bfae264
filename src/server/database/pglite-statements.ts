/**
 * Statements on PGlite, each kept prepared: taking SQL apart and planning it costs WebAssembly more
 * than most statements take to run. Whatever belongs to one call goes over in one piece.
 */
import { parse, type PGlite, protocol } from '@electric-sql/pglite';
import { type Parameter, PREPARED_STATEMENTS } from './database.js';

type Row = Record<string, unknown>;
const { serialize } = protocol;

export interface Statements {
  /** Runs one statement, or a script without parameters; the rows of the last. */
  run(sql: string, parameters: readonly Parameter[] | null): Promise<Row[]>;
  /** The same in a transaction of its own, which starts with `begin`. */
  runIn(begin: string, sql: string, parameters: readonly Parameter[] | null): Promise<Row[]>;
}

export function createStatements(database: PGlite): Statements {
  const prepared = new Map<string, { name: string; types: readonly number[] }>();
  const send = (messages: readonly Uint8Array[]) =>
    database.execProtocolStream(Buffer.concat(messages));

  async function prepare(sql: string) {
    // One without a name lasts until the next.
    const name = prepared.size < PREPARED_STATEMENTS ? `statement_${prepared.size}` : '';
    const described = await send([
      serialize.parse({ name, text: sql }),
      serialize.describe({ type: 'S', name }),
      serialize.sync(),
    ]);
    const statement = { name, types: parse.parseDescribeStatementResults(described) };
    if (name) prepared.set(sql, statement);
    return statement;
  }

  async function messagesOf(sql: string, parameters: readonly Parameter[] | null) {
    if (!parameters) return [serialize.query(sql)];
    const { name, types } = prepared.get(sql) ?? (await prepare(sql));
    const values = parameters.map((value, i) =>
      value === null ? null : (database.serializers[types[i]!]?.(value) ?? String(value)),
    );
    return [
      serialize.bind({ statement: name, values }),
      serialize.describe({ type: 'P' }),
      serialize.execute({}),
      serialize.sync(),
    ];
  }

  /** Nothing else comes between the messages of one call. */
  const run = (sql: string, parameters: readonly Parameter[] | null, begin?: string) =>
    database.runExclusive(async () => {
      const messages = await messagesOf(sql, parameters);
      // What fails aborts the transaction, and the commit of an aborted one rolls it back.
      const all = begin
        ? [serialize.query(begin), ...messages, serialize.query('commit')]
        : messages;
      const results = parse.parseResults(await send(all), database.parsers);
      return (results.at(begin ? -2 : -1)?.rows ?? []) as Row[];
    });

  return { run, runIn: (begin, sql, parameters) => run(sql, parameters, begin) };
}
