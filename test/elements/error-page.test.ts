import { aTimeout, expect, fixture, html, oneEvent, waitUntil } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import '../../src/elements/error-page/define.js';
import type { CopyEvent, ErrorPage } from '../../src/elements/error-page/error-page.js';
import type { NavigateEvent, RetryEvent } from '../../src/elements/events.js';
import { errorPageMessages } from '../../src/elements/messages.js';
import { problem } from '../../src/protocol/problems.js';
import { expectAccessible } from './accessible.js';

const part = (page: ErrorPage, name: string) =>
  page.shadowRoot!.querySelector<HTMLElement>(`[part~=${name}]`);
const text = (page: ErrorPage, name: string) => part(page, name)?.textContent?.trim();

/** Every test answers `bl-retry`: otherwise the page, and the tests with it, would reload. */
function answered(page: ErrorPage, answer: () => Promise<unknown> = async () => {}): RetryEvent[] {
  const events: RetryEvent[] = [];
  page.addEventListener('bl-retry', (event) => {
    events.push(event);
    event.waitUntil(answer());
  });
  return events;
}

describe('bl-error-page', () => {
  for (const status of Object.keys(errorPageMessages.statuses)) {
    it(`says in words what ${status} means`, async () => {
      const page = await fixture<ErrorPage>(html`<bl-error-page status=${status}></bl-error-page>`);
      expect(text(page, 'heading')).to.equal(errorPageMessages.statuses[status]![0]);
      expect(text(page, 'description')).to.equal(errorPageMessages.statuses[status]![1]);
    });
  }

  it('has words for a status it does not know', async () => {
    const page = await fixture<ErrorPage>(html`<bl-error-page status="418"></bl-error-page>`);
    expect(text(page, 'heading')).to.equal('Something went wrong');
  });

  it('reads status, id and message from a problem of the server', async () => {
    const error = problem('unavailable', 'Try again in a moment.', { instance: 'req-7f3c' });
    const page = await fixture<ErrorPage>(html`<bl-error-page .error=${error}></bl-error-page>`);
    expect(text(page, 'heading')).to.equal('This page could not be loaded');
    expect(text(page, 'details')).to.contain('503 · report req-7f3c');
    expect(text(page, 'details')).to.contain('The server is busy: Try again in a moment.');
  });

  it('shows an error of JavaScript without its stack, and with it in development', async () => {
    const error = new RangeError('out of reach');
    const page = await fixture<ErrorPage>(html`<bl-error-page .error=${error}></bl-error-page>`);
    expect(text(page, 'details')).to.contain('RangeError: out of reach');
    expect(page.shadowRoot!.querySelector('pre')!.textContent).to.equal('RangeError: out of reach');
    page.stack = true;
    await page.updateComplete;
    expect(page.shadowRoot!.querySelector('pre')!.textContent).to.contain(error.stack!);
  });

  it('takes markup in an error for text', async () => {
    const error = new Error('<img src=x onerror=alert(1)>');
    const page = await fixture<ErrorPage>(html`<bl-error-page .error=${error}></bl-error-page>`);
    expect(page.shadowRoot!.querySelector('img')).to.equal(null);
    expect(text(page, 'details')).to.contain('<img src=x');
  });

  it('shows no details where there are none', async () => {
    const page = await fixture<ErrorPage>(html`<bl-error-page status="500"></bl-error-page>`);
    expect(part(page, 'details')!.hidden).to.equal(true);
    page.append(Object.assign(document.createElement('p'), { slot: 'details', textContent: 'X' }));
    await waitUntil(() => !part(page, 'details')!.hidden);
  });

  it('retries by keyboard and is busy until the attempt is over', async () => {
    const page = await fixture<ErrorPage>(html`<bl-error-page retry></bl-error-page>`);
    let finish: () => void = () => {};
    const events = answered(page, () => new Promise<void>((done) => (finish = done)));
    part(page, 'retry')!.focus();
    await sendKeys({ press: 'Enter' });
    expect(events.length).to.equal(1);
    expect(page.pending).to.equal(true);
    await page.updateComplete;
    expect(part(page, 'retry')!.getAttribute('aria-disabled')).to.equal('true');
    part(page, 'retry')!.click();
    expect(events.length).to.equal(1);
    finish();
    await waitUntil(() => !page.pending);
  });

  it('is not busy for ever when the attempt fails', async () => {
    const page = await fixture<ErrorPage>(html`<bl-error-page retry></bl-error-page>`);
    answered(page, () => Promise.reject(new Error('still down')));
    await page.tryAgain();
    expect(page.pending).to.equal(false);
  });

  it('counts down and tries by itself', async () => {
    const page = await fixture<ErrorPage>(html`<bl-error-page retry-after="1"></bl-error-page>`);
    const events = answered(page);
    expect(text(page, 'countdown')).to.contain('1 second');
    await waitUntil(() => events.length === 1, 'no attempt', { timeout: 5_000 });
    await page.updateComplete;
    expect(text(page, 'countdown')).to.contain('1 second');
  });

  it('counts no further while it is paused', async () => {
    const page = await fixture<ErrorPage>(html`<bl-error-page retry-after="1"></bl-error-page>`);
    const events = answered(page);
    const pause = () => page.shadowRoot!.querySelector<HTMLElement>('[part=countdown] button')!;
    pause().click();
    await page.updateComplete;
    expect(pause().textContent!.trim()).to.equal('Resume');
    await aTimeout(1_300);
    expect(events.length).to.equal(0);
  });

  it('stops counting when it leaves the page', async () => {
    const page = await fixture<ErrorPage>(html`<bl-error-page retry-after="1"></bl-error-page>`);
    const events = answered(page);
    page.remove();
    await aTimeout(1_300);
    expect(events.length).to.equal(0);
  });

  it('tries once when the network comes back', async () => {
    const page = await fixture<ErrorPage>(
      html`<bl-error-page status="offline" retry></bl-error-page>`,
    );
    const events = answered(page);
    window.dispatchEvent(new Event('online'));
    window.dispatchEvent(new Event('online'));
    await waitUntil(() => events.length > 0, 'no attempt', { timeout: 5_000 });
    expect(events.length).to.equal(1);
  });

  it('offers its links to the router first', async () => {
    const page = await fixture<ErrorPage>(html`<bl-error-page home-href="/start"></bl-error-page>`);
    const seen: (string | null)[] = [];
    page.addEventListener('bl-navigate', (event: NavigateEvent) => {
      seen.push(event.href);
      event.preventDefault();
    });
    const link = page.shadowRoot!.querySelector<HTMLAnchorElement>('a[href]')!;
    link.click();
    expect(seen).to.deep.equal(['/start']);
  });

  it('gives the report to whoever wants it, with everything that helps', async () => {
    const page = await fixture<ErrorPage>(
      html`<bl-error-page
        status="503"
        error-id="7f3c-19"
        details-open
        .error=${new Error('no answer')}
      ></bl-error-page>`,
    );
    let report = '';
    page.addEventListener('bl-copy', (event: CopyEvent) => {
      report = event.text;
      event.preventDefault();
    });
    part(page, 'copy')!.click();
    for (const fact of ['Status: 503', 'Report: 7f3c-19', 'no answer', location.href]) {
      expect(report).to.contain(fact);
    }
  });

  it('moves focus to its heading when asked to', async () => {
    const page = await fixture<ErrorPage>(html`<bl-error-page status="404"></bl-error-page>`);
    page.focusHeading();
    expect(page.shadowRoot!.activeElement === part(page, 'heading')).to.equal(true);
  });

  it('bubbles its intents out of shadow roots, cancelable', async () => {
    const page = await fixture<ErrorPage>(html`<bl-error-page retry></bl-error-page>`);
    const heard = oneEvent(document, 'bl-retry');
    answered(page);
    part(page, 'retry')!.click();
    const event = await heard;
    expect([event.bubbles, event.composed, event.cancelable]).to.deep.equal([true, true, true]);
  });

  it('is accessible in its states', async () => {
    const page = await fixture<HTMLElement>(
      html`<div>
        <bl-error-page status="503" retry retry-after="60" back home-href="/"></bl-error-page>
        <bl-error-page
          heading-level="2"
          status="404"
          error-id="1"
          details-open
          home-href="/"
        ></bl-error-page>
        <bl-error-page heading-level="2" status="offline" retry></bl-error-page>
        <bl-error-page heading-level="2" status="maintenance"></bl-error-page>
      </div>`,
    );
    await expectAccessible(page);
  });
});
