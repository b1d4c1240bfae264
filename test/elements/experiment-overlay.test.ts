import { aTimeout, expect, fixture, html, waitUntil } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import { provideExperiments } from '../../src/elements/experiment/define.js';
import '../../src/elements/flag/define.js';
import type { ExperimentOverlay } from '../../src/elements/experiment-overlay/experiment-overlay.js';
import { expectAccessible } from './accessible.js';
import { client, closeClients, experiment, warnings } from './experiment.fixture.js';

const overlay = () => document.querySelector('bl-experiment-overlay');
const shadow = () => overlay()!.shadowRoot!;
const said = (element: Element) => element.textContent!.replace(/\s+/g, ' ').trim();

describe('the overlay of experiments', () => {
  const address = location.href;
  afterEach(async () => {
    history.replaceState(null, '', address);
    provideExperiments(null);
    overlay()?.remove();
    sessionStorage.clear();
    await closeClients();
  });

  const page = () =>
    fixture<HTMLElement>(html`
      <div>
        <bl-experiment key="hero">
          <bl-variant name="control"><h1>Plain</h1></bl-variant>
          <template data-variant="bold"><h1>Bold</h1></template>
        </bl-experiment>
      </div>
    `);

  /** The page with its overlay, opened as by hand. */
  async function debug(experiments = [experiment('hero'), experiment('later')]) {
    const asked = new URL(address);
    asked.searchParams.set('bl-debug', '');
    history.replaceState(null, '', asked);
    const place = await page();
    const made = client(experiments);
    provideExperiments(made.client);
    // A machine that is busy takes its time to load it.
    await waitUntil(() => overlay()?.shadowRoot?.querySelector('li'), 'none', { timeout: 20_000 });
    return { ...made, place };
  }

  const choose = async (key: string, variant: string): Promise<void> => {
    const select = [...shadow().querySelectorAll('select')].find((one) =>
      one.ariaLabel!.includes(key),
    )!;
    select.value = variant;
    select.dispatchEvent(new Event('change'));
    await overlay()!.updateComplete;
    await aTimeout(0);
  };

  it('is not there, nor loaded, unless the address asks for it', async () => {
    await page();
    provideExperiments(client([experiment('hero')]).client);
    await aTimeout(50);
    expect(overlay()).to.equal(null);
  });

  it('lists the page’s experiments, whom they are decided for, and why', async () => {
    await debug();
    const text = said(shadow().querySelector('.panel')!);
    expect(text).to.match(/Attributes id "visitor" Consent Granted: exposures are recorded/);
    expect(text).to.include('Configuration Given by the page On this page hero Takes part');
    expect(text).to.include('The unit is the attribute “id”: “visitor”.');
    expect(text).to.include('Takes part with variant “bold”.');
    expect(text).to.include('Not on this page (1) later Would take part');
  });

  it('says what is wrong with a key that nobody knows', async () => {
    const told = await warnings(async () => void (await debug([])));
    expect(told).to.have.lengthOf(1);
    expect(said(shadow().querySelector('li')!)).to.match(
      /^hero Unknown key Why\? .*correct the key/,
    );
  });

  it('forces variants, on later pages too and never recorded, until they are cleared', async () => {
    const paused = [experiment('hero', { status: 'paused' })];
    const { place, exposures } = await debug(paused);
    expect(place.innerText.trim()).to.equal('Plain');
    await choose('hero', 'bold');
    expect(place.innerText.trim()).to.equal('Bold');
    expect(said(shadow().querySelector('li')!)).to.match(/^hero Forced/);
    expect(await exposures()).to.deep.equal([]);

    history.replaceState(null, '', address);
    const next = client([experiment('hero', { shows: 'control' })]);
    expect(next.client.peek('hero')).to.include({ variant: 'bold', reason: 'forced' });
    overlay()!.remove();
    provideExperiments(next.client);
    // A machine that is busy takes its time to load it.
    await waitUntil(() => overlay()?.shadowRoot?.querySelector('li'), 'none', { timeout: 20_000 });
    const clear = [...shadow().querySelectorAll('button')].find(
      (one) => said(one) === 'Clear forced',
    )!;
    clear.click();
    await aTimeout(0);
    expect(place.innerText.trim()).to.equal('Plain');
    expect(await next.exposures()).to.deep.equal(['hero control']);
    expect(sessionStorage.getItem('bytelyst-forced')).to.equal('{}');
  });

  it('gives back what somebody is in when a variant is no longer forced', async () => {
    const { place, exposures } = await debug();
    await choose('hero', 'control');
    expect(place.innerText.trim()).to.equal('Plain');
    await choose('hero', '');
    expect(place.innerText.trim()).to.equal('Bold');
    expect(await exposures()).to.deep.equal(['hero bold']);
  });

  it('closes to its button by Escape, opens from it, and keeps no focus in', async () => {
    await debug();
    const heading = shadow().querySelector('h2')!;
    heading.focus();
    await sendKeys({ press: 'Escape' });
    await waitUntil(() => shadow().activeElement?.part.contains('toggle'));
    expect(said(shadow().activeElement!)).to.equal('Show experiments: 1');
    expect(shadow().querySelector('.panel')).to.equal(null);
    await sendKeys({ press: 'Enter' });
    await waitUntil(() => shadow().activeElement === shadow().querySelector('h2'));
    // WebKit’s driver never comes back from a real Tab out of the page.
    const tab = new KeyboardEvent('keydown', { key: 'Tab', bubbles: true, cancelable: true });
    shadow().activeElement!.dispatchEvent(tab);
    expect(tab.defaultPrevented).to.equal(false);
  });

  it('follows the page and the configuration', async () => {
    const { place, replace } = await debug();
    place.append(document.createElement('bl-flag'));
    place.querySelector('bl-flag')!.setAttribute('key', 'later');
    await aTimeout(0);
    await overlay()!.updateComplete;
    expect(said(shadow().querySelector('.body')!)).to.not.include('Not on this page');
    await replace([experiment('hero', { status: 'stopped' }), experiment('later')]);
    await overlay()!.updateComplete;
    expect(said(shadow().querySelector('.body')!)).to.include('Fetched just now');
  });

  it('is accessible, open and closed', async () => {
    await debug();
    for (const details of shadow().querySelectorAll('details')) details.open = true;
    await expectAccessible(overlay()!);
    (overlay() as ExperimentOverlay).open = false;
    await overlay()!.updateComplete;
    await expectAccessible(overlay()!);
  });
});
