/** The payload as it travels, and in clear. */
import { isObject } from '../../protocol/index.js';
import { ExperimentsError } from '../error.js';
import type { GrowthBookFeature, GrowthBookPayload } from './types.js';

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

type Parts = 'features' | 'experiments' | 'savedGroups' | 'contextualBandits';

/**
 * The payload with every part there; null is as absent as in GrowthBook, and what is no feature, rule
 * or experiment is none. Throws `payload` for a part that is of another kind.
 */
export function wellFormed(payload: GrowthBookPayload): Required<Pick<GrowthBookPayload, Parts>> {
  const part = <P extends Parts>(name: P): Record<string, unknown> => {
    const value: unknown = payload[name] ?? {};
    if (isObject(value)) return value;
    throw new ExperimentsError('payload', `The payload’s ${name} are no object.`);
  };
  const experiments: unknown = payload.experiments ?? [];
  if (!Array.isArray(experiments))
    throw new ExperimentsError('payload', 'The payload’s experiments are no list.');
  const bandits = Object.entries(part('contextualBandits')).filter(([, value]) => isObject(value));
  return {
    features: Object.fromEntries(
      Object.entries(part('features')).flatMap(([id, feature]) =>
        isObject(feature) ? [[id, { ...feature, rules: objectsOf(feature.rules) }]] : [],
      ),
    ) as Record<string, GrowthBookFeature>,
    experiments: objectsOf(experiments) as unknown as GrowthBookPayload['experiments'] & object,
    savedGroups: part('savedGroups'),
    contextualBandits: Object.fromEntries(
      bandits.map(([id, bandit]) => {
        const { contexts } = bandit as Record<string, unknown>;
        return [id, { ...(bandit as object), contexts: objectsOf(contexts) }];
      }),
    ) as GrowthBookPayload['contextualBandits'] & object,
  };
}

/** The objects of a list, without members that are null; but a rule may force it, and cover nobody. */
function objectsOf(list: unknown): Record<string, unknown>[] {
  if (!Array.isArray(list)) return [];
  return list
    .filter(isObject)
    .map((one) =>
      Object.fromEntries(
        Object.entries(one).filter(
          ([name, value]) => value !== null || name === 'force' || name === 'coverage',
        ),
      ),
    );
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
