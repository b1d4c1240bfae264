import { expect, nextFrame } from '@open-wc/testing';
import type { AbDashboard } from '../../src/elements/ab-dashboard/ab-dashboard.js';
import { workspace } from './ab-dashboard.fixture.js';
import { all, button, find, go, mountOn, offlineEngine, settled } from './ab-dashboard.page.js';

const LONG = 'W'.repeat(120);
const WIDTHS = [1376, 1100, 900, 640, 326];

/** The same workspace, everything in it with the longest name it may have, and no space in it. */
function longNames() {
  const { experiments, metrics, results } = workspace();
  return {
    experiments: experiments.map((row) => ({
      ...row,
      name: LONG,
      owner: LONG,
      hypothesis: LONG,
      variants: row.variants.map((variant) => ({ ...variant, name: LONG })),
    })),
    metrics: metrics.map((metric) => ({ ...metric, name: LONG })),
    results,
  };
}

/** Elements that reach out of the place they stand in. */
function overflowing(element: AbDashboard): string[] {
  const place = element.getBoundingClientRect();
  return all(element, '*:not(svg, svg *, .visually-hidden, .visually-hidden *)')
    .filter((one) => {
      const head = one.closest('thead');
      // Only for screen readers where rows are cards.
      if (head && getComputedStyle(head).clipPath !== 'none') return false;
      const { left, right, width } = one.getBoundingClientRect();
      return width > 1 && (left < place.left - 1 || right > place.right + 1);
    })
    .map((one) => `${one.localName}.${one.className}`);
}

describe('long names', () => {
  let element: AbDashboard;
  beforeEach(async () => {
    element = await mountOn(await offlineEngine(longNames()));
  });
  afterEach(() => {
    location.hash = '';
  });

  const atEveryWidth = async (check: (width: number) => Promise<void> | void) => {
    for (const width of WIDTHS) {
      element.style.display = 'block';
      element.style.width = `${width}px`;
      await settled(element);
      await check(width);
      expect(overflowing(element)).to.deep.equal([], `at ${width} px`);
    }
  };

  it('wrap in the list, whole and beside what stands next to them', async () => {
    await atEveryWidth(async (width) => {
      for (const row of all(element, 'tbody tr')) {
        // Rows off screen are not laid out.
        row.scrollIntoView();
        await nextFrame();
        await nextFrame();
        const cell = row.querySelector('.experiment')!.getBoundingClientRect();
        for (const part of row.querySelectorAll('.experiment bdi')) {
          const range = document.createRange();
          range.selectNodeContents(part);
          const { left, right } = range.getBoundingClientRect();
          expect(left).to.be.at.least(cell.left - 1, `at ${width} px`);
          expect(right).to.be.at.most(cell.right + 1, `at ${width} px`);
        }
      }
    });
    expect(find(element, '.experiment a').textContent).to.equal(LONG);
  });

  it('keep the detail and its setup within their place', async () => {
    await go(element, '#/experiments/checkout-one-page');
    await atEveryWidth(() => {});
    button(element, 'Setup').click();
    await settled(element);
    await atEveryWidth(() => {});
  });

  it('keep the form within its place', async () => {
    await go(element, '#/experiments/checkout-one-page/edit');
    await atEveryWidth(() => {});
  });
});
