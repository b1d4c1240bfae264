import type { Action as Advice, Fact } from '../../advisor/index.js';
import { IntentEvent } from '../events.js';
import type { Action } from './detail/actions.js';

/** An experiment is opened, or the list again (`key` is null). Cancel it to stay. */
export class SelectEvent extends IntentEvent {
  constructor(readonly key: string | null) {
    super('bl-select');
  }
}

/** Somebody starts, pauses, stops or ships an experiment. Cancel it and nothing is written. */
export class DecideEvent extends IntentEvent {
  constructor(
    readonly key: string,
    readonly action: Action,
    /** The variant that is shipped. */
    readonly variant: string | null,
  ) {
    super('bl-decide');
  }
}

/** A suggestion's action is taken. Cancel it to act differently. */
export class AcceptEvent extends IntentEvent {
  constructor(
    readonly key: string,
    /** The rule that made the suggestion. */
    readonly rule: string,
    readonly action: Advice,
  ) {
    super('bl-accept');
  }
}

/** A suggestion is put away. Cancel it to keep it. */
export class DismissEvent extends IntentEvent {
  constructor(
    readonly key: string,
    readonly rule: string,
  ) {
    super('bl-dismiss');
  }
}

/** A number of a suggestion was asked where it comes from; null when that is closed again. */
export class SourceEvent extends Event {
  constructor(readonly fact: Fact | null) {
    super('bl-source');
  }
}

/** The form's row is on disk. */
export class SavedEvent extends Event {
  constructor(readonly key: string) {
    super('bl-saved');
  }
}

declare global {
  interface HTMLElementEventMap {
    'bl-select': SelectEvent;
    'bl-decide': DecideEvent;
    'bl-accept': AcceptEvent;
    'bl-dismiss': DismissEvent;
    'bl-source': SourceEvent;
    'bl-saved': SavedEvent;
  }
}
