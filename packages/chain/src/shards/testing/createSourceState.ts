import { bigintToBytes, bigintToMinimalBytes, hexToBytes } from "@trellis/base";
import { inboxSlot, outboxHeadSlot, outboxSlot, SHARD_GATEWAY_ADDRESS } from "@trellis/contracts";
import { keccak256 } from "@trellis/crypto";
import {
  type AccountProof,
  EMPTY_CODE_HASH,
  EMPTY_OUTBOX_HEAD,
  EMPTY_TRIE_ROOT,
  encodeAccount,
  encodeRlp,
  type Hash,
  type Message,
  messageId,
  nextOutboxHead,
} from "@trellis/protocol";
import { Trie } from "@trellis/storage";

export interface SourceQueues {
  readonly destination: number;
  /** All messages of the outbox; the ring keeps the heads of the last ones. */
  readonly messages: readonly Message[];
  readonly acknowledged: number;
  /** Of the source's inbox. */
  readonly next: number;
  readonly known: number;
}

interface SourceState {
  readonly stateRoot: Hash;
  readonly gateway: AccountProof;
  /** After each message; -1 is the empty outbox. */
  headAfter(index: number): Hash;
}

const EMPTY = { get: () => undefined };
const NO_OWNER = new Uint8Array(0);
const GATEWAY_KEY = keccak256(hexToBytes(SHARD_GATEWAY_ADDRESS));

/** With the proof that the gateway is absent. */
export function createStateWithoutGateway(accounts: number) {
  const account = { nonce: 1n, balance: 5n, codeHash: EMPTY_CODE_HASH };
  const state = stateWith(accounts, encodeAccount(account, EMPTY_TRIE_ROOT));
  return { stateRoot: state.rootHash(), accountNodes: state.prove(GATEWAY_KEY) };
}

function stateWith(accounts: number, encoded: Uint8Array): Trie {
  return Trie.empty(EMPTY, NO_OWNER).with(
    Array.from(
      { length: accounts },
      (_, index) => [keccak256(Uint8Array.of(index, index >> 8)), encoded] as const,
    ),
  );
}

/** State of a source with `accounts` accounts, whose gateway has these queues. */
export function createSourceState(
  queues: readonly SourceQueues[],
  queueMax: number,
  accounts: number,
): SourceState {
  const slots = new Map<bigint, bigint>();
  const heads = new Map<number, Hash>();
  for (const { destination, messages, acknowledged, next, known } of queues) {
    slots.set(outboxSlot(destination), BigInt(messages.length) + (BigInt(acknowledged) << 64n));
    slots.set(inboxSlot(destination), BigInt(next) + (BigInt(known) << 64n));
    let head = EMPTY_OUTBOX_HEAD;
    for (const message of messages) {
      head = nextOutboxHead(head, messageId(message));
      slots.set(outboxHeadSlot(destination, message.index, queueMax), BigInt(head));
      if (destination === queues[0]!.destination) heads.set(message.index, head);
    }
  }
  const keyOf = (slot: bigint) => keccak256(bigintToBytes(slot, 32));
  const storage = Trie.empty(EMPTY, NO_OWNER).with(
    [...slots]
      .filter(([, value]) => value !== 0n)
      .map(([slot, value]) => [keyOf(slot), encodeRlp(bigintToMinimalBytes(value))] as const),
  );
  const storageRoot = storage.rootHash();
  const account = { nonce: 1n, balance: 5n, codeHash: EMPTY_CODE_HASH };
  const encoded = encodeAccount(account, storageRoot);
  const state = stateWith(accounts, encoded).with([[GATEWAY_KEY, encoded]]);
  return {
    stateRoot: state.rootHash(),
    gateway: {
      account,
      storageRoot,
      accountProof: state.prove(GATEWAY_KEY),
      proveSlot: (slot) => ({
        value: slots.get(BigInt(slot)) ?? 0n,
        proof: storage.prove(keccak256(hexToBytes(slot))),
      }),
    },
    headAfter: (index) => heads.get(index) ?? EMPTY_OUTBOX_HEAD,
  };
}
