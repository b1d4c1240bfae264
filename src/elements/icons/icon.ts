import { html, type TemplateResult } from 'lit';
import { warnOnce } from '../warn.js';

/** SVG path data on a grid of 24, drawn with a stroke of 2 and no fill. */
export type Shape = string;

const registered = new Map<string, Shape>();

/**
 * Makes shapes available to `icon="…"` attributes. `bytelyst/elements` registers all of ours; an
 * app that imports single elements registers the few it names.
 */
export function registerIcons(icons: Readonly<Record<string, Shape>>): void {
  for (const [name, shape] of Object.entries(icons)) registered.set(name, shape);
}

/** A shape as a decorative icon in the colour of the text around it. */
export function icon(shape: Shape): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${shape} /></svg>`;
}

/** The shape that was registered under `name`, or undefined and a warning. */
export function registeredIcon(name: string): Shape | undefined {
  const shape = registered.get(name);
  if (shape === undefined) {
    warnOnce(`there is no icon “${name}”; register it with registerIcons({ '${name}': shape }).`);
  }
  return shape;
}
