import { html, type SVGTemplateResult, type TemplateResult } from 'lit';
import { warnOnce } from '../warn.js';

const registered = new Map<string, SVGTemplateResult>();

/**
 * Makes shapes available to `icon="…"` attributes. `bytelyst/elements` registers all of ours; an
 * app that imports single elements registers the few it names.
 */
export function registerIcons(icons: Readonly<Record<string, SVGTemplateResult>>): void {
  for (const [name, shape] of Object.entries(icons)) registered.set(name, shape);
}

/** A shape as a decorative icon in the colour of the text around it. */
export function icon(shape: SVGTemplateResult): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${shape}</svg>`;
}

/** The shape that was registered under `name`, or undefined and a warning. */
export function registeredIcon(name: string): SVGTemplateResult | undefined {
  const shape = registered.get(name);
  if (shape === undefined) {
    warnOnce(`there is no icon “${name}”; register it with registerIcons({ '${name}': shape }).`);
  }
  return shape;
}
