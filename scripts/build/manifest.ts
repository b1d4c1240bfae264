/** The Custom Elements Manifest, for editors, documentation and framework wrappers. */
import { cli } from '@custom-elements-manifest/analyzer/cli.js';

export const manifestFile = 'custom-elements.json';

/** What `manifestFile` should hold for the sources as they are. */
export async function createManifest(): Promise<string> {
  const argv = ['analyze', '--quiet', '--config', 'custom-elements-manifest.config.mjs'];
  const manifest = JSON.stringify(await cli({ argv, noWrite: true }), null, 2);
  // Users have the compiled modules, not the sources.
  return `${manifest.replace(/"src\/([^"]+)\.ts"/g, '"dist/$1.js"')}\n`;
}
