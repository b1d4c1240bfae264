#!/usr/bin/env node
/** The command `bytelyst`: picks a command, and tells in words what went wrong. */
import { commands } from './commands/index.js';
import { SettingsError } from './config/settings.js';

const [name, ...args] = process.argv.slice(2);
const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;

if (!command) {
  const wanted = !name || name === 'help' || name === '--help' || name === '-h';
  const list = Object.entries(commands).map(
    ([key, { summary }]) => `  ${key.padEnd(8)} ${summary}`,
  );
  const usage = `bytelyst <command> [flags]\n\n${list.join('\n')}\n\nbytelyst <command> --help says more.\nStatus: 0 done, 1 failed, 2 wrong use.\n`;
  if (wanted) process.stdout.write(usage);
  else process.stderr.write(`bytelyst: there is no command “${name}”.\n\n${usage}`);
  process.exitCode = wanted ? 0 : 2;
} else if (args.includes('--help') || args.includes('-h')) {
  process.stdout.write(`${command.help}\n`);
} else {
  command.run(args).catch((error: unknown) => {
    process.stderr.write(
      `bytelyst ${name}: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    process.exit(error instanceof SettingsError ? 2 : 1);
  });
}
