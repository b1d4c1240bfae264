import { expect } from 'chai';
import { holdLeaving } from '../../src/experiments/leaving.js';

describe('leaving a page while something is recorded', () => {
  /** Resolves when all is on disk; null where it is. */
  let unsettled: Promise<void> | null;
  let gone: string[];
  /** The buttons that forms were sent by; null without. */
  let sent: (HTMLElement | null)[];
  /** Whether the click before this one was held. */
  let held: boolean | undefined;
  const note = (event: Event): void => {
    held = event.defaultPrevented;
    // No test leaves its page.
    event.preventDefault();
  };
  const noteLast = ({ type }: Event): void => {
    removeEventListener(type, note);
    addEventListener(type, note);
  };

  before(() => {
    holdLeaving(
      () => unsettled,
      (url) => void gone.push(url),
    );
    for (const type of ['click', 'submit']) addEventListener(type, noteLast, true);
  });
  after(() => {
    for (const type of ['click', 'submit']) {
      removeEventListener(type, noteLast, true);
      removeEventListener(type, note);
    }
  });
  beforeEach(() => {
    unsettled = null;
    gone = [];
    sent = [];
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

  function form(attributes: Record<string, string> = {}): HTMLFormElement {
    const one = document.createElement('form');
    const all = { id: 'link', action: '/elsewhere', ...attributes };
    for (const [name, value] of Object.entries(all)) one.setAttribute(name, value);
    one.append(document.createElement('button'));
    one.requestSubmit = (submitter) => void sent.push(submitter ?? null);
    document.body.append(one);
    return one;
  }
  const submit = (target: HTMLFormElement, submitter: HTMLElement | null = null): void =>
    void target.dispatchEvent(
      new SubmitEvent('submit', { bubbles: true, cancelable: true, submitter }),
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

  it('leaves the click to a router that listens on the window, started later', () => {
    let asked = false;
    unsettled = Promise.resolve();
    let wasHeld: boolean | undefined;
    const route = (event: Event): void => {
      wasHeld = event.defaultPrevented;
      event.preventDefault();
    };
    addEventListener('click', route);
    const anchor = link();
    Object.defineProperty(anchor, 'protocol', { get: () => void (asked = true) });
    click(anchor);
    removeEventListener('click', route);
    expect({ wasHeld, asked }).to.deep.equal({ wasHeld: false, asked: false });
  });

  it('leaves links and forms alone where the page opens all of them in another tab', () => {
    unsettled = Promise.resolve();
    const base = document.createElement('base');
    base.target = '_blank';
    document.head.append(base);
    click(link());
    const ofLink = held;
    document.querySelector('#link')?.remove();
    submit(form());
    base.remove();
    expect([ofLink, held]).to.deep.equal([false, false]);
  });

  describe('by a form', () => {
    it('sends it as soon as it is on disk, by the button that was clicked', async () => {
      let settle = (): void => {};
      unsettled = new Promise((resolve) => (settle = resolve));
      const one = form();
      const button = one.querySelector('button')!;
      submit(one, button);
      expect(held).to.equal(true);
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(sent).to.deep.equal([]);
      settle();
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(sent).to.deep.equal([button]);
    });

    it('sends it without the button that is no longer one of it', async () => {
      unsettled = Promise.resolve();
      const one = form();
      const button = one.querySelector('button')!;
      submit(one, button);
      button.remove();
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(sent).to.deep.equal([null]);
    });

    it('holds nobody while nothing is recorded', () => {
      submit(form());
      expect(held).to.equal(false);
    });

    for (const [what, attributes, ofButton] of [
      ['closes a dialog', { method: 'dialog' }, {}],
      ['is answered in another tab', { target: '_blank' }, {}],
      ['is answered in another tab, by its button', {}, { formtarget: 'shop' }],
    ] as const)
      it(`leaves a form alone that ${what}`, () => {
        unsettled = Promise.resolve();
        const one = form(attributes);
        const button = one.querySelector('button')!;
        for (const [name, value] of Object.entries(ofButton)) button.setAttribute(name, value);
        submit(one, button);
        expect(held).to.equal(false);
      });

    it('holds one whose fields have the names of its members', () => {
      unsettled = Promise.resolve();
      const one = form();
      for (const name of ['target', 'method']) {
        const field = document.createElement('input');
        field.name = name;
        one.append(field);
      }
      submit(one);
      expect(held).to.equal(true);
    });
  });
});
