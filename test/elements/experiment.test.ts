import { aTimeout, expect, fixture, html, nextFrame, waitUntil } from '@open-wc/testing';
import type { ExposureEvent } from '../../src/elements/experiment/decided-element.js';
import { provideExperiments } from '../../src/elements/experiment/define.js';
import type { ExperimentElement } from '../../src/elements/experiment/experiment.js';
import '../../src/elements/flag/define.js';
import type { FlagElement } from '../../src/elements/flag/flag.js';
import { decide, takeSnapshot } from '../../src/experiments/index.js';
import { expectAccessible } from './accessible.js';
import { client, closeClients, experiment, warnings } from './experiment.fixture.js';

const hero = (key: unknown = 'hero', swap = false) => html`
  <bl-experiment key=${key} ?swap=${swap}>
    <bl-variant name="control"><h1>Plain</h1></bl-variant>
    <template data-variant="bold"><h1>Bold</h1></template>
  </bl-experiment>
`;

async function place<E extends Element>(
  content: unknown,
): Promise<{ page: HTMLElement; element: E }> {
  const page = await fixture<HTMLElement>(html`<div>${content}</div>`);
  await aTimeout(0);
  return { page, element: page.querySelector<E & Element>('bl-experiment, bl-flag')! };
}

/** Until what is there has been painted. */
const frames = async () => {
  await nextFrame();
  await nextFrame();
};

const visible = (page: HTMLElement) => page.innerText.replace(/\s+/g, ' ').trim();

