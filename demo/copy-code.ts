import { announce } from '../src/elements/announce.js';

/** Gives every block of code a button that copies it. */
export function addCopyButtons(): void {
  for (const pre of document.querySelectorAll('pre')) {
    const block = document.createElement('div');
    block.className = 'code';
    pre.replaceWith(block);
    // Code that is wider than its block scrolls, also with the keyboard.
    pre.tabIndex = 0;
    pre.setAttribute('role', 'region');
    const name = pre.closest('section')?.querySelector('h2')?.textContent ?? '';
    pre.setAttribute('aria-label', `Code: ${name}`);
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'button';
    button.textContent = 'Copy';
    button.addEventListener('click', () => void copy(button, pre.textContent ?? ''));
    block.append(pre, button);
  }
}

async function copy(button: HTMLButtonElement, text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
  button.textContent = 'Copied';
  announce('Code copied');
  setTimeout(() => (button.textContent = 'Copy'), 2_000);
}
