import { createPublicKey, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Clock, Log, Random } from "@trellis/base";
import {
  type ApiKeys,
  type ClaimNames,
  createDiscoveredKeys,
  createGivenKeys,
  createKeySessions,
  createOidcLogin,
  createPublishedKeys,
  createSessions,
  createSessionTokens,
  createTokenVerifier,
  DEFAULT_CLAIMS,
  type OidcLogin,
  overlappingKeySessions,
  overlappingLogin,
  overlappingTokens,
  type Principal,
  partsBySecret,
  type RateLimiter,
  type SessionStore,
  type Sessions,
  type TokenKeys,
  type TokenVerifier,
} from "../auth/index.ts";
import { platformErrors } from "../errors.ts";
import {
  type Authenticator,
  type AuthenticatorPorts,
  addLogin,
  addSessions,
  createAuthenticator,
  createOpenSession,
  createSignatureVerifier,
  httpErrors,
  isSecure,
  type NonceStore,
  type SignatureKey,
  sessionCookieName,
} from "../http/index.ts";
import { secretsErrors } from "../secrets/errors.ts";
import { readSecret } from "../secrets/readSecret.ts";
import type { ProcessIo } from "./ServiceIo.ts";
import type {
  AuthenticationSettings,
  OidcSettings,
  ServiceKeySetting,
} from "./settings/authenticationSettings.ts";

interface AuthenticationPorts {
  readonly service: string;
  /** Newest first. */
  readonly sessionSecrets: () => readonly Uint8Array[];
  readonly apiKeys: ApiKeys;
  readonly sessionStore: SessionStore;
  readonly nonces: NonceStore;
  readonly perIp: RateLimiter;
  readonly clock: Clock;
  readonly random: Random;
  readonly io: ProcessIo & { readonly log: Log };
}

export interface Authentication {
  readonly authenticator: Authenticator;
  readonly sessions: Sessions;
  /** Applies to new requests, not to browser logins. @throws as openAuthentication */
  prepare(settings: AuthenticationSettings): Promise<() => void>;
  addRoutes(server: Parameters<typeof addLogin>[0]): void;
}

const LOGIN_PREFIX = "/v1/auth";

/**
 * Always enables API keys; tokens, browser logins and signed requests as configured.
 * @throws CONFIG_INVALID_VALUE, and errors of reading secrets
 */
export async function openAuthentication(
  settings: AuthenticationSettings,
  ports: AuthenticationPorts,
): Promise<Authentication> {
  const { apiKeys, perIp, clock } = ports;
  requireComplete(settings);
  const login = await loginOf(settings, ports);
  const { sessionLifetime: sessionMs, publicUrl } = settings;
  const sessions = sessionsOf(sessionMs, ports);
  const cookie = (scheme: string): string => sessionCookieName(isSecure(scheme, publicUrl));
  const open = async (latest: AuthenticationSettings): Promise<Authenticator> => {
    requireComplete(latest);
    return createAuthenticator({
      apiKeys,
      ...tokensOf(latest, clock),
      ...(await signaturesOf(latest, ports)),
      sessions: { cookie, tokens: sessions },
    });
  };
  let current = await open(settings);
  const authenticator: Authenticator = { authenticate: (request) => current.authenticate(request) };
  return {
    authenticator,
    sessions,
    async prepare(latest) {
      const next = await open(latest);
      return () => {
        current = next;
      };
    },
    addRoutes(server) {
      const hasLogin = login !== undefined;
      const options = { prefix: LOGIN_PREFIX, publicOrigin: publicUrl };
      const openSession = createOpenSession({ ...options, sessionMs }, sessions);
      addSessions(server, { ...options, hasLogin }, { apiKeys, openSession, sessions, authenticator, perIp });
      if (!hasLogin) return;
      addLogin(
        server,
        { ...options, home: "/", signIn: "/sign-in" },
        { login, openSession, perIp, log: ports.io.log.child("login") },
      );
    },
  };
}

function sessionsOf(
  lifetimeMs: number,
  { service, sessionSecrets, sessionStore: store, apiKeys, clock, random }: AuthenticationPorts,
): Sessions {
  const tokens = overlappingTokens(
    partsBySecret(sessionSecrets, (secret) =>
      createSessionTokens({ secret: derived(secret, "sessions"), service, lifetimeMs }, { clock }),
    ),
  );
  const keySessions = overlappingKeySessions(
    partsBySecret(sessionSecrets, (secret) =>
      createKeySessions({ secret: derived(secret, "key-sessions"), lifetimeMs }, { apiKeys, clock }),
    ),
  );
  return createSessions({ lifetimeMs }, { store, tokens, keySessions, clock, random });
}

/** Separate keys for signing and encryption. */
function derived(secret: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secret, "", `trellis/${purpose}/1`, 32));
}

