/**
 * How settings are read: each is named once, in a table, with its flag, its variable and what it
 * takes. Help, error messages and the check of names nobody knows follow from that.
 */
import { parseArgs } from 'node:util';

/** A flag, a variable or a config file that does not fit; the command ends with status 2. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly code = 'settings';
}

export interface Setting {
  /** `--name`. A flag outranks its variable. */
  flag?: string;
  /** Of the environment: where a secret belongs, since others see command lines. */
  variable?: string;
  /** What stands for its value in help; absent for a switch. */
  takes?: string;
  /** What it is when nothing is said, as told in help. */
  standard?: string;
  /** What it does, in a few words. */
  about: string;
}

export type Settings = Readonly<Record<string, Setting>>;
export type Environment = Readonly<Record<string, string | undefined>>;

export type Values<S extends Settings> = {
  [Name in keyof S]: S[Name] extends { takes: string } ? string | undefined : boolean;
};

/** Every variable of ours starts so; what starts so and is not known is a mistake. */
const PREFIX = 'BYTELYST_';
/** What Kubernetes sets by itself where a service is called “bytelyst”. */
const SERVICE_LINK = /_SERVICE_(HOST|PORT)|_PORT_\d+_(TCP|UDP)/;

/**
 * The text of each setting of `settings`, from flags, else from variables. Throws a
 * `SettingsError` for a flag that is not among them and for a variable that is not among `known`.
 */
export function readValues<S extends Settings>(
  settings: S,
  args: readonly string[],
  environment: Environment,
  known: Settings,
): Values<S> {
  checkVariables(environment, known);
  const flags = readFlags(settings, args);
  return Object.fromEntries(
    Object.entries(settings).map(([name, { flag, variable, takes }]) => {
      const value = flag === undefined ? undefined : flags[flag];
      if (takes === undefined) return [name, value === true];
      return [name, value ?? (variable === undefined ? undefined : environment[variable])];
    }),
  ) as Values<S>;
}

function readFlags(settings: Settings, args: readonly string[]) {
  const flags = Object.values(settings).filter(({ flag }) => flag !== undefined);
  const options = Object.fromEntries(
    flags.map(({ flag, takes }) => [flag!, { type: takes ? 'string' : 'boolean' } as const]),
  );
  try {
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (cause) {
    const message = (cause as Error).message.split(/\.(\s|$)/)[0];
    const list = flags.map((setting) => describeFlag(setting)).join(', ') || 'none';
    throw new SettingsError(`${message}. Known flags: ${list}.`, { cause });
  }
}

function checkVariables(environment: Environment, known: Settings): void {
  const settings = Object.values(known).filter(({ variable }) => variable !== undefined);
  const wrong = Object.keys(environment).find(
    (name) =>
      name.startsWith(PREFIX) &&
      !SERVICE_LINK.test(name) &&
      !settings.some(({ variable }) => variable === name),
  );
  if (wrong === undefined) return;
  const list = settings.map(({ variable, takes }) => `${variable}${takes ? `=${takes}` : ''}`);
  throw new SettingsError(
    `There is no variable ${wrong}. Known variables: ${list.sort().join(', ')}.`,
  );
}

function describeFlag({ flag, takes }: Setting): string {
  return `--${flag}${takes === undefined ? '' : ` ${takes}`}`;
}

/** The settings as lines of `--help`. */
export function helpOf(settings: Settings): string {
  const rows = Object.values(settings).map((setting) => {
    const { flag, variable, about, standard } = setting;
    const name = flag === undefined ? variable! : describeFlag(setting);
    const more = [
      standard === undefined ? '' : `default ${standard}`,
      flag !== undefined && variable !== undefined ? variable : '',
    ].filter(Boolean);
    return [name, `${about}${more.length ? ` (${more.join('; ')})` : ''}`] as const;
  });
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, text]) => `  ${name.padEnd(width)}${wrap(text, width + 2)}`).join('\n');
}

/** Breaks a text into lines of at most 100 columns, those after the first indented. */
function wrap(text: string, indent: number): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line && indent + line.length + 1 + word.length > 100) lines.push(word);
    else lines[lines.length - 1] = line ? `${line} ${word}` : word;
  }
  return lines.join(`\n${' '.repeat(indent)}`);
}
