import type { FastifyRequest } from "fastify";

/** Browsers accept the prefix `__Host-` only over HTTPS, and send the cookie only to this host. */
export const SESSION_COOKIE = "__Host-trellis";
/** Used with plain HTTP on localhost. */
const LOCAL_COOKIE = "trellis-local";

export function isSecure(scheme: string, publicOrigin: string): boolean {
  return scheme === "https" || publicOrigin.startsWith("https:");
}

export function sessionCookieName(isSecure: boolean): string {
  return isSecure ? SESSION_COOKIE : LOCAL_COOKIE;
}

export function loginCookieName(isSecure: boolean): string {
  return `${sessionCookieName(isSecure)}-login`;
}

export function cookieText(name: string, value: string, maxAgeS: number): string {
  const secure = name.startsWith("__Host-") ? " Secure;" : "";
  return `${name}=${value}; Path=/; Max-Age=${maxAgeS};${secure} HttpOnly; SameSite=Lax`;
}

export function cookieOf({ headers }: FastifyRequest, name: string): string | undefined {
  const pairs = (headers.cookie ?? "").split(";").map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}
