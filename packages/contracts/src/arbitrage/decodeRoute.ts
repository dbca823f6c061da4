import { bytesToBigint, bytesToHex, type Hex, hexToBytes, isHex } from "@trellis/base";
import { ROUTE_BYTES, routeInIsolation } from "./encodeRoute.ts";
import { arbitrageContractErrors } from "./errors.ts";
import { HOP_KINDS, type Route, type RouteHop } from "./Route.ts";

const HEAD_BYTES = Object.values(ROUTE_BYTES).reduce((sum, bytes) => sum + bytes, -ROUTE_BYTES.hop);

/** Reads what `encodeRoute` writes: so that whoever signs can see what it is. @throws TRADE_ROUTE_INVALID */
export function decodeRoute(encoded: Hex): Route {
  if (!isHex(encoded)) throw arbitrageContractErrors.TRADE_ROUTE_INVALID({ field: "encoding" });
  const bytes = hexToBytes(encoded);
  if (bytes.length < HEAD_BYTES || (bytes.length - HEAD_BYTES) % ROUTE_BYTES.hop !== 0)
    throw arbitrageContractErrors.TRADE_ROUTE_INVALID({ field: "length", got: bytes.length });
  const take = taker(bytes);
  const number = Number(bytesToBigint(take(ROUTE_BYTES.anchorNumber)));
  const windowBlocks = Number(bytesToBigint(take(ROUTE_BYTES.window)));
  const hash = take(ROUTE_BYTES.anchorHash);
  const route: Route = {
    anchor: { number, hash: hash.every((byte) => byte === 0) ? undefined : bytesToHex(hash) },
    windowBlocks,
    deadlineSeconds: Number(bytesToBigint(take(ROUTE_BYTES.deadline))),
    profitMin: bytesToBigint(take(ROUTE_BYTES.profitMin)),
    amountIn: bytesToBigint(take(ROUTE_BYTES.amountIn)),
    hops: Array.from({ length: (bytes.length - HEAD_BYTES) / ROUTE_BYTES.hop }, () => takeHop(take)),
  };
  routeInIsolation(route);
  return route;
}

function takeHop(take: (count: number) => Uint8Array): RouteHop {
  const flags = take(1)[0] ?? 0;
  const kind = HOP_KINDS[flags >> 1];
  if (kind === undefined)
    throw arbitrageContractErrors.TRADE_ROUTE_INVALID({ field: "kind", got: flags >> 1 });
  return {
    kind,
    zeroForOne: (flags & 1) === 1,
    pool: bytesToHex(take(20)),
    tokenIn: bytesToHex(take(20)),
    feePpm: Number(bytesToBigint(take(3))),
  };
}

function taker(bytes: Uint8Array): (count: number) => Uint8Array {
  let offset = 0;
  return (count) => {
    offset += count;
    return bytes.subarray(offset - count, offset);
  };
}
