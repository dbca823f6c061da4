import type { Clock, Scheduler } from "@trellis/base";
import { type Client, FilterParser, ResultCodeError } from "ldapts";
import { platformErrors } from "../../errors.ts";
import { authErrors } from "../errors.ts";
import type { Credential, IdentityProvider } from "../IdentityProvider.ts";
import { type Principal, ROLES, type Role } from "../Principal.ts";
import { DEFAULT_CLAIMS, isId, principalOfClaims } from "../principalOfClaims.ts";
import { createMemoryWindowCounters, createRateLimiter, type RateLimiter } from "../rateLimit.ts";
import { DIRECTORY, type DirectoryOptions } from "./DirectoryOptions.ts";
import { filledFilter } from "./filters.ts";
import { unreachable, withDirectory } from "./systemDirectory.ts";

interface DirectoryPorts {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
}

interface Person {
  readonly dn: string;
  readonly name: string;
}

type Password = Extract<Credential, { kind: "password" }>;

/** Limits logins per person, because guesses can come from many addresses. */
const TRIES = { cost: 10, windowMs: 60_000 };
const LOGINS_MAX = 32;
const SEARCH_S_MAX = 5;

/** RFC 4511, appendix A. */
const NO_SUCH_OBJECT = 32;
/** Directories may also answer 19, 50 or 53 to a wrong password. */
const BIND_REFUSED = new Set([19, NO_SUCH_OBJECT, 34, 48, 49, 50, 53]);

/** Searches for the person, then binds as that person. [GUARD-13] @throws CONFIG_INVALID_VALUE */
export function createDirectoryProvider(
  options: DirectoryOptions,
  { clock, scheduler }: DirectoryPorts,
): IdentityProvider {
  for (const name of ["userFilter", "memberFilter"] as const) requireFilter(name, options[name]);
  const byStrength = options.roles.toSorted((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role));
  const sorted = { ...options, roles: byStrength };
  const tries = createRateLimiter(TRIES, { counters: createMemoryWindowCounters(), clock });
  let running = 0;
  return {
    async identify(credential) {
      if (credential.kind !== "password") return undefined;
      // A bind without a password can succeed as anonymous (RFC 4513, section 5.1.2).
      if (credential.password === "" || !isId(credential.user)) throw refused();
      if (running >= LOGINS_MAX) throw unreachable("too many logins are waiting for the directory");
      running += 1;
      try {
        return await withDirectory(options.url, scheduler, (client) =>
          logIn(client, sorted, credential, tries),
        );
      } finally {
        running -= 1;
      }
    },
  };
}

async function logIn(
  client: Client,
  options: DirectoryOptions,
  { user, password }: Password,
  tries: RateLimiter,
): Promise<Principal> {
  await bindAsSearcher(client, options);
  const person = await findPerson(client, options, user);
  await tries.take(person?.dn ?? `unknown ${user}`, 1);
  // Binds even if no person is found: response times must not reveal names.
  const isRight = await isBound(client, person?.dn ?? `cn=nobody,${options.baseDn}`, password);
  if (person === undefined || !isRight) throw refused();
  await bindAsSearcher(client, options);
  const role = await roleOf(client, options, person);
  if (role === undefined) throw authErrors.LOGIN_REFUSED({ reason: "in no group with a role" });
  return principalOfClaims({ sub: person.name, [DEFAULT_CLAIMS.role]: role }, DEFAULT_CLAIMS, {
    prefix: `${DIRECTORY}/`,
    others: [],
  });
}

function refused() {
  return authErrors.LOGIN_REFUSED({ reason: "wrong user or password" });
}

async function bindAsSearcher(client: Client, { bindDn, bindPassword }: DirectoryOptions): Promise<void> {
  if (!(await isBound(client, bindDn, bindPassword)))
    throw unreachable("the directory rejects the search account");
}

async function isBound(client: Client, dn: string, password: string): Promise<boolean> {
  try {
    await client.bind(dn, password);
    return true;
  } catch (error) {
    if (error instanceof ResultCodeError && BIND_REFUSED.has(error.code)) return false;
    throw error;
  }
}

async function findPerson(
  client: Client,
  { baseDn, userFilter, userAttribute }: DirectoryOptions,
  user: string,
): Promise<Person | undefined> {
  const { searchEntries } = await client.search(baseDn, {
    scope: "sub",
    filter: filledFilter(userFilter, { user }),
    attributes: [userAttribute],
    sizeLimit: 2,
    timeLimit: SEARCH_S_MAX,
  });
  const [entry, another] = searchEntries;
  if (entry === undefined || another !== undefined || entry.dn === "") return undefined;
  const wanted = userAttribute.toLowerCase();
  const name = Object.entries(entry).find(([attribute]) => attribute.toLowerCase() === wanted)?.[1];
  const [only, more] = Array.isArray(name) ? name : [name];
  return more === undefined && isId(only) ? { dn: entry.dn, name: only } : undefined;
}

/** Lets the directory match each group, because only it knows the comparison rules. */
async function roleOf(
  client: Client,
  { memberFilter, roles }: DirectoryOptions,
  { dn, name }: Person,
): Promise<Role | undefined> {
  const filter = filledFilter(memberFilter, { dn, user: name });
  for (const { group, role } of roles) {
    try {
      const { searchEntries } = await client.search(group, {
        scope: "base",
        filter,
        attributes: ["1.1"],
        timeLimit: SEARCH_S_MAX,
      });
      if (searchEntries.length > 0) return role;
    } catch (error) {
      if (!(error instanceof ResultCodeError && error.code === NO_SUCH_OBJECT)) throw error;
    }
  }
  return undefined;
}

function requireFilter(name: "userFilter" | "memberFilter", template: string): void {
  const invalid = (cause?: unknown) =>
    platformErrors.CONFIG_INVALID_VALUE(
      { setting: `ldap.${name}`, expected: "an LDAP filter (RFC 4515)" },
      cause,
    );
  // The library accepts a filter with an unclosed parenthesis.
  if (template.split("(").length !== template.split(")").length) throw invalid();
  try {
    FilterParser.parseString(filledFilter(template, { user: "ann", dn: "cn=ann" }));
  } catch (error) {
    throw invalid(error);
  }
}
