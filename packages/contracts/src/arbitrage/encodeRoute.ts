import { bigintToBytes, bytesToHex, concatBytes, type Hex, hexToBytes, isHex } from "@trellis/base";
import { encodeCall } from "../storage/encodeAbi.ts";
import { arbitrageContractErrors } from "./errors.ts";
import { HOP_KINDS, LENDERS, type Route, type RouteHop, type RouteLender } from "./Route.ts";

/** In encoding order; hops are last. [ARB-2] */
export const ROUTE_BYTES = {
  anchorNumber: 5,
  window: 1,
  anchorHash: 32,
  deadline: 5,
  profitMin: 16,
  amountIn: 16,
  start: 1,
  startAmount: 16,
  hop: 44,
} as const;

/** Limits calldata. Profitable cycles are shorter. */
export const HOPS_MAX = 16;
const NO_HASH: Hex = `0x${"00".repeat(32)}`;
const MILLION = 1_000_000;
const COINS_MAX = 8;

/** @throws TRADE_ROUTE_INVALID */
export function encodeRoute(route: Route): Hex {
  routeInIsolation(route);
  const { anchor, windowBlocks, deadlineSeconds, profitMin, amountIn, hops, lender } = route;
  const place = lender?.place ?? 0;
  return bytesToHex(
    concatBytes(
      bigintToBytes(BigInt(anchor.number), ROUTE_BYTES.anchorNumber),
      Uint8Array.of(windowBlocks),
      hexToBytes(anchor.hash ?? NO_HASH),
      bigintToBytes(BigInt(deadlineSeconds), ROUTE_BYTES.deadline),
      bigintToBytes(profitMin, ROUTE_BYTES.profitMin),
      bigintToBytes(lender?.amountIn ?? amountIn, ROUTE_BYTES.amountIn),
      Uint8Array.of(lender === undefined ? 0 : hops.length - place),
      bigintToBytes(lender === undefined ? 0n : amountIn, ROUTE_BYTES.startAmount),
      ...[...hops.slice(place), ...hops.slice(0, place)].map(encodeHop),
    ),
  );
}

/** @throws TRADE_ROUTE_INVALID */
export function encodeExecute(route: Route): Hex {
  return bytesToHex(encodeCall("execute(bytes)", [hexToBytes(encodeRoute(route))]));
}

function encodeHop({ kind, pool, tokenIn, zeroForOne, feePpm, coins }: RouteHop): Uint8Array {
  const flags = HOP_KINDS.indexOf(kind) * 2 + Number(zeroForOne);
  const detail = coins === undefined ? feePpm : coins[0] * 256 + coins[1];
  return concatBytes(
    Uint8Array.of(flags),
    hexToBytes(pool),
    hexToBytes(tokenIn),
    bigintToBytes(BigInt(detail), 3),
  );
}

/** @throws TRADE_ROUTE_INVALID */
export function routeInIsolation(route: Route): void {
  const { anchor, windowBlocks, deadlineSeconds, profitMin, amountIn, hops, lender } = route;
  assertInteger("anchor.number", anchor.number, 0, 2 ** 40 - 1);
  if (anchor.hash !== undefined && (!isHex(anchor.hash, 32) || BigInt(anchor.hash) === 0n))
    throw invalid("anchor.hash", anchor.hash);
  assertInteger("windowBlocks", windowBlocks, 1, 255);
  assertInteger("deadlineSeconds", deadlineSeconds, 0, 2 ** 40 - 1);
  if (profitMin < 0n || profitMin >= 1n << 128n) throw invalid("profitMin", profitMin);
  assertAmount("amountIn", amountIn);
  assertInteger("hops.length", hops.length, 2, HOPS_MAX);
  for (const [place, hop] of hops.entries()) hopInIsolation(hop, place);
  lenderInIsolation(lender, hops);
}

function lenderInIsolation(lender: RouteLender | undefined, hops: readonly RouteHop[]): void {
  if (lender !== undefined) {
    assertInteger("lender.place", lender.place, 1, hops.length - 1);
    assertAmount("lender.amountIn", lender.amountIn);
    if (isLoan(hops[0]?.kind)) throw invalid("lender.place", lender.place);
  }
  const kind = hops[lender?.place ?? 0]?.kind;
  if (kind === undefined || !LENDERS.has(kind)) throw invalid("lender", kind ?? "");
}

function hopInIsolation({ kind, pool, tokenIn, zeroForOne, feePpm, coins }: RouteHop, place: number): void {
  const at = (field: string) => `hops.${place}.${field}`;
  const number = HOP_KINDS.indexOf(kind);
  if (number < 0 || (isLoan(kind) && place > 0)) throw invalid(at("kind"), kind);
  if (!isHex(pool, 20)) throw invalid(at("pool"), pool);
  if (!isHex(tokenIn, 20)) throw invalid(at("tokenIn"), tokenIn);
  assertInteger(at("feePpm"), feePpm, 0, kind === "swapV2" || kind === "loanV2" ? MILLION - 1 : 0);
  const hasTwoTokens = kind !== "swapCurve" && kind !== "swapBalancer";
  if (zeroForOne && !hasTwoTokens) throw invalid(at("zeroForOne"), 1);
  if ((coins !== undefined) !== (kind === "swapCurve")) throw invalid(at("coins"), String(coins));
  for (const coin of coins ?? []) assertInteger(at("coins"), coin, 0, COINS_MAX - 1);
}

function isLoan(kind: RouteHop["kind"] | undefined): boolean {
  return kind === "loanV2" || kind === "loanV3";
}

function assertAmount(field: string, amount: bigint): void {
  if (amount <= 0n || amount >= 1n << 128n) throw invalid(field, amount);
}

function assertInteger(field: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) throw invalid(field, value);
}

function invalid(field: string, got: string | number | bigint) {
  return arbitrageContractErrors.TRADE_ROUTE_INVALID({ field, got });
}
