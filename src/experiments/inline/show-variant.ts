/**
 * Which variant of the markup shows: the inline script and the elements ask for it in the same words.
 * A variant is a child `<bl-variant name>`, or `<template data-variant>`, from which one is made when
 * it is chosen. Nothing is ever taken out of the page, so
 * what a server or a framework has rendered stays theirs.
 */

/**
 * Gives the elements their layout in a document or shadow root: none of their own, so that nothing
 * moves when they are defined. A sheet of the page’s own would be asked for by its policy.
 */
export function layOut(root: DocumentOrShadowRoot): void {
  try {
    sheet ??= layoutSheet();
    if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
  } catch {
    // A browser from before 2023: they are inline boxes.
  }
}

let sheet: CSSStyleSheet | undefined;

function layoutSheet(): CSSStyleSheet {
  const tags = ':is(bl-experiment,bl-flag,bl-variant)';
  const made = new CSSStyleSheet();
  made.replaceSync(`${tags}{display:contents}${tags}[hidden]{display:none!important}`);
  return made;
}

export interface Showing {
  /** False while the parser may still add to the element; see `isParsed`. */
  isComplete: boolean;
  /** Name of the control, which may be nothing at all. Default: the first `<bl-variant>` is it. */
  control: string | undefined;
}

/**
 * Shows the variant of that name, alone; the control where there is none of that name. The attribute
 * `variant` says what shows, where that was decided.
 *
 * @param name null where nothing is decided
 * @returns the name of the variant that shows; null where none does
 */
export function showVariant(
  element: Element,
  name: string | null,
  { isComplete, control }: Showing,
): string | null {
  const children = [...element.children];
  const variants = children.filter(({ localName }) => localName === 'bl-variant');
  const named = (name: string | null | undefined): Element | undefined =>
    variants.find((one) => nameOf(one) === name);
  let shown = named(name);
  if (!shown) {
    const template = children.find(
      (one) => one instanceof HTMLTemplateElement && one.dataset['variant'] === name,
    ) as HTMLTemplateElement | undefined;
    if (!template) {
      if (name === null || isComplete) shown = control === undefined ? variants[0] : named(control);
    } else if (isComplete || template.nextSibling) {
      shown = fromTemplate(template, name!);
      variants.push(shown);
    }
  }
  for (const one of variants) one.toggleAttribute('hidden', one !== shown);
  const visible = shown ? nameOf(shown) : isComplete ? (control ?? null) : null;
  if (name === null) element.removeAttribute('variant');
  else if (visible !== null) element.setAttribute('variant', visible);
  return visible;
}

/** Whether the markup has a variant of that name. */
export function hasVariant(element: Element, name: string): boolean {
  return [...element.children].some(
    (one) => nameOf(one) === name || (one as HTMLElement).dataset['variant'] === name,
  );
}

/** Whether the parser is past an element's end: something follows it. */
export function isParsed(node: Node | null): boolean {
  return document.readyState !== 'loading' || hasFollower(node);
}

function hasFollower(node: Node | null): boolean {
  return !!node && (!!node.nextSibling || hasFollower(node.parentNode));
}

function fromTemplate(template: HTMLTemplateElement, name: string): Element {
  const variant = document.createElement('bl-variant');
  variant.setAttribute('name', name);
  // What makes elements by script, as frameworks do, puts a template's nodes beside its content.
  const { content } = template;
  const nodes = content.hasChildNodes() ? content.childNodes : template.childNodes;
  for (const node of nodes) variant.append(document.importNode(node, true));
  template.after(variant);
  return variant;
}

function nameOf(variant: Element): string | null {
  return variant.getAttribute('name');
}

/** Name of a flag's control. */
export const OFF = 'off';

/** Of a flag: a payload says whether it is on, and without one every variant but the control. */
export function flagName(payload: unknown, index: number): string {
  return (typeof payload === 'boolean' ? payload : index > 0) ? 'on' : OFF;
}
