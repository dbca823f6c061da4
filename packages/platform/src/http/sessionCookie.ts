import type { FastifyRequest } from "fastify";

/** `__Host-`: browsers take it over https alone, for this host alone (RFC 6265bis section 4.1.3.2). */
export const SESSION_COOKIE = "__Host-trellis";
/** Over plain http, which is for one's own machine, browsers differ in whether they take the other. */
const LOCAL_COOKIE = "trellis-local";

export function sessionCookieName(isSecure: boolean): string {
  return isSecure ? SESSION_COOKIE : LOCAL_COOKIE;
}

/** What a login remembers while the browser is at the provider. */
export function loginCookieName(isSecure: boolean): string {
  return `${sessionCookieName(isSecure)}-login`;
}

/** No script reads it, and other sites' requests that change something do not have it. */
export function cookieText(name: string, value: string, maxAgeS: number): string {
  const secure = name.startsWith("__Host-") ? " Secure;" : "";
  return `${name}=${value}; Path=/; Max-Age=${maxAgeS};${secure} HttpOnly; SameSite=Lax`;
}

export function cookieOf({ headers }: FastifyRequest, name: string): string | undefined {
  const pairs = (headers.cookie ?? "").split(";").map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}
