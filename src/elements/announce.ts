/**
 * The document's one announcer for screen readers. Live regions inside shadow roots, or inserted
 * together with their text, are often not read; this one stands in the body and is filled later.
 */

export interface AnnounceOptions {
  /** Interrupt what is being read. For errors that need an answer; default false. */
  assertive?: boolean;
}

interface AriaNotify {
  ariaNotify?(text: string, options: { priority: 'normal' | 'high' }): void;
}

/** Wait for the region to be known to assistive technology, and gather what is said at once. */
const GATHER_MS = 150;

const waiting = { polite: new Set<string>(), assertive: new Set<string>() };
const regions: { polite?: HTMLElement; assertive?: HTMLElement } = {};
let timer: ReturnType<typeof setTimeout> | undefined;

/** Says `text` once; the same text from several elements at the same moment is said once too. */
export function announce(text: string, { assertive = false }: AnnounceOptions = {}): void {
  if (text === '') return;
  const priority = assertive ? 'assertive' : 'polite';
  waiting[priority].add(text);
  if (!('ariaNotify' in document)) region(priority);
  timer ??= setTimeout(() => {
    timer = undefined;
    flush('assertive');
    flush('polite');
  }, GATHER_MS);
}

function flush(priority: 'polite' | 'assertive'): void {
  const texts = [...waiting[priority]];
  waiting[priority].clear();
  if (texts.length === 0) return;
  const text = texts.join('. ');
  const notifier = document as Document & AriaNotify;
  if (notifier.ariaNotify) {
    notifier.ariaNotify(text, { priority: priority === 'assertive' ? 'high' : 'normal' });
  } else {
    region(priority).textContent = text;
  }
}

function region(priority: 'polite' | 'assertive'): HTMLElement {
  const known = regions[priority];
  if (known?.isConnected) return known;
  const element = document.createElement('div');
  element.setAttribute('aria-live', priority);
  element.dataset['blAnnouncer'] = priority;
  Object.assign(element.style, {
    position: 'absolute',
    width: '1px',
    height: '1px',
    overflow: 'hidden',
    clipPath: 'inset(50%)',
    whiteSpace: 'nowrap',
  });
  document.body.append(element);
  regions[priority] = element;
  return element;
}
