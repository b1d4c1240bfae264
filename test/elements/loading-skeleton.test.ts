import { aTimeout, expect, fixture, html, oneEvent, waitUntil } from '@open-wc/testing';
import '../../src/elements/loading-skeleton/define.js';
import type {
  LoadingSkeleton,
  SkeletonShape,
} from '../../src/elements/loading-skeleton/loading-skeleton.js';
import { canEmulateMedia, emulateMedia } from '../tools/page.js';
import { expectAccessible } from './accessible.js';
import { announcements } from './announcements.js';

const bones = (skeleton: LoadingSkeleton) => skeleton.shadowRoot!.querySelectorAll('[part=bone]');
const base = (skeleton: LoadingSkeleton) =>
  skeleton.shadowRoot!.querySelector<HTMLElement>('[part=base]')!;

describe('bl-loading-skeleton', () => {
  const counts: [SkeletonShape, number, number][] = [
    ['text', 4, 4],
    ['circle', 4, 1],
    ['rect', 4, 1],
    ['card', 2, 3],
    ['table', 3, 16],
    ['list', 3, 9],
    ['chart', 6, 6],
  ];
  for (const [shape, lines, count] of counts) {
    it(`draws ${count} bones for ${lines} lines of ${shape}`, async () => {
      const skeleton = await fixture<LoadingSkeleton>(
        html`<bl-loading-skeleton shape=${shape} lines=${lines}></bl-loading-skeleton>`,
      );
      expect(bones(skeleton).length).to.equal(count);
    });
  }

  it('keeps its place from the start and draws after its delay', async () => {
    const skeleton = await fixture<LoadingSkeleton>(
      html`<bl-loading-skeleton delay="60"></bl-loading-skeleton>`,
    );
    const height = skeleton.offsetHeight;
    expect(height).to.be.greaterThan(20);
    expect(getComputedStyle(base(skeleton)).visibility).to.equal('hidden');
    await waitUntil(() => getComputedStyle(base(skeleton)).visibility === 'visible');
    expect(skeleton.offsetHeight).to.equal(height);
  });

  it('gives way to content that arrives', async () => {
    const skeleton = await fixture<LoadingSkeleton>(
      html`<bl-loading-skeleton></bl-loading-skeleton>`,
    );
    expect(skeleton.getAttribute('aria-busy')).to.equal('true');
    const loaded = oneEvent(skeleton, 'bl-loaded');
    const article = document.createElement('article');
    article.textContent = 'Here it is';
    skeleton.append(article);
    expect((await loaded).bubbles).to.equal(false);
    expect(skeleton.hasAttribute('aria-busy')).to.equal(false);
    expect(base(skeleton).hidden).to.equal(true);
    expect(getComputedStyle(article).visibility).to.equal('visible');
  });

  it('takes exactly the size of content that is loading again', async () => {
    const skeleton = await fixture<LoadingSkeleton>(
      html`<bl-loading-skeleton shape="table" lines="20"><p>One line</p></bl-loading-skeleton>`,
    );
    const height = skeleton.offsetHeight;
    skeleton.loading = true;
    await skeleton.updateComplete;
    expect(skeleton.offsetHeight).to.equal(height);
    expect(getComputedStyle(skeleton.querySelector('p')!).visibility).to.equal('hidden');
  });

  it('is as large as width, height and ratio say', async () => {
    const skeleton = await fixture<LoadingSkeleton>(
      html`<bl-loading-skeleton shape="rect" width="160px" height="140px"></bl-loading-skeleton>`,
    );
    expect(base(skeleton).offsetWidth).to.equal(160);
    expect(base(skeleton).offsetHeight).to.equal(140);
    skeleton.height = '';
    skeleton.ratio = '1';
    await skeleton.updateComplete;
    expect(base(skeleton).offsetHeight).to.equal(160);
  });

  it('hides its bones from screen readers, and many of them speak once', async () => {
    const announcer = await announcements();
    await fixture(
      html`<div>
        <bl-loading-skeleton delay="0" label="Loading orders"></bl-loading-skeleton>
        <bl-loading-skeleton delay="0" label="Loading orders"></bl-loading-skeleton>
        <bl-loading-skeleton delay="0" label="Loading orders"></bl-loading-skeleton>
      </div>`,
    );
    expect(await announcer.all()).to.deep.equal(['Loading orders']);
    announcer.stop();
  });

  it('draws a hundred lines at most, and one for a number that is none', async () => {
    const skeleton = await fixture<LoadingSkeleton>(
      html`<bl-loading-skeleton lines="100000"></bl-loading-skeleton>`,
    );
    expect(bones(skeleton).length).to.equal(100);
    skeleton.setAttribute('lines', 'many');
    await skeleton.updateComplete;
    expect(bones(skeleton).length).to.equal(1);
  });

  if (canEmulateMedia) {
    it('stands still for those who asked for less motion', async () => {
      await emulateMedia({ 'prefers-reduced-motion': 'reduce' });
      const skeleton = await fixture<LoadingSkeleton>(
        html`<bl-loading-skeleton delay="0"></bl-loading-skeleton>`,
      );
      await aTimeout(50);
      expect(skeleton.shadowRoot!.getAnimations().length).to.equal(0);
      await emulateMedia({});
    });
  }

  it('is accessible in every shape', async () => {
    const page = await fixture<HTMLElement>(
      html`<div>
        ${counts.map(
          ([shape]) => html`<bl-loading-skeleton delay="0" shape=${shape}></bl-loading-skeleton>`,
        )}
      </div>`,
    );
    await expectAccessible(page);
  });
});
