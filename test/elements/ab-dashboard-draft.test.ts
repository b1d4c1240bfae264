import { expect } from 'chai';
import fc from 'fast-check';
import {
  draftOf,
  emptyDraft,
  equalise,
  experimentOf,
  freeKey,
  mergeDraft,
  patchOf,
  problemsOf,
  suggestKey,
  weightSum,
  type Draft,
} from '../../src/elements/ab-dashboard/form/draft.js';
import { dashboardMessages } from '../../src/elements/ab-dashboard/messages.js';
import { experiment, iso, NOW } from './ab-dashboard.fixture.js';

const text = dashboardMessages.invalid;
const filled: Draft = {
  ...emptyDraft(['Control', 'Treatment']),
  name: 'Hero copy',
  key: 'hero-copy',
  primary: 'purchase',
};

describe('the draft of an experiment', () => {
  it('suggests a key from the name, and another where that one is taken', () => {
    expect(suggestKey('Checkout: one page')).to.equal('checkout-one-page');
    expect(suggestKey('Größe & Übersicht')).to.equal('grosse-ubersicht');
    expect(freeKey('Hero copy', new Set(['hero-copy', 'hero-copy-2']))).to.equal('hero-copy-3');
    expect(freeKey('日本', new Set())).to.equal('');
  });

  it('only ever suggests keys that are allowed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        expect(suggestKey(name)).to.match(/^[a-z0-9-]{0,64}$/);
      }),
    );
  });

  it('finds nothing wrong with what it starts from, once it has a name, a key and a metric', () => {
    expect(problemsOf(filled, new Set(), text)).to.deep.equal({});
  });

  it('says at each field what is wrong with it', () => {
    const wrong = { ...filled, name: ' ', key: 'a b', primary: '', coverage: '0', mde: '-1' };
    const problems = problemsOf({ ...wrong, days: '1.5' }, new Set(), text);
    expect(Object.keys(problems)).to.have.members([
      'name',
      'key',
      'primary',
      'coverage',
      'mde',
      'days',
    ]);
  });

  it('refuses a key that is taken', () => {
    expect(problemsOf(filled, new Set(['hero-copy']), text).key).to.include('taken');
  });

  it('wants shares that make a hundred, and reads a comma as a point', () => {
    const shares = (a: string, b: string) => ({
      ...filled,
      variants: filled.variants.map((v, i) => ({ ...v, weight: i === 0 ? a : b })),
    });
    expect(problemsOf(shares('33,5', '66.5'), new Set(), text)).to.deep.equal({});
    expect(problemsOf(shares('50', '40'), new Set(), text).variants).to.include('90');
    expect(problemsOf(shares('half', '50'), new Set(), text).variants).to.equal(text.weight);
  });

  it('refuses two variants with the same key', () => {
    const variants = filled.variants.map((variant) => ({ ...variant, key: 'same' }));
    expect(problemsOf({ ...filled, variants }, new Set(), text).variants).to.include('same');
  });

  it('makes shares equal so that they always sum to a hundred', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 10 }), (count) => {
        const variants = Array.from({ length: count }, (_, i) => ({
          key: `v${i}`,
          name: `V${i}`,
          weight: '0',
        }));
        expect(weightSum(equalise(variants))).to.equal(100);
      }),
    );
  });

  it('makes a draft row that is as it was typed', () => {
    const row = experimentOf(filled, NOW, 'ab');
    expect(row).to.include({ id: 'hero-copy', status: 'draft', phase: 1, createdAt: iso(0) });
    expect(row.variants.map(({ weight }) => weight)).to.deep.equal([0.5, 0.5]);
    expect(row.plan).to.deep.include({ method: 'sequential', mde: 0.05, plannedDays: 28 });
    expect(draftOf(row)).to.deep.equal(filled);
  });

  it('patches only the members that were changed', () => {
    const row = experiment('hero-copy', { condition: { country: 'CH' } });
    const begun = draftOf(row);
    expect(patchOf(row, begun, begun)).to.deep.equal({});
    expect(patchOf(row, begun, { ...begun, name: 'New' })).to.deep.equal({ name: 'New' });
    expect(Object.keys(patchOf(row, begun, { ...begun, mde: '3' }))).to.deep.equal(['plan']);
  });

  it('keeps what a variant carries when another variant is renamed', () => {
    const row = experiment('hero-copy', {
      variants: [
        { key: 'control', name: 'Control', weight: 0.5, payload: { colour: 'blue' } },
        { key: 'bold', name: 'Bold', weight: 0.5 },
      ],
    });
    const begun = draftOf(row);
    const variants = begun.variants.map((v, i) => (i === 1 ? { ...v, name: 'Bolder' } : v));
    expect(patchOf(row, begun, { ...begun, variants }).variants?.[0]?.payload).to.deep.equal({
      colour: 'blue',
    });
  });

  describe('when the row changes meanwhile', () => {
    const begun = filled;

    it('follows the row where nothing was typed', () => {
      const { draft, overlapping } = mergeDraft(begun, begun, { ...begun, owner: 'web' });
      expect(draft.owner).to.equal('web');
      expect(overlapping).to.deep.equal([]);
    });

    it('keeps what was typed and says where both changed the same field', () => {
      const typed = { ...begun, name: 'Mine', owner: 'me' };
      const merged = mergeDraft(begun, typed, { ...begun, name: 'Theirs' });
      expect(merged.draft).to.include({ name: 'Mine', owner: 'me' });
      expect(merged.overlapping).to.deep.equal(['name']);
    });

    it('never loses an edit', () => {
      const value = fc.string({ maxLength: 3 });
      fc.assert(
        fc.property(value, value, value, value, (a, b, c, d) => {
          const typed = { ...begun, name: a, owner: b };
          const { draft } = mergeDraft(begun, typed, { ...begun, name: c, owner: d });
          if (a !== begun.name) expect(draft.name).to.equal(a);
          if (b !== begun.owner) expect(draft.owner).to.equal(b);
        }),
      );
    });
  });
});
