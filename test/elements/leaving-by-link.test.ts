import { expect } from 'chai';
import { holdLinks } from '../../src/experiments/leaving.js';

describe('leaving a page by a link while something is recorded', () => {
  /** Resolves when all is on disk; null where it is. */
  let unsettled: Promise<void> | null;
  let gone: string[];
  /** Whether the click before this one was held. */
  let held: boolean | undefined;
  const note = (event: Event): void => {
    held = event.defaultPrevented;
    // No test leaves its page.
    event.preventDefault();
  };

  before(() => {
    holdLinks(
      () => unsettled,
      (url) => void gone.push(url),
    );
    addEventListener('click', note);
  });
  after(() => removeEventListener('click', note));
  beforeEach(() => {
    unsettled = null;
    gone = [];
    held = undefined;
  });
  afterEach(() => document.querySelector('#link')?.remove());

  function link(attributes: Record<string, string> = {}): HTMLAnchorElement {
    const anchor = document.createElement('a');
    const all = { id: 'link', href: '/elsewhere', ...attributes };
    for (const [name, value] of Object.entries(all)) anchor.setAttribute(name, value);
    anchor.append(document.createElement('b'));
    document.body.append(anchor);
    return anchor;
  }
  const click = (target: Element | null, init: MouseEventInit = {}): void =>
    void target?.dispatchEvent(
      new MouseEvent('click', { bubbles: true, cancelable: true, composed: true, ...init }),
    );

  it('goes on as soon as it is on disk', async () => {
    let settle = (): void => {};
    unsettled = new Promise((resolve) => (settle = resolve));
    const anchor = link();
    click(anchor.querySelector('b'));
    expect(held).to.equal(true);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(gone).to.deep.equal([]);
    settle();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(gone).to.deep.equal([new URL('/elsewhere', location.href).href]);
  });

  it('goes on after a second, whatever the disk does', async () => {
    unsettled = new Promise(() => {});
    click(link());
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(gone).to.have.length(1);
  });

  it('finds the link in a shadow tree', () => {
    unsettled = Promise.resolve();
    const host = document.createElement('div');
    host.id = 'link';
    const anchor = document.createElement('a');
    anchor.href = '/elsewhere';
    host.attachShadow({ mode: 'open' }).append(anchor);
    document.body.append(host);
    click(anchor);
    expect(held).to.equal(true);
  });

  it('holds nobody while nothing is recorded', () => {
    click(link());
    expect(held).to.equal(false);
  });

  for (const [what, attributes, init] of [
    ['opens another tab', { target: '_blank' }, {}],
    ['downloads', { download: '' }, {}],
    ['hides where it comes from', { rel: 'noopener noreferrer' }, {}],
    ['has a policy of its own', { referrerpolicy: 'no-referrer' }, {}],
    ['pings', { ping: '/p' }, {}],
    ['stays on the page', { href: '#top' }, {}],
    ['writes a mail', { href: 'mailto:ann@example.com' }, {}],
    ['leads nowhere', { href: '' }, { ctrlKey: true }],
    ['is clicked for another tab', {}, { ctrlKey: true }],
    ['is clicked with another button', {}, { button: 1 }],
  ] as const)
    it(`leaves a link alone that ${what}`, () => {
      unsettled = Promise.resolve();
      click(link(attributes), init);
      expect(held).to.equal(false);
    });

  it('leaves alone what the app has prevented', () => {
    unsettled = Promise.resolve();
    const anchor = link();
    anchor.addEventListener('click', (event) => event.preventDefault());
    let asked = false;
    Object.defineProperty(anchor, 'ping', { get: () => void (asked = true) });
    click(anchor);
    expect(asked).to.equal(false);
  });
});