describe('bl-experiment', () => {
  afterEach(async () => {
    provideExperiments(null);
    await closeClients();
  });

  it('shows the control until there is a client, then what it decides, and records that', async () => {
    const { page, element } = await place<ExperimentElement>(hero('hero', true));
    await frames();
    expect(element.variant).to.equal(null);
    expect(visible(page)).to.equal('Plain');
    const told: ExposureEvent[] = [];
    element.addEventListener('bl-exposure', (event) => told.push(event));
    const { client: experiments, exposures } = client([experiment('hero')]);
    provideExperiments(experiments);
    await aTimeout(0);
    expect(visible(page)).to.equal('Bold');
    expect(element.variant).to.equal('bold');
    expect(await exposures()).to.deep.equal(['hero bold']);
    expect(told.map(({ decision, bubbles }) => [decision.variant, bubbles])).to.deep.equal([
      ['bold', false],
    ]);
  });

  it('keeps what the inline script or a server chose until the client has decided', async () => {
    const { page, element } = await place(html`
      <bl-experiment key="hero" variant="bold">
        <bl-variant name="control" hidden>Plain</bl-variant>
        <bl-variant name="bold"><h1>Bold</h1></bl-variant>
      </bl-experiment>
    `);
    expect(visible(page)).to.equal('Bold');
    const heading = element.querySelector('h1');
    const { client: experiments, exposures } = client([experiment('hero')]);
    provideExperiments(experiments);
    await aTimeout(0);
    expect(visible(page)).to.equal('Bold');
    expect(element.querySelector('h1')).to.equal(heading);
    expect(await exposures()).to.deep.equal(['hero bold']);
  });

  it('shows and records what the page’s server decided, although it would decide otherwise', async () => {
    const decisions = takeSnapshot(
      { experiments: [experiment('hero', { shows: 'control' })] },
      { id: 'visitor' },
    );
    const { client: experiments, exposures } = client([experiment('hero')], { decisions });
    provideExperiments(experiments);
    const { page } = await place(hero());
    expect(visible(page)).to.equal('Plain');
    expect(await exposures()).to.deep.equal(['hero control']);
  });

  it('never changes what somebody looks at, and lets nobody else see another variant meanwhile', async () => {
    const { client: experiments, replace, exposures } = client([experiment('hero')]);
    provideExperiments(experiments);
    const { page, element } = await place(html`${hero()}<i></i>`);
    await replace([experiment('hero', { shows: 'control' })]);
    expect(visible(page)).to.equal('Bold');
    const second = element.cloneNode(true) as Element;
    second.querySelectorAll('bl-variant[name=bold]').forEach((one) => one.remove());
    second.removeAttribute('variant');
    page.append(second);
    await aTimeout(0);
    expect(visible(page)).to.equal('Bold Bold');
    expect(await exposures()).to.deep.equal(['hero bold']);

    element.remove();
    second.remove();
    await aTimeout(0);
    page.append(second);
    await aTimeout(0);
    expect(visible(page)).to.equal('Plain');
    expect(await exposures()).to.deep.equal(['hero bold', 'hero control']);
  });

  for (const shows of ['bold', 'control']) {
    it(`keeps what was painted before ${shows} was decided, and nobody takes part by it`, async () => {
      const { page, element } = await place<ExperimentElement>(hero());
      await frames();
      const { client: experiments, exposures } = client([experiment('hero', { shows })]);
      provideExperiments(experiments);
      await aTimeout(0);
      expect(visible(page)).to.equal('Plain');
      expect([element.variant, element.decision]).to.deep.equal([null, null]);
      page.append(element.cloneNode(true));
      await aTimeout(0);
      expect(visible(page)).to.equal('Plain Plain');
      expect(await exposures()).to.deep.equal([]);

      // A later look, at which it is decided in time.
      page.replaceChildren();
      await aTimeout(0);
      page.append(element);
      await aTimeout(0);
      expect(visible(page)).to.equal(shows === 'bold' ? 'Bold' : 'Plain');
      expect(await exposures()).to.deep.equal([`hero ${shows}`]);
    });
  }

  it('keeps what the last page’s decision has painted, where it is decided otherwise by now', async () => {
    const { page } = await place(html`
      <bl-experiment key="hero" variant="bold">
        <bl-variant name="control">Plain</bl-variant>
        <template data-variant="bold">Bold</template>
      </bl-experiment>
    `);
    await frames();
    const { client: experiments, exposures } = client([experiment('hero', { shows: 'control' })]);
    provideExperiments(experiments);
    await aTimeout(0);
    expect(visible(page)).to.equal('Bold');
    expect(await exposures()).to.deep.equal([]);
  });

  it('shows what somebody asks for after it was painted, and then what is decided', async () => {
    const { page } = await place(hero());
    await frames();
    const { client: experiments, exposures } = client([experiment('hero')]);
    provideExperiments(experiments);
    await aTimeout(0);
    experiments.force('hero', 'bold');
    expect(visible(page)).to.equal('Bold');
    expect(await exposures()).to.deep.equal([]);
    experiments.force('hero', null);
    expect(await exposures()).to.deep.equal(['hero bold']);
    sessionStorage.clear();
  });

  it('stays what it is while the configuration starts the experiment, unless it may swap', async () => {
    const paused = experiment('hero', { status: 'paused' });
    const { client: experiments, replace, exposures } = client([paused]);
    provideExperiments(experiments);
    const { page, element } = await place<ExperimentElement>(hero());
    await frames();
    expect(element.decision?.reason).to.equal('not-running');
    await replace([experiment('hero')]);
    expect(visible(page)).to.equal('Plain');
    expect(await exposures()).to.deep.equal([]);
  });

  it('follows the configuration while nobody is in an experiment that may swap', async () => {
    const paused = experiment('hero', { status: 'paused' });
    const { client: experiments, replace, exposures } = client([paused]);
    provideExperiments(experiments);
    const { page } = await place(hero('hero', true));
    await frames();
    expect(visible(page)).to.equal('Plain');
    expect(await exposures()).to.deep.equal([]);
    await replace([experiment('hero')]);
    expect(visible(page)).to.equal('Bold');
    expect(await exposures()).to.deep.equal(['hero bold']);
  });

  it('shows another visitor theirs, when somebody else signs in', async () => {
    const half = { ...experiment('hero') };
    half.variants = half.variants.map((one) => ({ ...one, weight: 0.5 }));
    const variantOf = (id: string) => decide(half, { id }).variant;
    const visitors = Array.from({ length: 50 }, (_, i) => `visitor-${i}`);
    const [one, other] = ['bold', 'control'].map((name) =>
      visitors.find((id) => variantOf(id) === name),
    );
    const { client: experiments, exposures } = client([half], { attributes: { id: one } });
    provideExperiments(experiments);
    const { page } = await place(hero());
    expect(visible(page)).to.equal('Bold');
    experiments.setAttributes({ id: other });
    expect(visible(page)).to.equal('Plain');
    expect(await exposures()).to.deep.equal(['hero bold', 'hero control']);
  });

  it('stays what it is while it is moved', async () => {
    const { client: experiments, replace } = client([experiment('hero')]);
    provideExperiments(experiments);
    const { page, element } = await place(hero());
    await replace([experiment('hero', { shows: 'control' })]);
    page.prepend(element);
    await aTimeout(0);
    expect(visible(page)).to.equal('Bold');
  });

  it('asks a client of its own rather than the page’s', async () => {
    provideExperiments(client([experiment('hero')]).client);
    const own = client([experiment('hero', { shows: 'control' })]);
    const { page } = await place(html`
      <bl-experiment key="hero" .client=${own.client}>
        <bl-variant name="control">Plain</bl-variant>
        <template data-variant="bold">Bold</template>
      </bl-experiment>
    `);
    expect(visible(page)).to.equal('Plain');
    expect(await own.exposures()).to.deep.equal(['hero control']);
  });

  it('says once what to do about an unknown key, and shows the control', async () => {
    provideExperiments(client([experiment('hero')]).client);
    const said = await warnings(async () => {
      const { page } = await place(html`${hero('heroo')}${hero('heroo')}`);
      expect(visible(page)).to.equal('Plain Plain');
    });
    expect(said).to.have.lengthOf(1);
    expect(said[0]).to.match(/no experiment “heroo”.*Start it, or correct the key/);
  });

  it('records nothing where the variant is not in the markup, and says what to add', async () => {
    const huge = experiment('hero', {
      variants: [
        { key: 'control', weight: 0 },
        { key: 'huge', weight: 1 },
      ],
    });
    const { client: experiments, exposures } = client([huge]);
    provideExperiments(experiments);
    const said = await warnings(async () => {
      const { page } = await place(hero());
      expect(visible(page)).to.equal('Plain');
    });
    expect(said).to.have.lengthOf(1);
    expect(said[0]).to.include('<template data-variant="huge">');
    expect(await exposures()).to.deep.equal([]);
  });

  it('keeps what the inline script chose where no configuration is to be had', async () => {
    const { client: experiments } = client([], {
      fetch: () => Promise.reject(new TypeError('offline')),
      cache: undefined,
      onError: () => undefined,
    });
    provideExperiments(experiments);
    const { page } = await place(html`
      <bl-experiment key="hero" variant="bold">
        <bl-variant name="control">Plain</bl-variant>
        <template data-variant="bold">Bold</template>
      </bl-experiment>
    `);
    expect(visible(page)).to.equal('Bold');
  });

  it('counts an experiment inside of another only where somebody sees it', async () => {
    const nested = (key: string) =>
      html`<bl-experiment key=${key}>
        <bl-variant name="control">shallow</bl-variant>
        <template data-variant="bold">deep</template>
      </bl-experiment>`;
    const paused = experiment('outer', { status: 'paused' });
    const {
      client: experiments,
      replace,
      exposures,
    } = client([paused, experiment('inner'), experiment('other')]);
    provideExperiments(experiments);
    const { page } = await place(html`
      <bl-experiment key="outer" swap>
        <bl-variant name="control">Plain ${nested('inner')}</bl-variant>
        <bl-variant name="bold">Bold ${nested('other')}</bl-variant>
      </bl-experiment>
    `);
    expect(visible(page)).to.equal('Plain deep');
    expect(await exposures()).to.deep.equal(['inner bold']);
    await replace([experiment('outer'), experiment('inner'), experiment('other')]);
    expect(visible(page)).to.equal('Bold deep');
    await waitUntil(async () => (await exposures()).length === 3, 'no exposure');
    expect(await exposures()).to.deep.equal(['inner bold', 'other bold', 'outer bold']);
  });

  const plainOrBold = `<bl-experiment key="hero">
    <bl-variant name="control">Plain</bl-variant><bl-variant name="bold">Bold</bl-variant>
  </bl-experiment>`;
  const parsed = (text: string) =>
    document.importNode(
      new DOMParser().parseFromString(text, 'text/html').body.firstElementChild!,
      true,
    );

  for (const [where, text, open] of [
    ['a hidden part', '<div hidden></div>', (part: HTMLElement) => (part.hidden = false)],
    [
      'a closed dialog',
      '<dialog><section></section></dialog>',
      (part: HTMLElement) => (part as HTMLDialogElement).show(),
    ],
    [
      'closed details',
      '<details><summary>More</summary><p></p></details>',
      (part: HTMLElement) => ((part as HTMLDetailsElement).open = true),
    ],
  ] as const) {
    it(`counts in ${where} once somebody opens it`, async () => {
      const { client: experiments, exposures } = client([experiment('hero')]);
      provideExperiments(experiments);
      const { page } = await place(html``);
      const part = parsed(text) as HTMLElement;
      (part.querySelector('section, p') ?? part).append(parsed(plainOrBold));
      page.append(part);
      await frames();
      await frames();
      expect(await exposures()).to.deep.equal([]);
      open(part);
      await waitUntil(async () => (await exposures()).length > 0, 'no exposure');
      expect(visible(page)).to.match(/^(More )?Bold$/);
      expect(await exposures()).to.deep.equal(['hero bold']);
    });
  }

  it('counts in the shadow root of a component only where somebody sees that', async () => {
    const { client: experiments, exposures } = client([experiment('hero'), experiment('outer')]);
    provideExperiments(experiments);
    const { page } = await place(html`
      <bl-experiment key="outer">
        <bl-variant name="control"><div></div></bl-variant>
        <bl-variant name="bold">Outer</bl-variant>
      </bl-experiment>
    `);
    const component = page.querySelector('div')!;
    component.attachShadow({ mode: 'open' }).append(parsed(plainOrBold));
    await frames();
    await frames();
    expect(await exposures()).to.deep.equal(['outer bold']);
    experiments.force('outer', 'control');
    await waitUntil(async () => (await exposures()).length > 1, 'no exposure');
    expect(await exposures()).to.deep.equal(['hero bold', 'outer bold']);
    sessionStorage.clear();
  });

  it('shows a template whose nodes were made by script, as frameworks do', async () => {
    provideExperiments(client([experiment('hero')]).client);
    const { page, element } = await place(html`<bl-experiment key="other"></bl-experiment>`);
    const template = document.createElement('template');
    template.dataset['variant'] = 'bold';
    template.append('Bold');
    const other = document.createElement('bl-experiment');
    other.setAttribute('key', 'hero');
    other.append(template);
    element.replaceWith(other);
    await aTimeout(0);
    expect(visible(page)).to.equal('Bold');
    expect(template.textContent).to.equal('Bold');
  });

  it('takes markup that comes after it, and is asked about another key', async () => {
    const { client: experiments } = client([
      experiment('a'),
      experiment('b', { shows: 'control' }),
    ]);
    provideExperiments(experiments);
    const page = await fixture<HTMLElement>(html`<div></div>`);
    const element = document.createElement('bl-experiment');
    element.key = 'a';
    const said = await warnings(async () => {
      page.append(element);
      await aTimeout(0);
    });
    expect(said).to.deep.equal([]);
    const template = document.createElement('template');
    template.dataset['variant'] = 'bold';
    template.content.append('Bold');
    const control = document.createElement('bl-variant');
    control.setAttribute('name', 'control');
    control.append('Plain');
    element.append(control, template);
    await aTimeout(0);
    expect(visible(page)).to.equal('Bold');
    element.key = 'b';
    await aTimeout(0);
    expect(visible(page)).to.equal('Plain');
  });

  it('has the payload of what was decided', async () => {
    const variants = [{ key: 'control', weight: 1, payload: { size: 7 } }];
    provideExperiments(client([experiment('hero', { variants })]).client);
    const { element } = await place<ExperimentElement>(hero());
    expect(element.payload).to.deep.equal({ size: 7 });
    expect(element.decision).to.include({ variant: 'control', reason: 'assigned' });
  });

  it('is no box and no landmark: children are laid out by what is around it', async () => {
    const { page, element } = await place(
      html`<div style="display:flex;gap:10px" dir="rtl">
        ${hero()}
        <p>After</p>
      </div>`,
    );
    expect(getComputedStyle(element).display).to.equal('contents');
    const heading = element.querySelector('h1')!.getBoundingClientRect();
    const after = page.querySelector('p')!.getBoundingClientRect();
    expect(Math.round(heading.left - after.right)).to.equal(10);
    expect(element.getAttributeNames()).to.deep.equal(['key']);
    await expectAccessible(page);
  });
});

