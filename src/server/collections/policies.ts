/**
 * What of a collection somebody may see and change. Closed by default: no policy, an error in it or
 * anything but `true` is a no. A row that one may not see is for all purposes not there.
 */
import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '../../protocol/index.js';
import type {
  Change,
  Collection,
  MemberRule,
  PolicyRow,
  ReadPolicy,
  WritePolicy,
} from './collection.js';
import type { Fault } from '../validate.js';
import { type Identity, includesRole, type UserRole, type Who } from '../access/identity.js';

/** Whether there is anything in a collection that `who` may see. */
export function mayRead({ read }: Collection, who: Identity): boolean {
  if (read === undefined) return false;
  return includesRole(who.role, typeof read === 'string' ? read : 'viewer');
}

/** Whether there is anything in a collection that `who` may change. */
export function mayWrite({ write }: Collection, who: Identity): boolean {
  if (write === undefined) return false;
  return includesRole(who.role, typeof write === 'string' ? write : 'viewer');
}

/** Whether some rows, or some members of rows, of a readable collection are not for `who`. */
export function seesPartly({ read, members }: Collection, who: Identity): boolean {
  return typeof read === 'function' || [...(members?.values() ?? [])].some(hiddenFrom(who));
}

/** A row as `who` sees it; null when it is not theirs to see. */
export function seenBy(
  collection: Collection,
  who: Identity,
  key: string,
  value: JsonObject,
): JsonObject | null {
  if (!mayRead(collection, who)) return null;
  const { read, members } = collection;
  if (typeof read === 'function' && !ask(() => read(asRow(key, value), asWho(who)))) return null;
  const hidden = hiddenFrom(who);
  if (!members || ![...members.values()].some(hidden)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([name]) => {
      const rule = members.get(name);
      return !rule || !hidden(rule);
    }),
  );
}

/** Whether a member of a collection's rows is kept from `who`. */
export function hidesMember({ members }: Collection, who: Identity, name: string): boolean {
  const rule = members?.get(name);
  return rule !== undefined && hiddenFrom(who)(rule);
}

/** Whether the policy lets `who` make a change to a row that they see. */
export function allows({ write }: Collection, who: Identity, change: Change): boolean {
  if (typeof write === 'function') return ask(() => write(change, asWho(who)));
  return write !== undefined && includesRole(who.role, write);
}

/**
 * The members that a new row keeps of the old one, whatever was sent: those that `who` can't see or
 * can't change.
 */
export function keptMembers({ members }: Collection, who: Identity, old: JsonObject): JsonObject {
  if (!members) return {};
  const hidden = hiddenFrom(who);
  return Object.fromEntries(
    Object.entries(old).filter(([name]) => {
      const rule = members.get(name);
      return rule && (hidden(rule) || frozenFor(rule, who));
    }),
  );
}

/**
 * The members among those sent that are not `who`'s to change, unless they are as before: one that
 * `who` can't see never is, else its value could be guessed.
 */
export function memberFaults(
  { members }: Collection,
  who: Identity,
  sent: JsonObject,
  old: JsonObject,
): Fault[] {
  const hidden = hiddenFrom(who);
  const isAsBefore = (name: string) => JSON.stringify(sent[name]) === JSON.stringify(old[name]);
  return Object.keys(sent)
    .filter((name) => {
      const rule = members?.get(name);
      return rule && frozenFor(rule, who) && (hidden(rule) || !isAsBefore(name));
    })
    .map((name) => ({
      pointer: `/${name}`,
      code: 'read-only-member',
      detail: members?.get(name)?.server ? 'the server sets it' : 'is not yours to change',
    }));
}

/** The row with the members that the server sets; those whose function throws stay unset. */
export function withServerMembers(
  { members }: Collection,
  who: Identity,
  key: string,
  change: { op: Change['op']; old: JsonObject | null; new: JsonObject },
): JsonObject {
  const value = { ...change.new };
  const seen = changeOf(key, change);
  for (const [name, { server }] of members ?? []) {
    if (!server) continue;
    delete value[name];
    try {
      const set = server(seen, asWho(who));
      if (set !== undefined) value[name] = set;
    } catch {
      // The schema says whether a row may be without it.
    }
  }
  return value;
}

/** Whether the server sets any member of a collection's rows. */
export function hasServerMembers({ members }: Collection): boolean {
  return [...(members?.values() ?? [])].some(({ server }) => server !== undefined);
}

/** A change as policies see it. */
export function changeOf(
  key: string,
  change: { op: Change['op']; old: JsonObject | null; new: JsonObject | null },
): Change {
  return {
    op: change.op,
    old: change.old && asRow(key, change.old),
    new: change.new && asRow(key, change.new),
  };
}

/**
 * Names what `who` sees of a workspace beyond its rows as such: while it is the same, rows only
 * come and go by changing. Empty where no collection is seen in parts.
 */
export function viewOf(collections: ReadonlyMap<string, Collection>, who: Identity): string {
  const partly = [...collections].filter(
    ([, { read, members }]) => typeof read === 'function' || members?.size,
  );
  if (!partly.length) return '';
  // Roles alone decide where no policy is asked.
  const isAsked = partly.some(([, { read }]) => typeof read === 'function');
  const claims = isAsked ? claimsOf(who) : [];
  // In whatever order a token names them.
  claims.sort(([a], [b]) => (a < b ? -1 : 1));
  const rules = partly.map(([name, { read, code, members }]) => [
    name,
    String(read),
    code,
    [...(members ?? [])].map(([member, rule]) => [member, rule.read]),
  ]);
  return createHash('sha256')
    .update(JSON.stringify([who.subject, who.role, claims, rules]))
    .digest('base64url')
    .slice(0, 16);
}

/**
 * Claims that name a token or a sign-in, not a user: other ones in each, of the JWT registry, OpenID
 * Connect and the larger issuers. With them a view would last no longer than a token.
 */
const OF_A_TOKEN: ReadonlySet<string> = new Set([
  ...['exp', 'iat', 'nbf', 'jti', 'cnf', 'txn'],
  ...['auth_time', 'nonce', 'sid', 'at_hash', 'c_hash', 's_hash'],
  // Keycloak; Cognito; Entra ID.
  ...['session_state', 'origin_jti', 'aio', 'rh', 'uti', 'xms_ftd'],
]);

function hiddenFrom(who: Identity): (rule: MemberRule) => boolean {
  return ({ read }) => read !== undefined && !includesRole(who.role, read);
}

function frozenFor({ write, server }: MemberRule, who: Identity): boolean {
  return server !== undefined || (write !== undefined && !includesRole(who.role, write));
}

function asRow(key: string, value: JsonObject): PolicyRow {
  return { ...value, id: key };
}

function asWho(who: Identity): Who {
  const { subject, workspace, role } = who;
  return { subject, workspace, role: role as UserRole, claims: Object.fromEntries(claimsOf(who)) };
}

/** What policies may go by: all of it names a view. */
function claimsOf({ claims = {} }: Identity): [name: string, value: Json][] {
  return Object.entries(claims).filter(([name]) => !OF_A_TOKEN.has(name));
}

/** A policy's answer: an app's code may throw on a row that it did not expect. */
function ask(policy: () => ReturnType<ReadPolicy | WritePolicy>): boolean {
  try {
    return policy() === true;
  } catch {
    return false;
  }
}
