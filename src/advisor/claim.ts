import type { ClaimPart, Fact, Suggestion } from './suggestion.js';

/** Marks text that comes from the experiment. */
export interface Name {
  name: string;
}

/** A claim under construction: its parts, and the facts that they refer to. */
export interface Claim {
  parts: ClaimPart[];
  facts: Fact[];
}

/**
 * A claim as a template, so that a number can only come in as a fact and a name only as data:
 * claim`${lift} in ${{ name }}`.
 */
export function claim(text: TemplateStringsArray, ...values: (Fact | Name)[]): Claim {
  const parts: ClaimPart[] = [];
  const facts: Fact[] = [];
  text.forEach((piece, i) => {
    if (piece !== '') parts.push(piece);
    const value = values[i];
    if (value === undefined) return;
    if ('name' in value) {
      parts.push({ name: value.name });
    } else {
      parts.push({ fact: value.id });
      if (!facts.some(({ id }) => id === value.id)) facts.push(value);
    }
  });
  return { parts, facts };
}

/** Two claims, one after the other. */
export function both(first: Claim, second: Claim): Claim {
  const known = new Set(first.facts.map(({ id }) => id));
  return {
    parts: [...first.parts, ' ', ...second.parts],
    facts: [...first.facts, ...second.facts.filter(({ id }) => !known.has(id))],
  };
}

/** A suggestion from its claim; `about` tells apart what one rule says of several things. */
export function suggestion(
  given: Omit<Suggestion, 'id' | 'claim' | 'evidence'> & { claim: Claim; about?: string },
): Suggestion {
  const { claim: made, about, ...rest } = given;
  return {
    id: about === undefined ? given.rule : `${given.rule}:${about}`,
    ...rest,
    claim: made.parts,
    evidence: made.facts,
  };
}
