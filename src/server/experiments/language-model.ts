/**
 * Asks the one language model of the config, an OpenAI-compatible `/chat/completions`. Nothing else
 * is ever called: redirects are not followed, and a name must not resolve to where only this
 * machine or network reaches; whoever means such a place writes its address.
 */
import { lookup as resolveName } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { mayCall } from '../config/addresses.js';
import type { LanguageModelConfig } from '../config/config.js';

/** Bytes of an answer that are read. */
const MOST = 64_000;

/** What the model says; null when it does not answer in time, or with anything but an answer. */
export async function askModel(
  { baseUrl, model, timeout }: Required<LanguageModelConfig>,
  key: string | undefined,
  instructions: string,
  text: string,
): Promise<string | null> {
  const body = JSON.stringify({
    model,
    temperature: 0.3,
    max_tokens: 500,
    response_format: { type: 'json_object' },
    messages: [
      { role: 'system', content: instructions },
      { role: 'user', content: text },
    ],
  });
  const url = new URL(`${baseUrl.replace(/\/+$/, '')}/chat/completions`);
  const answer = await post(url, body, key, timeout).catch(() => null);
  if (answer === null) return null;
  try {
    const { choices } = JSON.parse(answer) as { choices?: { message?: { content?: unknown } }[] };
    const content = choices?.[0]?.message?.content;
    return typeof content === 'string' ? content : null;
  } catch {
    return null;
  }
}

function post(url: URL, body: string, key: string | undefined, timeout: number): Promise<string> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) && !mayCall(host, false)) return Promise.reject(new Error('forbidden address'));
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = send(url, {
      method: 'POST',
      agent: false,
      lookup: host === 'localhost' ? undefined : checkedLookup,
      signal: AbortSignal.timeout(timeout),
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'content-length': Buffer.byteLength(body),
        ...(key ? { authorization: `Bearer ${key}` } : {}),
      },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > MOST) request.destroy(new Error('the answer is too long'));
        else chunks.push(chunk);
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString('utf8'));
        else reject(new Error(`status ${response.statusCode}`));
      });
    });
    request.end(body);
  });
}

/** Checks the very addresses that are connected to: a name can't point elsewhere in between. */
const checkedLookup: LookupFunction = (hostname, options, callback) => {
  resolveName(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '', 0);
    const refused = addresses.find(({ address }) => !mayCall(address, true));
    if (refused || !addresses[0]) return callback(new Error(`${hostname} is not public`), '', 0);
    if (options.all) callback(null, addresses);
    else callback(null, addresses[0].address, addresses[0].family);
  });
};
