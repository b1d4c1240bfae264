/**
 * The one condition language, JSON only: who takes part in an experiment, which rows a live query
 * returns. MongoDB-like with GrowthBook's semantics.
 *
 * ```ts
 * { country: { $in: ['DE', 'AT'] }, 'app.version': { $vgte: '2.1.0' }, $not: { bot: true } }
 * ```
 *
 * Every key must hold. A key is `$and`, `$or`, `$nor`, `$not` or the dotted path of a member; its
 * value is what the member must equal, or an object of operators.
 */
export interface Condition {
  readonly [path: string]: ConditionValue | Operators | Condition | readonly Condition[];
}

/** Anything JSON. */
export type ConditionValue =
  | null
  | boolean
  | number
  | string
  | readonly ConditionValue[]
  | { readonly [key: string]: ConditionValue };

/** All operators given must hold; an unknown one never does. */
export interface Operators {
  readonly $eq?: ConditionValue;
  readonly $ne?: ConditionValue;
  readonly $lt?: number | string;
  readonly $lte?: number | string;
  readonly $gt?: number | string;
  readonly $gte?: number | string;
  /** One of these; for an array, any of its elements is. The `i` twins ignore case. */
  readonly $in?: readonly ConditionValue[];
  readonly $nin?: readonly ConditionValue[];
  readonly $ini?: readonly ConditionValue[];
  readonly $nini?: readonly ConditionValue[];
  /** The array holds an element for each of these. */
  readonly $all?: readonly (ConditionValue | Operators)[];
  readonly $alli?: readonly (ConditionValue | Operators)[];
  /** The array's length equals this or satisfies these operators. */
  readonly $size?: number | Operators;
  /** Some element satisfies these operators or this condition. */
  readonly $elemMatch?: Operators | Condition;
  /** A JavaScript regular expression without flags; see `pattern.ts` for its bounds. */
  readonly $regex?: string;
  readonly $regexi?: string;
  /** `true`: there and not null. */
  readonly $exists?: boolean;
  readonly $type?: 'string' | 'number' | 'boolean' | 'object' | 'array' | 'null' | 'undefined';
  readonly $not?: ConditionValue | Operators;
  /** Versions: numeric parts by value, a release after its pre-releases. */
  readonly $veq?: string;
  readonly $vne?: string;
  readonly $vlt?: string;
  readonly $vlte?: string;
  readonly $vgt?: string;
  readonly $vgte?: string;
  /** Membership in a list given to `matches` under this name. */
  readonly $inGroup?: string;
  readonly $notInGroup?: string;
}

/** Saved lists of values by name, for `$inGroup` and `$notInGroup`. */
export type Groups = Readonly<Record<string, readonly unknown[]>>;
