import { expect, fixture, html } from '@open-wc/testing';
import fc from 'fast-check';
import '../../src/elements/not-found-page/define.js';
import { nearest } from '../../src/elements/not-found-page/nearest.js';
import type { NotFoundPage } from '../../src/elements/not-found-page/not-found-page.js';
import type { NavigateEvent } from '../../src/elements/events.js';
import { expectAccessible } from './accessible.js';

const routes = ['/orders', '/orders/2026', '/customers', '/ops/ab-testing', '/'];

describe('nearest routes', () => {
  it('finds the route behind a typing error', () => {
    expect(nearest('/ordres', routes)[0]).to.equal('/orders');
    expect(nearest('/ops/ab-tetsing', routes)[0]).to.equal('/ops/ab-testing');
    expect(nearest('/Customer/', routes)[0]).to.equal('/customers');
  });

  it('finds a page that moved to another place', () => {
    expect(nearest('/admin/experiments/ab-testing', routes)).to.deep.equal(['/ops/ab-testing']);
  });

  it('offers nothing for what resembles nothing', () => {
    expect(nearest('/xyzzy', routes)).to.deep.equal([]);
  });

  it('finds every route by itself first, and never more than asked for', () => {
    const path = fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 4 });
    const paths = fc.array(
      path.map((parts) => `/${parts.join('/')}`),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(paths, fc.nat({ max: 5 }), (known, count) => {
        const found = nearest(known[0]!, known, count);
        expect(found.length).to.be.at.most(count);
        if (count > 0) expect(found[0]).to.equal(known[0]);
        expect(known).to.include.members(found);
      }),
    );
  });
});

describe('bl-not-found-page', () => {
  const links = (page: NotFoundPage) =>
    [...page.shadowRoot!.querySelectorAll('[part=suggestions] a')].map((a) => a.textContent);

  it('says which address was not found and offers the nearest routes as links', async () => {
    const page = await fixture<NotFoundPage>(
      html`<bl-not-found-page
        path="/ordres"
        routes='["/orders", "/customers"]'
      ></bl-not-found-page>`,
    );
    expect(page.shadowRoot!.querySelector('[part=path]')!.textContent).to.equal('/ordres');
    expect(links(page)).to.deep.equal(['/orders']);
  });

  it('takes the current address by itself', async () => {
    const page = await fixture<NotFoundPage>(html`<bl-not-found-page></bl-not-found-page>`);
    expect(page.shadowRoot!.querySelector('[part=path]')!.textContent).to.equal(location.pathname);
  });

  it('offers a suggestion to the router first', async () => {
    const page = await fixture<NotFoundPage>(
      html`<bl-not-found-page path="/ordres" .routes=${routes}></bl-not-found-page>`,
    );
    let href: string | null = '';
    page.addEventListener('bl-navigate', (event: NavigateEvent) => {
      href = event.href;
      event.preventDefault();
    });
    page.shadowRoot!.querySelector<HTMLElement>('[part=suggestions] a')!.click();
    expect(href).to.equal('/orders');
  });

  it('keeps search engines out only when asked to, and only while it is shown', async () => {
    const robots = () => document.head.querySelector('meta[name=robots]');
    const page = await fixture<NotFoundPage>(html`<bl-not-found-page></bl-not-found-page>`);
    expect(robots()).to.equal(null);
    page.noindex = true;
    await page.updateComplete;
    expect(robots()!.getAttribute('content')).to.equal('noindex');
    const parent = page.parentElement!;
    page.remove();
    expect(robots()).to.equal(null);
    parent.append(page);
    await page.updateComplete;
    expect(document.head.querySelectorAll('meta[name=robots]').length).to.equal(1);
    page.remove();
  });

  it('is accessible with suggestions', async () => {
    const page = await fixture<NotFoundPage>(
      html`<bl-not-found-page path="/ordres" .routes=${routes} home-href="/"></bl-not-found-page>`,
    );
    await expectAccessible(page);
  });
});
