import axe from 'axe-core';
import { expect, nextFrame } from '@open-wc/testing';

/** axe finds nothing wrong with `element`, in light and in dark. */
export async function expectAccessible(element: Element): Promise<void> {
  const { body, documentElement } = document;
  body.style.backgroundColor = 'light-dark(oklch(98.5% .003 265), oklch(16.5% .012 265))';
  for (const scheme of ['light', 'dark']) {
    documentElement.style.colorScheme = scheme;
    // A colour halfway from light to dark has no contrast of its own.
    await nextFrame();
    const hosts = [element, ...element.querySelectorAll('*')];
    const moving = hosts.flatMap((host) => host.shadowRoot?.getAnimations() ?? []);
    const transitions = moving.filter((animation) => animation instanceof CSSTransition);
    await Promise.all(transitions.map(({ finished }) => finished));
    const { violations } = await axe.run(element, {
      // A fixture is not a page: it has no landmarks of its own.
      rules: { region: { enabled: false }, 'page-has-heading-one': { enabled: false } },
      resultTypes: ['violations'],
    });
    const problems = violations.flatMap(({ id, nodes }) =>
      nodes.map(({ failureSummary }) => `${scheme}: ${id}: ${failureSummary}`),
    );
    expect(problems).to.deep.equal([]);
  }
  documentElement.style.colorScheme = '';
  body.style.backgroundColor = '';
}
