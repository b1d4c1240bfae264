import { html, nothing, svg, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { BlElement } from '../base.js';
import { along, bandPath, height, linePath, type Point } from './line.js';
import { variantChartMessages, type VariantChartMessages } from './messages.js';
import { axis, percent, type Axis, type Domain } from './scale.js';
import { seriesClass } from './split-bar.js';
import { variantChartStyles } from './variant-chart.styles.js';

export interface ChartSeries {
  name: string;
  /** Index of the variant: gives colour, dash and marker. */
  variant: number;
  /** The same days in every series. */
  points: readonly Point[];
}

/**
 * Lines with their bands over time, one for each variant. The arrow keys walk from day to day; the
 * same numbers stand in a table. It is laid out by CSS alone, so resizing measures nothing.
 *
 * @csspart legend - The day that is shown, with each variant's value.
 * @csspart plot - The picture.
 */
export class VariantChart extends BlElement<VariantChartMessages> {
  static override styles = variantChartStyles;
  protected readonly defaults = variantChartMessages;

  @property({ attribute: false }) series: readonly ChartSeries[] = [];
  /** Writes a value; by default a signed percentage. */
  @property({ attribute: false }) formatValue: (value: number | null) => string = String;
  @property({ attribute: false }) formatTick: (value: number) => string = String;
  @property({ attribute: false }) formatDay: (at: string) => string = (at) => at;
  /** What the chart is about, for screen readers. */
  @property() label = '';
  /** `chart` or `table`. */
  @property() view: 'chart' | 'table' = 'chart';

  /** The day that is looked at; null is the last. */
  @state() private day: number | null = null;
  #axis: Axis = axis([]);

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has('series')) return;
    this.#axis = axis(this.series.flatMap(extent));
    if (this.day !== null && this.day >= this.#days.length) this.day = null;
  }

  get #days(): readonly Point[] {
    return this.series[0]?.points ?? [];
  }

  get #shownDay(): number {
    return this.day ?? this.#days.length - 1;
  }

  protected override render(): TemplateResult | typeof nothing {
    if (this.#days.length === 0) return nothing;
    return this.view === 'table' ? this.#table() : html`${this.#legend()}${this.#chart()}`;
  }

  #legend(): TemplateResult {
    const at = this.#days[this.#shownDay]?.at ?? '';
    return html`<ul class="legend" part="legend" aria-hidden="true">
      <li class="day"><bdi>${this.formatDay(at)}</bdi></li>
      ${this.series.map(({ name, variant, points }) => {
        const point = points[this.#shownDay];
        return html`<li>
          <svg class="key ${seriesClass(variant)}">${marker(variant, '50%', '50%')}</svg>
          <bdi>${name}</bdi>
          <b><bdi>${this.formatValue(point?.value ?? null)}</bdi></b>
          <bdi class="range">${this.#range(point)}</bdi>
        </li>`;
      })}
    </ul>`;
  }

  #chart(): TemplateResult {
    const { ticks, domain } = this.#axis;
    const days = this.#days;
    const shown = percent(along(this.#shownDay, days.length));
    return html`<div class="chart" part="plot">
      <div role="img" aria-label=${this.#summary()}>
        <svg class="values" aria-hidden="true">
          ${ticks.map(
            (tick) =>
              svg`<text x="100%" y=${percent(height(tick, domain))}>${this.formatTick(tick)}</text>`,
          )}
        </svg>
        <svg class="plot" aria-hidden="true">
          ${ticks.map((tick) => {
            const y = percent(height(tick, domain));
            return svg`<line class=${tick === 0 ? 'zero' : 'grid'} x1="0" x2="100%" y1=${y} y2=${y}></line>`;
          })}
          <line class="cursor" x1=${shown} x2=${shown} y1="0" y2="100%"></line>
          <svg viewBox="0 0 100 100" preserveAspectRatio="none" width="100%" height="100%">
            ${this.series.map(
              ({ variant, points }) =>
                svg`<path class="band ${seriesClass(variant)}" d=${bandPath(points, domain)}></path>`,
            )}
            ${this.series.map(
              ({ variant, points }) =>
                svg`<path class="line ${seriesClass(variant)}" d=${linePath(points, domain)}></path>`,
            )}
          </svg>
          ${this.series.map(({ variant, points }) => {
            const value = points[this.#shownDay]?.value ?? null;
            if (value === null) return nothing;
            return svg`<g class=${seriesClass(variant)}>${marker(variant, shown, percent(height(value, domain)))}</g>`;
          })}
          ${this.#labels(domain)}
          ${days.map((_, i) => {
            const width = 100 / days.length;
            return svg`<rect class="hit" x=${percent(i * width)} width=${percent(width)} height="100%"
              @pointerenter=${() => (this.day = i)}></rect>`;
          })}
        </svg>
        <svg class="days" aria-hidden="true">
          ${dayTicks(days.length).map((i, order) => {
            const anchor =
              i === 0 ? 'first' : i === days.length - 1 ? 'last' : order % 2 ? 'minor' : '';
            return svg`<text class=${anchor} x=${percent(along(i, days.length))} y="50%">${this.formatDay(days[i]?.at ?? '')}</text>`;
          })}
        </svg>
      </div>
      <input
        type="range"
        dir="ltr"
        min="0"
        max=${days.length - 1}
        step="1"
        aria-label=${this.message('day')}
        aria-valuetext=${this.#spoken(this.#shownDay)}
        .value=${String(this.#shownDay)}
        @input=${this.#onInput}
      />
    </div>`;
  }

  /** Each line's name at its end, kept apart, while no earlier day is looked at. */
  #labels(domain: Domain) {
    if (this.day !== null && this.day < this.#days.length - 1) return nothing;
    const ends = this.series.flatMap(({ name, variant, points }) => {
      const value = points.at(-1)?.value ?? null;
      return value === null ? [] : [{ name, variant, at: height(value, domain) }];
    });
    return spread(ends).map(
      ({ name, variant, at }) =>
        svg`<text class="label ${seriesClass(variant)}" x="100%" y=${percent(at)}>${shorten(name)}</text>`,
    );
  }

  #table(): TemplateResult {
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${this.label}>
      <table>
        <thead>
          <tr>
            <th scope="col">${this.message('day')}</th>
            ${this.series.map(({ name }) => html`<th scope="col"><bdi>${name}</bdi></th>`)}
          </tr>
        </thead>
        <tbody>
          ${this.#days.map(
            ({ at }, i) =>
              html`<tr>
                <th scope="row"><bdi>${this.formatDay(at)}</bdi></th>
                ${this.series.map(
                  ({ points }) =>
                    html`<td>
                      <bdi>${this.formatValue(points[i]?.value ?? null)}</bdi>
                      <bdi class="range">${this.#range(points[i])}</bdi>
                    </td>`,
                )}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }

  #onInput(event: Event): void {
    this.day = Number((event.currentTarget as HTMLInputElement).value);
  }

  #range(point: Point | undefined): string {
    if (!point?.interval) return '';
    const [low, high] = point.interval;
    return this.message('between')(this.formatValue(low), this.formatValue(high));
  }

  #spoken(day: number): string {
    const values = this.series.map(({ name, points }) => {
      const point = points[day];
      return `${name} ${this.formatValue(point?.value ?? null)}, ${this.#range(point)}`;
    });
    return `${this.formatDay(this.#days[day]?.at ?? '')}: ${values.join('; ')}`;
  }

  #summary(): string {
    return `${this.label}. ${this.#spoken(this.#days.length - 1)}`;
  }
}

