import { concatBytes, hexToBytes } from "@trellis/base";
import type { Address } from "@trellis/protocol";

/** Calldata offsets of the amounts to pay, for Uniswap v3's callback. */
export const CALLBACK_V3 = { amount0: 4, amount1: 36 };
/** `uniswapV2Call(sender, amount0, amount1, data)`, with the amounts to pay as two words in `data`. */
export const CALLBACK_V2 = { amount0: 164, amount1: 196 };

/** Pays its caller each positive amount. Unlike a router, returns the pool's errors. */
export function payerCode(
  tokens: readonly [Address, Address],
  { amount0, amount1 }: { readonly amount0: number; readonly amount1: number },
): Uint8Array {
  const first = payment(tokens[0], amount0, 0);
  return concatBytes(first, payment(tokens[1], amount1, first.length));
}

const TRANSFER = "a9059cbb";

function payment(token: Address, amountAt: number, codeAt: number): Uint8Array {
  const isOwed = `60${byteOf(amountAt)}3580600012`; // CALLDATALOAD, DUP1; 0 < amount
  const transfer = [
    `7f${TRANSFER.padEnd(64, "0")}600052`, // MSTORE(0, selector)
    "33600452", // MSTORE(4, CALLER)
    "80602452", // MSTORE(36, amount)
    `6000600060446000600073${token.slice(2)}5af150`, // POP(CALL(GAS, token, 0, 0, 68, 0, 0))
  ].join("");
  const jump = 5;
  const end = codeAt + (isOwed.length + transfer.length) / 2 + jump;
  // ISZERO, PUSH2 end, JUMPI … JUMPDEST, POP
  return hexToBytes(`0x${isOwed}1561${end.toString(16).padStart(4, "0")}57${transfer}5b50`);
}

function byteOf(value: number): string {
  return value.toString(16).padStart(2, "0");
}
