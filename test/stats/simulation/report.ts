/** Results of the studies as tables, for the terminal and for docs/statistics.md. */
import type { Figure, Result } from './studies.js';

/** Whether every figure lies where it was promised to. */
export function isKept({ figures }: Result): boolean {
  return figures.every(inPlace);
}

function inPlace({ value, limits }: Figure): boolean {
  if (!limits) return true;
  const [low, high] = limits;
  return value >= low && value <= high;
}

export function table({ title, about, runs, figures }: Result): string {
  const rows = figures.map(
    (figure) =>
      `| ${figure.limits ? `**${figure.name}**` : figure.name} | ${write(figure, figure.value)} | ${promise(figure)} |${inPlace(figure) ? '' : ' ✗'}`,
  );
  return `### ${title}

${about} ${runs.toLocaleString('en')} runs.

| | measured | promised |
| --- | ---: | ---: |
${rows.join('\n')}
`;
}

export interface Run {
  /** Of the full numbers of runs. */
  share: number;
  seed: number;
  minutes: number;
  where: string;
}

export function describeStudies(
  results: readonly Result[],
  { share, seed, minutes, where }: Run,
): string {
  const short = share === 1 ? '' : ` --runs ${share}`;
  const allowance =
    share < 1
      ? ' It is a short form: fewer runs, and each promise has three standard errors of theirs added.'
      : '';
  return `## Whether it keeps its promises

Written by \`npm run simulate -- stats --seed ${seed}${short} --write\` in ${Math.max(1, Math.round(minutes))} minutes (${where}); the same seed gives the same figures.${allowance} A short form of it runs with the tests. What is bold was promised; the rest is there to compare with.

${results.map(table).join('\n')}`;
}

function promise({ limits, ...figure }: Figure): string {
  if (!limits) return '';
  const [low, high] = limits;
  if (high === Infinity) return `≥ ${write(figure, low)}`;
  if (low <= 0) return high === 0 ? write(figure, 0) : `≤ ${write(figure, high)}`;
  return `${write(figure, low)} to ${write(figure, high)}`;
}

function write({ share }: Pick<Figure, 'share'>, value: number): string {
  return share ? `${(100 * value).toFixed(2)} %` : value.toLocaleString('en');
}