function requireComplete({ oidc, publicUrl }: AuthenticationSettings): void {
  const { issuer, audience, clientId, clientSecretFrom } = oidc;
  const missing = (setting: string, needs: string) =>
    platformErrors.CONFIG_INVALID_VALUE({ setting, reason: `needs ${needs} too` });
  if (issuer !== "" && audience === "") throw missing("oidc.issuer", "oidc.audience");
  if (audience !== "" && issuer === "") throw missing("oidc.audience", "oidc.issuer");
  if (clientId === "") return;
  if (issuer === "") throw missing("oidc.clientId", "oidc.issuer");
  if (clientSecretFrom === "") throw missing("oidc.clientId", "oidc.clientSecretFrom");
  if (publicUrl === "") throw missing("oidc.clientId", "publicUrl");
}

function claimsOf({ roleClaim, customerClaim }: OidcSettings): ClaimNames {
  return { ...DEFAULT_CLAIMS, role: roleClaim, customerId: customerClaim };
}

function tokensOf({ oidc }: AuthenticationSettings, clock: Clock): { tokens?: TokenVerifier } {
  const { issuer, audience } = oidc;
  if (issuer === "") return {};
  const verified = { issuer, audience, keys: keysOf(oidc, clock), claims: claimsOf(oidc) };
  return { tokens: createTokenVerifier(verified, { clock }) };
}

function keysOf({ issuer, keys, keysReread }: OidcSettings, clock: Clock): TokenKeys {
  const reread = { rereadMs: keysReread };
  if (keys === "") return { kind: "given", getKey: createDiscoveredKeys(new URL(issuer), reread, { clock }) };
  const file = /^file:(.+)$/s.exec(keys)?.[1];
  if (file === undefined) return { kind: "given", getKey: createPublishedKeys(new URL(keys), reread) };
  return { kind: "given", getKey: createGivenKeys(textOf(file)) };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw secretsErrors.SECRET_UNREADABLE({ file, reason }, error);
  }
}

async function loginOf(
  { oidc, publicUrl }: AuthenticationSettings,
  { sessionSecrets, clock, io }: AuthenticationPorts,
): Promise<OidcLogin | undefined> {
  if (oidc.clientId === "") return undefined;
  const options = {
    issuer: new URL(oidc.issuer),
    clientId: oidc.clientId,
    clientSecret: await readSecret(oidc.clientSecretFrom, "Secret of the OpenID client", io),
    redirectUri: new URL(`${LOGIN_PREFIX}/callback`, publicUrl),
    claims: claimsOf(oidc),
    scope: oidc.scopes,
  };
  return overlappingLogin(
    partsBySecret(sessionSecrets, (secret) =>
      createOidcLogin({ ...options, secret: derived(secret, "login") }, { clock }),
    ),
  );
}

async function signaturesOf(
  { serviceKeys }: AuthenticationSettings,
  { nonces, clock, io }: AuthenticationPorts,
): Promise<Pick<AuthenticatorPorts, "signatures">> {
  if (serviceKeys.length === 0) return {};
  const known = new Map<string, { readonly key: SignatureKey; readonly principal: Principal }>();
  for (const setting of serviceKeys) {
    const { id, algorithm } = setting;
    if (known.has(id)) throw keyInvalid(id, "its id comes twice");
    const key: SignatureKey = { id, algorithm, key: await keyObjectOf(setting, io) };
    known.set(id, { key, principal: principalOf(setting) });
  }
  const verifier = createSignatureVerifier({ findKey: async (id) => known.get(id)?.key, nonces, clock });
  return {
    signatures: {
      verifier,
      async principalOf(id) {
        const principal = known.get(id)?.principal;
        if (principal === undefined) throw httpErrors.SIGNATURE_INVALID({ reason: "unknown key" });
        return principal;
      },
    },
  };
}

function principalOf({ id, role, scopes }: ServiceKeySetting): Principal {
  return { id: `service:${id}`, kind: "service", role, customerId: undefined, scopes: new Set(scopes) };
}

const SECRET_BYTES_MIN = 32;

function keyInvalid(id: string, reason: string) {
  return platformErrors.CONFIG_INVALID_VALUE({ setting: "serviceKeys", id, reason });
}

async function keyObjectOf(setting: ServiceKeySetting, io: ProcessIo): Promise<KeyObject> {
  const { id, algorithm, publicKey = "", secretFrom = "" } = setting;
  const invalid = (reason: string) => keyInvalid(id, reason);
  if (algorithm === "hmac-sha256") {
    const secret = Buffer.from(await readSecret(secretFrom, `Secret of the service key ${id}`, io));
    if (secret.length < SECRET_BYTES_MIN) throw invalid(`its secret has less than ${SECRET_BYTES_MIN} bytes`);
    return createSecretKey(secret);
  }
  let key: KeyObject;
  try {
    key = createPublicKey(publicKey);
  } catch {
    throw invalid("its publicKey is no public key in PEM");
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  const isRight = algorithm === "ed25519" ? type === "ed25519" : details?.namedCurve === "prime256v1";
  if (!isRight) throw invalid(`its publicKey is not of ${algorithm}`);
  return key;
}
