import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import { isTrellisError, type TrellisError } from "@trellis/base";
import { authErrors } from "@trellis/platform";
import { nameForwardedIn, peerNameOf } from "@trellis/platform/tls";
import type { Awaitable } from "@trellis/protocol";
import type { Connection } from "./Connection.ts";
import type { RpcArrival, RpcCaller, RpcGuard } from "./RpcGuard.ts";

export function identifiedIn(
  connection: Connection,
  { headers, socket, method = "", url = "" }: IncomingMessage,
  guard: RpcGuard | undefined,
): Awaitable<RpcCaller> | undefined {
  if (guard === undefined) return undefined;
  const known = connection.callerOf(headers);
  if (known !== undefined) return known;
  const remember = (caller: RpcCaller): RpcCaller => {
    // A signature covers one request, not the connection.
    if (caller.verifyBody === undefined) connection.identified(caller, headers);
    return caller;
  };
  const scheme = socket instanceof TLSSocket ? "https" : "http";
  const request = { method, scheme, authority: headers.host?.toLowerCase() ?? "", target: url };
  const identified = guard.identify({ ...arrivalOf({ headers, socket }), request });
  return identified instanceof Promise ? identified.then(remember) : remember(identified);
}

export function arrivalOf({ headers, socket }: Pick<IncomingMessage, "headers" | "socket">): RpcArrival {
  return { peer: socket.remoteAddress, headers, peerName: peerNameOf(socket) ?? nameForwardedIn(headers) };
}

const STATUSES: Readonly<Record<string, number>> = {
  ADDRESS_REFUSED: 403,
  CONTENT_DIGEST_MISMATCH: 400,
  RATE_LIMITED: 429,
  IDENTITY_PROVIDER_UNREACHABLE: 503,
  OVERLOADED: 503,
};

interface RefusedCaller {
  readonly status: number;
  readonly headers: readonly string[];
  readonly known: TrellisError;
}

export function refusedCaller(error: unknown): RefusedCaller {
  const known = isTrellisError(error) ? error : authErrors.IDENTITY_PROVIDER_UNREACHABLE({}, error);
  const { code, facts } = known;
  const { retryAfterS } = facts;
  const status = (Object.hasOwn(STATUSES, code) ? STATUSES[code] : undefined) ?? 401;
  const wait = typeof retryAfterS === "number" ? ["Retry-After", `${retryAfterS}`] : [];
  const headers = status === 401 ? [...wait, "WWW-Authenticate", `Bearer error="${code}"`] : wait;
  return { status, headers, known };
}
