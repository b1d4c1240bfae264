/**
 * Asks the one language model of the config, an OpenAI-compatible `/chat/completions`. Nothing else
 * is ever called: redirects are not followed, and a name must not resolve to where only this
 * machine or network reaches; whoever means such a place writes its address.
 */
import { lookup as resolveName } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import type { LanguageModelConfig } from '../config/config.js';

/** Bytes of an answer that are read. */
const MOST = 64_000;

/** Never: addresses of clouds' metadata services among them. */
const forbidden = new BlockList();
forbidden.addSubnet('169.254.0.0', 16, 'ipv4');
forbidden.addSubnet('0.0.0.0', 8, 'ipv4');
forbidden.addSubnet('224.0.0.0', 3, 'ipv4');
forbidden.addSubnet('fe80::', 10, 'ipv6');
forbidden.addSubnet('ff00::', 8, 'ipv6');
forbidden.addAddress('::', 'ipv6');
forbidden.addAddress('fd00:ec2::254', 'ipv6');

/** Only where the config has the address itself. */
const internal = new BlockList();
internal.addSubnet('10.0.0.0', 8, 'ipv4');
internal.addSubnet('100.64.0.0', 10, 'ipv4');
internal.addSubnet('127.0.0.0', 8, 'ipv4');
internal.addSubnet('172.16.0.0', 12, 'ipv4');
internal.addSubnet('192.168.0.0', 16, 'ipv4');
internal.addAddress('::1', 'ipv6');
internal.addSubnet('fc00::', 7, 'ipv6');

/** Whether an address may be called; `named` is one that a name led to. */
export function mayCall(address: string, named: boolean): boolean {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  return !forbidden.check(address, family) && !(named && internal.check(address, family));
}

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
