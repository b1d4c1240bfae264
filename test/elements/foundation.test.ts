import { expect, fixture, html } from '@open-wc/testing';
import fc from 'fast-check';
import { announce } from '../../src/elements/announce.js';
import { define } from '../../src/elements/define.js';
import '../../src/elements/empty-state/define.js';
import type { EmptyState } from '../../src/elements/empty-state/empty-state.js';
import { localeOf } from '../../src/elements/locale.js';
import { emptyStateMessages, setMessages } from '../../src/elements/messages.js';
import { relativeTime } from '../../src/elements/relative-time.js';
import { announcements } from './announcements.js';

describe('define', () => {
  it('leaves a tag that is taken to its owner, and warns once', () => {
    const warnings: unknown[] = [];
    const warn = console.warn;
    console.warn = (...args: unknown[]) => warnings.push(args[0]);
    class Theirs extends HTMLElement {}
    class Ours extends HTMLElement {}
    define('bl-taken', Theirs);
    define('bl-taken', Theirs);
    expect(warnings.length).to.equal(0);
    define('bl-taken', Ours);
    define('bl-taken', Ours);
    expect(warnings.length).to.equal(1);
    expect(warnings[0]).to.contain('<bl-taken>');
    expect(customElements.get('bl-taken') === Theirs).to.equal(true);
    console.warn = warn;
  });
});

describe('announce', () => {
  it('says what comes at once in one go, each text once, what is urgent first', async () => {
    const announcer = await announcements();
    announce('Saved');
    announce('Saved');
    announce('Two more');
    announce('It failed', { assertive: true });
    announce('');
    expect(await announcer.all()).to.deep.equal(['It failed', 'Saved. Two more']);
    announcer.stop();
  });

  it('says the same again later', async () => {
    const announcer = await announcements();
    announce('Saved');
    await announcer.all();
    announce('Saved');
    expect(await announcer.all()).to.deep.equal(['Saved', 'Saved']);
    announcer.stop();
  });
});

describe('messages', () => {
  const heading = (element: EmptyState) =>
    element.shadowRoot!.querySelector('[part=heading]')!.textContent;
  const german = { ...emptyStateMessages.kinds, done: ['Alles erledigt', ''] as [string, string] };

  it('are replaced everywhere, also in elements on the page', async () => {
    const original = { ...emptyStateMessages };
    const element = await fixture<EmptyState>(html`<bl-empty-state kind="done"></bl-empty-state>`);
    setMessages(emptyStateMessages, { kinds: german });
    await element.updateComplete;
    expect(heading(element)).to.equal('Alles erledigt');
    setMessages(emptyStateMessages, original);
    await element.updateComplete;
    expect(heading(element)).to.equal('All done');
  });

  it('are replaced in one element', async () => {
    const page = await fixture<HTMLElement>(
      html`<div>
        <bl-empty-state kind="done" .messages=${{ kinds: german }}></bl-empty-state>
        <bl-empty-state kind="done"></bl-empty-state>
      </div>`,
    );
    const [one, other] = page.querySelectorAll<EmptyState>('bl-empty-state');
    expect(heading(one!)).to.equal('Alles erledigt');
    expect(heading(other!)).to.equal('All done');
  });
});

describe('the locale of an element', () => {
  it('is the nearest lang, through shadow roots, and never a malformed one', async () => {
    const page = await fixture<HTMLElement>(html`<div lang="de"><p lang="not a locale"></p></div>`);
    const inner = document.createElement('span');
    page.querySelector('p')!.attachShadow({ mode: 'open' }).append(inner);
    expect(localeOf(page)).to.equal('de');
    page.querySelector('p')!.lang = 'fr-CA';
    expect(localeOf(inner)).to.equal('fr-CA');
    page.querySelector('p')!.lang = 'not a locale';
    expect(() => new Intl.NumberFormat(localeOf(inner))).to.not.throw();
  });

  it('is never a tag that Intl refuses, whatever the browser calls its language', () => {
    Object.defineProperty(navigator, 'language', { configurable: true, value: 'C' });
    const place = document.createElement('p');
    expect(() => new Intl.NumberFormat(localeOf(place))).to.not.throw();
    Reflect.deleteProperty(navigator, 'language');
  });
});

describe('relative time', () => {
  const now = Date.UTC(2026, 10, 22, 16, 4);
  const minute = 60_000;

  it('counts minutes, hours, days, months and years', () => {
    const ago = (minutes: number) => relativeTime(now - minutes * minute, now, 'en');
    expect(ago(0.9)).to.equal(null);
    expect(ago(3)).to.equal('3 min. ago');
    expect(ago(125)).to.equal('2 hr. ago');
    expect(ago(26 * 60)).to.equal('1 day ago');
    expect(ago(65 * 24 * 60)).to.equal('2 mo. ago');
    expect(ago(800 * 24 * 60)).to.equal('2 yr. ago');
  });

  it('speaks the language of the page', () => {
    expect(relativeTime(now - 3 * minute, now, 'de')).to.equal('vor 3 Min.');
  });

  it('takes the future for now and never speaks of it', () => {
    fc.assert(
      fc.property(fc.nat(), (ahead) => {
        expect(relativeTime(now + ahead, now, 'en')).to.equal(null);
      }),
    );
  });
});
