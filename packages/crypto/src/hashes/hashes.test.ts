import { blake3 as nobleBlake3 } from "@noble/hashes/blake3.js";
import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";
import { keccak_256 as nobleKeccak256 } from "@noble/hashes/sha3.js";
import { bytesToHex } from "@trellis/base";
import { describe, expect, it } from "vitest";
import { blake3 } from "./blake3.ts";
import { keccak256, keccak256Hex } from "./keccak256.ts";
import { sha256 } from "./sha256.ts";

const ascii = (text: string) => new TextEncoder().encode(text);

/** From the yellow paper, the Keccak submission, FIPS 180-4 and BLAKE3's test_vectors.json. */
const KNOWN_ANSWERS = [
  [keccak256, "", "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"],
  [keccak256, "abc", "0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"],
  [sha256, "", "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  [sha256, "abc", "0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  [blake3, "", "0xaf1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"],
] as const;

describe("hashes", () => {
  it.each(KNOWN_ANSWERS)("%o of %j matches the published value", (hash, text, expected) => {
    expect(bytesToHex(hash(ascii(text)))).toBe(expected);
  });

  it.each([
    ["keccak256", keccak256, nobleKeccak256],
    ["sha256", sha256, nobleSha256],
    ["blake3", blake3, nobleBlake3],
  ] as const)(
    "%s agrees with a second implementation at every size, on both sides of the switch",
    (_, ours, theirs) => {
      const input = Uint8Array.from({ length: 1500 }, (_, index) => index * 7);
      for (let size = 0; size <= input.length; size += size < 260 ? 1 : 13) {
        const bytes = input.subarray(0, size);
        expect(bytesToHex(ours(bytes)), `size ${size}`).toBe(bytesToHex(theirs(bytes)));
      }
    },
  );

  it("returns byte arrays that later hashes do not change", () => {
    for (const hash of [keccak256, sha256, blake3]) {
      for (const size of [4, 5000]) {
        const first = hash(new Uint8Array(size));
        const copy = first.slice();
        hash(new Uint8Array(size).fill(1));
        expect(first.constructor).toBe(Uint8Array);
        expect(first).toEqual(copy);
      }
    }
  });

  it("keccak256Hex is keccak256 in hexadecimal", () => {
    expect(keccak256Hex(ascii("abc"))).toBe(bytesToHex(keccak256(ascii("abc"))));
  });
});
