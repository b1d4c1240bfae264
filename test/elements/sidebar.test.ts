import { aTimeout, expect, fixture, html, nextFrame, waitUntil } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import { beaker, flag, house } from '../../src/elements/icons/shapes.js';
import { registerIcons } from '../../src/elements/icons/icon.js';
import '../../src/elements/sidebar/define.js';
import type { SidebarGroup } from '../../src/elements/sidebar/sidebar-group.js';
import type { SidebarItem } from '../../src/elements/sidebar/sidebar-item.js';
import type { Sidebar, SidebarToggleEvent } from '../../src/elements/sidebar/sidebar.js';
import { expectAccessible } from './accessible.js';

registerIcons({ beaker, flag, house });

const path = location.pathname + location.search;
const content = html`
  <bl-sidebar-item icon="house" href=${path}>Overview</bl-sidebar-item>
  <bl-sidebar-group heading="Operations" collapsible>
    <bl-sidebar-item icon="beaker" href="${path}#/ab" badge="6">A/B testing</bl-sidebar-item>
    <bl-sidebar-item icon="flag"><a href="${path}#/flags">Feature flags</a></bl-sidebar-item>
  </bl-sidebar-group>
`;

/** Beside the page, whatever the browser's window: a breakpoint of 0 is never reached. */
async function wide(attributes: Partial<Sidebar> = {}): Promise<Sidebar> {
  const sidebar = await fixture<Sidebar>(
    html`<bl-sidebar app-name="ByteLyst" breakpoint="0">${content}</bl-sidebar>`,
  );
  Object.assign(sidebar, attributes);
  await settled(sidebar);
  return sidebar;
}

async function narrow(): Promise<Sidebar> {
  const sidebar = await fixture<Sidebar>(
    html`<bl-sidebar app-name="ByteLyst" breakpoint="100000">${content}</bl-sidebar>`,
  );
  await settled(sidebar);
  return sidebar;
}

async function settled(sidebar: Sidebar): Promise<void> {
  await sidebar.updateComplete;
  await nextFrame();
  for (const item of items(sidebar)) await item.updateComplete;
}

const items = (sidebar: Sidebar) => [...sidebar.querySelectorAll<SidebarItem>('bl-sidebar-item')];
const link = (item: SidebarItem) =>
  item.querySelector<HTMLElement>(':scope > a') ??
  item.shadowRoot!.querySelector<HTMLElement>('[part=link]');
const current = (sidebar: Sidebar) =>
  items(sidebar)
    .filter((item) => link(item)?.getAttribute('aria-current') === 'page')
    .map((item) => item.textContent!.trim());
const part = (element: Element, name: string) =>
  element.shadowRoot!.querySelector<HTMLElement>(`[part=${name}]`)!;

