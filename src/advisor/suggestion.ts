/** What the advisor says, and the numbers that it rests on. */
import type { Experiment, Metric } from '../experiments/model.js';

export interface Suggestion {
  /** Stable for this advice about this experiment's variant or metric: what a dismissal names. */
  id: string;
  /** Which rule gave it. */
  rule: string;
  severity: Severity;
  /** A few words without numbers of their own. */
  title: string;
  /** One to three sentences in which every number is a reference to a fact. */
  claim: readonly ClaimPart[];
  /** The facts of the claim, in its order, each once. */
  evidence: readonly Fact[];
  action?: Action;
  confidence: Confidence;
}

/** `act`: decide now. `check`: look before you decide. `next`: for later. */
export type Severity = 'act' | 'check' | 'next';

/** Text of ours; a name from the experiment (data, never an instruction); or a number. */
export type ClaimPart = string | { name: string } | { fact: string };

/** What a number rests on: a guarantee of the method, an estimate, or an extrapolation. */
export type Confidence = 'high' | 'medium' | 'low';

export interface Fact {
  /** Unique within a suggestion. */
  id: string;
  value: number;
  unit: FactUnit;
  /** How the value follows from the inputs. */
  formula: string;
  inputs: Readonly<Record<string, number>>;
  /** The cell that it is read from, where it is one of the scorecard's. */
  metric?: string;
  variant?: string;
}

/**
 * `lift`: signed relative change. `share`: 0 to 1. `value`: in the unit of `metric`, per unit of
 * the experiment. `total`: in the unit of `metric`, over many units; of a proportion, how many.
 */
export type FactUnit = 'lift' | 'share' | 'units' | 'days' | 'p-value' | 'value' | 'total';

export interface Action {
  kind: 'ship' | 'stop' | 'pause' | 'extend' | 'edit';
  /** The variant to ship. */
  variant?: string;
}

export interface AdvisorContext {
  experiment: Pick<Experiment, 'status' | 'variants' | 'plan' | 'outcome' | 'hashAttribute'>;
  /** Definitions of the experiment's metrics. */
  metrics: readonly Metric[];
  /** Ids of suggestions that were dismissed. */
  dismissed?: Iterable<string>;
}
