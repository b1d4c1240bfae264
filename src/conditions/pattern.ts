/**
 * Regular expressions that cannot hang the page. The engine's own matcher backtracks, and a
 * pattern such as `(a+)+$` takes it minutes; this one follows all alternatives at once (Thompson
 * 1968; Russ Cox, “Regular Expression Matching Can Be Simple And Fast”), so its time grows with
 * pattern × text, and a budget of steps bounds even that.
 *
 * The language is JavaScript's without flags, single characters and edges (`^ $ \\b \\B`) being judged by the engine itself.
 * Back references and look-behind need backtracking and are refused, as is what exceeds the limits.
 */
import type { Steps } from './evaluate.js';

/** States of a pattern, after counted repetition (`{2,5}`) is written out. */
const MAX_STATES = 5_000;
/** Groups within groups: so deep that every device can follow. */
const MAX_DEPTH = 50;
/** Characters of a text. */
const MAX_TEXT = 10_000;
/** Compiled patterns that are kept. */
const MAX_CACHED = 500;

/** A place in a pattern; one that leads nowhere is its end. */
interface State {
  /** Consumes a character (a UTF-16 code unit) that passes. */
  test?: (code: number) => boolean;
  /** Consumes nothing, and must hold here: an assertion or a look-ahead. */
  holds?: (text: string, at: number, steps: Steps) => boolean;
  to: State[];
  /** When it was last visited, by `visits`. */
  visit: number;
}

/** A piece of a pattern: its first state, when it is followed by `next`. */
type Piece = (next: State) => State;

/** What is refused is false here, what is not well-formed null. */
type Compiled = State | false | null;

const cache = new Map<string, Compiled>();
let visits = 0;

/**
 * Whether `pattern` is found in `text` (as text, if it is a number or the like); what is not
 * well-formed is not. Throws where it can't be said: the pattern is refused, the text too long, or
 * no steps are left.
 */
export function testPattern(
  pattern: unknown,
  text: unknown,
  ignoreCase: boolean,
  steps: Steps,
): boolean {
  if (typeof pattern !== 'string') return false;
  const start = compiled(pattern, ignoreCase);
  if (start === null) return false;
  const input = String(text);
  if (!start || input.length > MAX_TEXT) refuse();
  return find(start, input, steps);
}

/** Whether a pattern can be judged: it is well-formed, within the limits, and never backtracks. */
export function isPattern(pattern: unknown): pattern is string {
  return typeof pattern === 'string' && !!compiled(pattern, false);
}

function compiled(pattern: string, ignoreCase: boolean): Compiled {
  const key = (ignoreCase ? 'i' : ' ') + pattern;
  let start = cache.get(key);
  if (start === undefined) {
    start = compile(pattern, ignoreCase);
    if (cache.size >= MAX_CACHED) cache.clear();
    cache.set(key, start);
  }
  return start;
}

/** Looks for the end from `start`: at every later position of the text too, unless `anchored`. */
function find(start: State, text: string, steps: Steps, from = 0, anchored = false): boolean {
  let states = [start];
  for (let at = from; at <= text.length && states.length > 0; at++) {
    const visit = ++visits;
    const next = anchored ? [] : [start];
    for (let state = states.pop(); state !== undefined; state = states.pop()) {
      if (state.visit === visit) continue;
      if (--steps.left < 0) refuse();
      state.visit = visit;
      const { test, holds, to } = state;
      if (to.length === 0) return true;
      if (!test) {
        if (!holds || holds(text, at, steps)) states.push(...to);
      } else if (at < text.length && test(text.charCodeAt(at))) next.push(...to);
    }
    states = next;
  }
  return false;
}

function refuse(): never {
  throw new RangeError();
}

