import { bytesToBigint, hexToBytes } from "@trellis/base";
import { NO_OUTPUT, type Precompile } from "./Precompile.ts";
import { CurveModule } from "./pairingModule.ts";
import { createSplit } from "./splitScalar.ts";

/** EIP-1108. */
const ADD_GAS = 150;
const MUL_GAS = 6000;
const PAIRING_GAS = 45_000;
const PAIR_GAS = 34_000;
const PAIR_SIZE = 192;
const POINT_SIZE = 64;
const SCALAR_SIZE = 32;

const ORDER = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n;
/** Cube roots of one: β modulo the prime, λ modulo the order. */
const BETA = hexToBytes("0x30644e72e131a0295e6dd9e7e0acccb0c28f069fbb966e3de4bd44e5607cfd48");
const LAMBDA = 0x30644e72e131a029048b6e193fd84104cc37a73fec2bc5e9b8ca0b2d36636f23n;
const writeHalvesOf = createSplit(ORDER, LAMBDA);

/** EIP-196 and EIP-197. */
interface Bn254 {
  readonly add: Precompile;
  readonly multiply: Precompile;
  readonly checkPairing: Precompile;
}

export function createBn254(build?: "portable"): Bn254 {
  let loaded: CurveModule | undefined;
  const curveOf = (): CurveModule => {
    loaded ??= configure(new CurveModule(build));
    return loaded;
  };
  return {
    add: (input, gas) => {
      if (gas < ADD_GAS) return { gasUsed: ADD_GAS, output: NO_OUTPUT };
      const curve = curveOf();
      curve.writeInput(input, 2 * POINT_SIZE);
      return curve.exports.addition() < 0 ? undefined : { gasUsed: ADD_GAS, output: curve.output() };
    },
    multiply: (input, gas) => {
      if (gas < MUL_GAS) return { gasUsed: MUL_GAS, output: NO_OUTPUT };
      const curve = curveOf();
      curve.writeInput(input, POINT_SIZE + SCALAR_SIZE);
      const view = curve.inputView();
      writeHalvesOf(readScalar(view, POINT_SIZE), view, POINT_SIZE);
      return curve.exports.multiplication() < 0 ? undefined : { gasUsed: MUL_GAS, output: curve.output() };
    },
    checkPairing: (input, gas) => {
      if (input.length % PAIR_SIZE !== 0) return undefined;
      const count = input.length / PAIR_SIZE;
      const gasUsed = PAIRING_GAS + PAIR_GAS * count;
      if (gas < gasUsed) return { gasUsed, output: NO_OUTPUT };
      const curve = curveOf();
      const verdict = curve.writePairs(input, count) ? curve.exports.checkPairing(count) : -1;
      if (verdict < 0) return undefined;
      const output = new Uint8Array(32);
      output[31] = verdict;
      return { gasUsed, output };
    },
  };
}

export const { add: bn254Add, multiply: bn254Mul, checkPairing: bn254Pairing } = createBn254();

function configure(curve: CurveModule): CurveModule {
  curve.writeInput(BETA, BETA.length);
  curve.exports.configureBn();
  return curve;
}

function readScalar(view: DataView, at: number): bigint {
  return bytesToBigint(new Uint8Array(view.buffer, view.byteOffset + at, SCALAR_SIZE)) % ORDER;
}
