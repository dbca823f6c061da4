import { bigintToBytes, concatBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";

type AbiValue =
  | bigint
  | Uint8Array
  | { readonly array: readonly AbiValue[] }
  | { readonly struct: readonly AbiValue[] };

export function encodeAbi(values: readonly AbiValue[]): Uint8Array {
  const tails = values.map(encodeValue);
  const headSize = values.reduce<number>(
    (size, value, index) => size + (isDynamic(value) ? 32 : tails[index]!.length),
    0,
  );
  const heads: Uint8Array[] = [];
  const behind: Uint8Array[] = [];
  let offset = headSize;
  for (const [index, value] of values.entries()) {
    const tail = tails[index]!;
    if (!isDynamic(value)) {
      heads.push(tail);
      continue;
    }
    heads.push(word(BigInt(offset)));
    behind.push(tail);
    offset += tail.length;
  }
  return concatBytes(...heads, ...behind);
}

export function encodeCall(signature: string, values: readonly AbiValue[]): Uint8Array {
  return concatBytes(keccak256(new TextEncoder().encode(signature)).subarray(0, 4), encodeAbi(values));
}

function encodeValue(value: AbiValue): Uint8Array {
  if (typeof value === "bigint") return word(value);
  if (value instanceof Uint8Array) {
    const padding = new Uint8Array((32 - (value.length % 32)) % 32);
    return concatBytes(word(BigInt(value.length)), value, padding);
  }
  if ("struct" in value) return encodeAbi(value.struct);
  return concatBytes(word(BigInt(value.array.length)), encodeAbi(value.array));
}

function isDynamic(value: AbiValue): boolean {
  if (typeof value === "bigint") return false;
  return value instanceof Uint8Array || "array" in value || value.struct.some(isDynamic);
}

function word(value: bigint): Uint8Array {
  return bigintToBytes(value, 32);
}
