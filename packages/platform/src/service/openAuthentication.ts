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
import { derivedSecret, LOGIN_PREFIX, openIdentityProviders } from "./openIdentityProviders.ts";
import { readRequestKey } from "./readRequestKey.ts";
import type { ProcessIo } from "./ServiceIo.ts";
import type { AuthenticationSettings, ServiceKeySetting } from "./settings/authenticationSettings.ts";

interface AuthenticationPorts {
  readonly service: string;
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

/** @throws CONFIG_INVALID_VALUE, and the errors of readSecret */
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
    const { id } = setting;
    if (known.has(id))
      throw platformErrors.CONFIG_INVALID_VALUE({
        setting: "serviceKeys",
        id,
        reason: "duplicate id",
      });
    known.set(id, { key: await readRequestKey("serviceKeys", setting, io), principal: principalOf(setting) });
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
