import type { Shape } from '../icons/icon.js';
import {
  clock,
  cloudOff,
  construction,
  fileQuestionMark,
  lock,
  triangleAlert,
} from '../icons/shapes.js';
import type { Tone } from '../theme/tone.js';

const presets: Record<string, [shape: Shape, tone: Tone]> = {
  401: [lock, 'neutral'],
  403: [lock, 'neutral'],
  404: [fileQuestionMark, 'neutral'],
  410: [fileQuestionMark, 'neutral'],
  408: [clock, 'warning'],
  429: [clock, 'warning'],
  504: [clock, 'danger'],
  timeout: [clock, 'warning'],
  offline: [cloudOff, 'warning'],
  maintenance: [construction, 'info'],
};

/** Symbol and tone of a status. */
export function presetOf(status: string): [shape: Shape, tone: Tone] {
  return presets[status] ?? [triangleAlert, 'danger'];
}
