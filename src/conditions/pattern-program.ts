/** From a pattern's text to the program that `pattern.ts` runs. */

/** Runs step by step; every step but `jump` and `match` goes on to the one after it. */
export type Program = Step[];

export type Step =
  | { op: 'match' }
  /** Consumes one character (a UTF-16 code unit). */
  | { op: 'char'; test: (code: number) => boolean }
  | { op: 'assert'; test: (text: string, at: number) => boolean }
  /** Look-ahead: its program must (or must not) match from here. */
  | { op: 'look'; program: Program; negative: boolean }
  | { op: 'jump'; to: number }
  /** Goes on both after itself and at `to`. */
  | { op: 'split'; to: number };

const limits = {
  /** Characters of a pattern. */
  pattern: 1_000,
  /** Steps of a program, after counted repetition (`{2,5}`) is written out. */
  steps: 5_000,
  /** Groups within groups. */
  depth: 50,
};

/** Ends compilation; never leaves this file. */
class Refused extends Error {}

/** The program for a pattern, or null when it is invalid or needs what we refuse. */
export function compile(pattern: string, ignoreCase: boolean): Program | null {
  if (pattern.length > limits.pattern) return null;
  try {
    new RegExp(pattern); // Syntax is the engine's to judge: below, the pattern is well-formed.
    const program: Program = [];
    const end = alternatives({ pattern, ignoreCase, depth: 0 }, 0, program);
    if (end !== pattern.length) return null;
    program.push({ op: 'match' });
    return program;
  } catch (error) {
    if (error instanceof Refused || error instanceof SyntaxError) return null;
    throw error;
  }
}

interface Source {
  pattern: string;
  ignoreCase: boolean;
  depth: number;
}

/** Reads `a|b|c` from `at`, appends its steps, and returns where it ends: at `)` or the end. */
function alternatives(source: Source, at: number, program: Program): number {
  if (source.depth > limits.depth) throw new Refused();
  const start = program.length;
  const jumps: { op: 'jump'; to: number }[] = [];
  let branch = start;
  at = sequence(source, at, program);
  while (source.pattern[at] === '|') {
    const jump = { op: 'jump' as const, to: 0 };
    jumps.push(jump);
    program.push(jump);
    insert(program, branch, { op: 'split', to: program.length + 1 });
    branch = program.length;
    at = sequence(source, at + 1, program);
  }
  for (const jump of jumps) jump.to = program.length;
  return at;
}

function sequence(source: Source, at: number, program: Program): number {
  while (at < source.pattern.length && !'|)'.includes(source.pattern.charAt(at))) {
    const start = program.length;
    at = atom(source, at, program);
    at = repetition(source, at, program, start);
    if (program.length > limits.steps) throw new Refused();
  }
  return at;
}

function atom(source: Source, at: number, program: Program): number {
  const { pattern } = source;
  switch (pattern[at]) {
    case '(':
      return group(source, at, program);
    case '^':
      program.push({ op: 'assert', test: (_, i) => i === 0 });
      return at + 1;
    case '$':
      program.push({ op: 'assert', test: (text, i) => i === text.length });
      return at + 1;
    case '\\':
      return escape(source, at, program);
    case '[':
      return character(source, at, endOfClass(pattern, at), program);
    default:
      return character(source, at, at + 1, program);
  }
}

