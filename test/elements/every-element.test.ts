import { expect, fixture, html, nextFrame } from '@open-wc/testing';
import type { BlElement } from '../../src/elements/base.js';
import '../../src/elements/empty-state/define.js';
import '../../src/elements/error-page/define.js';
import '../../src/elements/experiment/define.js';
import '../../src/elements/flag/define.js';
import '../../src/elements/loading-skeleton/define.js';
import '../../src/elements/loading-spinner/define.js';
import '../../src/elements/not-found-page/define.js';
import '../../src/elements/page-header/define.js';
import '../../src/elements/sidebar/define.js';
import '../../src/elements/sync-status/define.js';
import { canEmulateMedia, emulateMedia } from '../tools/page.js';

const tags = [
  'bl-empty-state',
  'bl-error-page',
  'bl-experiment',
  'bl-flag',
  'bl-loading-skeleton',
  'bl-loading-spinner',
  'bl-not-found-page',
  'bl-page-header',
  'bl-sidebar',
  'bl-sidebar-group',
  'bl-sidebar-item',
  'bl-sync-status',
] as const;

/** What is listening on window and document, and which intervals run. */
function census(): { held(): number; stop(): void } {
  const listeners = new Map<EventTarget, Set<string>>();
  const intervals = new Set<unknown>();
  const { addEventListener, removeEventListener } = EventTarget.prototype;
  const { setInterval, clearInterval } = window;
  const ids = new WeakMap<object, number>();
  let count = 0;
  const keyOf = (type: string, listener: object) => {
    if (!ids.has(listener)) ids.set(listener, count++);
    return `${type} ${ids.get(listener)}`;
  };
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    if (listener && (this === window || this === document || this instanceof MediaQueryList)) {
      const known = listeners.get(this) ?? new Set();
      listeners.set(this, known);
      const key = keyOf(type, listener);
      known.add(key);
      const signal = typeof options === 'object' ? options.signal : undefined;
      if (signal) addEventListener.call(signal, 'abort', () => known.delete(key));
    }
    addEventListener.call(this, type, listener, options);
  };
  EventTarget.prototype.removeEventListener = function (type, listener, options) {
    if (listener) listeners.get(this)?.delete(keyOf(type, listener));
    removeEventListener.call(this, type, listener, options);
  };
  Object.assign(window, {
    setInterval(handler: () => void, ms: number) {
      const id = setInterval(handler, ms);
      intervals.add(id);
      return id;
    },
    clearInterval(id: number) {
      intervals.delete(id);
      clearInterval(id);
    },
  });
  return {
    held: () =>
      [...listeners.values()].reduce((sum, known) => sum + known.size, 0) + intervals.size,
    stop() {
      Object.assign(EventTarget.prototype, { addEventListener, removeEventListener });
      Object.assign(window, { setInterval, clearInterval });
    },
  };
}

for (const tag of tags) {
  describe(tag, () => {
    it('goes away when it is hidden', async () => {
      const place = await fixture<HTMLElement>(html`<div></div>`);
      const element = document.createElement(tag) as BlElement;
      place.append(element);
      await element.updateComplete;
      expect(getComputedStyle(element).display).to.not.equal('none');
      element.hidden = true;
      expect(getComputedStyle(element).display).to.equal('none');
    });

    it('holds nothing after it was put in and taken out a hundred times', async () => {
      const place = await fixture<HTMLElement>(html`<div></div>`);
      const counted = census();
      for (let round = 0; round < 100; round++) {
        const element = document.createElement(tag) as BlElement;
        if (tag === 'bl-error-page') element.setAttribute('retry-after', '60');
        place.append(element);
        if (round % 25 === 0) await element.updateComplete;
        element.remove();
      }
      await nextFrame();
      const held = counted.held();
      counted.stop();
      expect(held).to.equal(0);
    });

    it('is the same whether its properties were set before or after it was put in', async () => {
      const place = await fixture<HTMLElement>(html`<div></div>`);
      const before = document.createElement(tag) as BlElement;
      const after = document.createElement(tag) as BlElement;
      place.append(after);
      for (const element of [before, after]) {
        Object.assign(element, { heading: 'Orders', label: 'Orders', status: '503' });
      }
      place.append(before);
      await before.updateComplete;
      await after.updateComplete;
      const text = (element: BlElement) => element.renderRoot.textContent!.replace(/\s+/g, ' ');
      expect(text(before)).to.equal(text(after));
    });

    it('reads from right to left without spilling over', async () => {
      const place = await fixture<HTMLElement>(html`<div dir="rtl"></div>`);
      place.style.width = '320px';
      const element = document.createElement(tag) as BlElement;
      Object.assign(element, { heading: 'Orders' });
      place.append(element);
      await element.updateComplete;
      expect(place.scrollWidth).to.be.at.most(320);
    });

    if (canEmulateMedia) {
      it('takes the colours of a high-contrast theme', async () => {
        await emulateMedia({ 'forced-colors': 'active' });
        const place = await fixture<HTMLElement>(html`<div></div>`);
        const element = document.createElement(tag) as BlElement;
        place.append(element);
        await element.updateComplete;
        const probe = document.createElement('i');
        probe.style.color = 'CanvasText';
        place.append(probe);
        expect(getComputedStyle(element).color).to.equal(getComputedStyle(probe).color);
        await emulateMedia({});
      });
    }
  });
}
