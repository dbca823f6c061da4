import { concatBytes } from "@trellis/base";
import { mlDsa44, mlDsa65 } from "@trellis/crypto";
import { trellisPrecompiles } from "@trellis/evm";
import { FORKS } from "@trellis/protocol";
import {
  BLS_G1,
  type BlsGroup,
  blsAddition,
  blsMap,
  blsPairing,
  blsProducts,
  bn254Multiple,
  mlDsaInput,
  modexpInput,
  PRECOMPILE_GAS_MAX,
  p256Input,
  pairingInput,
  pointEvaluationInput,
  possessionInput,
  recoveryInput,
  word,
} from "../precompileInput.ts";

interface PrecompileRow {
  readonly name: string;
  readonly gas: number;
  readonly mgasPerSecond: number;
}

const KEY = new Uint8Array(32).fill(7);
const MESSAGE = new Uint8Array(32).fill(9);
const OWNER = new Uint8Array(20).fill(1);

const ones = (length: number): Uint8Array => new Uint8Array(length).fill(0xff);

function oddModexp(base: number, exponent: number, modulus: number): Uint8Array {
  return modexpInput(new Uint8Array(base).fill(0xfd), ones(exponent), ones(modulus));
}

const row = (name: string, { id, bytes }: ReturnType<typeof blsMap>) => ({ name, id, input: bytes });

/** The discount of EIP-2537 ends at 128 products. */
const bls12381 = (group: BlsGroup) => [
  row(`BLS12-381 ${group} addition`, blsAddition(group, 1)),
  ...[1, 2, 6, 7, 16, 128].map((count) =>
    row(`BLS12-381 ${group} products, ${count}`, blsProducts(group, 1, count)),
  ),
  row(`BLS12-381 map to ${group}`, blsMap(group, 1)),
];

const inputs = (): readonly { name: string; id: number; input: Uint8Array; gas?: number }[] => {
  // Inversions of small coordinates are faster.
  const [p, q] = [bn254Multiple(word(3n ** 150n)), bn254Multiple(word(5n ** 100n))];
  return [
    { name: "ecrecover", id: 0x01, input: recoveryInput(MESSAGE, KEY) },
    { name: "SHA-256 of nothing", id: 0x02, input: new Uint8Array(0) },
    { name: "SHA-256 of 159 bytes", id: 0x02, input: new Uint8Array(159) },
    { name: "RIPEMD-160 of nothing", id: 0x03, input: new Uint8Array(0) },
    // The EVM core computes smaller numbers itself.
    { name: "modexp of 33 bytes", id: 0x05, input: oddModexp(33, 8, 33) },
    { name: "modexp of 40 bytes by 1", id: 0x05, input: oddModexp(40, 1, 40) },
    { name: "modexp of 192 bytes by 1", id: 0x05, input: oddModexp(192, 1, 192) },
    { name: "modexp of 256 bytes", id: 0x05, input: oddModexp(256, 256, 256) },
    { name: "alt_bn128 addition", id: 0x06, input: concatBytes(p, q) },
    { name: "alt_bn128 doubling", id: 0x06, input: concatBytes(p, p) },
    { name: "alt_bn128 multiplication", id: 0x07, input: concatBytes(p, ones(32)) },
    { name: "alt_bn128 pairing of 1", id: 0x08, input: pairingInput([p]) },
    { name: "alt_bn128 pairing of 2", id: 0x08, input: pairingInput([p, p]) },
    { name: "alt_bn128 pairing of 10", id: 0x08, input: pairingInput(Array<Uint8Array>(10).fill(p)) },
    // Only the pairing detects that the value is wrong.
    { name: "point evaluation", id: 0x0a, input: pointEvaluationInput(2n, 3n, BLS_G1), gas: 150_000 },
    ...(["G1", "G2"] as const).flatMap(bls12381),
    ...[1, 2, 8].map((count) => row(`BLS12-381 pairing of ${count}`, blsPairing(1, count))),
    row("P-256", p256Input(MESSAGE, KEY)),
    { name: "ML-DSA-44", id: 0x12, input: mlDsaInput(mlDsa44, MESSAGE, KEY) },
    { name: "ML-DSA-65", id: 0x12, input: mlDsaInput(mlDsa65, MESSAGE, KEY) },
    { name: "proof of possession", id: 0x13, input: possessionInput(KEY, OWNER) },
  ];
};

export function measurePrecompiles(sampleMs: number): PrecompileRow[] {
  const precompiles = trellisPrecompiles(FORKS.osaka);
  return inputs().map(({ name, id, input, gas }) => {
    const run = precompiles.get(id)!;
    const price = gas ?? run(input, PRECOMPILE_GAS_MAX)!.gasUsed;
    measure(() => run(input, PRECOMPILE_GAS_MAX), sampleMs / 4);
    return {
      name,
      gas: price,
      mgasPerSecond: price * measure(() => run(input, PRECOMPILE_GAS_MAX), sampleMs),
    };
  });
}

/** Returns calls per µs. */
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

/** A clock read costs as much as the cheapest precompiles. */
const CALLS_PER_LOOK = 8;
