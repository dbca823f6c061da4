import type { Hex } from "viem";
import type { Parsed } from "../../format/parse.ts";

const HASHES_MAX = 10;

export function transferHashes(text: string): Parsed<readonly Hex[]> {
  const words = text.split(/[\s,]+/).filter((word) => word !== "");
  const hashes = [...new Set(words.map((word) => word.toLowerCase()))];
  const bad = words.find((word) => !/^0x[0-9a-f]{64}$/i.test(word));
  if (hashes.length === 0) return { wrong: "Enter at least one hash." };
  if (bad !== undefined) {
    return { wrong: `${bad} is not a transaction hash. Expected 0x and 64 hexadecimal digits.` };
  }
  if (hashes.length > HASHES_MAX) return { wrong: `At most ${HASHES_MAX} at once.` };
  return { value: hashes as Hex[] };
}
