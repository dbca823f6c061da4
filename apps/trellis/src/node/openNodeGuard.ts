import { readFileSync } from "node:fs";
import { platformErrors } from "@trellis/platform";
import { createGivenKeys, createPublishedKeys } from "@trellis/platform/auth";
import type { LiveSettings } from "@trellis/platform/config";
import {
  type AccessPrincipal,
  AddressList,
  anonymousPrincipal,
  type Credentials,
  createCredentials,
  createTokenCheck,
  type Guard,
  type GuardOptions,
  keyHash,
  Permissions,
  permissionOf,
  type TokenCheckOptions,
} from "@trellis/platform/guard";
import { createSignatureVerifier, type NonceStore, type SignatureKey } from "@trellis/platform/http";
import { readSecret } from "@trellis/platform/secrets";
import {
  GUARD_WINDOW_MS,
  openGuard,
  readAddressLists,
  readRequestKey,
  type ServiceIo,
} from "@trellis/platform/service";
import type { AccessSetting, NodeGuardSettings } from "@trellis/platform/service/settings";
import { systemClock } from "@trellis/platform/system";
import { DEFAULT_RPC_OPTIONS, describeMethods } from "@trellis/rpc";

/** Without methods of other roles, such as `mining`: those need an entry in `access`. */
const TRELLIS_METHODS = describeMethods()
  .filter(({ name, role }) => role === "public" && name.startsWith("trellis_"))
  .map(({ name }) => permissionOf(name));
const PUBLIC_METHODS = ["eth:*", "net:*", "web3:*", "rpc:*", ...TRELLIS_METHODS, "txpool:*"];
/** The service port forwards JSON-RPC over loopback, with the client's address in a header. */
const OWN_PROXIES = ["127.0.0.0/8", "::1"];
const ENGINE_SECRET = /^(?:0x)?([0-9a-fA-F]{64})$/;
const ANY_SUBJECT = "*";

interface NodeGuardOptions {
  readonly isPublic: boolean;
  readonly live: Pick<LiveSettings<NodeGuardSettings>, "onReload">;
}

export async function openNodeGuard(
  settings: NodeGuardSettings,
  { isPublic, live }: NodeGuardOptions,
  io: ServiceIo,
): Promise<Guard> {
  let credentials: Credentials;
  const { guard, nonces } = await openGuard(
    {
      service: "node",
      redis: settings.redis,
      lists: readAddressLists(settings),
      guard: optionsOf(settings, isPublic),
      credentials: { identify: (arrival, isBanned) => credentials.identify(arrival, isBanned) },
    },
    io,
  );
  credentials = await credentialsOf(settings, nonces, io);
  live.onReload(async (latest) => {
    const [lists, next] = [readAddressLists(latest), await credentialsOf(latest, nonces, io)];
    return () => {
      credentials = next;
      guard.visitors.setLists(lists);
      guard.change(optionsOf(latest, isPublic));
    };
  }, "always");
  return guard;
}

/** A devnet applies bans, but no rate limits. */
export async function openDevnetGuard(io: ServiceIo): Promise<Guard> {
  const { connectionsMax } = DEFAULT_RPC_OPTIONS.limits;
  const { guard } = await openGuard(
    {
      service: "devnet",
      redis: "",
      lists: { allow: [], deny: [] },
      guard: {
        windowMs: GUARD_WINDOW_MS,
        limits: {
          perAddress: 0,
          perPrincipal: 0,
          perConnection: 0,
          perMethod: new Map(),
          connectionsMax,
          connectionsPerAddress: connectionsMax,
          connectionsPerPrincipal: connectionsMax,
        },
        trustedProxies: new AddressList(OWN_PROXIES),
        anonymous: anonymousPrincipal(["*"]),
        hidesMethods: false,
        requiresForwarding: false,
      },
      credentials: { identify: () => undefined },
    },
    io,
  );
  return guard;
}

function optionsOf(settings: NodeGuardSettings, isPublic: boolean): GuardOptions {
  const { anonymousMethods, trustedProxies } = settings;
  const usual = isPublic ? PUBLIC_METHODS : ["*"];
  return {
    windowMs: GUARD_WINDOW_MS,
    limits: {
      perAddress: settings.limitPerAddress,
      perPrincipal: settings.limitPerPrincipal,
      perConnection: settings.limitPerConnection,
      perMethod: new Map(Object.entries(settings.limitPerMethod)),
      connectionsMax: DEFAULT_RPC_OPTIONS.limits.connectionsMax,
      connectionsPerAddress: settings.connectionsPerAddress,
      connectionsPerPrincipal: settings.connectionsPerPrincipal,
    },
    trustedProxies: new AddressList([...OWN_PROXIES, ...trustedProxies]),
    anonymous: anonymousPrincipal(anonymousMethods.length === 0 ? usual : anonymousMethods),
    hidesMethods: settings.hideMethods,
    requiresForwarding: isPublic,
  };
}

