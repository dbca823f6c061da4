import { bigintToBytes, bigintToMinimalBytes, bytesToHex, type Hex, hexToBytes } from "@trellis/base";
import {
  CROSS_LINKS_ADDRESS,
  inboxSlot,
  outboxHeadSlot,
  outboxSlot,
  SHARD_GATEWAY_ADDRESS,
} from "@trellis/contracts";
import { keccak256 } from "@trellis/crypto";
import {
  EMPTY_CODE_HASH,
  EMPTY_OUTBOX_HEAD,
  encodeAccount,
  encodeRlp,
  type Hash,
  type Message,
  messageId,
  nextOutboxHead,
} from "@trellis/protocol";
import { Trie } from "@trellis/storage";
import { hashedSlot } from "../../light/ProvenState.ts";
import type { ShardNode } from "../waitForMessage.ts";

const NOBODY = { get: () => undefined };
/** [SHARD-15] */
const RECORDS_SLOT = 1n;

type Slots = Map<bigint, bigint>;

interface State {
  readonly blockHash: Hash;
  readonly storages: ReadonlyMap<Hex, Trie>;
  readonly accounts: Trie;
}

interface ProofAnswer {
  readonly accountProof: Hex[];
  readonly storageProof: readonly { readonly proof: Hex[] }[];
}

/** Answers eth_getProof for the final states of three shards; shard 0 records the others. */
export class ProvableShards {
  readonly queueMax: number;
  readonly #gateways: readonly Slots[];
  readonly #unrecorded = new Set<number>();
  /** Changes answers, as a malicious node does. */
  tamper: (answer: ProofAnswer) => unknown = (answer) => answer;

  constructor(queueMax = 4) {
    this.queueMax = queueMax;
    this.#gateways = [0, 1, 2].map((shard) => {
      const network = BigInt(shard) | (3n << 16n) | (BigInt(queueMax) << 32n) | (600n << 64n);
      return new Map([[0n, network]]);
    });
  }

  /** All messages of an outbox, from index 0. */
  send(messages: readonly Message[]): void {
    const { source, destination } = messages[0]!;
    const slots = this.#gateways[source]!;
    slots.set(outboxSlot(destination), BigInt(messages.length) | (7n << 64n));
    let head = EMPTY_OUTBOX_HEAD;
    for (const message of messages) {
      head = nextOutboxHead(head, messageId(message));
      slots.set(outboxHeadSlot(destination, message.index, this.queueMax), BigInt(head));
    }
  }

  consume(destination: number, source: number, count: number): void {
    this.#gateways[destination]!.set(inboxSlot(source), BigInt(count) | (99n << 64n));
  }

  /** Only shard 0's genesis knows it. */
  leaveOut(shard: number): void {
    this.#unrecorded.add(shard);
  }

  /** Slots of CrossLinks in shard 0. */
  records(): Slots {
    const records: Slots = new Map();
    for (const shard of [1, 2]) {
      if (this.#unrecorded.has(shard)) continue;
      const { blockHash, accounts } = this.#state(shard);
      const first = hashedSlot(BigInt(shard), RECORDS_SLOT);
      records.set(first, 5n | (50n << 64n));
      records.set(first + 1n, BigInt(blockHash));
      records.set(first + 2n, BigInt(accounts.rootHash()));
    }
    return records;
  }

  checkpoint() {
    const { blockHash: hash, accounts } = this.#state(0);
    return { height: 3, hash, number: 30, timestampMs: 1, stateRoot: accounts.rootHash() };
  }

  node(shard: number): ShardNode {
    return {
      name: `shard ${shard}`,
      request: async (_, params) => {
        const [address, slots, { blockHash }] = params as [Hex, Hex[], { blockHash: Hex }];
        const state = this.#state(shard);
        if (blockHash !== state.blockHash) throw new Error(`unknown block ${blockHash}`);
        const storage = state.storages.get(address)!;
        return this.tamper({
          accountProof: state.accounts.prove(keccak256(hexToBytes(address))).map(bytesToHex),
          storageProof: slots.map((slot) => ({ proof: storage.prove(hashOf(BigInt(slot))).map(bytesToHex) })),
        });
      },
    };
  }

  #state(shard: number): State {
    const contracts = new Map<Hex, Slots>([[SHARD_GATEWAY_ADDRESS, this.#gateways[shard]!]]);
    if (shard === 0) contracts.set(CROSS_LINKS_ADDRESS, this.records());
    const storages = new Map([...contracts].map(([address, slots]) => [address, storageOf(slots)]));
    const account = { nonce: 1n, balance: 5n, codeHash: EMPTY_CODE_HASH };
    const accounts = Trie.empty(NOBODY, new Uint8Array(0)).with(
      [...storages].map(([address, storage]) => [
        keccak256(hexToBytes(address)),
        encodeAccount(account, storage.rootHash()),
      ]),
    );
    return { blockHash: `0x${`b${shard}`.repeat(32)}`, storages, accounts };
  }
}

function storageOf(slots: Slots): Trie {
  return Trie.empty(NOBODY, new Uint8Array(0)).with(
    [...slots].map(([slot, value]) => [hashOf(slot), encodeRlp(bigintToMinimalBytes(value))]),
  );
}

function hashOf(slot: bigint): Uint8Array {
  return keccak256(bigintToBytes(slot, 32));
}
