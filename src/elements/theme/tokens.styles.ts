import { unsafeCSS } from 'lit';

/**
 * The design tokens. Pages may set `--bl-<name>`; elements read the private `--_<name>`, which
 * falls back to the default here. Dark mode is the subtree's `color-scheme`, nothing else.
 */

/** Knobs: everything else follows from these. */
const knobs: Record<string, string> = {
  hue: '268',
  'neutral-hue': '265',
  space: '4px',
  radius: '8px',
  font: 'Inter,ui-sans-serif,system-ui,sans-serif',
  mono: 'ui-monospace,"Liberation Mono",monospace',
};

const neutral = (lightness: string) => `oklch(${lightness} var(--_neutral-hue))`;
const accent = (lightness: string) => `oklch(${lightness} var(--_hue))`;

/** Semantic colours, light and dark. Their contrast was checked over every hue. */
const colours: Record<string, [light: string, dark: string]> = {
  surface: [neutral('98.5% .003'), neutral('16.5% .012')],
  'surface-raised': ['#fff', neutral('20.5% .014')],
  'surface-sunken': [neutral('96.2% .006'), neutral('13.5% .012')],
  'surface-overlay': ['#fff', neutral('24.5% .016')],
  text: [neutral('22% .02'), neutral('95% .006')],
  'text-muted': [neutral('46% .02'), neutral('73% .014')],
  border: [neutral('91.5% .008'), neutral('30% .016')],
  'border-strong': [neutral('62% .018'), neutral('56% .02')],
  accent: [accent('50% .15'), accent('74% .12')],
  'accent-hover': [accent('45% .15'), accent('80% .12')],
  'on-accent': ['#fff', neutral('18% .02')],
  'accent-text': [accent('48% .13'), accent('76% .12')],
  'accent-soft': [accent('95.5% .022'), accent('27% .045')],
  focus: [accent('55% .18'), accent('74% .12')],
};

/** Tones have fixed hues: danger stays red whatever the accent is. */
const tones = { info: 235, success: 155, warning: 70, danger: 25 };
for (const [tone, hue] of Object.entries(tones)) {
  colours[tone] = [`oklch(52% .14 ${hue})`, `oklch(75% .13 ${hue})`];
  colours[`${tone}-text`] = [`oklch(50% .13 ${hue})`, `oklch(77% .12 ${hue})`];
  colours[`${tone}-soft`] = [`oklch(95.5% .025 ${hue})`, `oklch(27% .045 ${hue})`];
  colours[`${tone}-border`] = [`oklch(86% .06 ${hue})`, `oklch(42% .07 ${hue})`];
}

/** Type is `font: <weight> var(--_size-m) var(--_font)`: size and line height in one. */
const derived = `
--_radius-s:calc(var(--_radius)/2);--_radius-l:calc(var(--_radius)*1.5);--_radius-full:999px;
--_size-xs:.75rem/1rem;--_size-s:.8125rem/1.25rem;--_size-m:.875rem/1.25rem;--_size-l:1rem/1.5rem;
--_size-xl:1.25rem/1.75rem;--_size-2xl:1.5rem/2rem;--_size-3xl:2rem/2.5rem;
--_control:calc(var(--_space)*4 + 16px);
--_shadow:0 1px 2px oklch(0% 0 0/.06);--_shadow-overlay:0 8px 24px oklch(0% 0 0/.14);
--_fast:.12s;--_normal:.2s;--_slow:.32s;--_ease:cubic-bezier(.2,0,0,1);`;

const declare = (name: string, value: string) => `--_${name}:var(--bl-${name},${value});`;

/** The declarations for `:host`. */
export const tokens = unsafeCSS(
  Object.entries(knobs)
    .map(([name, value]) => declare(name, value))
    .join('') +
    Object.entries(colours)
      .map(([name, [light, dark]]) => declare(name, `light-dark(${light},${dark})`))
      .join('') +
    derived,
);
