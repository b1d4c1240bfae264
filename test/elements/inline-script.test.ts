import { aTimeout, expect } from '@open-wc/testing';
import fc from 'fast-check';
import { inlineScript, takeSnapshot, type Snapshot } from '../../src/experiments/inline/index.js';
import { SNAPSHOT } from '../../src/experiments/snapshot.js';
import { snapshotText } from '../../src/experiments/write-snapshot.js';
import type { ExperimentConfig } from '../../src/experiments/model.js';

const config = (key: string, variants: ExperimentConfig['variants']): ExperimentConfig => ({
  key,
  status: 'running',
  phase: 1,
  hashAttribute: 'id',
  hashVersion: 3,
  seed: key,
  coverage: 1,
  variants,
});

/** Everybody gets the last variant. */
const all = (key: string, ...names: string[]): ExperimentConfig =>
  config(
    key,
    names.map((name, i) => ({ key: name, weight: i === names.length - 1 ? 1 : 0 })),
  );

const decided: Snapshot = takeSnapshot(
  {
    experiments: [
      all('hero', 'control', 'bold'),
      all('inner', 'control', 'deep'),
      all('search', 'off', 'on'),
      config('dark', [
        { key: 'a', weight: 0, payload: true },
        { key: 'b', weight: 1, payload: false },
      ]),
    ],
  },
  { id: 'visitor' },
);

const hero = `<bl-experiment key="hero">
  <bl-variant name="control"><h1>Plain</h1></bl-variant>
  <template data-variant="bold"><h1>Bold</h1></template>
</bl-experiment>`;

/** A page of its own, whose parser is given what is written. */
function open(query = '') {
  const frame = document.createElement('iframe');
  frame.style.cssText = 'width:400px;height:300px';
  document.body.append(frame);
  const page = frame.contentDocument!;
  const write = async (text: string): Promise<void> => {
    page.write(text);
    await Promise.resolve();
  };
  page.open();
  if (query) frame.contentWindow!.history.replaceState(null, '', query);
  return { frame, page, write };
}

/** The whole page, written at once. */
async function show(
  body: string,
  { head = inlineScript({ decisions: decided }), query = '' } = {},
) {
  const opened = open(query);
  await opened.write(`<!doctype html><html><head>${head}</head><body>${body}</body></html>`);
  opened.page.close();
  await aTimeout(0);
  return opened.page;
}

/** What somebody can see. */
const visible = (page: Document) => page.body.innerText.replace(/\s+/g, ' ').trim();

