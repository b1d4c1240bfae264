/**
 * Every fenced code block of the documentation compiles. TypeScript is type-checked against the
 * built packages, each block a module of its own; a comment `<!-- given: … -->` right
 * above a block brings the names that an earlier block on the page made. And docs/errors.md has an
 * entry for every code that an error of ours can have.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { transformSync, type Loader } from 'esbuild';
import { problems } from '../../src/protocol/problems.js';
import { filesIn } from '../files.js';
import { runTool } from '../tool.js';
import { finish, type Tally } from './tally.js';

interface Block {
  /** File and line, for messages. */
  where: string;
  language: string;
  code: string;
  given: string;
}

const pages = [...filesIn('.', /^[A-Z]+\.md$/), ...filesIn('docs', /\.md$/)];
const blocks = pages.flatMap(blocksOf);
const tags = new Set(
  [...readFileSync('custom-elements.json', 'utf8').matchAll(/"tagName": "([^"]+)"/g)].map(
    (m) => m[1],
  ),
);
const total: Tally = { passed: 0, failures: [] };

const typed = blocks.filter(({ language }) => /^tsx?$/.test(language));
const typeErrors = checkTypes(typed);
for (const block of blocks) {
  const problem = typed.includes(block) ? typeErrors.get(block) : check(block);
  if (problem === undefined) total.passed += 1;
  else total.failures.push(`${block.where}: ${problem}`);
}
checkErrorCodes();
if (blocks.length === 0) total.failures.push('no code block found in README.md and docs/');
finish(total);

function blocksOf(page: string): Block[] {
  const text = readFileSync(page, 'utf8');
  const fence = /(?:<!-- given: ([\s\S]*?) -->\n+)?^( *)```(\w*)[^\n]*\n([\s\S]*?)^ *```/gm;
  return [...text.matchAll(fence)].map((match) => ({
    where: `${page}:${text.slice(0, match.index).split('\n').length}`,
    given: match[1] ?? '',
    language: match[3] ?? '',
    code: match[4] ?? '',
  }));
}

/** A table for each side, a line for each code; none that no error has. */
function checkErrorCodes(): void {
  const sections = readFileSync('docs/errors.md', 'utf8').split(/^## /m);
  const codesOf = (file: string): string[] =>
    [...readFileSync(file, 'utf8').matchAll(/^ {2}\| '([\w-]+)'/gm)].map(([, code]) => code ?? '');
  for (const [side, needed] of [
    ['The runtime’s', codesOf('src/sync/errors.ts')],
    ['Experiments’', codesOf('src/experiments/error.ts')],
    ['The server’s', Object.keys(problems)],
  ] as const) {
    if (needed.length === 0) total.failures.push(`docs/errors.md: ${side} codes are not found`);
    const has = sections.find((section) => section.startsWith(side.replace('’', "'"))) ?? '';
    const entries = [...has.matchAll(/^\| `([\w-]+)`/gm)].map(([, code]) => code ?? '');
    for (const code of new Set([...entries, ...needed])) {
      const lines = entries.filter((entry) => entry === code).length;
      if (lines === 1 && needed.includes(code)) total.passed += 1;
      else if (!lines) total.failures.push(`docs/errors.md: ${side} \`${code}\` is missing`);
      else total.failures.push(`docs/errors.md: ${side} \`${code}\` is no code, or there twice`);
    }
  }
}

/** What is wrong with a block that is not TypeScript. */
function check({ language, code }: Block): string | undefined {
  switch (language) {
    case 'sh':
    case 'bash': {
      const { status, stderr } = spawnSync('bash', ['-n'], { input: code, encoding: 'utf8' });
      return status === 0 ? undefined : stderr;
    }
    case 'html':
      return checkHtml(code);
    case 'json':
    case 'css':
    case 'js':
      return checkSyntax(code, language);
    case 'text':
      return undefined;
    default:
      return `the block's language is "${language}": use ts, js, html, css, json, sh or text`;
  }
}

function checkHtml(code: string): string | undefined {
  for (const [, tag] of code.matchAll(/<(bl-[\w-]+)/g)) {
    if (!tags.has(tag)) return `<${tag}> is not an element of ours`;
  }
  for (const [, attributes = '', script = ''] of code.matchAll(
    /<script([^>]*)>([\s\S]*?)<\/script>/g,
  )) {
    const problem = /json/.test(attributes)
      ? checkSyntax(script, 'json')
      : checkSyntax(script, 'js');
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function checkSyntax(code: string, loader: Loader): string | undefined {
  try {
    transformSync(code, { loader, logLevel: 'silent' });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.split('\n').slice(1, 2).join() : String(error);
  }
}

/** Compiles the blocks together, inside the package so that `bytelyst/…` means our own exports. */
function checkTypes(typed: readonly Block[]): Map<Block, string> {
  // No leading dot: TypeScript would include nothing of it.
  const folder = 'dist/documentation';
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const files = new Map<string, Block>();
  typed.forEach((block, i) => {
    const name = `${String(i).padStart(3, '0')}.${block.language}`;
    files.set(name, block);
    writeFileSync(join(folder, name), `${block.given}\n${block.code}\nexport {};\n`);
  });
  const options = {
    extends: '../../tsconfig.json',
    compilerOptions: { noUnusedLocals: false, noUnusedParameters: false, noImplicitAny: true },
    include: ['.'],
    exclude: [],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(options));
  const errors = new Map<Block, string>();
  if (typed.length === 0) return errors;
  const { lines } = runTool('tsc', ['-p', join(folder, 'tsconfig.json'), '--pretty', 'false']);
  for (const line of lines.filter((text) => text.includes('error TS'))) {
    const match = /^(.+?)\(\d+,\d+\): (error .*)$/.exec(line);
    const block = files.get(basename(match?.[1] ?? ''));
    if (block === undefined) total.failures.push(line);
    else if (!errors.has(block)) errors.set(block, match?.[2] ?? line);
  }
  rmSync(folder, { recursive: true, force: true });
  return errors;
}
