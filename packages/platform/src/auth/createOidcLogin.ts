import type { Clock } from "@trellis/base";
import { EncryptJWT, jwtDecrypt } from "jose";
import * as oidc from "openid-client";
import { discoverProvider, providerUnreachable } from "./discoverProvider.ts";
import { authErrors } from "./errors.ts";
import type { Principal } from "./Principal.ts";
import {
  type ClaimNames,
  DEFAULT_CLAIMS,
  principalOfClaims,
  type SubjectNames,
} from "./principalOfClaims.ts";

export interface OidcLoginOptions {
  readonly issuer: URL;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: URL;
  /** 32 bytes; encrypts the login state in the browser. */
  readonly secret: Uint8Array;
  readonly claims?: ClaimNames;
  readonly subjects?: SubjectNames;
  readonly scope?: string;
}

/** Authorization code flow with PKCE (RFC 7636). */
export interface OidcLogin {
  /** @throws IDENTITY_PROVIDER_UNREACHABLE */
  begin(): Promise<{ readonly url: URL; readonly cookie: string }>;
  /** @throws LOGIN_STATE_INVALID, LOGIN_REFUSED, TOKEN_CLAIM_INVALID, IDENTITY_PROVIDER_UNREACHABLE */
  finish(returnedTo: URL, cookie: string | undefined): Promise<Principal>;
}

const LOGIN_S_MAX = 600;

interface Remembered {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export function createOidcLogin(options: OidcLoginOptions, ports: { readonly clock: Clock }): OidcLogin {
  let discovered: Promise<oidc.Configuration> | undefined;

  function configuration(): Promise<oidc.Configuration> {
    discovered ??= discoverProvider(options).catch((error: unknown) => {
      discovered = undefined;
      throw error;
    });
    return discovered;
  }

  return {
    async begin() {
      const provider = await configuration();
      const remembered: Remembered = {
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        verifier: oidc.randomPKCECodeVerifier(),
      };
      const url = oidc.buildAuthorizationUrl(provider, {
        redirect_uri: options.redirectUri.href,
        scope: options.scope ?? "openid profile",
        code_challenge: await oidc.calculatePKCECodeChallenge(remembered.verifier),
        code_challenge_method: "S256",
        state: remembered.state,
        nonce: remembered.nonce,
      });
      return { url, cookie: await sealed(remembered, options, ports.clock) };
    },

    async finish(returnedTo, cookie) {
      const remembered = await opened(cookie, options, ports.clock);
      if (returnedTo.searchParams.get("state") !== remembered.state) throw authErrors.LOGIN_STATE_INVALID();
      const provider = await configuration();
      const claims = await exchange(provider, returnedTo, remembered);
      return principalOfClaims(claims, options.claims ?? DEFAULT_CLAIMS, options.subjects);
    },
  };
}

async function exchange(
  provider: oidc.Configuration,
  returnedTo: URL,
  { state, nonce, verifier }: Remembered,
): Promise<Record<string, unknown>> {
  try {
    const tokens = await oidc.authorizationCodeGrant(provider, returnedTo, {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    });
    return { ...tokens.claims() };
  } catch (error) {
    const isRefusal =
      error instanceof oidc.AuthorizationResponseError ||
      error instanceof oidc.ResponseBodyError ||
      error instanceof oidc.ClientError;
    if (isRefusal) throw authErrors.LOGIN_REFUSED({ reason: error.message }, error);
    throw providerUnreachable(error);
  }
}

async function sealed(remembered: Remembered, { secret }: OidcLoginOptions, clock: Clock): Promise<string> {
  const nowS = Math.floor(clock.nowMs() / 1_000);
  return new EncryptJWT({ ...remembered })
    .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
    .setExpirationTime(nowS + LOGIN_S_MAX)
    .encrypt(secret);
}

async function opened(
  cookie: string | undefined,
  { secret }: OidcLoginOptions,
  clock: Clock,
): Promise<Remembered> {
  if (cookie === undefined) throw authErrors.LOGIN_STATE_INVALID();
  try {
    const { payload } = await jwtDecrypt(cookie, secret, {
      currentDate: new Date(clock.nowMs()),
      keyManagementAlgorithms: ["dir"],
      contentEncryptionAlgorithms: ["A256GCM"],
    });
    const { state, nonce, verifier } = payload;
    if (typeof state === "string" && typeof nonce === "string" && typeof verifier === "string") {
      return { state, nonce, verifier };
    }
  } catch (error) {
    throw authErrors.LOGIN_STATE_INVALID({}, error);
  }
  throw authErrors.LOGIN_STATE_INVALID();
}
