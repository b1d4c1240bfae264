/**
 * Reads a request's JSON. Everything that could hurt code further in is found on the text, by a
 * loop: nesting, keys that reach a prototype, keys that come twice (which parsers settle each in
 * their own way) or without end, NUL, lone surrogates, numbers that no double holds.
 */
import { FORBIDDEN_KEYS, limits } from '../../protocol/index.js';
import { ProblemError } from '../problem-error.js';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The value; throws a `ProblemError` `malformed` that says what is wrong and where. */
export function parseJson(body: Buffer): unknown {
  let text: string;
  try {
    text = utf8.decode(body);
  } catch (cause) {
    throw new ProblemError('malformed', 'The body is not UTF-8.', { cause });
  }
  scan(text);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new ProblemError('malformed', 'The body is not JSON.', { cause });
  }
}

const STRING = /"(?:[^"\\]|\\.)*"/sy;
const NUMBER = /-?\d[\d.eE+-]*/y;
const COLON = /[ \t\r\n]*:/y;
const UNSTORABLE = /[\0\p{Surrogate}]/u;

/** Only what JSON.parse would let pass is refused here; what is no JSON at all is left to it. */
function scan(text: string): void {
  /** The keys of each open object; null for an open array. */
  const open: (Set<string> | null)[] = [];
  for (let i = 0; i < text.length;) {
    const character = text[i]!;
    if (character === '"') {
      const end = match(STRING, text, i);
      if (end === -1) return;
      const isKey = match(COLON, text, end) !== -1;
      checkString(text.slice(i, end), isKey ? open.at(-1) : null);
      i = end;
    } else if (character === '{' || character === '[') {
      if (open.push(character === '{' ? new Set() : null) > limits.depth) {
        throw new ProblemError('malformed', `The body nests deeper than ${limits.depth} levels.`);
      }
      i++;
    } else if (character === '}' || character === ']') {
      open.pop();
      i++;
    } else if (character === '-' || (character >= '0' && character <= '9')) {
      const end = match(NUMBER, text, i);
      if (end === -1) return;
      checkNumber(text.slice(i, end));
      i = end;
    } else i++;
  }
}

/** Where a match that starts exactly at `index` ends, or -1. */
function match(pattern: RegExp, text: string, index: number): number {
  pattern.lastIndex = index;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

/** A number is what was written, or refused: no other one is stored in its place. */
function checkNumber(literal: string): void {
  const number = Number(literal);
  const lost =
    Math.abs(number) === Infinity ||
    (!Number.isSafeInteger(number) && /^-?\d+$/.test(literal) && String(number) !== literal) ||
    (number === 0 && /^-?[0.]*[1-9]/.test(literal));
  if (!lost) return;
  const name = literal.slice(0, 40);
  throw new ProblemError('malformed', `No double holds the number ${name}; send it as a string.`);
}

function checkString(literal: string, siblings: Set<string> | null | undefined): void {
  const content = literal.includes('\\') ? unescape(literal) : literal.slice(1, -1);
  if (UNSTORABLE.test(content)) {
    throw new ProblemError('malformed', 'The body has a NUL or half a surrogate pair in a string.');
  }
  if (!siblings) return;
  const name = content.slice(0, 64);
  if (FORBIDDEN_KEYS.has(content)) {
    throw new ProblemError('malformed', `The body has a member “${name}”, which is not allowed.`);
  }
  if (siblings.has(content)) {
    throw new ProblemError('malformed', `The body has an object with “${name}” twice.`);
  }
  siblings.add(content);
  if (siblings.size > limits.members) {
    const most = limits.members;
    throw new ProblemError('malformed', `The body has an object with more than ${most} members.`);
  }
}

function unescape(literal: string): string {
  try {
    return JSON.parse(literal) as string;
  } catch (cause) {
    throw new ProblemError('malformed', 'The body is not JSON.', { cause });
  }
}
