import {
  bigintToBytes,
  bigintToMinimalBytes,
  bytesToBigint,
  bytesToHex,
  concatBytes,
  type Hex,
  hexToBytes,
} from "@trellis/base";
import { STAKING_ADDRESS } from "@trellis/contracts";
import { blsAggregate, blsPublicKey, blsSecretFromSeed, blsSign, keccak256 } from "@trellis/crypto";
import {
  createGenesis,
  EMPTY_CODE_HASH,
  encodeAccount,
  encodeHeader,
  encodeRlp,
  type Hash,
  type Header,
  headerHash,
  signersToBits,
  sim,
  type VoteDomain,
  voteSignedBytes,
  ZERO_HASH,
} from "@trellis/protocol";
import { Trie } from "@trellis/storage";
import type { Certificate, FinalityProof, TrustedFinality, VoterChange } from "../FinalityProof.ts";

export const DOMAIN: VoteDomain = { chainId: sim.chainId, genesisHash: ZERO_HASH };
export const BLOCK_MS = 1_000;
const NOBODY = { get: () => undefined };

export interface Staker {
  readonly key: number;
  readonly power: bigint;
}

const secrets = new Map<number, Uint8Array>();

export function secretOf(key: number): Uint8Array {
  const known = secrets.get(key);
  if (known !== undefined) return known;
  const seed = keccak256(new TextEncoder().encode(`staker ${key}`));
  secrets.set(key, blsSecretFromSeed(seed));
  return secretOf(key);
}

function storageOf(epoch: number, stakers: readonly Staker[]): Map<bigint, bigint> {
  const slots = new Map<bigint, bigint>([[0n, BigInt(epoch) | (7n << 96n)]]);
  const set = mapping(BigInt(epoch), 4n);
  slots.set(set, BigInt(stakers.length));
  const [first, firstKey] = [set, set + 3n].map((slot) =>
    bytesToBigint(keccak256(bigintToBytes(slot, 32))),
  ) as [bigint, bigint];
  stakers.forEach(({ key, power }, index) => {
    const address = BigInt(key + 1);
    slots.set(first + BigInt(index), (power << 160n) | address);
    const place = firstKey + 2n * BigInt(index);
    const publicKey = blsPublicKey(secretOf(key));
    slots.set(place, bytesToBigint(publicKey.subarray(0, 32)));
    slots.set(place + 1n, bytesToBigint(publicKey.subarray(32)));
  });
  return slots;
}

function mapping(key: bigint, slot: bigint): bigint {
  return bytesToBigint(keccak256(concatBytes(bigintToBytes(key, 32), bigintToBytes(slot, 32))));
}

interface State {
  readonly slots: ReadonlyMap<bigint, bigint>;
  readonly storage: Trie;
  readonly accounts: Trie;
}

function stateOf(epoch: number, stakers: readonly Staker[]): State {
  const slots = storageOf(epoch, stakers);
  const storage = Trie.empty(NOBODY, new Uint8Array(0)).with(
    [...slots]
      .filter(([, value]) => value !== 0n)
      .map(([slot, value]) => [keccak256(bigintToBytes(slot, 32)), encodeRlp(bigintToMinimalBytes(value))]),
  );
  const account = { nonce: 1n, balance: 5n, codeHash: EMPTY_CODE_HASH };
  const accounts = Trie.empty(NOBODY, new Uint8Array(0)).with([
    [keccak256(hexToBytes(STAKING_ADDRESS)), encodeAccount(account, storage.rootHash() as Hash)],
    [keccak256(new Uint8Array(20)), encodeAccount(account, storage.rootHash() as Hash)],
  ]);
  return { slots, storage, accounts };
}

function proveSet({ slots, storage, accounts }: State): Hex[] {
  const nodes = [
    ...accounts.prove(keccak256(hexToBytes(STAKING_ADDRESS))),
    ...[...slots.keys()].flatMap((slot) => storage.prove(keccak256(bigintToBytes(slot, 32)))),
  ];
  return [...new Set(nodes.map(bytesToHex))];
}

export interface Checkpoint {
  readonly header: Hex;
  readonly hash: Hash;
  readonly certificate: Certificate | undefined;
  readonly epoch: number;
  readonly nodes: readonly Hex[];
}

export class EpochChain {
  readonly checkpoints: Checkpoint[] = [];
  readonly #first: readonly Staker[];
  #epoch = 0;
  #stakers: readonly Staker[];

  constructor(stakers: readonly Staker[]) {
    this.#first = stakers;
    this.#stakers = stakers;
    this.#add(0, stakers, undefined);
  }

  get trusted(): TrustedFinality {
    const members = this.#first.map(({ key, power }) => ({
      publicKey: bytesToHex(blsPublicKey(secretOf(key))),
      power,
    }));
    return {
      ...DOMAIN,
      checkpoint: {
        height: 0,
        number: 0,
        timestampMs: sim.genesis.timestampMs,
        hash: this.checkpoints[0]!.hash,
      },
      voters: { epoch: 0, members },
      votedBy: undefined,
    };
  }

  proof(fromEpoch: number): FinalityProof {
    const isChange = ({ certificate, epoch }: Checkpoint): boolean =>
      certificate !== undefined && certificate.epoch < epoch && certificate.epoch >= fromEpoch;
    const changes = this.checkpoints.filter(isChange).map(changeOf);
    const { header, certificate } = this.checkpoints.at(-1)!;
    const isLast = certificate?.epoch === this.#epoch && this.#epoch >= fromEpoch;
    return { changes, newest: isLast ? { header, certificate: certificate! } : undefined };
  }

  grow(next?: readonly Staker[]): Checkpoint {
    const voters = this.#stakers;
    const epoch = this.#epoch;
    if (next !== undefined) {
      this.#epoch++;
      this.#stakers = next;
    }
    return this.#add(this.#epoch, this.#stakers, { epoch, voters });
  }

  #add(
    epoch: number,
    stakers: readonly Staker[],
    vote: { readonly epoch: number; readonly voters: readonly Staker[] } | undefined,
  ): Checkpoint {
    const height = this.checkpoints.length;
    const state = stateOf(epoch, stakers);
    const header: Header = {
      ...createGenesis(sim, state.accounts.rootHash() as Hash).header,
      number: height * 10,
      timestampMs: sim.genesis.timestampMs + height * BLOCK_MS,
    };
    const hash = headerHash(header);
    const certificate = vote && certify(vote.epoch, height, hash, vote.voters);
    const nodes = proveSet(state);
    const checkpoint = { header: bytesToHex(encodeHeader(header)), hash, certificate, epoch, nodes };
    this.checkpoints.push(checkpoint);
    return checkpoint;
  }
}

export function changeOf({ header, certificate, epoch, nodes }: Checkpoint): VoterChange {
  return { header, certificate: certificate!, epoch, nodes };
}

export function certify(
  epoch: number,
  height: number,
  value: Hash,
  stakers: readonly Staker[],
  places: readonly number[] = [...stakers.keys()],
): Certificate {
  const ballot = { epoch, height, round: 0, step: "precommit" } as const;
  const signatures = places.map((place) =>
    blsSign(voteSignedBytes(DOMAIN, ballot, value), secretOf(stakers[place]!.key)),
  );
  const bitmap = bytesToHex(signersToBits(places, stakers.length));
  return { ...ballot, value, bitmap, signature: bytesToHex(blsAggregate(signatures)) };
}
