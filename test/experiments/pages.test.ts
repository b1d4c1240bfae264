import { expect } from 'chai';
import { pages, type UrlTarget } from '../../src/experiments/index.js';

const simple = (pattern: string, include = true): UrlTarget => ({
  include,
  type: 'simple',
  pattern,
});
const regex = (pattern: string, include = true): UrlTarget => ({ include, type: 'regex', pattern });

describe('targets', () => {
  const address = 'https://www.shop.example/products/42?color=red&size=M#reviews';
  const matching = [
    '/products/42',
    'products/42/',
    '/products/*',
    '/PRODUCTS/*',
    '*',
    'https://www.shop.example/products/42',
    'www.shop.example/products/*',
    '*.shop.example/*',
    '/products/*?color=red',
    '/products/*?size=m&color=r*',
    '/products/*#reviews',
    'https://*/products/*',
  ];
  const other = [
    '/products',
    '/product/*',
    'shop.example/products/42',
    '/products/*?color=blue',
    '/products/*?brand=acme',
    '/products/*#details',
    '/products/4.',
    'https://www.shop.example',
    'http://[',
  ];

  it('match address or path by *, with the query that they name', () => {
    for (const pattern of matching)
      expect(pages.isTargeted(address, [simple(pattern)]), pattern).to.equal(true);
    for (const pattern of other)
      expect(pages.isTargeted(address, [simple(pattern)]), pattern).to.equal(false);
  });

  it('match an end that * leaves empty, but not without the slash before it', () => {
    const at = (address: string, pattern: string) => pages.isTargeted(address, [simple(pattern)]);
    expect(at('https://a.b/a/', '/a/*')).to.equal(true);
    expect(at('https://a.b/a/b', '/a/*')).to.equal(true);
    expect(at('https://a.b/a', '/a/*')).to.equal(false);
    expect(at('https://a.b/aba', '/ab*ba')).to.equal(false);
    expect(at('https://a.b/abba', '/ab*ba')).to.equal(true);
    expect(at('https://a.b/xab', '/ab')).to.equal(false);
    expect(at('https://a.b/?q=', '/?q=*')).to.equal(true);
  });

  it('match what follows the host, or all of it, by pattern', () => {
    for (const pattern of ['^/products/\\d+\\?', 'shop\\.example', '#reviews$', '^https:'])
      expect(pages.isTargeted(address, [regex(pattern)]), pattern).to.equal(true);
    for (const pattern of ['^/products$', 'Products', '(', '(?<=a)b'])
      expect(pages.isTargeted(address, [regex(pattern)]), pattern).to.equal(false);
  });

  it('need one that includes, if any does, and none that excludes', () => {
    const [yes, no] = [simple('/products/*'), simple('/cart')];
    expect(pages.isTargeted(address, [])).to.equal(false);
    expect(pages.isTargeted(address, [no, yes])).to.equal(true);
    expect(pages.isTargeted(address, [{ ...no, include: false }])).to.equal(true);
    expect(pages.isTargeted(address, [yes, { ...regex('size=M'), include: false }])).to.equal(
      false,
    );
    expect(pages.isTargeted(address, [no, { ...no, include: false }])).to.equal(false);
  });

  it('come to an end where a backtracking pattern would not', () => {
    const long = `https://a.example/${'a'.repeat(2_000)}`;
    expect(pages.isTargeted(long, [regex('^/(a+)+!$')])).to.equal(false);
    expect(pages.isTargeted(long, [simple('/*a*a*a*a*a*a*b')])).to.equal(false);
  });
});

describe('redirects', () => {
  const page = 'https://shop.example/a?utm=x&v=1&v=2#top';

  it('keep the page’s query, beside what the target says itself', () => {
    expect(pages.redirectTo('/b', page)).to.equal('https://shop.example/b?utm=x&v=1&v=2');
    expect(pages.redirectTo('https://new.example/b?v=9#x', page)).to.equal(
      'https://new.example/b?v=9&utm=x#x',
    );
  });

  it('lead nowhere from where they lead to', () => {
    for (const redirect of ['/b', '/b?v=1', '/b?utm=y']) {
      const there = pages.redirectTo(redirect, page)!;
      expect(pages.redirectTo(redirect, there), redirect).to.equal(null);
    }
    expect(pages.redirectTo('?v=1', page)).to.equal(null);
    expect(pages.redirectTo('/a', page)).to.equal(null);
    expect(pages.redirectTo('/old', 'https://shop.example/old/'), 'a slash of the server').to.equal(
      null,
    );
    expect(pages.redirectTo('/old/', 'https://shop.example/old')).to.equal(null);
  });

  it('lead to web addresses only', () => {
    for (const redirect of ['javascript:alert(1)', 'data:text/html,x', 'blob:x', 'http://['])
      expect(pages.redirectTo(redirect, page), redirect).to.equal(null);
    expect(pages.redirectTo('/b', 'nowhere')).to.equal(null);
  });
});
