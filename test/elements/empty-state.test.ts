import { expect, fixture, html } from '@open-wc/testing';
import '../../src/elements/empty-state/define.js';
import type { EmptyState } from '../../src/elements/empty-state/empty-state.js';
import { registerIcons } from '../../src/elements/icons/icon.js';
import { expectAccessible } from './accessible.js';
import { announcements } from './announcements.js';

const kinds = ['no-data', 'no-results', 'filtered', 'done', 'offline', 'forbidden'] as const;
const text = (element: EmptyState, part: string) =>
  element.shadowRoot!.querySelector(`[part=${part}]`)?.textContent?.trim();

describe('bl-empty-state', () => {
  for (const kind of kinds) {
    it(`has words and an icon of its own for ${kind}`, async () => {
      const element = await fixture<EmptyState>(
        html`<bl-empty-state kind=${kind}></bl-empty-state>`,
      );
      expect(text(element, 'heading')).to.match(/\w/);
      expect(text(element, 'description')).to.match(/\w/);
      expect(element.shadowRoot!.querySelector('[part=icon] path')!.getAttribute('d')).to.match(
        /M/,
      );
    });
  }

  it('does not put the words of its kind under a heading of yours', async () => {
    const element = await fixture<EmptyState>(
      html`<bl-empty-state heading="No experiments yet"></bl-empty-state>`,
    );
    expect(text(element, 'heading')).to.equal('No experiments yet');
    expect(text(element, 'description')).to.equal('');
  });

  it('uses a real heading of the level asked for', async () => {
    const element = await fixture<EmptyState>(
      html`<bl-empty-state heading-level="3"></bl-empty-state>`,
    );
    expect(element.shadowRoot!.querySelector('h3')).to.not.equal(null);
    element.headingLevel = 1;
    await element.updateComplete;
    expect(element.shadowRoot!.querySelector('h1')).to.not.equal(null);
    expect(element.shadowRoot!.querySelector('h3')).to.equal(null);
  });

  it("takes the author's heading and paragraph instead of its own", async () => {
    const element = await fixture<EmptyState>(
      html`<bl-empty-state>
        <h2 slot="heading">Mine</h2>
        <p slot="description">Also mine</p>
      </bl-empty-state>`,
    );
    const slot = element.shadowRoot!.querySelector<HTMLSlotElement>('slot[name=heading]')!;
    expect(slot.assignedElements()[0]!.textContent).to.equal('Mine');
    expect(element.shadowRoot!.querySelector('h2')!.getClientRects().length).to.equal(0);
  });

  it("styles the author's own buttons, and the page's CSS wins", async () => {
    const element = await fixture<EmptyState>(
      html`<bl-empty-state><button slot="actions">New</button></bl-empty-state>`,
    );
    const button = element.querySelector('button')!;
    expect(getComputedStyle(button).borderRadius).to.equal('8px');
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('button { border-radius: 3px; }');
    document.adoptedStyleSheets.push(sheet);
    expect(getComputedStyle(button).borderRadius).to.equal('3px');
    document.adoptedStyleSheets.pop();
  });

  it('shows a registered icon by name, and warns about one it does not know', async () => {
    const warnings: unknown[] = [];
    const warn = console.warn;
    console.warn = (...args: unknown[]) => warnings.push(args[0]);
    registerIcons({ star: 'M12 2l3 7' });
    const element = await fixture<EmptyState>(html`<bl-empty-state icon="star"></bl-empty-state>`);
    const path = () => element.shadowRoot!.querySelector('[part=icon] path')!.getAttribute('d');
    expect(path()).to.equal('M12 2l3 7');
    element.icon = 'no-such-icon';
    await element.updateComplete;
    expect(path()).to.match(/M/);
    expect(warnings.join()).to.contain('no-such-icon');
    console.warn = warn;
  });

  it('is announced when asked to', async () => {
    const announcer = await announcements();
    await fixture(html`<bl-empty-state announce kind="no-results"></bl-empty-state>`);
    expect((await announcer.all())[0]).to.match(/^No results/);
    announcer.stop();
  });

  it('stacks its actions where it is narrow', async () => {
    const narrow = await fixture<HTMLElement>(html`
      <div>
        <bl-empty-state
          ><button slot="actions">A</button><button slot="actions">B</button></bl-empty-state
        >
      </div>
    `);
    const top = () =>
      [...narrow.querySelectorAll('button')].map((button) => button.getBoundingClientRect().top);
    narrow.style.width = '600px';
    expect(new Set(top()).size).to.equal(1);
    narrow.style.width = '300px';
    expect(new Set(top()).size).to.equal(2);
  });

  it('keeps long words inside a narrow place', async () => {
    const narrow = await fixture<HTMLElement>(
      html`<div>
        <bl-empty-state heading=${'Donaudampfschifffahrt'.repeat(5)}></bl-empty-state>
      </div>`,
    );
    narrow.style.width = '320px';
    expect(narrow.scrollWidth).to.be.at.most(320);
  });

  it('is accessible in every kind', async () => {
    const page = await fixture<HTMLElement>(
      html`<div>
        ${kinds.map((kind) => html`<bl-empty-state kind=${kind}></bl-empty-state>`)}
        <bl-empty-state><button slot="actions" data-bl-tone="accent">New</button></bl-empty-state>
      </div>`,
    );
    await expectAccessible(page);
  });
});
