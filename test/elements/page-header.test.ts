import { expect, fixture, html } from '@open-wc/testing';
import '../../src/elements/page-header/define.js';
import type { BackEvent, PageHeader } from '../../src/elements/page-header/page-header.js';
import { expectAccessible } from './accessible.js';

const crumbs = html`
  <a slot="breadcrumbs" href="#a">Overview</a>
  <a slot="breadcrumbs" href="#b">A/B testing</a>
  <a slot="breadcrumbs" href="#c">Checkout</a>
`;
const shown = (header: PageHeader) =>
  [...header.querySelectorAll('[slot=breadcrumbs]')]
    .filter((crumb) => crumb.getClientRects().length > 0)
    .map((crumb) => crumb.textContent);

describe('bl-page-header', () => {
  it('has a real heading of the level asked for', async () => {
    const header = await fixture<PageHeader>(
      html`<bl-page-header heading="Orders" heading-level="2"></bl-page-header>`,
    );
    expect(header.shadowRoot!.querySelector('h2')!.textContent).to.equal('Orders');
  });

  it("shows the author's own heading, which was readable before any script", async () => {
    const header = await fixture<PageHeader>(
      html`<bl-page-header><h1 slot="heading">Orders</h1></bl-page-header>`,
    );
    expect(header.shadowRoot!.querySelector('h1, h2')).to.equal(null);
    expect(getComputedStyle(header.querySelector('h1')!).fontSize).to.equal('20px');
  });

  it('makes bare breadcrumbs a named navigation and marks the last as this page', async () => {
    const header = await fixture<PageHeader>(html`<bl-page-header>${crumbs}</bl-page-header>`);
    const nav = header.shadowRoot!.querySelector('nav')!;
    expect(nav.getAttribute('aria-label')).to.equal('Breadcrumbs');
    const current = header.querySelectorAll('[aria-current=page]');
    expect(current.length).to.equal(1);
    expect(current[0]!.textContent).to.equal('Checkout');
  });

  it('moves the mark when a breadcrumb is added, and leaves one of the author alone', async () => {
    const header = await fixture<PageHeader>(html`<bl-page-header>${crumbs}</bl-page-header>`);
    const more = Object.assign(document.createElement('a'), { href: '#d', textContent: 'Results' });
    more.slot = 'breadcrumbs';
    header.append(more);
    await new Promise((done) => requestAnimationFrame(done));
    expect(header.querySelector('[aria-current]')!.textContent).to.equal('Results');
    const own = await fixture<PageHeader>(
      html`<bl-page-header>
        <a slot="breadcrumbs" href="#a" aria-current="location">Overview</a>
        <a slot="breadcrumbs" href="#b">A/B testing</a>
      </bl-page-header>`,
    );
    expect(own.querySelectorAll('[aria-current]').length).to.equal(1);
  });

  it("makes no second landmark around the author's own navigation", async () => {
    const header = await fixture<PageHeader>(
      html`<bl-page-header>
        <nav slot="breadcrumbs" aria-label="Breadcrumbs"><a href="#a">Overview</a></nav>
      </bl-page-header>`,
    );
    expect(header.shadowRoot!.querySelector('nav')).to.equal(null);
  });

  it('keeps only the way up where it is narrow', async () => {
    const place = await fixture<HTMLElement>(
      html`<div><bl-page-header heading="Checkout">${crumbs}</bl-page-header></div>`,
    );
    const header = place.querySelector<PageHeader>('bl-page-header')!;
    place.style.width = '700px';
    expect(shown(header)).to.deep.equal(['Overview', 'A/B testing', 'Checkout']);
    place.style.width = '320px';
    expect(shown(header)).to.deep.equal(['A/B testing']);
  });

  it('offers the link back to the router first', async () => {
    const header = await fixture<PageHeader>(
      html`<bl-page-header heading="Order 7" back-href="#orders"></bl-page-header>`,
    );
    let href = '';
    header.addEventListener('bl-back', (event: BackEvent) => {
      href = event.href;
      event.preventDefault();
    });
    const link = header.shadowRoot!.querySelector<HTMLAnchorElement>('[part=back]')!;
    expect(link.getAttribute('aria-label')).to.equal('Back');
    link.click();
    expect(href).to.equal('#orders');
  });

  it('stays at the top when it is sticky', async () => {
    const header = await fixture<PageHeader>(
      html`<bl-page-header sticky heading="Orders"></bl-page-header>`,
    );
    expect(getComputedStyle(header).position).to.equal('sticky');
  });

  it('is accessible with everything in it', async () => {
    const header = await fixture<PageHeader>(
      html`<bl-page-header heading="Checkout" description="One page" back-href="#x" divider>
        ${crumbs}
        <span slot="status">Running</span>
        <button slot="actions">Pause</button>
        <button slot="actions" data-bl-tone="accent">Ship</button>
      </bl-page-header>`,
    );
    await expectAccessible(header);
  });
});
