import { concatBytes, hexToBytes, isTrellisError, LruMap, type TrellisError } from "@trellis/base";
import { createVoteKey, signedBytesOf, type VoteKey, type VoteSignatures } from "@trellis/chain";
import { blsSign, blsVerify, blsVerifyAggregate, keccak256Hex } from "@trellis/crypto";
import { createEvm } from "@trellis/evm";
import { createPowAlgorithm, type PowAlgorithm, verifyWork } from "@trellis/mining";
import {
  type Address,
  compactToTarget,
  type Hash,
  type Header,
  type NetworkParameters,
  recoverSender,
  sealHash,
  sealRoot,
  type Transaction,
} from "@trellis/protocol";
import { RandomStream } from "../world/RandomStream.ts";

const SENDERS_MAX = 50_000;

const senders = new LruMap<Hash, Address | TrellisError>(SENDERS_MAX);

export const sharedEvm = createEvm({ random: new RandomStream(0, "keys of hash tables") });

export function recoverOnce(transactions: readonly Transaction[]): (Address | TrellisError)[] {
  return transactions.map((transaction) => {
    const known = senders.get(transaction.hash);
    if (known !== undefined) return known;
    const sender = attempt(() => recoverSender(transaction));
    senders.set(transaction.hash, sender);
    return sender;
  });
}

function attempt<T>(action: () => T): T | TrellisError {
  try {
    return action();
  } catch (error) {
    if (isTrellisError(error)) return error;
    throw error;
  }
}

const SEALS_MAX = 1_000;

export class SealWork {
  readonly #algorithms: readonly PowAlgorithm[];
  readonly #verified = new LruMap<string, boolean>(SEALS_MAX);

  constructor({ streams }: NetworkParameters) {
    this.#algorithms = streams.map((stream) => createPowAlgorithm(stream));
  }

  verify(header: Header): boolean {
    const { shard, seal, stream, bits } = header;
    // The root does not cover the nonce.
    const root = sealRoot(shard, sealHash(header), seal.branch);
    const key = `${root} ${seal.nonce}`;
    const known = this.#verified.get(key);
    if (known !== undefined) return known;
    const isGood = verifyWork(this.#algorithms[stream]!, hexToBytes(root), seal.nonce, compactToTarget(bits));
    this.#verified.set(key, isGood);
    return isGood;
  }

  search(header: Header, from = 0n, isGood = true): bigint {
    const root = hexToBytes(sealRoot(header.shard, sealHash(header), header.seal.branch));
    return this.searchRoot(header.stream, root, compactToTarget(header.bits), from, isGood);
  }

  searchRoot(stream: number, root: Uint8Array, target: bigint, from: bigint, isGood = true): bigint {
    let nonce = from;
    while (verifyWork(this.#algorithms[stream]!, root, nonce, target) !== isGood) nonce++;
    return nonce;
  }
}

const VOTES_MAX = 20_000;

const verifiedVotes = new LruMap<string, boolean>(VOTES_MAX);

export const sharedVoteSignatures: VoteSignatures = {
  verify: (message, signature, key) =>
    verifyVoteOnce(message, signature, [key], () => blsVerify(message, signature, key)),
  verifyAggregate: (message, signature, keys) =>
    verifyVoteOnce(message, signature, keys, () => blsVerifyAggregate(message, signature, keys)),
  verifyEach: async (message, signed) =>
    signed.every(({ signature, publicKey }) => sharedVoteSignatures.verify(message, signature, publicKey)),
};

/** Its signatures are valid, so that only others cost a pairing. */
export function sharedVoteKey(secret: Uint8Array): VoteKey {
  const { publicKey } = createVoteKey(secret);
  return {
    publicKey,
    sign(request) {
      const message = signedBytesOf(request);
      const signature = blsSign(message, secret);
      verifiedVotes.set(nameOf(message, signature, [publicKey]), true);
      return signature;
    },
  };
}

function verifyVoteOnce(
  message: Uint8Array,
  signature: Uint8Array,
  keys: readonly Uint8Array[],
  verify: () => boolean,
): boolean {
  const name = nameOf(message, signature, keys);
  const known = verifiedVotes.get(name);
  if (known !== undefined) return known;
  const isGood = verify();
  verifiedVotes.set(name, isGood);
  return isGood;
}

function nameOf(message: Uint8Array, signature: Uint8Array, keys: readonly Uint8Array[]): Hash {
  return keccak256Hex(concatBytes(message, signature, ...keys));
}
