import { API_KEY_PREFIX } from "../auth/apiKeyText.ts";
import type { ApiKeys } from "../auth/createApiKeys.ts";
import { tokenCredential } from "../auth/createIdentityProviders.ts";
import { authErrors } from "../auth/errors.ts";
import type { IdentityProvider } from "../auth/IdentityProvider.ts";
import type { Principal } from "../auth/Principal.ts";
import type { TokenVerifier } from "../auth/TokenVerifier.ts";
import { httpErrors } from "./errors.ts";
import type { SignatureVerifier } from "./signatures/createSignatureVerifier.ts";

export interface RequestFacts {
  readonly method: string;
  readonly target: string;
  readonly scheme: string;
  readonly authority: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly hasBody: boolean;
  readonly peerName?: string | undefined;
}

interface Identity {
  readonly principal: Principal;
  readonly coversBody: boolean;
}

export interface Authenticator {
  /** Undefined without credentials. @throws the codes of tokens, API keys and signatures */
  authenticate(request: RequestFacts): Promise<Identity | undefined>;
}

export interface AuthenticatorPorts {
  readonly providers?: IdentityProvider;
  readonly apiKeys?: Pick<ApiKeys, "authenticate">;
  readonly signatures?: {
    readonly verifier: SignatureVerifier;
    readonly principalOf: (keyId: string) => Promise<Principal>;
  };
  readonly sessions?: { readonly cookie: (scheme: string) => string; readonly tokens: TokenVerifier };
}

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/** Refuses kinds of credentials that are not configured. [GUARD-15] */
export function createAuthenticator(ports: AuthenticatorPorts): Authenticator {
  const { providers, apiKeys, signatures, sessions } = ports;
  return {
    async authenticate(request) {
      const bearer = bearerOf(one(request, "authorization"));
      const isSigned = request.headers["signature-input"] !== undefined;
      const session = sessions && cookieOf(one(request, "cookie"), sessions.cookie(request.scheme));
      if (bearer !== undefined && isSigned)
        throw httpErrors.REQUEST_MALFORMED({ reason: "more than one credential" });
      if (bearer !== undefined) return { principal: await ofBearer(bearer), coversBody: false };
      if (isSigned) return ofSignature(request, signatures);
      if (session === undefined || sessions === undefined) return ofCertificate(request);
      if (isChange(request)) requireSameSite(request);
      return { principal: await sessions.tokens.verify(session), coversBody: false };
    },
  };

  async function ofCertificate(request: RequestFacts): Promise<Identity | undefined> {
    const { peerName, headers } = request;
    const principal =
      peerName === undefined ? undefined : await providers?.identify({ kind: "certificate", name: peerName });
    if (principal === undefined) return undefined;
    // Any page can make a browser send the certificate. Programs send neither header.
    const isOfPage = headers["sec-fetch-site"] !== undefined || headers.origin !== undefined;
    if (isOfPage && isChange(request)) requireSameSite(request);
    return { principal, coversBody: false };
  }

  async function ofBearer(bearer: string): Promise<Principal> {
    if (bearer.startsWith(API_KEY_PREFIX)) {
      if (apiKeys === undefined) throw authErrors.API_KEY_UNKNOWN();
      return apiKeys.authenticate(bearer);
    }
    const principal = await providers?.identify(tokenCredential(bearer));
    if (principal === undefined) throw authErrors.TOKEN_INVALID({ reason: "wrong issuer" });
    return principal;
  }
}

/** Any page can open a WebSocket (a GET) with this site's cookies. */
function isChange(request: RequestFacts): boolean {
  return !SAFE_METHODS.has(request.method) || one(request, "upgrade") !== undefined;
}

async function ofSignature(
  request: RequestFacts,
  signatures: AuthenticatorPorts["signatures"],
): Promise<Identity> {
  if (signatures === undefined) throw httpErrors.SIGNATURE_INVALID({ reason: "unknown key" });
  const { verifier, principalOf } = signatures;
  const authority = request.authority.toLowerCase();
  const { keyId, coversBody } = await verifier.verify({ ...request, authority }, request.hasBody);
  return { principal: await principalOf(keyId), coversBody };
}

function bearerOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const [, token] = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(header) ?? [];
  if (token === undefined) throw authErrors.TOKEN_INVALID({ reason: "not a signed JWT" });
  return token;
}

function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? "").split(";")) {
    const at = pair.indexOf("=");
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}

/** Prevents CSRF by Sec-Fetch-Site, otherwise by Origin. @throws CROSS_SITE_REQUEST */
export function requireSameSite(request: Pick<RequestFacts, "headers" | "scheme" | "authority">): void {
  const site = one(request, "sec-fetch-site");
  const origin = one(request, "origin");
  const isOwn =
    site === undefined ? origin === `${request.scheme}://${request.authority}` : site === "same-origin";
  if (!isOwn) throw authErrors.CROSS_SITE_REQUEST();
}

function one({ headers }: Pick<RequestFacts, "headers">, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : value?.join(", ");
}
