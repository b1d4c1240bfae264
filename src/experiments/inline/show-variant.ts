/**
 * Which variant of the markup shows: the inline script and the elements ask for it in the same words.
 * A variant is a child `<bl-variant name>`, or `<template data-variant>`, from which one is made when
 * it is chosen. The first `<bl-variant>` is the control. Nothing is ever taken out of the page, so
 * what a server or a framework has rendered stays theirs.
 */

/**
 * Shows the variant of that name, alone; the control where there is none of that name.
 *
 * @param name null where it is not known
 * @param isComplete false while the parser may still add to `element`
 * @returns the name of the variant that shows; null where none does
 */
export function showVariant(
  element: Element,
  name: string | null,
  isComplete: boolean,
): string | null {
  const children = [...element.children];
  let shown = variants(children).find((one) => nameOf(one) === name);
  if (!shown) {
    const template = children.find(
      (one) => one instanceof HTMLTemplateElement && one.dataset['variant'] === name,
    ) as HTMLTemplateElement | undefined;
    if (!template) shown = name === null || isComplete ? variants(children)[0] : undefined;
    else if (isComplete || template.nextSibling) shown = fromTemplate(template, name!);
  }
  for (const one of variants([...element.children])) one.toggleAttribute('hidden', one !== shown);
  const visible = shown ? nameOf(shown) : null;
  if (visible !== null) element.setAttribute('variant', visible);
  return visible;
}

function fromTemplate(template: HTMLTemplateElement, name: string): Element {
  const variant = document.createElement('bl-variant');
  variant.setAttribute('name', name);
  variant.append(document.importNode(template.content, true));
  template.after(variant);
  return variant;
}

function variants(children: readonly Element[]): Element[] {
  return children.filter(({ localName }) => localName === 'bl-variant');
}

function nameOf(variant: Element): string | null {
  return variant.getAttribute('name');
}

/** Of a flag: a payload says whether it is on, and without one every variant but the control. */
export function flagName(payload: unknown, index: number): 'on' | 'off' {
  return (typeof payload === 'boolean' ? payload : index > 0) ? 'on' : 'off';
}
