import { createHash } from "node:crypto";
import { bigintToBytes, concatBytes, hexToBytes } from "@trellis/base";
import {
  blsProvePossession,
  blsPublicKey,
  blsSecretFromSeed,
  type MlDsa,
  mlDsa44,
  mlDsa65,
  sign,
} from "@trellis/crypto";
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

const KEY = new Uint8Array(32).fill(7);
const MESSAGE = new Uint8Array(32).fill(9);
const OWNER = new Uint8Array(20).fill(1);

/** Points of alt_bn128 whose coordinates have no small parts, so that an inversion takes its full time. */
function pointBn254(scalar: bigint): Uint8Array {
  return PRECOMPILES.get(0x07)!(concatBytes(G1_BN254, word(scalar)), GAS_MAX)!.output;
}

/** Verification stops early for what is malformed, so the signature is one. */
function mlDsaInput(scheme: MlDsa): Uint8Array {
  return concatBytes(MESSAGE, scheme.sign(MESSAGE, KEY), scheme.publicKeyFromSeed(KEY));
}

function recoveryInput(): Uint8Array {
  const { r, s, yParity } = sign(MESSAGE, KEY);
  return concatBytes(MESSAGE, word(27n + BigInt(yParity)), word(r), word(s));
}

function possessionInput(): Uint8Array {
  const secret = blsSecretFromSeed(KEY);
  return concatBytes(blsPublicKey(secret), blsProvePossession(secret, OWNER), OWNER);
}

/** The base is no multiple of the modulus. */
function modexpInput(base: number, exponent: number, modulus: number): Uint8Array {
  const odd = new Uint8Array(base).fill(0xfd);
  return concatBytes(numbers(base, exponent, modulus), odd, ones(exponent), ones(modulus));
}

/** A statement that is wrong, which only the pairing tells. */
function pointEvaluationInput(): Uint8Array {
  const versionedHash = createHash("sha256").update(G1_BLS).digest();
  versionedHash[0] = 1;
  return concatBytes(versionedHash, word(2n), word(3n), G1_BLS, G1_BLS);
}

/** Gas is given where the precompile fails and takes all. */
const inputs = (): readonly { name: string; id: number; input: Uint8Array; gas?: number }[] => {
  const [p, q] = [pointBn254(3n ** 150n), pointBn254(5n ** 100n)];
  const pair = concatBytes(p, G2_BN254);
  return [
    { name: "ecrecover", id: 0x01, input: recoveryInput() },
    { name: "SHA-256 of nothing", id: 0x02, input: new Uint8Array(0) },
    { name: "SHA-256 of 159 bytes", id: 0x02, input: new Uint8Array(159) },
    { name: "RIPEMD-160 of nothing", id: 0x03, input: new Uint8Array(0) },
    // Numbers of 32 bytes and less are the core's and not called here.
    { name: "modexp of 33 bytes", id: 0x05, input: modexpInput(33, 8, 33) },
    { name: "modexp of 40 bytes by 1", id: 0x05, input: modexpInput(40, 1, 40) },
    { name: "modexp of 192 bytes by 1", id: 0x05, input: modexpInput(192, 1, 192) },
    { name: "modexp of 256 bytes", id: 0x05, input: modexpInput(256, 256, 256) },
    { name: "alt_bn128 addition", id: 0x06, input: concatBytes(p, q) },
    { name: "alt_bn128 doubling", id: 0x06, input: concatBytes(p, p) },
    { name: "alt_bn128 multiplication", id: 0x07, input: concatBytes(p, ones(32)) },
    { name: "alt_bn128 pairing of 1", id: 0x08, input: pair },
    { name: "alt_bn128 pairing of 2", id: 0x08, input: concatBytes(pair, pair) },
    { name: "alt_bn128 pairing of 10", id: 0x08, input: concatBytes(...Array<Uint8Array>(10).fill(pair)) },
    { name: "point evaluation", id: 0x0a, input: pointEvaluationInput(), gas: 150_000 },
    { name: "ML-DSA-44", id: 0x12, input: mlDsaInput(mlDsa44) },
    { name: "ML-DSA-65", id: 0x12, input: mlDsaInput(mlDsa65) },
    { name: "proof of possession", id: 0x13, input: possessionInput() },
  ];
};

const GAS_MAX = 1e9;

/** @param sampleMs time on the processor for each */
export function measurePrecompiles(sampleMs: number): PrecompileRow[] {
  return inputs().map(({ name, id, input, gas }) => {
    const run = PRECOMPILES.get(id)!;
    const price = gas ?? run(input, GAS_MAX)!.gasUsed;
    // Optimised code comes after some time in the baseline compiler's.
    measure(() => run(input, GAS_MAX), sampleMs / 4);
    return { name, gas: price, mgasPerSecond: price * measure(() => run(input, GAS_MAX), sampleMs) };
  });
}

/** Calls a microsecond. */
function measure(call: () => unknown, sampleMs: number): number {
  const before = process.cpuUsage();
  let count = 0;
  let usedUs = 0;
  while (usedUs < sampleMs * 1_000) {
    for (let i = 0; i < CALLS_PER_LOOK; i++) call();
    count += CALLS_PER_LOOK;
    const { user, system } = process.cpuUsage(before);
    usedUs = user + system;
  }
  return count / usedUs;
}

/** Asking for the time costs as much as the cheapest precompiles. */
const CALLS_PER_LOOK = 8;
