/**
 * How controls look inside our own shadow roots; there are no public tags of them. One file each,
 * because a bundler keeps every `css` template of a file it reads.
 */
export { buttonStyles } from './button.styles.js';
export { linkStyles } from './link.styles.js';
export { fieldStyles } from './field.styles.js';
export { pillStyles } from './pill.styles.js';
