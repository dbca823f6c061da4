import { type Authenticator, authErrors, type Principal } from "@trellis/platform/auth";
import { namesThisMachine } from "./thisMachine.ts";

const OPERATOR: Principal = {
  id: "user:local",
  kind: "user",
  role: "admin",
  customerId: undefined,
  scopes: "all",
};
const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Of a port that only this machine reaches, on a network where whoever reaches it may do everything: all are its
 * operator, except pages of other sites.
 * @throws CROSS_SITE_REQUEST
 */
export function createLocalAuthenticator(): Authenticator {
  return {
    async authenticate({ method, authority, headers }) {
      if (!namesThisMachine(authority)) return undefined;
      const site = headers["sec-fetch-site"];
      const isForeign = site !== undefined && site !== "same-origin" && site !== "none";
      if (isForeign && !SAFE_METHODS.has(method)) throw authErrors.CROSS_SITE_REQUEST();
      return { principal: OPERATOR, coversBody: false };
    },
  };
}
