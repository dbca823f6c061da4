import { bytesToBigint, bytesToHex, type Hex, hexToBytes, isHex } from "@trellis/base";
import { ROUTE_BYTES, routeInIsolation } from "./encodeRoute.ts";
import { arbitrageContractErrors } from "./errors.ts";
import { HOP_KINDS, type Route, type RouteHop } from "./Route.ts";

const HEAD_BYTES = Object.values(ROUTE_BYTES).reduce((sum, bytes) => sum + bytes, -ROUTE_BYTES.hop);

/** @throws TRADE_ROUTE_INVALID */
export function decodeRoute(encoded: Hex): Route {
  if (!isHex(encoded)) throw arbitrageContractErrors.TRADE_ROUTE_INVALID({ field: "encoding" });
  const bytes = hexToBytes(encoded);
  if (bytes.length < HEAD_BYTES || (bytes.length - HEAD_BYTES) % ROUTE_BYTES.hop !== 0)
    throw arbitrageContractErrors.TRADE_ROUTE_INVALID({ field: "length", got: bytes.length });
  const take = taker(bytes);
  const number = Number(bytesToBigint(take(ROUTE_BYTES.anchorNumber)));
  const windowBlocks = Number(bytesToBigint(take(ROUTE_BYTES.window)));
  const hash = take(ROUTE_BYTES.anchorHash);
  const head = {
    anchor: { number, hash: hash.every((byte) => byte === 0) ? undefined : bytesToHex(hash) },
    windowBlocks,
    deadlineSeconds: Number(bytesToBigint(take(ROUTE_BYTES.deadline))),
    profitMin: bytesToBigint(take(ROUTE_BYTES.profitMin)),
  };
  const firstAmount = bytesToBigint(take(ROUTE_BYTES.amountIn));
  const start = Number(bytesToBigint(take(ROUTE_BYTES.start)));
  const startAmount = bytesToBigint(take(ROUTE_BYTES.startAmount));
  const run = Array.from({ length: (bytes.length - HEAD_BYTES) / ROUTE_BYTES.hop }, () => takeHop(take));
  if (start >= run.length || (start === 0 && startAmount !== 0n))
    throw arbitrageContractErrors.TRADE_ROUTE_INVALID({ field: "start", got: start });
  const hops = [...run.slice(start), ...run.slice(0, start)];
  const route: Route =
    start === 0
      ? { ...head, amountIn: firstAmount, hops }
      : {
          ...head,
          amountIn: startAmount,
          hops,
          lender: { place: run.length - start, amountIn: firstAmount },
        };
  routeInIsolation(route);
  return route;
}

function takeHop(take: (count: number) => Uint8Array): RouteHop {
  const flags = take(1)[0] ?? 0;
  const kind = HOP_KINDS[flags >> 1];
  if (kind === undefined)
    throw arbitrageContractErrors.TRADE_ROUTE_INVALID({ field: "kind", got: flags >> 1 });
  const hop = {
    kind,
    zeroForOne: (flags & 1) === 1,
    pool: bytesToHex(take(20)),
    tokenIn: bytesToHex(take(20)),
  };
  const detail = Number(bytesToBigint(take(3)));
  return kind === "swapCurve"
    ? { ...hop, feePpm: 0, coins: [detail >> 8, detail & 0xff] }
    : { ...hop, feePpm: detail };
}

function taker(bytes: Uint8Array): (count: number) => Uint8Array {
  let offset = 0;
  return (count) => {
    offset += count;
    return bytes.subarray(offset - count, offset);
  };
}
