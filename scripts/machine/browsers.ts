/**
 * Which browsers this machine has, and where. Nothing is downloaded: tests drive the browsers that
 * are installed. `CHROMIUM_PATH` and `FIREFOX_PATH` name one explicitly.
 */
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export const browserNames = ['chromium', 'firefox', 'webkit'] as const;
export type BrowserName = (typeof browserNames)[number];

export interface Browser {
  name: BrowserName;
  /** The browser's program; for WebKit its MiniBrowser. */
  path: string;
}

/** Debian packages that bring each browser and what driving it headless takes. */
export const browserPackages: Record<BrowserName, readonly string[]> = {
  chromium: ['chromium', 'fonts-liberation'],
  firefox: ['firefox-esr', 'fonts-liberation'],
  webkit: ['webkit2gtk-driver', 'xvfb', 'xauth', 'dbus', 'fonts-liberation'],
};

/** What to tell a user who lacks the browser. */
export const browserAdvice: Record<BrowserName, string> = {
  chromium: 'install Chromium, Chrome or Edge (Debian: apt-get install chromium)',
  firefox: 'install Firefox (Debian: apt-get install firefox-esr)',
  webkit:
    'install WebKitGTK (Debian: apt-get install webkit2gtk-driver xvfb xauth dbus); Linux only',
};

const programs = {
  chromium: [
    'chromium',
    'chromium-browser',
    'google-chrome-stable',
    'google-chrome',
    'chrome',
  ].concat(['microsoft-edge-stable', 'microsoft-edge', 'msedge']),
  firefox: ['firefox-esr', 'firefox'],
};

const macApplications = {
  chromium: ['Google Chrome', 'Chromium', 'Microsoft Edge'],
  firefox: ['Firefox'],
};

const windowsPrograms = {
  chromium: ['Google\\Chrome\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe'],
  firefox: ['Mozilla Firefox\\firefox.exe'],
};

/** The browser on this machine, or `undefined`. */
export function findBrowser(name: BrowserName): Browser | undefined {
  const path = name === 'webkit' ? findWebKit() : findInstalled(name);
  return path === undefined ? undefined : { name, path };
}

/** The program's full path, looked up on `PATH`. */
export function findProgram(name: string): string | undefined {
  const extension = process.platform === 'win32' ? '.exe' : '';
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name + extension))
    .find(isExecutable);
}

function findInstalled(name: 'chromium' | 'firefox'): string | undefined {
  const named = process.env[`${name.toUpperCase()}_PATH`];
  if (named !== undefined) return named;
  for (const program of programs[name]) {
    const path = findProgram(program);
    if (path !== undefined) return path;
  }
  if (process.platform === 'darwin') {
    return macApplications[name]
      .map(
        (app) => `/Applications/${app}.app/Contents/MacOS/${app === 'Firefox' ? 'firefox' : app}`,
      )
      .find(isExecutable);
  }
  if (process.platform === 'win32') {
    const roots = ['ProgramFiles', 'ProgramFiles(x86)', 'LocalAppData'].map((v) => process.env[v]);
    return roots
      .filter((root) => root !== undefined)
      .flatMap((root) => windowsPrograms[name].map((program) => join(root, program)))
      .find((path) => existsSync(path));
  }
  return undefined;
}

/** WebKitGTK's MiniBrowser is not on the PATH: each distribution has its own library folder. */
function findWebKit(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const needed = ['WebKitWebDriver', 'xvfb-run', 'dbus-run-session'];
  if (needed.some((program) => findProgram(program) === undefined)) return undefined;
  const libraries = ['/usr/lib', '/usr/libexec', '/usr/lib64', ...folders('/usr/lib')];
  return libraries
    .flatMap((library) => folders(library).filter((folder) => /webkit(2)?gtk-[\d.]+$/.test(folder)))
    .map((folder) => join(folder, 'MiniBrowser'))
    .find(isExecutable);
}

function folders(parent: string): string[] {
  if (!existsSync(parent)) return [];
  return readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(parent, entry.name));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
