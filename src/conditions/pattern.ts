/**
 * Regular expressions that cannot hang the page. The engine's own matcher backtracks, and a
 * pattern such as `(a+)+$` takes it minutes; this one follows all alternatives at once (Thompson
 * 1968; Russ Cox, “Regular Expression Matching Can Be Simple And Fast”), so its time grows with
 * pattern × text, and a budget of steps bounds even that.
 *
 * The language is JavaScript's without flags, single characters being judged by the engine itself.
 * Back references and look-behind need backtracking and are refused, as is what exceeds `limits`:
 * a refused pattern matches nothing.
 */
import { compile, type Program } from './pattern-program.js';

const limits = {
  /** Characters of a text. */
  text: 10_000,
  /** Steps of one test, some ten milliseconds. */
  steps: 1_000_000,
  /** Compiled patterns that are kept. */
  cache: 500,
};

const cache = new Map<string, Program | null>();

/** Whether `pattern` is found in `text` (as text, if it is a number or the like). */
export function testPattern(pattern: unknown, text: unknown, ignoreCase: boolean): boolean {
  if (typeof pattern !== 'string' || (typeof text === 'object' && text !== null)) return false;
  const program = compiled(pattern, ignoreCase);
  const input = String(text);
  if (program === null || input.length > limits.text) return false;
  return find(program, input, 0, false, { left: limits.steps });
}

/** Whether a pattern can match at all: it is well-formed, within the limits, and never backtracks. */
export function isPattern(pattern: unknown): pattern is string {
  return typeof pattern === 'string' && compiled(pattern, false) !== null;
}

function compiled(pattern: string, ignoreCase: boolean): Program | null {
  const key = `${ignoreCase ? 'i' : ' '}${pattern}`;
  let program = cache.get(key);
  if (program === undefined) {
    program = compile(pattern, ignoreCase);
    if (cache.size >= limits.cache) cache.clear();
    cache.set(key, program);
  }
  return program;
}

interface Budget {
  left: number;
}

/** Runs the program from `start`: at every later position too, unless it is anchored there. */
function find(
  program: Program,
  text: string,
  start: number,
  anchored: boolean,
  budget: Budget,
): boolean {
  const seen = new Int32Array(program.length).fill(-1);
  budget.left -= program.length;
  let states: number[] = [];
  for (let at = start; at <= text.length; at++) {
    const next: number[] = [];
    const reached = (state: number): boolean =>
      follow(program, state, text, at, seen, next, budget);
    if (states.some(reached)) return true;
    if ((at === start || !anchored) && reached(0)) return true;
    if (budget.left <= 0) return false;
    if (next.length === 0 && anchored) return false;
    states = [];
    const code = text.charCodeAt(at);
    for (const state of next) {
      const step = program[state];
      if (step?.op === 'char' && step.test(code)) states.push(state + 1);
    }
  }
  return false;
}

/**
 * Collects in `next` the characters that may come at position `at` once `state` is reached; true
 * when a match ends here. `seen` holds the position at which a state was last followed.
 */
function follow(
  program: Program,
  state: number,
  text: string,
  at: number,
  seen: Int32Array,
  next: number[],
  budget: Budget,
): boolean {
  const stack = [state];
  for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
    if (seen[i] === at || budget.left-- <= 0) continue;
    seen[i] = at;
    const step = program[i];
    switch (step?.op) {
      case 'match':
        return true;
      case 'char':
        next.push(i);
        break;
      case 'jump':
        stack.push(step.to);
        break;
      case 'split':
        stack.push(step.to, i + 1);
        break;
      case 'assert':
        if (step.test(text, at)) stack.push(i + 1);
        break;
      case 'look':
        if (find(step.program, text, at, true, budget) !== step.negative) stack.push(i + 1);
        break;
    }
  }
  return false;
}
