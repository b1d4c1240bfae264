/** What a test may ask of the page around it, in every browser that can do it. */
import { executeServerCommand } from '@web/test-runner-commands';

export interface MediaFeatures {
  'prefers-color-scheme'?: 'light' | 'dark';
  'prefers-reduced-motion'?: 'reduce' | 'no-preference';
  'prefers-contrast'?: 'more' | 'no-preference';
  'forced-colors'?: 'active' | 'none';
}

/** Only Chromium lets a test choose media features. */
export const canEmulateMedia = 'userAgentData' in navigator;

/** Only Chromium lets a test choose how much space there is. */
export const canLimitQuota = canEmulateMedia;

/**
 * Sizes the page, in CSS pixels; it goes back by itself at the end of the test file. WebKit's
 * window has a smallest width: for less, put the element into a narrow container or iframe.
 */
export async function setViewport(size: { width: number; height: number }): Promise<void> {
  await executeServerCommand('page-viewport', size);
  // WebKit reports the new size once the window has followed.
  for (let waited = 0; innerWidth !== size.width; waited += 20) {
    if (waited > 5000) throw new Error(`Asked for ${size.width} px, got ${innerWidth} px.`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** Sets these features and resets the others; `{}` resets all. Needs `canEmulateMedia`. */
export async function emulateMedia(features: MediaFeatures): Promise<void> {
  await executeServerCommand('page-media', features);
}

/** Bytes that this origin may store; `null` for what there is. Needs `canLimitQuota`. */
export async function limitQuota(bytes: number | null): Promise<void> {
  await executeServerCommand('page-quota', { origin: location.origin, bytes });
}
