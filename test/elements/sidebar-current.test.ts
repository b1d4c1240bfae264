import { expect } from 'chai';
import { fit, type Match } from '../../src/elements/sidebar/current.js';

const at = (path: string) => new URL(path, 'https://app.example');
const fits = (href: string, here: string, match: Match = 'prefix') =>
  fit(at(href), at(here), match) > 0;

describe('how an address fits the current one', () => {
  it('fits itself, with or without a slash at the end', () => {
    expect(fits('/ops', '/ops/', 'exact')).to.equal(true);
    expect(fits('/ops/', '/ops', 'exact')).to.equal(true);
    expect(fits('/', '/', 'exact')).to.equal(true);
  });

  it('fits what is below it as a prefix, and not as an exact address', () => {
    expect(fits('/ops', '/ops/ab-testing')).to.equal(true);
    expect(fits('/ops', '/ops/ab-testing', 'exact')).to.equal(false);
    expect(fits('/ops', '/operations')).to.equal(false);
  });

  it('does not take the root to be above everything', () => {
    expect(fits('/', '/ops')).to.equal(false);
  });

  it('goes by the hash where it has one', () => {
    expect(fits('/#sync', '/#sync')).to.equal(true);
    expect(fits('/#sync', '/')).to.equal(false);
    expect(fits('/#/orders', '/#/orders/7')).to.equal(true);
    expect(fits('/#/orders', '/#/ordersheet')).to.equal(false);
    expect(fits('/#sync', '/ops#sync')).to.equal(false);
  });

  it('fits a page whose hash it does not name, but worse than the one that does', () => {
    const here = at('/#sync');
    expect(fit(at('/'), here, 'prefix')).to.be.greaterThan(0);
    expect(fit(at('/#sync'), here, 'prefix')).to.be.greaterThan(fit(at('/'), here, 'prefix'));
  });

  it('fits better the more of the address it explains', () => {
    const here = at('/ops/ab-testing/checkout');
    expect(fit(at('/ops/ab-testing'), here, 'prefix')).to.be.greaterThan(
      fit(at('/ops'), here, 'prefix'),
    );
  });

  it('asks for the parameters it names, and for no others', () => {
    expect(fits('/orders?tab=open', '/orders?tab=open&page=2')).to.equal(true);
    expect(fits('/orders?tab=open', '/orders?tab=done')).to.equal(false);
    expect(fits('/orders', '/orders?page=2', 'exact')).to.equal(true);
  });

  it('never fits another site, or with match none', () => {
    expect(fit(new URL('https://other.example/ops'), at('/ops'), 'prefix')).to.equal(0);
    expect(fits('/ops', '/ops', 'none')).to.equal(false);
  });
});