/** Early days have wide bands; they may leave the picture so that the later ones can be read. */
function extent({ points }: ChartSeries): (number | null)[] {
  const settled = points.slice(Math.floor(points.length / 4));
  return [
    ...points.map(({ value }) => value),
    ...settled.flatMap(({ interval }) => interval ?? []),
  ];
}

/** Lifts labels off their lines' ends, so far apart that they can be read. Percent of the height. */
function spread<T extends { at: number }>(labels: readonly T[]): T[] {
  let last = -Infinity;
  return [...labels]
    .sort((a, b) => a.at - b.at)
    .map((label) => {
      last = Math.max(label.at - 7, last + 8, 4);
      return { ...label, at: last };
    });
}

function shorten(name: string): string {
  return name.length > 28 ? `${name.slice(0, 27)}…` : name;
}

/** About five days, the first and the last among them. */
function dayTicks(count: number): number[] {
  const step = Math.max(1, Math.ceil((count - 1) / 4));
  const ticks = Array.from({ length: Math.ceil(count / step) }, (_, i) => i * step);
  const last = count - 1;
  return [...ticks.filter((i) => last - i >= step / 2), last];
}

/** Circle, square or diamond: the marker says it too when colours cannot be told apart. */
function marker(variant: number, x: string, y: string) {
  switch (variant % 3) {
    case 1:
      return svg`<circle class="marker" cx=${x} cy=${y} r="4.5"></circle>`;
    case 2:
      return svg`<svg x=${x} y=${y} overflow="visible"><rect class="marker" x="-4" y="-4" width="8" height="8"></rect></svg>`;
    default:
      return svg`<svg x=${x} y=${y} overflow="visible"><path class="marker" d="M0 -5.5 L5.5 0 L0 5.5 L-5.5 0Z"></path></svg>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'bl-variant-chart': VariantChart;
  }
}
