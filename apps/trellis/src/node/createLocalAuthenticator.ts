import { namesThisMachine } from "@trellis/platform/admission";
import { authErrors, type Principal } from "@trellis/platform/auth";
import type { Authenticator, RequestFacts } from "@trellis/platform/http";

const OPERATOR: Principal = {
  id: "user:local",
  kind: "user",
  role: "admin",
  customerId: undefined,
  scopes: "all",
};
const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

export function createLocalAuthenticator(): Authenticator {
  return {
    async authenticate({ method, authority, headers }) {
      if (!namesThisMachine(authority)) return undefined;
      if (!SAFE_METHODS.has(method) && isForeign(headers, authority)) throw authErrors.CROSS_SITE_REQUEST();
      return { principal: OPERATOR, coversBody: false };
    },
  };
}

/** Browsers send Fetch Metadata or an Origin. Programs send neither. */
function isForeign(headers: RequestFacts["headers"], authority: string): boolean {
  const { "sec-fetch-site": site, origin } = headers;
  if (site !== undefined) return site !== "same-origin" && site !== "none";
  return origin !== undefined && origin !== `http://${authority}`;
}
