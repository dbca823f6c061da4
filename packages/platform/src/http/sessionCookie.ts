import type { FastifyRequest } from "fastify";

/** `__Host-` restricts a cookie to HTTPS and this host. */
export const SESSION_COOKIE = "__Host-trellis";
/** For plain HTTP on localhost. */
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