describe('bl-flag', () => {
  afterEach(async () => {
    provideExperiments(null);
    await closeClients();
  });

  const flag = html`
    <bl-flag key="search">
      <template data-variant="on">New search</template>
    </bl-flag>
  `;
  const value = (payload?: boolean) =>
    experiment('search', {
      variants: [
        { key: 'a', weight: 0 },
        { key: 'b', weight: 1, ...(payload === undefined ? {} : { payload }) },
      ],
    });

  for (const [payload, shown] of [
    [undefined, 'New search'],
    [true, 'New search'],
    [false, ''],
  ] as const) {
    it(`shows ${shown || 'nothing'} where its variant has the payload ${payload}`, async () => {
      const { client: experiments, exposures } = client([value(payload)]);
      provideExperiments(experiments);
      const said = await warnings(async () => {
        const { page, element } = await place<FlagElement>(flag);
        expect(visible(page)).to.equal(shown);
        expect(element.variant).to.equal(shown ? 'on' : 'off');
      });
      expect(said).to.deep.equal([]);
      expect(await exposures()).to.deep.equal(['search b']);
    });
  }

  it('is off until it is known, also where a page has only what is behind it', async () => {
    const { page } = await place(html`
      <bl-flag key="search" swap><bl-variant name="on">New search</bl-variant></bl-flag>
    `);
    expect(visible(page)).to.equal('');
    provideExperiments(client([value()]).client);
    await aTimeout(0);
    expect(visible(page)).to.equal('New search');
  });
});
