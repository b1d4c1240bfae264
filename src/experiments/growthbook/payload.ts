/** The payload as it travels, and in clear. */
import { ExperimentsError } from '../error.js';
import type { GrowthBookPayload } from './types.js';

const PARTS = ['Features', 'Experiments', 'SavedGroups', 'ContextualBandits'] as const;

/** The payload with its encrypted parts in clear. Rejects with `decryption`. */
export async function decrypted(
  payload: GrowthBookPayload,
  key: string | undefined,
): Promise<GrowthBookPayload> {
  const clear: Record<string, unknown> = { ...payload };
  for (const part of PARTS) {
    const text = payload[`encrypted${part}`];
    if (text === undefined) continue;
    delete clear[`encrypted${part}`];
    clear[part[0]!.toLowerCase() + part.slice(1)] = await decrypt(text, key).catch(
      (cause: unknown) => {
        const why = key === undefined ? 'is encrypted: give `decryptionKey`' : 'can’t be decrypted';
        throw new ExperimentsError('decryption', `The payload’s ${part} ${why}.`, { cause });
      },
    );
  }
  return clear;
}

/** `iv.text`, both in base64, by AES-CBC. */
async function decrypt(text: string, key = ''): Promise<unknown> {
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
