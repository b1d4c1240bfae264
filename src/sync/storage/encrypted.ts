/**
 * Any storage, with every text sealed by AES-GCM (NIST SP 800-38D) before it gets there: records
 * and pages alike. Each text has a random IV of 96 bits, and the place it belongs to is
 * authenticated with it, so that texts can't be swapped between places, databases and users. What
 * stays visible is how many there are, how long, and when they change; and whoever can write the
 * disk can put an earlier copy of all of it back.
 */
import { invalid, SyncError } from '../errors.js';
import {
  SEAL,
  type Disk,
  type LogEntry,
  type Refusal,
  type Snapshot,
  type Storage,
} from './storage.js';

export interface EncryptionOptions {
  /** AES-GCM key with `encrypt` and `decrypt`, or the 32 bytes of one. */
  key: CryptoKey | Uint8Array<ArrayBuffer>;
}

/**
 * A storage that nobody reads without the key. A wrong key, or none where one is needed, is a
 * `wrong-key` error when it is loaded; with 96-bit random IVs a key is good for 2³² texts.
 */
export function encryptedStorage(storage: Storage, options: EncryptionOptions): Storage {
  const key = options?.key;
  const usable = (use: KeyUsage) => key instanceof Uint8Array || key.usages.includes(use);
  if (!(key instanceof Uint8Array) && key?.algorithm?.name !== 'AES-GCM')
    throw invalid('A key is a CryptoKey for AES-GCM or 32 bytes.');
  if (!usable('encrypt') || !usable('decrypt'))
    throw invalid('The CryptoKey must be made to both encrypt and decrypt.');
  const cipher = importKey(key);
  // Whoever awaits it learns of it.
  cipher.catch(() => {});
  return sealedStorage(storage, cipher);
}

/** Every user's with the key as it was given: its bytes may be wiped since. */
function sealedStorage(storage: Storage, cipher: Promise<CryptoKey>): Storage {
  const sealed: Storage = {
    name: storage.name,
    async open() {
      const ready = await cipher;
      return new EncryptedDisk(await storage.open(), new Cipher(ready, storage.name));
    },
    destroy: () => storage.destroy(),
  };
  return {
    ...sealed,
    ...(storage.store !== undefined && { store: storage.store }),
    ...(storage.witness && { witness: storage.witness }),
    ...(storage.forUser && {
      forUser: (user: string) => sealedStorage(storage.forUser!(user), cipher),
    }),
  };
}

/**
 * A key from what a person remembers: PBKDF2 with HMAC-SHA-256 and 600,000 rounds (OWASP Password
 * Storage Cheat Sheet), about half a second. The salt is no secret: 16 random bytes, kept by the
 * app, for instance beside the user's name.
 */
export async function keyFromPassphrase(
  passphrase: string,
  salt: Uint8Array<ArrayBuffer>,
): Promise<CryptoKey> {
  const { subtle } = webCrypto();
  const bytes = new TextEncoder().encode(passphrase.normalize('NFKC'));
  const base = await subtle.importKey('raw', bytes, 'PBKDF2', false, ['deriveKey']);
  return subtle.deriveKey(
    { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: 600_000 },
    base,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  );
}

class EncryptedDisk implements Disk {
  constructor(
    private readonly disk: Disk,
    private readonly cipher: Cipher,
  ) {}

  async load(): Promise<Snapshot> {
    const snapshot = await this.disk.load();
    await check(snapshot, this.disk, this.cipher);
    const { pages, log, ...rest } = snapshot;
    pages.delete(SEAL);
    const opened = [...pages].map(
      async ([id, text]) => [id, await this.cipher.open(page(id), text)] as const,
    );
    return { ...rest, pages: new Map(await Promise.all(opened)), log: await this.#openLog(log) };
  }

  async since(at: Parameters<Disk['since']>[0]): Promise<Refusal> {
    return this.#openRefusal(await this.disk.since(at));
  }

  async commit(...[at, commit, durability]: Parameters<Disk['commit']>) {
    const { record, pages, ...rest } = commit;
    const seal = async ([id, text]: [string, string | null]) =>
      [id, text === null ? null : await this.cipher.seal(page(id), text)] as const;
    const answer = await this.disk.commit(
      at,
      {
        ...rest,
        // It is written right behind `at` or not at all: its place is known beforehand.
        ...(record !== undefined && { record: await this.cipher.seal(place(at.rev + 1), record) }),
        ...(pages && { pages: new Map(await Promise.all([...pages].map(seal))) }),
      },
      durability,
    );
    return typeof answer === 'number' ? answer : this.#openRefusal(answer);
  }

  close(): void {
    this.disk.close();
  }

  async #openRefusal(refusal: Refusal): Promise<Refusal> {
    if (typeof refusal === 'string') return refusal;
    return { missed: await this.#openLog(refusal.missed) };
  }

  #openLog(log: LogEntry[]): Promise<LogEntry[]> {
    return Promise.all(
      log.map(async ({ rev, text }) => ({ rev, text: await this.cipher.open(place(rev), text) })),
    );
  }
}