async function credentialsOf(
  settings: NodeGuardSettings,
  nonces: NonceStore,
  io: ServiceIo,
): Promise<Credentials> {
  const keys = new Map<string, AccessPrincipal>();
  const certificates = new Map<string, AccessPrincipal>();
  const subjects = new Map<string, AccessPrincipal>();
  for (const entry of settings.access) {
    const { name, keyFrom, subject, certificate } = entry;
    const hash =
      keyFrom === undefined ? entry.keyHash : keyHash(await readSecret(keyFrom, `Key of ${name}`, io));
    if (hash !== undefined) add(keys, hash, principalOf(`key:${name}`, entry));
    if (certificate !== undefined) add(certificates, certificate, principalOf(`certificate:${name}`, entry));
    if (subject !== undefined) add(subjects, subject, principalOf(`user:${name}`, entry));
  }
  const tokens = await tokensOf(settings, subjects, io);
  const verifyToken = tokens && createTokenCheck(tokens, { clock: systemClock });
  const signatures = await signaturesOf(settings, nonces, io);
  return createCredentials({ keys, certificates, verifyToken, signatures, clock: systemClock });
}

async function signaturesOf({ access }: NodeGuardSettings, nonces: NonceStore, io: ServiceIo) {
  const keys = new Map<string, SignatureKey>();
  const principals = new Map<string, AccessPrincipal>();
  for (const entry of access) {
    const { name: id, algorithm } = entry;
    if (algorithm === undefined) continue;
    add(principals, id, principalOf(`service:${id}`, entry));
    keys.set(id, await readRequestKey("access", { ...entry, id, algorithm }, io));
  }
  if (keys.size === 0) return undefined;
  const findKey = async (id: string) => keys.get(id);
  return { principals, verifier: createSignatureVerifier({ findKey, nonces, clock: systemClock }) };
}

function add(known: Map<string, AccessPrincipal>, key: string, principal: AccessPrincipal): void {
  if (known.has(key)) {
    const reason = "two entries with the same key, key id, subject or certificate";
    throw platformErrors.CONFIG_INVALID_VALUE({ setting: "access", reason, principal: principal.id });
  }
  known.set(key, principal);
}

function principalOf(
  id: string,
  { tenant, permissions, priority, limit, connections }: AccessSetting,
): AccessPrincipal {
  return {
    id,
    tenant,
    permissions: new Permissions(permissions),
    priority,
    limit,
    connectionsMax: connections,
  };
}

async function tokensOf(
  { jwt, issuers: further, jwtSecretFrom }: NodeGuardSettings,
  subjects: ReadonlyMap<string, AccessPrincipal>,
  io: ServiceIo,
): Promise<TokenCheckOptions | undefined> {
  const { issuer, audience, keys } = jwt;
  const given = [issuer, audience, keys].filter((text) => text !== "").length;
  if (given !== 0 && given !== 3) {
    const expected = "jwt.issuer, jwt.audience and jwt.keys together";
    throw platformErrors.CONFIG_INVALID_VALUE({ setting: "jwt", expected });
  }
  const issuers = [...(given === 0 ? [] : [{ ...jwt, name: "" }]), ...further];
  for (const member of ["name", "issuer"] as const) {
    if (new Set(issuers.map((each) => each[member])).size === issuers.length) continue;
    throw platformErrors.CONFIG_INVALID_VALUE({ setting: "issuers", expected: `a different ${member} each` });
  }
  if (issuers.length === 0 && jwtSecretFrom === "") return undefined;
  return {
    secret:
      jwtSecretFrom === ""
        ? undefined
        : engineSecret(await readSecret(jwtSecretFrom, "Secret of tokens", io)),
    issuers: issuers.map(({ keys: place, ...named }) => ({ ...named, getKey: keysOf(place) })),
    subjects,
    otherwise: subjects.get(ANY_SUBJECT),
  };
}

/** Format: Ethereum's execution-apis, authentication.md. */
function engineSecret(text: string): Uint8Array {
  const digits = ENGINE_SECRET.exec(text.trim())?.[1];
  if (digits !== undefined) return Buffer.from(digits, "hex");
  throw platformErrors.CONFIG_INVALID_VALUE({ setting: "jwtSecretFrom", expected: "64 hexadecimal digits" });
}

function keysOf(place: string) {
  const file = /^file:(.+)$/s.exec(place)?.[1];
  return file === undefined
    ? createPublishedKeys(new URL(place))
    : createGivenKeys(readFileSync(file, "utf8"));
}
