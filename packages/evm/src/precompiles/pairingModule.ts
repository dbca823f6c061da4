import { coreModule } from "../engine/systemCore.ts";

/** The exports of core/pairing: 1 yes, 0 no, −1 not a point. */
interface PairingExports {
  readonly memory: WebAssembly.Memory;
  configureBn(): void;
  configureBls(): void;
  inputAt(): number;
  outputAt(): number;
  /** 0 when there is no such memory. */
  reserve(inputBytes: number, pairs: number): number;
  add(): number;
  multiply(): number;
  checkPairing(count: number): number;
  verifyProof(): number;
}

export type Curve = "bn254" | "bls12-381";

const instances = new Map<Curve, PairingExports>();

/** The elliptic curves in WebAssembly; each keeps its constants, so each has an instance. @throws ENGINE_NOT_BUILT */
function pairingOf(curve: Curve): PairingExports {
  const known = instances.get(curve);
  if (known !== undefined) return known;
  const instance = new WebAssembly.Instance(coreModule("pairing"), {});
  const pairing = instance.exports as unknown as PairingExports;
  if (curve === "bn254") pairing.configureBn();
  else pairing.configureBls();
  instances.set(curve, pairing);
  return pairing;
}

/** Runs one of its functions on `input`; undefined when a point is none, or when there are too many. */
export function runPairing(
  curve: Curve,
  input: Uint8Array,
  pairs: number,
  run: (pairing: PairingExports) => number,
): boolean | undefined {
  const pairing = pairingOf(curve);
  if (pairing.reserve(input.length, pairs) === 0) return undefined;
  new Uint8Array(pairing.memory.buffer).set(input, pairing.inputAt());
  const verdict = run(pairing);
  return verdict < 0 ? undefined : verdict === 1;
}

export function readPairingOutput(curve: Curve, length: number): Uint8Array {
  const pairing = pairingOf(curve);
  const at = pairing.outputAt();
  return new Uint8Array(pairing.memory.buffer.slice(at, at + length));
}
