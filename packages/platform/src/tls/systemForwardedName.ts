import { randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { peerNameOf } from "./systemListenerTls.ts";

/** Header of requests that are forwarded within this process. [GUARD-11] */
export const FORWARDED_NAME = "x-trellis-peer-name";
/** Clients can send the header too, but without the secret. */
const SECRET = randomBytes(32).toString("hex");
const SECRET_BYTES = Buffer.from(SECRET, "latin1");

export function forwardedName(socket: object): Readonly<Record<string, string>> {
  const name = peerNameOf(socket);
  return name === undefined ? {} : { [FORWARDED_NAME]: SECRET + encodeURIComponent(name) };
}

export function nameForwardedIn({ [FORWARDED_NAME]: given }: IncomingHttpHeaders): string | undefined {
  if (typeof given !== "string" || given.length <= SECRET.length) return undefined;
  const secret = Buffer.from(given.slice(0, SECRET.length), "latin1");
  return timingSafeEqual(secret, SECRET_BYTES) ? decodeURIComponent(given.slice(SECRET.length)) : undefined;
}