const page = (id: string): string => `page:${id}`;
const place = (rev: number): string => `log:${rev}`;

/** The key must open the seal. A new database gets one before anything else is written to it. */
async function check(
  { life, folded, pages, log }: Snapshot,
  disk: Disk,
  cipher: Cipher,
): Promise<void> {
  const text = pages.get(SEAL) ?? null;
  if ((await cipher.open(SEAL, text)) === SEAL) return;
  if ((folded || pages.size || log.length) && !(await opensAny(cipher, pages, log)))
    throw wrongKey(
      text === null
        ? 'This database is not encrypted: open it without a key, or destroy it.'
        : 'The key is not the one that this database was encrypted with.',
    );
  const sealed = new Map([[SEAL, await cipher.seal(SEAL, SEAL)]]);
  const rev = log.at(-1)?.rev ?? folded;
  await disk.commit({ life, rev, folded }, { pages: sealed }, 'strict');
}

/** Whether the key is the right one all the same: then the seal alone is damaged, and made anew. */
async function opensAny(
  cipher: Cipher,
  pages: Snapshot['pages'],
  log: readonly LogEntry[],
): Promise<boolean> {
  for (const { rev, text } of log) if ((await cipher.open(place(rev), text)) !== null) return true;
  for (const [id, text] of pages) if ((await cipher.open(page(id), text)) !== null) return true;
  return false;
}

function wrongKey(message: string): SyncError {
  return new SyncError('wrong-key', message);
}

/** Seals texts for their places in one database. */
class Cipher {
  constructor(
    private readonly key: CryptoKey,
    private readonly database: string,
  ) {}

  async seal(where: string, text: string): Promise<string> {
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
    const bytes = new TextEncoder().encode(text);
    const sealed = await crypto.subtle.encrypt(this.#mode(iv, where), this.key, bytes);
    return toBase64(iv) + toBase64(new Uint8Array(sealed));
  }

  /** `null` when it is not what was sealed for that place. */
  async open(where: string, text: string | null): Promise<string | null> {
    if (text === null) return null;
    try {
      const iv = fromBase64(text.slice(0, IV_CHARACTERS));
      const sealed = fromBase64(text.slice(IV_CHARACTERS));
      const bytes = await crypto.subtle.decrypt(this.#mode(iv, where), this.key, sealed);
      return new TextDecoder().decode(bytes);
    } catch {
      return null;
    }
  }

  #mode(iv: Uint8Array<ArrayBuffer>, where: string): AesGcmParams {
    const additionalData = new TextEncoder().encode(`${this.database} ${where}`);
    return { name: 'AES-GCM', iv, additionalData };
  }
}

const IV_BYTES = 12;
/** 12 bytes are 16 characters of Base64 without padding. */
const IV_CHARACTERS = 16;

async function importKey(key: EncryptionOptions['key']): Promise<CryptoKey> {
  const { subtle } = webCrypto();
  if (!(key instanceof Uint8Array)) return key;
  if (key.length !== 32) throw wrongKey('A key is a CryptoKey for AES-GCM or 32 bytes.');
  return subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']);
}

function webCrypto(): Crypto {
  if (globalThis.crypto?.subtle) return globalThis.crypto;
  throw new SyncError('unavailable', 'WebCrypto is only there on HTTPS pages and on localhost.');
}

function toBase64(bytes: Uint8Array): string {
  let binary = '';
  // In pieces: a call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 0x8000)
    binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(binary);
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
