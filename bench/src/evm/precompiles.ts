import { createHash } from "node:crypto";
import { bigintToBytes, concatBytes, hexToBytes } from "@trellis/base";
import { PRECOMPILES } from "@trellis/evm";

/** A precompile on an input on which it does most for its price. */
export interface PrecompileRow {
  readonly name: string;
  readonly gas: number;
  /** Of time on the processor, so that a busy machine says the same. */
  readonly mgasPerSecond: number;
}

const word = (value: bigint): Uint8Array => bigintToBytes(value, 32);
const ones = (length: number): Uint8Array => new Uint8Array(length).fill(0xff);
const numbers = (...lengths: readonly number[]): Uint8Array =>
  concatBytes(...lengths.map((length) => word(BigInt(length))));

const G1_BN254 = concatBytes(word(1n), word(2n));
/** EIP-197. */
const G2_BN254 = hexToBytes(
  "0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c21800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa",
);
const G1_BLS = hexToBytes(
  "0x97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb",
);

/** A statement that is wrong, which only the pairing tells. */
function pointEvaluationInput(): Uint8Array {
  const versionedHash = createHash("sha256").update(G1_BLS).digest();
  versionedHash[0] = 1;
  return concatBytes(versionedHash, word(2n), word(3n), G1_BLS, G1_BLS);
}

/** Gas is given where the precompile fails and takes all. */
const INPUTS: readonly { name: string; id: number; input: Uint8Array; gas?: number }[] = [
  { name: "ecrecover", id: 0x01, input: concatBytes(word(7n), word(27n), new Uint8Array(64).fill(0x22)) },
  {
    name: "modexp of 33 bytes",
    id: 0x05,
    input: concatBytes(numbers(33, 8, 33), ones(33), ones(8), ones(33)),
  },
  { name: "alt_bn128 addition", id: 0x06, input: concatBytes(G1_BN254, G1_BN254) },
  { name: "alt_bn128 multiplication", id: 0x07, input: concatBytes(G1_BN254, ones(32)) },
  {
    name: "alt_bn128 pairing of 2",
    id: 0x08,
    input: concatBytes(G1_BN254, G2_BN254, G1_BN254, G2_BN254),
  },
  { name: "point evaluation", id: 0x0a, input: pointEvaluationInput(), gas: 50_000 },
  { name: "ML-DSA-44", id: 0x12, input: new Uint8Array(32 + 2_420 + 1_312).fill(7) },
];

const GAS_MAX = 1e9;

/** @param sampleMs time on the processor for each */
export function measurePrecompiles(sampleMs: number): PrecompileRow[] {
  return INPUTS.map(({ name, id, input, gas }) => {
    const run = PRECOMPILES.get(id)!;
    const price = gas ?? run(input, GAS_MAX)!.gasUsed;
    const before = process.cpuUsage();
    let count = 0;
    let usedUs = 0;
    while (usedUs < sampleMs * 1_000) {
      run(input, GAS_MAX);
      count++;
      const { user, system } = process.cpuUsage(before);
      usedUs = user + system;
    }
    return { name, gas: price, mgasPerSecond: (price * count) / usedUs };
  });
}
