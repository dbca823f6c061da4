import { bls12_381 } from "@noble/curves/bls12-381.js";
import { concatBytes, type Hex, hexToBytes } from "@trellis/base";
import { toRlp } from "viem/utils";
import { lightErrors } from "./errors.ts";
import type { Certificate, Voters } from "./FinalityProof.ts";

const VOTE = new TextEncoder().encode("trellis: vote\0");
const PRECOMMIT = 1n;
const CIPHERSUITE = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";

interface VoteDomain {
  readonly chainId: bigint;
  readonly genesisHash: Hex;
}

/** [FINAL-4] @throws LIGHT_PROOF_INVALID */
export function verifyCertificate(domain: VoteDomain, voters: Voters, certificate: Certificate): void {
  const { height, step, epoch, bitmap } = certificate;
  const refuse = (reason: string) =>
    lightErrors.LIGHT_PROOF_INVALID({ what: "certificate", height, epoch, reason });
  if (step !== "precommit") throw refuse("step is not precommit");
  const { members } = voters;
  const bits = hexToBytes(bitmap);
  const isSigner = (index: number): boolean => ((bits[index >> 3] ?? 0) >> (index & 7)) % 2 === 1;
  const named = Array.from({ length: bits.length * 8 }, (_, index) => index).filter(isSigner);
  if (bits.length !== Math.ceil(members.length / 8) || (named.at(-1) ?? 0) >= members.length) {
    throw refuse("a signer is not in the validator set");
  }
  const signers = members.filter((_, index) => isSigner(index));
  const sum = (of: Voters["members"]) => of.reduce((power, member) => power + member.power, 0n);
  if (3n * sum(signers) <= 2n * sum(members)) throw refuse("its signers have too little stake");
  const keys = signers.map(({ publicKey }) => hexToBytes(publicKey));
  if (!isSignedBy(keys, signedBytes(domain, certificate), hexToBytes(certificate.signature))) {
    throw refuse("invalid signature");
  }
}

/** [FINAL-1] */
function signedBytes(
  { chainId, genesisHash }: VoteDomain,
  { epoch, height, round, value }: Certificate,
): Uint8Array {
  const numbers = [epoch, height, round].map((number) => numberToRlp(BigInt(number)));
  const fields = [numberToRlp(chainId), genesisHash, ...numbers, numberToRlp(PRECOMMIT), value];
  return concatBytes(VOTE, hexToBytes(toRlp(fields)));
}

function numberToRlp(value: bigint): Hex {
  const digits = value === 0n ? "" : value.toString(16);
  return `0x${digits.length % 2 === 0 ? digits : `0${digits}`}`;
}

/** Adding keys is safe: each has a proof of possession. */
function isSignedBy(keys: readonly Uint8Array[], message: Uint8Array, signature: Uint8Array): boolean {
  const { longSignatures, G1, G2 } = bls12_381;
  try {
    const point = G2.Point.fromBytes(signature);
    point.assertValidity();
    const sum = keys
      .map((key) => G1.Point.fromBytes(key))
      .reduce((total, key) => total.add(key), G1.Point.ZERO);
    return longSignatures.verify(point, longSignatures.hash(message, CIPHERSUITE), sum);
  } catch {
    return false;
  }
}
