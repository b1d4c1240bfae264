/** `npm run settings`: writes the table of settings into docs/operations.md, from the one in the code. */
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { serveSettings } from '../src/server/config/settings.js';
import type { Setting } from '../src/server/config/setting.js';

const page = 'docs/operations.md';
const BEGIN = '<!-- settings: written by npm run settings -->';
const END = '<!-- end of settings -->';

/** The page as it stands, and as it should. */
export async function settingsPage(): Promise<{ is: string; should: string }> {
  const is = readFileSync(page, 'utf8');
  const [before, after] = [is.indexOf(BEGIN), is.indexOf(END)];
  if (before === -1 || after === -1) throw new Error(`${page} has lost its marks ${BEGIN}, ${END}`);
  const text = `${is.slice(0, before)}${BEGIN}\n\n${table()}\n\n${is.slice(after)}`;
  const options = await resolveConfig(page);
  return { is, should: await format(text, { ...options, parser: 'markdown' }) };
}

function table(): string {
  const rows = Object.values<Setting>(serveSettings).map((setting) => {
    const { flag, variable, takes, standard, about } = setting;
    const value = takes === undefined ? '' : ` ${takes}`;
    return [
      flag === undefined ? '' : `\`--${flag}${value}\``,
      variable === undefined ? '' : `\`${variable}\``,
      standard ?? (takes === undefined ? 'off' : ''),
      about,
    ].map((cell) => cell.replaceAll('|', '\\|'));
  });
  const lines = [['Flag', 'Variable', 'Default', 'Meaning'], Array(4).fill('---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { should } = await settingsPage();
  writeFileSync(page, should);
}
