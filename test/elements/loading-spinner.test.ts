import { aTimeout, expect, fixture, html, oneEvent, waitUntil } from '@open-wc/testing';
import '../../src/elements/loading-spinner/define.js';
import type { LoadingSpinner } from '../../src/elements/loading-spinner/loading-spinner.js';
import { expectAccessible } from './accessible.js';
import { announcements } from './announcements.js';

const progress = (spinner: LoadingSpinner) =>
  spinner.shadowRoot!.querySelector('[role=progressbar]')!;

describe('bl-loading-spinner', () => {
  it('appears after its delay and says so with an event', async () => {
    const spinner = await fixture<LoadingSpinner>(
      html`<bl-loading-spinner delay="40"></bl-loading-spinner>`,
    );
    expect(spinner.shown).to.equal(false);
    const event = await oneEvent(spinner, 'bl-visible');
    expect(event.bubbles).to.equal(false);
    expect(spinner.shown).to.equal(true);
  });

  it('never appears for what is faster than its delay', async () => {
    const spinner = await fixture<LoadingSpinner>(
      html`<bl-loading-spinner active delay="5000"><p>Orders</p></bl-loading-spinner>`,
    );
    let appeared = false;
    spinner.addEventListener('bl-visible', () => (appeared = true));
    spinner.active = false;
    await spinner.updateComplete;
    await aTimeout(30);
    expect(appeared).to.equal(false);
    expect(spinner.shadowRoot!.querySelector('[role=progressbar]')).to.equal(null);
  });

  it('stays for its minimal duration once it has appeared', async () => {
    const spinner = await fixture<LoadingSpinner>(
      html`<bl-loading-spinner active delay="0" min-duration="300"
        ><p>Orders</p></bl-loading-spinner
      >`,
    );
    const from = Date.now();
    await waitUntil(() => spinner.shown);
    spinner.active = false;
    await spinner.updateComplete;
    expect(spinner.shown).to.equal(true);
    await waitUntil(() => !spinner.shown);
    expect(Date.now() - from).to.be.at.least(290);
  });

  it('makes its content inert and the host busy while it is active', async () => {
    const spinner = await fixture<LoadingSpinner>(
      html`<bl-loading-spinner active><button>Save</button></bl-loading-spinner>`,
    );
    const content = spinner.shadowRoot!.querySelector('.content')!;
    expect(content.hasAttribute('inert')).to.equal(true);
    expect(spinner.getAttribute('aria-busy')).to.equal('true');
    spinner.active = false;
    await spinner.updateComplete;
    expect(content.hasAttribute('inert')).to.equal(false);
    expect(spinner.hasAttribute('aria-busy')).to.equal(false);
  });

  it('gives focus back to the control that had it', async () => {
    const spinner = await fixture<LoadingSpinner>(
      html`<bl-loading-spinner><button>Save</button></bl-loading-spinner>`,
    );
    const button = spinner.querySelector('button')!;
    button.focus();
    spinner.active = true;
    await spinner.updateComplete;
    button.blur();
    spinner.active = false;
    await spinner.updateComplete;
    expect(document.activeElement === button).to.equal(true);
  });

  it('leaves focus where the user has moved it meanwhile', async () => {
    const page = await fixture(
      html`<div>
        <bl-loading-spinner><button>Save</button></bl-loading-spinner><input aria-label="Search" />
      </div>`,
    );
    const spinner = page.querySelector<LoadingSpinner>('bl-loading-spinner')!;
    spinner.querySelector('button')!.focus();
    spinner.active = true;
    await spinner.updateComplete;
    page.querySelector('input')!.focus();
    spinner.active = false;
    await spinner.updateComplete;
    expect(document.activeElement === page.querySelector('input')).to.equal(true);
  });

  it('is a named progress bar, with a value only where there is one', async () => {
    const spinner = await fixture<LoadingSpinner>(
      html`<bl-loading-spinner delay="0" label="Loading orders"></bl-loading-spinner>`,
    );
    expect(progress(spinner).getAttribute('aria-label')).to.equal('Loading orders');
    expect(progress(spinner).hasAttribute('aria-valuenow')).to.equal(false);
    spinner.value = 140;
    await spinner.updateComplete;
    expect(progress(spinner).getAttribute('aria-valuenow')).to.equal('100');
  });

  it('turns into the content when the content arrives', async () => {
    const spinner = await fixture<LoadingSpinner>(
      html`<bl-loading-spinner delay="0" min-duration="0"></bl-loading-spinner>`,
    );
    await waitUntil(() => spinner.shown);
    spinner.append('Orders');
    await waitUntil(() => !spinner.shown);
    expect(spinner.hasAttribute('aria-busy')).to.equal(false);
  });

  it('says its label once when it appears', async () => {
    const announcer = await announcements();
    await fixture(html`<bl-loading-spinner delay="0" label="Loading orders"></bl-loading-spinner>`);
    expect(await announcer.all()).to.deep.equal(['Loading orders']);
    announcer.stop();
  });

  it('shows its label beside the ring with text', async () => {
    const spinner = await fixture<LoadingSpinner>(
      html`<bl-loading-spinner delay="0" text label="Counting"></bl-loading-spinner>`,
    );
    expect(spinner.shadowRoot!.querySelector('[part=label]')!.textContent).to.contain('Counting');
  });

  it('is accessible alone, with a value and around content', async () => {
    const page = await fixture<HTMLElement>(
      html`<div>
        <bl-loading-spinner delay="0"></bl-loading-spinner>
        <bl-loading-spinner delay="0" value="40" text label="Uploading"></bl-loading-spinner>
        <bl-loading-spinner delay="0" active overlay><p>Orders</p></bl-loading-spinner>
      </div>`,
    );
    const spinners = [...page.querySelectorAll<LoadingSpinner>('bl-loading-spinner')];
    await waitUntil(() => spinners.every(({ shown }) => shown));
    await expectAccessible(page);
  });
});
