/** The payload as it travels, and in clear. */
import { ExperimentsError } from '../error.js';
import type { GrowthBookPayload } from './types.js';

const PARTS = ['Features', 'Experiments', 'SavedGroups', 'ContextualBandits'] as const;

/** The names of its parts that are encrypted. */
export function encryptedParts(payload: GrowthBookPayload): readonly (typeof PARTS)[number][] {
  return PARTS.filter((part) => payload[`encrypted${part}`] !== undefined);
}

/** The payload with its encrypted parts in clear. Rejects with `decryption`. */
export async function decrypted(
  payload: GrowthBookPayload,
  key: string,
): Promise<GrowthBookPayload> {
  const clear: Record<string, unknown> = { ...payload };
  for (const part of encryptedParts(payload)) {
    const name = part[0]!.toLowerCase() + part.slice(1);
    clear[name] = await decrypt(payload[`encrypted${part}`]!, key).catch((cause: unknown) => {
      throw new ExperimentsError('decryption', `The payload’s ${part} can’t be decrypted.`, {
        cause,
      });
    });
  }
  return clear;
}

/** `iv.text`, both in base64, by AES-CBC. */
async function decrypt(text: string, key: string): Promise<unknown> {
  const [iv = '', body = ''] = text.split('.').map(bytes);
  const aes = await crypto.subtle.importKey('raw', bytes(key), 'AES-CBC', false, ['decrypt']);
  const clear = await crypto.subtle.decrypt(
    { name: 'AES-CBC', iv: iv as BufferSource },
    aes,
    body as BufferSource,
  );
  return JSON.parse(new TextDecoder().decode(clear));
}

function bytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