describe('bl-sidebar', () => {
  beforeEach(() => history.replaceState(null, '', path));
  after(() => history.replaceState(null, '', path));

  it('is a named navigation with lists of items', async () => {
    const sidebar = await wide();
    expect(part(sidebar, 'nav').getAttribute('aria-label')).to.equal('Main');
    expect(items(sidebar).every((item) => item.getAttribute('role') === 'listitem')).to.equal(true);
  });

  it('marks the item of the current address, also after a change of the hash', async () => {
    const sidebar = await wide();
    expect(current(sidebar)).to.deep.equal(['Overview']);
    location.hash = '#/ab/checkout';
    await waitUntil(() => current(sidebar)[0] === 'A/B testing');
    location.hash = '#/flags';
    await waitUntil(() => current(sidebar)[0] === 'Feature flags');
    expect(current(sidebar).length).to.equal(1);
    history.back();
    await waitUntil(() => current(sidebar)[0] === 'A/B testing');
  });

  it('follows pushState by itself or by updateCurrent()', async () => {
    const sidebar = await wide();
    history.pushState(null, '', `${path}#/ab`);
    sidebar.updateCurrent();
    await settled(sidebar);
    expect(current(sidebar)).to.deep.equal(['A/B testing']);
  });

  it("leaves the author's own mark alone", async () => {
    const sidebar = await fixture<Sidebar>(
      html`<bl-sidebar breakpoint="0">
        <bl-sidebar-item href=${path}>Overview</bl-sidebar-item>
        <bl-sidebar-item href="#/x" current>Chosen</bl-sidebar-item>
        <bl-sidebar-item><a href="#/y" aria-current="location">Marked</a></bl-sidebar-item>
      </bl-sidebar>`,
    );
    await settled(sidebar);
    expect(current(sidebar)).to.deep.equal(['Chosen']);
    expect(sidebar.querySelector('a')!.getAttribute('aria-current')).to.equal('location');
  });

  it('marks an item that is added later', async () => {
    const sidebar = await wide();
    history.replaceState(null, '', `${path}#/late`);
    const late = document.createElement('bl-sidebar-item');
    late.href = `${path}#/late`;
    late.textContent = 'Late';
    sidebar.append(late);
    await waitUntil(() => current(sidebar)[0] === 'Late');
  });

  it('opens the parent of the current item', async () => {
    history.replaceState(null, '', `${path}#/reports/revenue`);
    const sidebar = await fixture<Sidebar>(
      html`<bl-sidebar breakpoint="0">
        <bl-sidebar-item>
          Reports
          <bl-sidebar-item slot="children" href="#/reports/revenue">Revenue</bl-sidebar-item>
        </bl-sidebar-item>
      </bl-sidebar>`,
    );
    await settled(sidebar);
    expect(items(sidebar)[0]!.expanded).to.equal(true);
  });

  it('becomes a rail that keeps the names, and says so', async () => {
    const sidebar = await wide({ collapsible: true });
    const events: SidebarToggleEvent[] = [];
    sidebar.addEventListener('bl-toggle', (event) => events.push(event));
    const toggle = part(sidebar, 'toggle');
    expect(toggle.getAttribute('aria-label')).to.equal('Collapse sidebar');
    toggle.click();
    await settled(sidebar);
    expect(sidebar.collapsed).to.equal(true);
    expect(events.map(({ collapsed, bubbles }) => [collapsed, bubbles])).to.deep.equal([
      [true, false],
    ]);
    await waitUntil(() => sidebar.offsetWidth === 56);
    const label = part(items(sidebar)[0]!, 'label');
    expect(label.offsetWidth).to.equal(1);
    expect(getComputedStyle(label).display).to.not.equal('none');
    expect(getComputedStyle(label).visibility).to.equal('visible');
  });

  it('remembers that it is collapsed', async () => {
    localStorage.removeItem('test-sidebar');
    const first = await wide({ storageKey: 'test-sidebar', collapsible: true });
    first.toggle();
    expect(localStorage.getItem('test-sidebar')).to.equal('collapsed');
    first.remove();
    const second = await wide({ storageKey: 'test-sidebar' });
    expect(second.collapsed).to.equal(true);
    localStorage.removeItem('test-sidebar');
  });

  it('moves among its items with the arrow keys, Home and End', async () => {
    const sidebar = await wide();
    const focused = () => items(sidebar).findIndex((item) => item.matches(':focus-within'));
    items(sidebar)[0]!.focus();
    await sendKeys({ press: 'ArrowDown' });
    expect(focused()).to.equal(1);
    await sendKeys({ press: 'End' });
    expect(focused()).to.equal(2);
    await sendKeys({ press: 'ArrowUp' });
    expect(focused()).to.equal(1);
    await sendKeys({ press: 'Home' });
    expect(focused()).to.equal(0);
  });

  it('opens and closes the children of an item with the arrow keys', async () => {
    const sidebar = await fixture<Sidebar>(
      html`<bl-sidebar breakpoint="0">
        <bl-sidebar-item href="#/reports">
          Reports
          <bl-sidebar-item slot="children" href="#/reports/revenue">Revenue</bl-sidebar-item>
        </bl-sidebar-item>
      </bl-sidebar>`,
    );
    await settled(sidebar);
    const [parent] = items(sidebar);
    parent!.focus();
    await sendKeys({ press: 'ArrowRight' });
    expect(parent!.expanded).to.equal(true);
    await sendKeys({ press: 'ArrowLeft' });
    expect(parent!.expanded).to.equal(false);
    const more = parent!.shadowRoot!.querySelector('button')!;
    expect(more.getAttribute('aria-label')).to.equal('More in Reports');
  });

  it('closes and opens a group by its heading', async () => {
    const sidebar = await wide();
    const group = sidebar.querySelector<SidebarGroup>('bl-sidebar-group')!;
    part(group, 'heading').click();
    await group.updateComplete;
    expect(part(group, 'heading').getAttribute('aria-expanded')).to.equal('false');
    expect(items(sidebar)[1]!.getClientRects().length).to.equal(0);
  });

  it('toggles by its shortcut, but not while the user types', async () => {
    const sidebar = await wide({ shortcut: 'ctrl+b' });
    const press = (target: EventTarget) =>
      target.dispatchEvent(
        new KeyboardEvent('keydown', { key: 'b', ctrlKey: true, bubbles: true, composed: true }),
      );
    press(document.body);
    expect(sidebar.collapsed).to.equal(true);
    const field = await fixture<HTMLInputElement>(html`<input aria-label="Search" />`);
    press(field);
    expect(sidebar.collapsed).to.equal(true);
  });

  it('leads past itself to the main content', async () => {
    const page = await fixture<HTMLElement>(
      html`<div>
        <bl-sidebar breakpoint="0"></bl-sidebar>
        <main>Orders</main>
      </div>`,
    );
    const sidebar = page.querySelector<Sidebar>('bl-sidebar')!;
    await sidebar.updateComplete;
    sidebar.shadowRoot!.querySelector<HTMLElement>('.skip')!.click();
    expect(document.activeElement?.localName).to.equal('main');
  });

  it('is a drawer where it is narrow: opens, takes focus, closes by Escape, gives focus back', async () => {
    const sidebar = await narrow();
    const menu = part(sidebar, 'toggle');
    const dialog = part(sidebar, 'drawer') as HTMLDialogElement;
    expect(dialog.open).to.equal(false);
    menu.focus();
    await sendKeys({ press: 'Enter' });
    await settled(sidebar);
    expect(dialog.open).to.equal(true);
    expect(menu.getAttribute('aria-expanded')).to.equal('true');
    expect(dialog.matches(':modal')).to.equal(true);
    await sendKeys({ press: 'Escape' });
    await waitUntil(() => !sidebar.open);
    expect(dialog.open).to.equal(false);
    expect(sidebar.shadowRoot!.activeElement === menu).to.equal(true);
  });

  it('closes its drawer when the user goes somewhere or clicks beside it', async () => {
    const sidebar = await narrow();
    sidebar.open = true;
    await settled(sidebar);
    location.hash = '#/ab';
    await waitUntil(() => !sidebar.open);
    sidebar.open = true;
    await settled(sidebar);
    part(sidebar, 'drawer').click();
    expect(sidebar.open).to.equal(false);
  });

  it('has no open drawer where there is room', async () => {
    const sidebar = await wide({ open: true });
    expect(sidebar.open).to.equal(false);
  });

  it('stops listening when it leaves the page', async () => {
    const sidebar = await wide({ shortcut: 'ctrl+b' });
    sidebar.remove();
    document.body.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'b', ctrlKey: true, bubbles: true }),
    );
    history.replaceState(null, '', `${path}#/ab`);
    window.dispatchEvent(new Event('hashchange'));
    await aTimeout(0);
    expect(sidebar.collapsed).to.equal(false);
    expect(items(sidebar)[1]!.found).to.equal(false);
  });

  it('is accessible wide, as a rail and as a drawer', async () => {
    await expectAccessible(await wide({ collapsible: true }));
    await expectAccessible(await wide({ collapsible: true, collapsed: true }));
    const drawer = await narrow();
    await expectAccessible(drawer);
    drawer.open = true;
    await settled(drawer);
    await expectAccessible(drawer);
  });
});
