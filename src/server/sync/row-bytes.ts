/** How long a row is as it is told: as the database writes JSON, not as the row was sent. */
import { isObject, type Json } from '../../protocol/index.js';

/**
 * Bytes of `value::text` in the database: a space after each comma and colon, and numbers without an
 * exponent, so that the five characters `1e308` are told as 309 digits.
 */
export function toldBytes(value: Json): number {
  if (typeof value === 'number') return numberBytes(JSON.stringify(value));
  if (Array.isArray(value)) return bracketed(value.map(toldBytes));
  if (!isObject(value)) return Buffer.byteLength(JSON.stringify(value));
  return bracketed(
    Object.entries(value).map(([name, member]) => toldBytes(name) + 2 + toldBytes(member)),
  );
}

/** Two brackets, and a comma and a space between any two. */
function bracketed(items: readonly number[]): number {
  return items.reduce((sum, bytes) => sum + bytes, 2) + 2 * Math.max(0, items.length - 1);
}

function numberBytes(text: string): number {
  const [, sign, digits, exponent] = /^(-?)([\d.]+)e([+-]\d+)$/.exec(text) ?? [];
  if (exponent === undefined) return text.length;
  const figures = digits!.replace('.', '').length;
  const power = Number(exponent);
  // JSON.stringify takes an exponent from 21 figures on, which is more than a double has.
  return sign!.length + (power > 0 ? power + 1 : 1 - power + figures);
}
