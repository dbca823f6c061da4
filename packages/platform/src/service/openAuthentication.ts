import { createPublicKey, createSecretKey, type KeyObject } from "node:crypto";
import type { Clock, Log, Random } from "@trellis/base";
import {
  type ApiKeys,
  type Credential,
  createKeySessions,
  createSessions,
  createSessionTokens,
  overlappingKeySessions,
  overlappingTokens,
  type Principal,
  partsBySecret,
  type RateLimiter,
  type SessionStore,
  type Sessions,
} from "../auth/index.ts";
import { platformErrors } from "../errors.ts";
import {
  type Authenticator,
  type AuthenticatorPorts,
  addLogin,
  addPasswordLogin,
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
import { readSecret } from "../secrets/readSecret.ts";
import { derivedSecret, LOGIN_PREFIX, openIdentityProviders } from "./openIdentityProviders.ts";
import type { ProcessIo } from "./ServiceIo.ts";
import type { AuthenticationSettings, ServiceKeySetting } from "./settings/authenticationSettings.ts";

interface AuthenticationPorts {
  readonly service: string;
  /** Newest secret first. */
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
  /** Applies to new requests and logins. @throws the errors of openAuthentication */
  prepare(settings: AuthenticationSettings): Promise<() => void>;
  addRoutes(server: Parameters<typeof addLogin>[0]): void;
}

/**
 * API keys are always enabled; identity providers and signed requests only if configured.
 * @throws CONFIG_INVALID_VALUE, and the errors of readSecret
 */
export async function openAuthentication(
  settings: AuthenticationSettings,
  ports: AuthenticationPorts,
): Promise<Authentication> {
  const { apiKeys, perIp } = ports;
  const { sessionLifetime: sessionMs, publicUrl } = settings;
  const sessions = sessionsOf(sessionMs, ports);
  const cookie = (scheme: string): string => sessionCookieName(isSecure(scheme, publicUrl));
  const open = async (latest: AuthenticationSettings) => {
    const identity = await openIdentityProviders(latest, ports);
    const authenticator = createAuthenticator({
      apiKeys,
      providers: identity.providers,
      ...(await signaturesOf(latest, ports)),
      sessions: { cookie, tokens: sessions },
    });
    return { ...identity, authenticator };
  };
  let current = await open(settings);
  const authenticator: Authenticator = {
    authenticate: (request) => current.authenticator.authenticate(request),
  };
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
      const options = { prefix: LOGIN_PREFIX, publicOrigin: publicUrl };
      const openSession = createOpenSession({ ...options, sessionMs }, sessions);
      const offers = () => ({ issuers: [...current.logins.keys()], hasPassword: current.hasPassword });
      addSessions(server, { ...options, offers }, { apiKeys, openSession, sessions, authenticator, perIp });
      const login = { openSession, perIp, log: ports.io.log.child("login") };
      addLogin(
        server,
        { ...options, home: "/", signIn: "/sign-in" },
        { ...login, loginOf: (issuer) => current.logins.get(issuer) },
      );
      const providers = { identify: (credential: Credential) => current.providers.identify(credential) };
      addPasswordLogin(server, LOGIN_PREFIX, { ...login, providers });
    },
  };
}

function sessionsOf(
  lifetimeMs: number,
  { service, sessionSecrets, sessionStore: store, apiKeys, clock, random }: AuthenticationPorts,
): Sessions {
  const tokens = overlappingTokens(
    partsBySecret(sessionSecrets, (secret) =>
      createSessionTokens({ secret: derivedSecret(secret, "sessions"), service, lifetimeMs }, { clock }),
    ),
  );
  const keySessions = overlappingKeySessions(
    partsBySecret(sessionSecrets, (secret) =>
      createKeySessions({ secret: derivedSecret(secret, "key-sessions"), lifetimeMs }, { apiKeys, clock }),
    ),
  );
  return createSessions({ lifetimeMs }, { store, tokens, keySessions, clock, random });
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