function group(source: Source, at: number, program: Program): number {
  const { pattern } = source;
  const inner = { ...source, depth: source.depth + 1 };
  const opening = /^\((?:\?(?:[:=!]|<[^=!>][^>]*>))?/.exec(pattern.slice(at))?.[0] ?? '(';
  const start = at + opening.length;
  if (opening === '(' && pattern[start] === '?') throw new Refused(); // Look-behind and the like.
  if (opening !== '(?=' && opening !== '(?!') return alternatives(inner, start, program) + 1;

  const look: Program = [];
  const end = alternatives(inner, start, look);
  look.push({ op: 'match' });
  program.push({ op: 'look', program: look, negative: opening === '(?!' });
  return end + 1;
}

function escape(source: Source, at: number, program: Program): number {
  const rest = source.pattern.slice(at + 1);
  if (/^[bB]/.test(rest)) {
    const boundary = rest.startsWith('b');
    program.push({ op: 'assert', test: (text, i) => atBoundary(text, i) === boundary });
    return at + 2;
  }
  if (/^[1-9k]/.test(rest)) throw new Refused(); // A back reference.
  const length = /^(?:x[\da-fA-F]{2}|u[\da-fA-F]{4}|c[a-zA-Z]|0[0-7]{0,2})/.exec(rest)?.[0].length;
  return character(source, at, at + 1 + (length ?? 1), program);
}

/** The text from `at` to `end` stands for one character: which, the engine says. */
function character(source: Source, at: number, end: number, program: Program): number {
  const one = source.pattern.slice(at, end);
  const escaped = one.length === 1 && /[{}\]]/.test(one) ? `\\${one}` : one;
  const test = new RegExp(`^${escaped}$`, source.ignoreCase ? 'i' : '');
  const ascii = new Uint8Array(128);
  for (let code = 0; code < 128; code++) {
    if (test.test(String.fromCharCode(code))) ascii[code] = 1;
  }
  program.push({
    op: 'char',
    test: (code) => (code < 128 ? ascii[code] === 1 : test.test(String.fromCharCode(code))),
  });
  return end;
}

function endOfClass(pattern: string, at: number): number {
  let end = at + 1;
  while (pattern[end] !== ']') end += pattern[end] === '\\' ? 2 : 1;
  return end + 1;
}

/** Applies `* + ? {m,n}` to the steps from `start`. Lazy or not does not matter to a yes or no. */
function repetition(source: Source, at: number, program: Program, start: number): number {
  const quantifier = /^(?:[*+?]|\{(\d+)(,(\d*))?\})\??/.exec(source.pattern.slice(at));
  if (quantifier === null) return at;
  const [text, low, comma, high] = quantifier;
  const least = low !== undefined ? Number(low) : text.startsWith('+') ? 1 : 0;
  const most =
    low !== undefined
      ? comma === undefined
        ? least
        : high
          ? Number(high)
          : Infinity
      : text.startsWith('?')
        ? 1
        : Infinity;
  repeat(program, start, least, most);
  return at + text.length;
}

function repeat(program: Program, start: number, least: number, most: number): void {
  const body = program.splice(start);
  if (body.length === 0) return;
  const copies = Math.max(least, most === Infinity ? least + 1 : most);
  if (copies * (body.length + 1) + program.length > limits.steps) {
    throw new Refused();
  }
  for (let i = 0; i < least; i++) append(program, body, start);
  if (most === Infinity) {
    const split = program.length;
    program.push({ op: 'split', to: split + body.length + 2 });
    append(program, body, start);
    program.push({ op: 'jump', to: split });
  } else {
    const end = program.length + (most - least) * (body.length + 1);
    for (let i = least; i < most; i++) {
      program.push({ op: 'split', to: end });
      append(program, body, start);
    }
  }
}

/** Copies steps that stood at `origin` to the program's end, moving where they lead. */
function append(program: Program, steps: Program, origin: number): void {
  const shift = program.length - origin;
  for (const step of steps) {
    program.push('to' in step ? { ...step, to: step.to + shift } : step);
  }
}

/** Puts a step in front of what starts at `at`, moving all that leads beyond it. */
function insert(program: Program, at: number, step: Step): void {
  for (const other of program.slice(at)) if ('to' in other) other.to += 1;
  program.splice(at, 0, step);
}

function atBoundary(text: string, at: number): boolean {
  const isWord = (i: number): boolean => /\w/.test(text.charAt(i));
  return isWord(at - 1) !== isWord(at);
}