/** The first state of a pattern. */
function compile(pattern: string, ignoreCase: boolean): Compiled {
  let at = 0;
  let count = 0;
  let depth = -1;

  function state(parts: Omit<State, 'visit'>): State {
    if (++count > MAX_STATES) refuse();
    return { ...parts, visit: 0 };
  }

  /** Takes what stands here, if it is `expected`. */
  function take(expected: RegExp): RegExpExecArray | null {
    const found = expected.exec(pattern.slice(at));
    at += found?.[0].length ?? 0;
    return found;
  }

  /** `a|b|c`, to `)` or the end. */
  function alternatives(): Piece {
    if (++depth > MAX_DEPTH) refuse();
    const branches = [sequence()];
    while (take(/^\|/)) branches.push(sequence());
    depth--;
    return (next) =>
      branches.length > 1
        ? state({ to: branches.map((branch) => branch(next)) })
        : branches[0]!(next);
  }

  function sequence(): Piece {
    const pieces: Piece[] = [];
    while (at < pattern.length && !/[|)]/.test(pattern.charAt(at))) pieces.push(repeated(atom()));
    return (next) => pieces.reduceRight((after, piece) => piece(after), next);
  }

  function atom(): Piece {
    const group = take(/^\((?:\?(?:[:=!]|<[^=!>][^>]*>))?/)?.[0];
    if (group) {
      if (take(/^\?/)) refuse(); // Look-behind and the like.
      const inside = alternatives();
      at++;
      return /[=!]$/.test(group) ? lookAhead(inside, group.endsWith('=')) : inside;
    }
    const edge = take(/^(?:\^|\$|\\[bB])/)?.[0];
    if (edge) {
      const one = new RegExp(edge, 'y');
      const holds = (text: string, here: number): boolean => {
        one.lastIndex = here;
        return one.test(text);
      };
      return (next) => state({ holds, to: [next] });
    }
    if (take(/^\\[1-9k]/)) refuse(); // A back reference.
    const one = take(
      /^(?:\[(?:\\[^]|[^\]\\])*\]|\\(?:(?:x|u[\da-fA-F]{2})[\da-fA-F]{2}|c[a-zA-Z]|0[0-7]{0,2}|[^])|[^])/,
    );
    return character(one?.[0] ?? '');
  }

  function lookAhead(inside: Piece, positive: boolean): Piece {
    return (next) => {
      const start = inside({ to: [], visit: 0 });
      return state({
        holds: (text, here, steps) => find(start, text, steps, here, true) === positive,
        to: [next],
      });
    };
  }

  /** Text that stands for one character: which, the engine says. */
  function character(text: string): Piece {
    const one = new RegExp(`^${text}$`, ignoreCase ? 'i' : '');
    const known: boolean[] = [];
    const test = (code: number): boolean => (known[code] ??= one.test(String.fromCharCode(code)));
    return (next) => state({ test, to: [next] });
  }

  /** Applies `* + ? {m,n}`. Lazy or not does not matter to a yes or no. */
  function repeated(piece: Piece): Piece {
    const quantifier = take(/^(?:([*+?])|\{(\d+)(,(\d*))?\})\??/);
    if (!quantifier) return piece;
    const [, sign, low, comma, high] = quantifier;
    const least = sign ? Number(sign === '+') : Number(low);
    const most = sign === '?' ? 1 : sign || (comma && !high) ? Infinity : Number(high ?? low);
    return (next) => {
      let first = next;
      if (most === Infinity) {
        first = state({ to: [next] });
        first.to.push(piece(first));
      }
      for (let i = most === Infinity ? least : most; i > 0; i--) {
        const again = piece(first);
        if (again === first) break; // It is empty: repeated, too.
        first = i > least ? state({ to: [again, next] }) : again;
      }
      return first;
    };
  }

  try {
    new RegExp(pattern); // Syntax is the engine's to judge: below, the pattern is well-formed.
    return alternatives()({ to: [], visit: 0 });
  } catch (error) {
    // Groups in groups in groups, too, end as a `RangeError`.
    return error instanceof RangeError ? false : null;
  }
}
