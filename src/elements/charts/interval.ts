/**
 * A lift with its uncertainty on an axis that several rows share: the inner bar is the plan's
 * fixed interval, the whisker is valid at any look, the dot is the lift itself.
 */
import { html, nothing, svg, type SVGTemplateResult, type TemplateResult } from 'lit';
import type { Tone } from '../theme/tone.js';
import { beyond, percent, position, type Axis, type Domain } from './scale.js';

export type Bounds = readonly [number, number];

export interface IntervalMark {
  domain: Domain;
  value: number | null;
  inner: Bounds | null;
  outer: Bounds | null;
  tone: Tone;
  /** A guardrail's margin. */
  margin?: number | null;
  /** What a screen reader hears instead of the picture. */
  label: string;
}

/** The picture of one row. Without a value only the zero line is drawn. */
export function interval(mark: IntervalMark): TemplateResult {
  const { domain, value, inner, outer, tone, margin = null, label } = mark;
  const x = (v: number) => percent(position(v, domain));
  const width = ([low, high]: Bounds) => percent(position(high, domain) - position(low, domain));
  return html`<svg class="interval ${tone}" role="img" aria-label=${label}>
    <line class="zero" x1=${x(0)} x2=${x(0)} y1="0" y2="100%"></line>
    ${
      margin === null
        ? nothing
        : svg`<line class="margin" x1=${x(margin)} x2=${x(margin)} y1="0" y2="100%"></line>`
    }
    ${
      outer
        ? svg`<line class="whisker" x1=${x(outer[0])} x2=${x(outer[1])} y1="50%" y2="50%"></line>
          ${arrow(outer[0], domain)}${arrow(outer[1], domain)}`
        : nothing
    }
    ${
      inner
        ? svg`<rect class="bar" x=${x(inner[0])} y="50%" rx="3" height="10" width=${width(inner)}></rect>`
        : nothing
    }
    ${value === null ? nothing : svg`<circle class="dot" cx=${x(value)} cy="50%" r="4.5"></circle>`}
  </svg>`;
}

/** The ticks' labels above such rows. */
export function intervalAxis({ domain, ticks }: Axis, format: (value: number) => string) {
  // Every second one counted from zero gives way where there is little room.
  const zero = ticks.indexOf(0);
  return html`<svg class="interval-axis" aria-hidden="true">
    ${ticks.map((tick, i) => {
      const kind = tick === 0 ? 'origin' : (i - zero) % 2 === 0 ? '' : 'minor';
      return svg`<text x=${percent(position(tick, domain))} y="50%" class=${kind}>${format(tick)}</text>`;
    })}
  </svg>`;
}

/** Says that a whisker goes on beyond the end of the axis. */
function arrow(value: number, domain: Domain): SVGTemplateResult | typeof nothing {
  const side = beyond(value, domain);
  if (side === 0) return nothing;
  return svg`<svg class="arrow" x=${side < 0 ? '0%' : '100%'} y="50%" overflow="visible">
    <path d=${side < 0 ? 'M5 -4 L0 0 L5 4' : 'M-5 -4 L0 0 L-5 4'}></path>
  </svg>`;
}
