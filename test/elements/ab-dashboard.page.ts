/** The dashboard on a page of its own: what the tests click, type and read. */
import { fixture, html, nextFrame, waitUntil } from '@open-wc/testing';
import { LitElement } from 'lit';
import '../../src/elements/ab-dashboard/define.js';
import type { AbDashboard } from '../../src/elements/ab-dashboard/ab-dashboard.js';
import type { Experiment, Metric, Results } from '../../src/experiments/model.js';
import {
  createSyncEngine,
  memoryStorage,
  type Storage,
  type SyncEngine,
  type Transport,
} from '../../src/sync/index.js';
import { NOW, workspace } from './ab-dashboard.fixture.js';

interface Rows {
  experiments: readonly Experiment[];
  metrics: readonly Metric[];
  results: readonly Results[];
}

/** At `hash`, with the rows given as properties. */
export async function mount(rows: Rows = workspace(), hash = '#/'): Promise<AbDashboard> {
  location.hash = hash;
  const element = await fixture<AbDashboard>(
    html`<bl-ab-dashboard
      lang="en"
      .now=${() => NOW}
      .experiments=${rows.experiments}
      .metrics=${rows.metrics}
      .results=${rows.results}
    ></bl-ab-dashboard>`,
  );
  await settled(element);
  return element;
}

/** At `hash`, on an engine. */
export async function mountOn(sync: SyncEngine, hash = '#/'): Promise<AbDashboard> {
  location.hash = hash;
  const element = await fixture<AbDashboard>(
    html`<bl-ab-dashboard lang="en" .now=${() => NOW} .sync=${sync}></bl-ab-dashboard>`,
  );
  await sync.ready;
  await settled(element);
  return element;
}

/** An engine in memory whose network is off. */
export async function offlineEngine(rows?: Rows, storage: Storage = memoryStorage()) {
  const unreachable = () => {
    throw new TypeError('There is no network in this test.');
  };
  const transport: Transport = { push: unreachable, pull: unreachable };
  const engine = createSyncEngine({
    storage,
    transport,
    entities: { experiments: {}, metrics: {}, results: {} },
  });
  engine.setOnline(false);
  await engine.ready;
  for (const row of rows?.experiments ?? []) {
    await engine.collection<Experiment>('experiments').create(row);
  }
  for (const row of rows?.metrics ?? []) await engine.collection<Metric>('metrics').create(row);
  for (const row of rows?.results ?? []) await engine.collection<Results>('results').create(row);
  return engine;
}

/** Waits until the dashboard has analysed its rows and everything in it has drawn itself. */
export async function settled(element: AbDashboard): Promise<void> {
  await element.updateComplete;
  await nextFrame();
  const busy = () => all(element, 'bl-loading-skeleton, :not(:defined)').length > 0;
  for (let frame = 0; frame < 60 && busy(); frame++) {
    await nextFrame();
  }
  for (const part of parts(element)) {
    if (part instanceof LitElement) await part.updateComplete;
  }
}

/** Goes to an address as a click on a link does. */
export async function go(element: AbDashboard, hash: string): Promise<void> {
  if (location.hash !== hash) {
    const arrived = new Promise((resolve) =>
      addEventListener('hashchange', resolve, { once: true }),
    );
    location.hash = hash;
    await arrived;
  }
  await settled(element);
}

/** The first match in the dashboard or in one of its parts. */
export function find<T extends HTMLElement = HTMLElement>(
  element: AbDashboard,
  selector: string,
): T {
  const found = all<T>(element, selector)[0];
  if (!found) throw new Error(`There is no “${selector}” on the page.`);
  return found;
}

export function all<T extends HTMLElement = HTMLElement>(
  element: AbDashboard,
  selector: string,
): T[] {
  return [element, ...parts(element)].flatMap((part) => [
    ...(part.shadowRoot?.querySelectorAll<T>(selector) ?? []),
  ]);
}

function* parts(root: Element): Iterable<Element> {
  for (const child of root.shadowRoot?.querySelectorAll('*') ?? []) {
    if (!child.shadowRoot) continue;
    yield child;
    yield* parts(child);
  }
}

/** The first button or link with these words. */
export function button(element: AbDashboard, words: string): HTMLElement {
  const found = all(element, 'button, a').find((one) => textOf(one) === words);
  if (!found) throw new Error(`There is no button “${words}”.`);
  return found;
}

/** What is written there, white space as a reader sees it. */
export function textOf(element: Element | null | undefined): string {
  return (element?.textContent ?? '').replace(/\s+/g, ' ').trim();
}

/** The names in the list, from the top. */
export function names(element: AbDashboard): string[] {
  return all(element, 'tbody .experiment a').map(textOf);
}

/** Types over what is in a field, as a person's input event does. */
export async function type(element: AbDashboard, selector: string, value: string): Promise<void> {
  const field = find<HTMLInputElement>(element, selector);
  field.value = value;
  field.dispatchEvent(new InputEvent('input', { bubbles: true }));
  await settled(element);
}

/** The same check in light and in dark. */
export async function inBothSchemes(check: () => Promise<unknown>): Promise<void> {
  const { style } = document.documentElement;
  style.background = 'Canvas';
  for (const scheme of ['light', 'dark']) {
    style.colorScheme = scheme;
    await check();
  }
  style.colorScheme = '';
  style.background = '';
}

export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
): Promise<void> {
  await waitUntil(condition, what, { timeout: 5000 });
}
