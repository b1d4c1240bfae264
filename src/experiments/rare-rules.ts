/**
 * What judges patterns and addresses. Few experiments ask for it: the client fetches this file when its
 * configuration has one that does. What it shared with the rest would be a file for everybody else.
 */
export { testPattern } from '../conditions/pattern.js';
export { pages } from './pages.js';
export { watchPages } from './watch-pages.js';
