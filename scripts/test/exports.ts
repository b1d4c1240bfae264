/**
 * What package.json promises is there after the build: every entry of `exports`, one check each,
 * its declarations included. Modules are imported too, in Node: server-side rendering does that.
 * And the names that others call answer as they should.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { publicNames } from './public-names.js';
import { finish, type Tally } from './tally.js';

type Target = string | { types: string; default: string };

const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<string, Target>;
};
const elements = readdirSync('src/elements').filter((name) =>
  existsSync(`src/elements/${name}/define.ts`),
);

const total: Tally = { passed: 0, failures: [] };
for (const [pattern, target] of Object.entries(exports)) {
  for (const name of pattern.includes('*') ? elements : ['']) {
    const fill = (text: string): string => text.replaceAll('*', name);
    const problem = await check(
      fill(pattern),
      typeof target === 'string' ? [target] : [target.types, target.default],
      fill,
    );
    if (problem === undefined) total.passed += 1;
    else total.failures.push(`${fill(pattern)}: ${problem}`);
  }
}
for (const [entry, calls] of Object.entries(publicNames)) {
  const module = (await import(entry.replace('.', 'bytelyst'))) as never;
  for (const [name, call] of Object.entries(calls)) {
    const problem = problemOf(() => call?.(module));
    if (problem === undefined) total.passed += 1;
    else total.failures.push(`${entry}: ${name} ${problem}`);
  }
}
finish(total);

function problemOf(call: () => unknown): string | undefined {
  try {
    return call() === true ? undefined : 'does not answer as it should';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function check(
  entry: string,
  targets: readonly string[],
  fill: (text: string) => string,
): Promise<string | undefined> {
  const missing = targets.map(fill).find((file) => !existsSync(file));
  if (missing !== undefined) return `${missing} does not exist`;
  // Scripts for pages, styles and data are not for importing in Node.
  if (targets.length === 1) return undefined;
  try {
    await import(entry.replace('.', 'bytelyst'));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
