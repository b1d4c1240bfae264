/**
 * What the rules about who takes part must be to be stored. One that is wrong matches nobody, in
 * silence, in every browser; here somebody can still mend it.
 */
import { isOperators, isPattern, OPERATORS } from '../../conditions/index.js';
import type { Experiment } from '../../experiments/model.js';
import { isObject } from '../../protocol/index.js';
import { nameSchema } from '../../protocol/schemas.js';
import type { Fault } from '../validate.js';

const text = (maxLength: number) => ({ type: 'string', minLength: 1, maxLength });
const list = (items: object, maxItems: number) => ({ type: 'array', minItems: 1, maxItems, items });
const share = { type: 'number', minimum: 0, maximum: 1 };
const phase = { type: 'integer', minimum: 1, maximum: 1_000_000 };
const ranges = list({ type: 'array', items: share, minItems: 2, maxItems: 2 }, 100);
const time = { anyOf: [{ type: 'string', format: 'utc-time' }, { type: 'null' }] };
const members = (required: string[], properties: object) => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties,
});

/** Their schemas, by member of an experiment. */
export const rules = {
  condition: { type: 'object' },
  layer: members(['key', 'ranges'], { key: nameSchema, ranges, attribute: text(64) }),
  filters: list(
    members(['seed', 'ranges'], {
      seed: text(200),
      ranges,
      attribute: text(64),
      hashVersion: { enum: [1, 2, 3] },
    }),
    20,
  ),
  namespace: {
    type: 'array',
    minItems: 3,
    maxItems: 3,
    items: [text(200), share, share],
    additionalItems: false,
  },
  prerequisites: list(
    members(['experiment'], { experiment: nameSchema, variants: list(nameSchema, 20) }),
    20,
  ),
  sticky: members([], {
    bucketVersion: phase,
    minBucketVersion: phase,
    fallbackAttribute: text(64),
  }),
  urls: list(
    members(['include', 'type', 'pattern'], {
      include: { type: 'boolean' },
      type: { enum: ['simple', 'regex'] },
      pattern: text(1_000),
    }),
    100,
  ),
  startAt: time,
  stopAt: time,
};

export type Rules = Partial<
  Pick<Experiment, 'key' | 'layer' | 'filters' | 'prerequisites' | 'urls' | 'startAt' | 'stopAt'>
>;

/** What their schemas can't say. */
export function ruleFaults(row: Rules): Fault[] {
  const faults: Fault[] = [];
  const fault = (pointer: string, code: string, detail: string) =>
    faults.push({ pointer, code, detail });
  const isEmpty = ([start, end]: readonly number[]): boolean => !(start! < end!);

  if (row.layer?.ranges.some(isEmpty)) {
    fault('/layer/ranges', 'range', 'every range starts before it ends');
  }
  row.filters?.forEach((filter, i) => {
    if (filter.ranges.some(isEmpty)) {
      fault(`/filters/${i}/ranges`, 'range', 'every range starts before it ends');
    }
  });
  row.prerequisites?.forEach(({ experiment }, i) => {
    if (experiment === row.key) {
      fault(`/prerequisites/${i}/experiment`, 'cycle', 'an experiment can’t need itself');
    }
  });
  row.urls?.forEach(({ type, pattern }, i) => {
    if (type === 'regex' && !isPattern(pattern)) {
      fault(`/urls/${i}/pattern`, 'pattern', notAPattern);
    }
  });
  if (row.startAt && row.stopAt && Date.parse(row.startAt) >= Date.parse(row.stopAt)) {
    fault('/stopAt', 'schedule', 'must come after startAt');
  }
  return faults;
}

const notAPattern = 'no regular expression, too long, or one that has to backtrack';

/** Deeper conditions than this nobody can read, and every browser would have to walk them. */
const MAX_DEPTH = 10;

const GROUPS: ReadonlySet<string> = new Set(['$and', '$or', '$nor']);

/** The first fault of a condition, if there is one. */
export function conditionFaults(condition: unknown, pointer = '/condition', depth = 1): Fault[] {
  if (depth > MAX_DEPTH) {
    return [
      {
        pointer: '/condition',
        code: 'too-deep',
        detail: `nested at most ${MAX_DEPTH} levels deep`,
      },
    ];
  }
  if (Array.isArray(condition)) {
    return first(condition.entries(), ([i, item]) =>
      conditionFaults(item, `${pointer}/${i}`, depth + 1),
    );
  }
  if (!isObject(condition)) return [];
  const operators = isOperators(condition);
  return first(Object.entries(condition), ([name, value]) => {
    const at = `${pointer}/${name.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (operators && !OPERATORS.has(name) && !GROUPS.has(name)) {
      return [{ pointer: at, code: 'unknown-operator', detail: 'there is no such operator' }];
    }
    if (/^\$regexi?$/.test(name) && !isPattern(value)) {
      return [{ pointer: at, code: 'pattern', detail: notAPattern }];
    }
    return conditionFaults(value, at, depth + 1);
  });
}

function first<T>(items: Iterable<T>, faultsOf: (item: T) => Fault[]): Fault[] {
  for (const item of items) {
    const faults = faultsOf(item);
    if (faults.length) return faults;
  }
  return [];
}
