/**
 * Whether other words for a suggestion still say what it says. Who rewords is a language model, and
 * what it read may hold instructions; so nothing it writes is shown that has another number, name or
 * direction than the suggestion: the worst that can come of it is the suggestion as it was.
 */
import type { Suggestion } from './suggestion.js';
import { formatFact, plainText, type FactFormat } from './text.js';

export interface RewordingOptions {
  /** How the facts were written in the text that was reworded. Default: `formatFact()`. */
  format?: FactFormat;
  /** Further names of the experiment: of variants and metrics that the suggestion may not name. */
  names?: readonly string[];
}

export interface Rewording {
  /** Whether it may be shown. */
  ok: boolean;
  /** What is wrong with it, a sentence each. */
  problems: string[];
}

/** Characters of a rewording. */
const LONGEST = 1_000;
/** Signs, digits with their separators, and a percent sign. */
const NUMBER = /[-+−<>≤≥]?\d(?:[\d.,\u00a0\u202f’]*\d)?\s?%?/g;
const NUMBER_WORD =
  /\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundreds?|thousands?|[mb]illions?|dozens?|twice|thrice|doubl\w*|tripl\w*|quadrupl\w*|half|halv\w*|quarters?|thirds?|(?:two|three|four|five|ten)fold)\b/gi;
/** Markup, addresses, code and control characters have no place in a sentence. */
const NOT_PROSE = /[<>`{}[\]\\|\p{Cc}\p{Cf}]|:\/\/|www\.|javascript:/iu;
/** Words for one direction and for the other. */
const DIRECTIONS: readonly RegExp[] = [
  /\b(?:more|higher|increas\w*|rais\w*|rose|up|gain\w*|grow\w*|grew)\b/i,
  /\b(?:less|fewer|lower\w*|decreas\w*|reduc\w*|fell|falls?|drop\w*|down|los\w*)\b/i,
  /\b(?:better|improv\w*|best|wins?|winning|winner|ships?|shipped)\b/i,
  /\b(?:worse|worst|harm\w*|hurt\w*|roll\w* back|stops?)\b/i,
  /\b(?:not|no|never|without|cannot|can’t|can't|isn’t|isn't|doesn’t|doesn't)\b/i,
];

/**
 * Whether `text` has the suggestion's numbers and names, no others, and the same directions; words
 * of direction and number are known in English only. Never throws.
 */
export function verifyRewording(
  suggestion: Pick<Suggestion, 'claim' | 'evidence'>,
  text: string,
  { format = formatFact(), names = [] }: RewordingOptions = {},
): Rewording {
  const claim = plainText(suggestion, format);
  const own = suggestion.claim.flatMap((part) =>
    typeof part === 'object' && 'name' in part ? part.name : [],
  );
  // The longest first: one name may be a part of another.
  const known = [...new Set([...own, ...names])].sort((a, b) => b.length - a.length);
  const problems: string[] = [];

  if (text.trim() === '') problems.push('It is empty.');
  if (text.length > LONGEST) problems.push(`It is longer than ${LONGEST} characters.`);
  // Comparisons with a number are prose.
  if (NOT_PROSE.test(text.replace(/[<>](?=\s?\d)/g, '')))
    problems.push('It holds markup, an address, code or invisible characters.');

  for (const name of known)
    if (has(claim, name) !== has(text, name))
      problems.push(`The name “${name}” is ${has(text, name) ? 'new' : 'missing'}.`);

  const [before, after] = [claim, text].map((sentence) => withoutNames(sentence, known)) as [
    string,
    string,
  ];
  const [numbers, said] = [numbersIn(before), numbersIn(after)];
  for (const one of numbers) if (!said.has(one)) problems.push(`The number ${one} is missing.`);
  for (const one of said) if (!numbers.has(one)) problems.push(`The number ${one} is new.`);

  for (const direction of DIRECTIONS) {
    const word = direction.exec(after)?.[0];
    const lost = direction.exec(before)?.[0];
    if (word !== undefined && lost === undefined) problems.push(`“${word}” is new.`);
    if (word === undefined && lost !== undefined) problems.push(`“${lost}” is missing.`);
  }
  return { ok: problems.length === 0, problems };
}

function has(text: string, name: string): boolean {
  return text.toLowerCase().includes(name.toLowerCase());
}

function withoutNames(text: string, names: readonly string[]): string {
  return names.reduce((left, name) => (name ? left.replaceAll(name, ' ') : left), text);
}

function numbersIn(text: string): Set<string> {
  const digits = (text.match(NUMBER) ?? []).map((number) =>
    number.replace(/\s/g, '').replace('−', '-'),
  );
  return new Set([...digits, ...(text.match(NUMBER_WORD) ?? []).map((word) => word.toLowerCase())]);
}
