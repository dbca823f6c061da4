import { type Hex, hexToBytes } from "@trellis/base";

export function code(...pieces: readonly string[]): Hex {
  return `0x${pieces.join("")}`;
}

export function push(value: number | bigint): string {
  const wide = BigInt(value);
  if (wide === 0n) return "5f";
  const digits = wide.toString(16);
  const bytes = digits.length % 2 === 0 ? digits : `0${digits}`;
  return (0x5f + bytes.length / 2).toString(16) + bytes;
}

export function loop(body: string, before = ""): Hex {
  const start = before.length / 2;
  // JUMPDEST, body, JUMPI to the start while GAS > 100,000, STOP
  return code(before, "5b", body, "62", "0186a0", "5a", "11", push2(start), "57", "00");
}

export function deploying(runtime: Hex): Hex {
  const length = hexToBytes(runtime).length;
  return code(push2(length), "80", "600a", "5f", "39", "5f", "f3", runtime.slice(2));
}

/** 24,576 bytes: jump destinations, then the contract's own address. */
export function deployingJumpdests(): Hex {
  const word = `7f${"5b".repeat(32)}5f52`;
  const copies = [5, 6, 7, 8, 9, 10, 11, 12, 13].map((bits) => {
    const size = push(2 ** bits);
    // MCOPY(to size, from 0, size)
    return `${size}5f${size}5e`;
  });
  const rest = `${push(8_192)}5f${push(16_384)}5e`;
  return code(word, ...copies, rest, "30", push2(24_544), "52", push2(24_576), "5f", "f3");
}

function push2(value: number): string {
  return `61${value.toString(16).padStart(4, "0")}`;
}
