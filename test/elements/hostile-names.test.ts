/**
 * Category 165 of hostile inputs: names that somebody else chose. No script runs, no link leads
 * anywhere, the layout holds, and the browser’s content security policy had nothing to stop.
 */
import { expect } from '@open-wc/testing';
import { metrics, workspace } from './ab-dashboard.fixture.js';
import { all, go, mount, settled } from './ab-dashboard.page.js';

const NAMES: Record<string, string> = {
  markup: '<img src=x onerror="window.hacked = true">',
  script: '</title></style></script><script>window.hacked = true</script>',
  'svg with a handler': '<svg/onload=window.hacked=true>',
  'a link that runs': 'javascript:window.hacked=true',
  'a template': '${window.hacked=true}{{constructor.constructor("window.hacked=true")()}}',
  'an attribute': '" onmouseover="window.hacked=true" style="position:fixed;inset:0',
  'a name of ten thousand letters': 'W'.repeat(10_000),
  'ten thousand words': 'so long '.repeat(1_250),
  'another direction': '\u202e\u2067gnirts desrever\u2066\u061c',
  'marks upon marks': 'z\u0301\u0323\u0489'.repeat(60),
  'nothing to be seen': '\u200b\u200d\ufeff\u2060',
  'lines and tabs': 'one\n\n\n\ttwo\r\nthree',
  'a prototype': '__proto__',
};

describe('hostile names', () => {
  const violations: string[] = [];
  before(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      violations.push(`${violatedDirective} ${blockedURI}`),
    );
    const policy = document.createElement('meta');
    policy.httpEquiv = 'Content-Security-Policy';
    policy.content = "script-src 'self'; object-src 'none'; img-src 'self'; base-uri 'none'";
    document.head.append(policy);
  });
  afterEach(() => {
    location.hash = '';
  });

  for (const [what, name] of Object.entries(NAMES)) {
    it(`with ${what} are text, in the list and in the detail`, async () => {
      const given = workspace();
      const experiments = given.experiments.map((row) => ({
        ...row,
        ...{ name, owner: name, hypothesis: name, tags: [name] },
        variants: row.variants.map((variant) => ({ ...variant, name })),
      }));
      const hostile = {
        experiments,
        metrics: metrics.map((metric) => ({ ...metric, name })),
        results: given.results,
      };
      const element = await mount(hostile);
      element.style.display = 'block';
      element.style.width = '640px';
      for (const hash of ['#/', '#/experiments/checkout-one-page']) {
        await go(element, hash);
        await settled(element);
        expect(
          all(element, 'img, script, iframe, object, embed, [onerror], [onload], [onmouseover]'),
        ).to.deep.equal([]);
        const links = all(element, 'a[href]').map((link) => link.getAttribute('href')!);
        expect(links.filter((href) => !/^(?:#|\/|https:)/.test(href))).to.deep.equal([]);
        expect(document.documentElement.scrollWidth).to.be.at.most(innerWidth + 1);
        const { left, right } = element.getBoundingClientRect();
        for (const one of all(element, 'h1, h2, h3, a, td, th, button, input, p')) {
          const place = one.getBoundingClientRect();
          if (place.width <= 1 || one.closest('.visually-hidden, thead, svg')) continue;
          expect(place.left, one.className).to.be.at.least(left - 1);
          expect(place.right, one.className).to.be.at.most(right + 1);
        }
      }
      expect('hacked' in window).to.equal(false);
      expect(violations).to.deep.equal([]);
    });
  }
});
