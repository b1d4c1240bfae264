import { expect } from '@open-wc/testing';
import type { AbDashboard } from '../../src/elements/ab-dashboard/ab-dashboard.js';
import { formatOf } from '../../src/elements/ab-dashboard/format.js';
import { workspace } from './ab-dashboard.fixture.js';
import {
  all,
  button,
  find,
  go,
  mount,
  mountOn,
  offlineEngine,
  settled,
} from './ab-dashboard.page.js';

const invisible = /[\s\u061c\u200e\u200f\u2066-\u2069]/g;

/** A text's characters in the order in which they are seen: line by line, from left to right. */
function seen(text: Node): string {
  const characters = (text.textContent ?? '').split('').flatMap((character, i) => {
    const range = new Range();
    range.setStart(text, i);
    range.setEnd(text, i + 1);
    const { top, left, width } = range.getBoundingClientRect();
    return width > 0 ? [{ character, line: Math.round(top), left }] : [];
  });
  return characters
    .sort((a, b) => a.line - b.line || a.left - b.left)
    .map(({ character }) => character)
    .join('')
    .replace(invisible, '');
}

/** Everything with a number in it that does not read as it was written. */
function misread(root: ParentNode): string[] {
  return [...root.querySelectorAll('*')]
    .filter((one) => one.closest('.visually-hidden, [hidden], style') === null)
    .flatMap((one) => [...one.childNodes])
    .filter((node) => node.nodeType === Node.TEXT_NODE && /\d/.test(node.textContent ?? ''))
    .flatMap((node) => {
      const written = (node.textContent ?? '').replace(invisible, '');
      const read = seen(node);
      return read === '' || read === written ? [] : [`“${written}” reads “${read}”`];
    });
}

const misreadIn = (element: AbDashboard): string[] =>
  [element, ...all(element, '*')].flatMap(({ shadowRoot }) =>
    shadowRoot ? misread(shadowRoot) : [],
  );

describe('the dashboard on a page from right to left', () => {
  beforeEach(() => {
    document.documentElement.dir = 'rtl';
  });
  afterEach(() => {
    document.documentElement.removeAttribute('dir');
    location.hash = '';
  });

  it('has numbers and their signs in their order in the list', async () => {
    const element = await mount();
    expect(find(element, 'td.lift .number').textContent).to.match(/^[+−]\d/);
    expect(misreadIn(element)).to.deep.equal([]);
  });

  it('has them in their order in the detail, as a chart and as a table', async () => {
    const element = await mount(workspace(), '#/experiments/checkout-one-page');
    expect(misreadIn(element)).to.deep.equal([]);
    for (const label of all(element, '.segments label')) {
      label.click();
      await settled(element);
      expect(misreadIn(element)).to.deep.equal([]);
    }
    await go(element, '#/experiments/free-shipping');
    expect(misreadIn(element)).to.deep.equal([]);
    button(element, 'Setup').click();
    await settled(element);
    expect(misreadIn(element)).to.deep.equal([]);
  });

  it('has a suggestion’s sentence, its numbers among the words, in its order', async () => {
    const element = await mount(workspace(), '#/experiments/checkout-one-page');
    find(element, '.claim .link').click();
    await settled(element);
    expect(misreadIn(element)).to.deep.equal([]);
    for (const sentence of all(element, '.claim > bdi')) {
      const direction = getComputedStyle(sentence).direction;
      expect(direction).to.equal('ltr', sentence.textContent);
    }
  });

  it('has them in their order in the form', async () => {
    const element = await mountOn(await offlineEngine(workspace()), '#/experiments/search-v3/edit');
    expect(find(element, 'output').textContent).to.contain('100');
    expect(misreadIn(element)).to.deep.equal([]);
  });

  it('keeps a number together within a sentence of a language from right to left', () => {
    const sentence = document.createElement('p');
    document.body.append(sentence);
    for (const locale of ['he', 'ar-u-nu-latn', 'fa-u-nu-latn']) {
      const format = formatOf(locale);
      const [low, p] = [format.lift(-0.029), format.pValue(0.00001)];
      sentence.replaceChildren('בין ', low, ' או ', p, ' עד');
      const [, first, , second] = [...sentence.childNodes].map(seen);
      expect(second).to.match(/^<0/, locale);
      if (locale === 'he') expect(first).to.equal('−2.9%');
    }
    sentence.remove();
  });
});
