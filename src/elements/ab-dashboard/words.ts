/** English counting: what the messages need to speak like a person. */
const numbers = 'no one two three four five six seven eight nine ten eleven twelve'.split(' ');

/** “three”, or `count` where no word is short enough. */
export const spelled = (n: number, count = String(n)): string => numbers[n] ?? count;
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
export const plural = (n: number, one: string, many = `${one}s`): string => (n === 1 ? one : many);
