/** Whether a query can be asked: with a typing error it would find nothing, or everything. */
import { isOperators } from '../../conditions/index.js';
import { isObject, limits } from '../../protocol/index.js';
import { isPlain } from '../copy.js';
import { invalid } from '../errors.js';

const KEYS = ['where', 'orderBy', 'limit', 'offset'];

/** Operators by what they take; groups of values are for targeting, queries have none. */
const LISTS = /^\$(n?ini?|alli?)$/;
const OTHERS = /^\$(eq|ne|[lg]te?|regexi?|exists|type|size|elemMatch|not|v(eq|ne|[lg]te?))$/;

/** Throws `invalid`, saying what is wrong. */
export function checkQuery(query: unknown): void {
  if (!isObject(query)) throw invalid('A query is an object: { where, orderBy, limit, offset }.');
  for (const key of Object.keys(query))
    if (!KEYS.includes(key)) throw invalid(`A query has no “${key}”, only ${KEYS.join(', ')}.`);
  const { where, orderBy, limit, offset } = query;
  checkCondition(where ?? {}, 0);
  for (const path of [orderBy ?? []].flat())
    if (typeof path !== 'string' || !/^-?[^-]/.test(path))
      throw invalid('orderBy takes members, “-due” for downwards, or a list of them.');
  if (!isCount(limit) && limit !== Infinity) throw invalid('limit is a whole number from 0.');
  if (!isCount(offset)) throw invalid('offset is a whole number from 0.');
}

function isCount(value: unknown): boolean {
  return (value ?? null) === null || (Number.isSafeInteger(value) && (value as number) >= 0);
}

function checkCondition(condition: unknown, depth: number): void {
  if (!isObject(condition)) throw invalid('A condition is an object: { status: "open" }.');
  if (depth > limits.depth) throw invalid('This condition nests too deep, or contains itself.');
  for (const [key, expected] of Object.entries(condition)) {
    if (/^\$(and|or|nor)$/.test(key))
      for (const part of listOf(key, expected)) checkCondition(part, depth + 1);
    else if (key === '$not') checkCondition(expected, depth + 1);
    else if (key.startsWith('$')) throw invalid(`${key} can’t stand in the place of a member.`);
    else checkExpected(key, expected, depth + 1);
  }
}

/** What a member must equal, or operators. */
function checkExpected(member: string, expected: unknown, depth: number): void {
  checkValue(member, expected, depth);
  if (isOperators(expected))
    for (const [name, operand] of Object.entries(expected)) checkOperator(name, operand, depth + 1);
}

function checkOperator(name: string, operand: unknown, depth: number): void {
  if (LISTS.test(name)) for (const item of listOf(name, operand)) checkExpected(name, item, depth);
  else if (!OTHERS.test(name)) throw invalid(`There is no operator ${name} in queries.`);
  else if (name.startsWith('$regex')) checkPattern(name, operand);
  else if (name === '$elemMatch' && !isOperators(operand)) checkCondition(operand, depth);
  else checkExpected(name, operand, depth);
}

/** Anything of which JSON can be made. */
function checkValue(at: string, value: unknown, depth: number): void {
  if (depth > limits.depth) throw invalid(`${at} nests too deep, or contains itself.`);
  if (['function', 'symbol', 'bigint'].includes(typeof value))
    throw invalid(`${at}: a ${typeof value} can’t be looked for; rows are JSON.`);
  if (typeof value !== 'object' || !value) return;
  if (!Array.isArray(value) && !isPlain(value) && !('toJSON' in value))
    throw invalid(`${at}: a ${value.constructor.name} can’t be looked for; rows are JSON.`);
  const names = Object.keys(value);
  const operators = names.filter((name) => name.startsWith('$'));
  if (operators.length && operators.length < names.length && !Array.isArray(value))
    throw invalid(`${at} mixes ${operators[0]} with members.`);
  for (const member of Object.values(value)) checkValue(at, member, depth + 1);
}

function checkPattern(name: string, pattern: unknown): void {
  if (typeof pattern !== 'string') throw invalid(`${name} takes a pattern as a text.`);
  try {
    new RegExp(pattern);
  } catch (cause) {
    throw invalid(`${name}: “${pattern}” is not a pattern.`, cause);
  }
}

function listOf(name: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid(`${name} takes a list.`);
  return value;
}