describe('the inline script', () => {
  afterEach(() => {
    for (const frame of document.querySelectorAll('iframe')) frame.remove();
    localStorage.removeItem(SNAPSHOT);
  });

  it('shows the variant that the page hands over, and says which', async () => {
    const page = await show(hero);
    expect(visible(page)).to.equal('Bold');
    expect(page.querySelector('bl-experiment')!.getAttribute('variant')).to.equal('bold');
    expect(page.querySelector('template')).to.not.equal(null);
  });

  it('shows the control without decisions', async () => {
    expect(visible(await show(hero, { head: inlineScript() }))).to.equal('Plain');
    const two = `<bl-experiment key="x"><bl-variant name="a">A</bl-variant><bl-variant name="b">B</bl-variant></bl-experiment>`;
    expect(visible(await show(two))).to.equal('A');
  });

  it('takes what the last page has kept, but the page’s own first', async () => {
    localStorage.setItem(SNAPSHOT, snapshotText(decided));
    expect(visible(await show(hero, { head: inlineScript() }))).to.equal('Bold');
    const control = structuredClone(decided);
    control.decisions[0]!.variant = 'control';
    expect(visible(await show(hero, { head: inlineScript({ decisions: control }) }))).to.equal(
      'Plain',
    );
  });

  it('judges simple targets by its address, and shows the control outside of them', async () => {
    const targeted = structuredClone(decided);
    const here = (pattern: string, include = true) => ({
      include,
      type: 'simple' as const,
      pattern,
    });
    for (const [urls, query, expected] of [
      [[here('/p*')], '/p1', 'Bold'],
      [[here('/p*')], '/p2', 'Bold'],
      [[here('/p*')], '/p1?page=2', 'Bold'],
      [[here('/p/*')], '/p/', 'Bold'],
      [[here('/p*?page=2')], '/p1?page=2&x=1', 'Bold'],
      [[here('/p*?page=2')], '/p1?page=3', 'Plain'],
      [[here('/p*'), here('/p2', false)], '/p2', 'Plain'],
      [[here('/p*')], '/q', 'Plain'],
      [[], '/p1', 'Plain'],
    ] as const) {
      targeted.decisions[0]!.urls = urls;
      localStorage.setItem(SNAPSHOT, snapshotText(targeted));
      const page = await show(hero, { head: inlineScript(), query });
      expect(visible(page), `${query} ${JSON.stringify(urls)}`).to.equal(expected);
    }
  });

  it('takes decisions of a script alone, not of what else has its id', async () => {
    const control = structuredClone(decided);
    control.decisions[0]!.variant = 'control';
    const text = `<p id="${SNAPSHOT}">${snapshotText(control)}</p>`;
    const page = await show(text + hero);
    expect(page.querySelector('bl-experiment')!.getAttribute('variant')).to.equal('bold');
    const other = await show(text + hero, { head: inlineScript() });
    expect(other.querySelector('bl-experiment')!.getAttribute('variant')).to.equal(null);
  });

  it('shows the control where what was kept is damaged', async () => {
    for (const text of ['{', '{"version":1}', 'x'.repeat(200_000)]) {
      localStorage.setItem(SNAPSHOT, text);
      expect(visible(await show(hero, { head: inlineScript() }))).to.equal('Plain');
    }
  });

  it('shows what the address asks for', async () => {
    expect(visible(await show(hero, { query: '?hero=0' }))).to.equal('Plain');
    expect(visible(await show(hero, { query: '?hero=7' }))).to.equal('Bold');
  });

  it('leaves what a server has rendered, and says that it has', async () => {
    const rendered = `<bl-experiment key="hero" variant="control">
      <bl-variant name="control"><h1>Plain</h1></bl-variant>
      <template data-variant="bold"><h1>Bold</h1></template>
    </bl-experiment>`;
    expect(visible(await show(rendered))).to.equal('Plain');
    const only = `<bl-experiment key="hero"><bl-variant name="bold">Bold</bl-variant></bl-experiment>`;
    expect(visible(await show(only))).to.equal('Bold');
  });

  it('switches flags, by their payload where that says it', async () => {
    const flag = (key: string) => `<bl-flag key="${key}">
      <bl-variant name="off">${key} off</bl-variant>
      <template data-variant="on">${key} on</template>
    </bl-flag>`;
    expect(visible(await show(flag('search') + flag('dark')))).to.equal('search on dark off');
  });

  it('goes on inside of what it shows', async () => {
    const nested = `<bl-experiment key="hero">
      <bl-variant name="control">Plain</bl-variant>
      <template data-variant="bold">
        <b>Bold</b>
        <bl-experiment key="inner">
          <bl-variant name="control">shallow</bl-variant>
          <template data-variant="deep">deep</template>
        </bl-experiment>
      </template>
    </bl-experiment>`;
    expect(visible(await show(nested))).to.equal('Bold deep');
  });

  it('shows the control where the markup has not what was decided', async () => {
    const other = `<bl-experiment key="hero"><bl-variant name="control">Plain</bl-variant></bl-experiment>`;
    expect(visible(await show(other))).to.equal('Plain');
  });

  it('takes the elements out of the layout, as they do themselves', async () => {
    const page = await show(hero);
    const { getComputedStyle: style } = page.defaultView!;
    expect(style(page.querySelector('bl-experiment')!).display).to.equal('contents');
    const [control, bold] = page.querySelectorAll('bl-variant');
    expect(style(control!).display).to.equal('none');
    expect(style(bold!).display).to.equal('contents');
  });

  it('never shows the control on the way, however the page arrives', async () => {
    const body = `<main>${hero}<p>After</p></main>`;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 1, max: body.length - 1 }), { maxLength: 8 }),
        async (cuts) => {
          const { frame, page, write } = open();
          await write(`<!doctype html><head>${inlineScript({ decisions: decided })}</head><body>`);
          let from = 0;
          for (const to of [...cuts.sort((a, b) => a - b), body.length]) {
            await write(body.slice(from, to));
            expect(visible(page)).to.match(/^(Bold)?( (A|Af|Aft|Afte|After))?$/);
            from = to;
          }
          page.close();
          await aTimeout(0);
          expect(visible(page)).to.equal('Bold After');
          frame.remove();
        },
      ),
      { numRuns: 60 },
    );
  });
});
