/**
 * Runs test/<folder> in the browsers of this machine: Chromium and Firefox over puppeteer-core,
 * WebKit over WebDriver. `BROWSERS=chromium,webkit` narrows it; `npm run test:browser` is the
 * comfortable way in (CONTRIBUTING.md).
 */
import { esbuildPlugin } from '@web/dev-server-esbuild';
import { chromeLauncher } from '@web/test-runner-chrome';
import { webdriverLauncher } from '@web/test-runner-webdriver';
import puppeteer from 'puppeteer-core';
import { register } from 'tsx/esm/api';

register();
const { findBrowsers } = await import('./scripts/test/browsers-to-run.ts');
const { testsOf } = await import('./scripts/folders.ts');
const { freePort } = await import('./scripts/machine/free-port.ts');
const { startWebKitDriver } = await import('./scripts/machine/webkit-driver.ts');

const browsers = findBrowsers(process.env.BROWSERS?.split(','));
const webkitPort = await freePort();

/** One test file at a time in each browser: focus and viewport belong to the page in front. */
const concurrency = 1;

const launchers = {
  chromium: ({ path }) =>
    chromeLauncher({
      concurrency,
      launchOptions: { executablePath: path, args: ['--no-sandbox'] },
    }),
  firefox: ({ path }) =>
    chromeLauncher({
      concurrency,
      puppeteer,
      launchOptions: { browser: 'firefox', executablePath: path, headless: true },
    }),
  webkit: ({ path }) =>
    webdriverLauncher({
      hostname: '127.0.0.1',
      port: webkitPort,
      path: '/',
      capabilities: {
        browserName: 'MiniBrowser',
        'wdio:enforceWebDriverClassic': true,
        'webkitgtk:browserOptions': { binary: path, args: ['--automation'] },
      },
    }),
};

/** Starts WebKit's driver for as long as the test server runs. */
function webkitDriverPlugin() {
  let stop;
  return {
    name: 'webkit-driver',
    async serverStart() {
      stop = await startWebKitDriver(webkitPort);
    },
    serverStop() {
      stop?.();
    },
  };
}

/** Every test file also loads the guard that fails a test which logs an error. */
function guardPlugin() {
  return {
    name: 'guard',
    transform({ path, body }) {
      if (path.endsWith('.test.ts')) return `import '/test/tools/guard.ts';${body}`;
    },
  };
}

/** axe-core is a classic script that sets `window.axe`; tests import it as a module. */
function axePlugin() {
  return {
    name: 'axe',
    transform({ path, body }) {
      if (path.endsWith('/axe-core/axe.js')) return `${body}\nexport default window.axe;`;
    },
  };
}

/** The server's half of test/tools/page.ts: what the runner's own commands cannot do everywhere. */
function pagePlugin() {
  return {
    name: 'page',
    executeCommand({ command, payload, session }) {
      if (command === 'page-viewport') return resize(session, payload);
      if (command === 'page-media') return emulateMedia(session, payload);
      if (command === 'page-quota') return limitQuota(session, payload);
    },
  };
}

async function resize({ id, browser }, { width, height }) {
  if (browser.type === 'puppeteer') {
    await browser.getPage(id).setViewport({ width, height });
    return true;
  }
  // WebDriver sizes the window, not the page in it.
  const [x, y] = await browser.driver.execute(
    'return [outerWidth - innerWidth, outerHeight - innerHeight]',
  );
  await browser.driver.setWindowRect(null, null, width + x, height + y);
  return true;
}

/** Emulation lasts as long as the debugging session that asked for it: one is kept per page. */
const debuggers = new WeakMap();

async function debuggerOf({ id, browser }) {
  const page = browser.getPage(id);
  const session = debuggers.get(page) ?? (await page.createCDPSession());
  debuggers.set(page, session);
  return session;
}

async function limitQuota(session, { origin, bytes }) {
  const quota = { origin, ...(bytes !== null && { quotaSize: bytes }) };
  await (await debuggerOf(session)).send('Storage.overrideQuotaForOrigin', quota);
  return true;
}

async function emulateMedia(page, features) {
  const session = await debuggerOf(page);
  await session.send('Emulation.setEmulatedMedia', {
    features: Object.entries(features).map(([name, value]) => ({ name, value })),
  });
  return true;
}

export default {
  files: testsOf('browser'),
  nodeResolve: true,
  concurrency,
  concurrentBrowsers: 2,
  browserStartTimeout: 60_000,
  testsStartTimeout: 60_000,
  testsFinishTimeout: 600_000,
  filterBrowserLogs: ({ args }) => !String(args[0]).startsWith('Lit is in dev mode'),
  testFramework: { config: { timeout: 120_000, forbidOnly: Boolean(process.env.CI) } },
  browsers: browsers.map((browser) => launchers[browser.name](browser)),
  plugins: [
    esbuildPlugin({ ts: true, json: true, target: 'es2022', tsconfig: 'tsconfig.json' }),
    guardPlugin(),
    axePlugin(),
    pagePlugin(),
    ...(browsers.some(({ name }) => name === 'webkit') ? [webkitDriverPlugin()] : []),
  ],
};
