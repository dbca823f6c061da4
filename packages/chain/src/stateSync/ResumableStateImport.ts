import { baseErrors, bytesEqual, bytesToHex, hexToBytes, SerialQueue } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import {
  decodeAccount,
  EMPTY_CODE_HASH,
  EMPTY_TRIE_ROOT,
  type Hash,
  type StateImport,
  type StateRange,
  type StateRequest,
} from "@trellis/protocol";
import {
  nextDifference,
  nodeKey,
  type StoredTrie,
  Trie,
  verifyRange,
  type WriteOperation,
} from "@trellis/storage";
import { ACCOUNT_TRIE_OWNER } from "../state/BaseState.ts";
import { stateErrors } from "../state/errors.ts";
import { ChainBatch } from "../store/ChainBatch.ts";
import { type MissingRange, MissingRanges, type RangeStart, rangeUnder } from "./MissingRanges.ts";
import { keyAfter, trieRangeOf } from "./ranges.ts";
import type { StateSyncPorts, SyncQueue } from "./StateSyncPorts.ts";

type StateImportPorts = Pick<StateSyncPorts, "blocks" | "tables">;
type RangeRequest = StateRequest & { readonly kind: "range" };

/**
 * Stores each range and the next missing ranges in one batch, so that imports resume. [SYNC-STATE-2]
 * [SYNC-STATE-3]
 */
export class ResumableStateImport implements StateImport {
  readonly block: Hash;
  readonly root: Hash;
  readonly #ports: StateImportPorts;
  readonly #queue: SyncQueue;
  readonly #missing: MissingRanges;
  readonly #finish: () => Promise<void>;
  readonly #parts = new SerialQueue();
  #isGivenUp = false;

  constructor(ports: StateImportPorts, queue: SyncQueue, block: Hash, finish: () => Promise<void>) {
    this.#ports = ports;
    this.#queue = queue;
    this.#missing = new MissingRanges(ports.tables);
    this.#finish = finish;
    this.block = block;
    this.root = ports.blocks.storedHeader(block).stateRoot;
  }

  missing(countMax: number): readonly StateRequest[] {
    return this.#isCurrent ? this.#missing.first(countMax) : [];
  }

  putRange(request: RangeRequest, range: StateRange): Promise<void> {
    return this.#inLine(async () => {
      const missing = this.#missing.range(request);
      if (missing === undefined) return;
      await this.#store(this.#take(request, missing, range));
    });
  }

  putCode(hash: Hash, code: Uint8Array): Promise<void> {
    return this.#inLine(async () => {
      if (!this.#missing.hasCode(hash)) return;
      if (keccak256Hex(code) !== hash) throw stateErrors.STATE_RANGE_INVALID({ code: hash });
      await this.#store([this.#ports.tables.codes.put(hash, code), this.#missing.removeCode(hash)]);
    });
  }

  complete(): Promise<void> {
    return this.#inLine(() =>
      this.#queue.exclusively(async () => {
        if (this.#isReady()) await this.#finish();
      }),
    );
  }

  #isReady(): boolean {
    const isWhole = this.#missing.isEmpty && this.#trie(undefined).rootHash() === this.root;
    if (this.#isCurrent && !isWhole) {
      throw baseErrors.ARGUMENT_INVALID({
        rule: "a state is complete before it becomes the chain's",
        block: this.block,
        root: this.root,
      });
    }
    return this.#isCurrent;
  }

  async giveUp(): Promise<void> {
    this.#isGivenUp = true;
    await this.#parts.idle();
  }

  get #isCurrent(): boolean {
    if (this.#isGivenUp) return false;
    const importing = this.#ports.tables.meta.get("adopting");
    return importing !== undefined && bytesToHex(importing) === this.block;
  }

  /** In series, because each range builds on the previous range's tries. */
  #inLine(action: () => Promise<void>): Promise<void> {
    return this.#parts.run(async () => {
      if (this.#isCurrent) await action();
    });
  }

  async #store(writes: readonly WriteOperation[]): Promise<void> {
    const batch = new ChainBatch();
    batch.write(writes);
    await this.#queue.exclusively(() => this.#queue.commit(batch));
  }

  #take(request: RangeStart, missing: MissingRange, range: StateRange): WriteOperation[] {
    try {
      verifyRange(missing.root, hexToBytes(request.from), trieRangeOf(range));
      const taken = this.#replacementOf(request, missing, range);
      return [
        ...this.#writesOfTrie(request.owner, taken),
        ...(request.owner === undefined ? this.#behind(taken) : []),
        ...this.#writesOfRest(request, missing, range),
      ];
    } catch (cause) {
      throw stateErrors.STATE_RANGE_INVALID({ owner: request.owner, from: request.from }, cause);
    }
  }

  /** Also finds entries stored for another state. */
  #replacementOf(
    { owner, from }: RangeStart,
    { to }: MissingRange,
    { entries, isEnd }: StateRange,
  ): Replacement {
    const set = new Map(
      entries.filter(({ key }) => to === undefined || key < to).map(({ key, value }) => [key, value]),
    );
    const last = isEnd ? undefined : entries.at(-1)!.key;
    const replaced = new Map<Hash, Uint8Array | undefined>();
    for (const [keyBytes, value] of this.#trie(owner).entries(hexToBytes(from))) {
      const key = bytesToHex(keyBytes);
      if ((to !== undefined && key >= to) || (last !== undefined && key > last)) break;
      const now = set.get(key);
      if (now !== undefined && bytesEqual(now, value)) set.delete(key);
      else replaced.set(key, now);
    }
    return { set, replaced };
  }

  #writesOfTrie(owner: Hash | undefined, { set, replaced }: Replacement): WriteOperation[] {
    const { importedNodes } = this.#ports.tables;
    return this.#trie(owner)
      .with([...replaced, ...set].map(([key, value]) => [hexToBytes(key), value ?? null]))
      .commit()
      .operations.map((operation) =>
        operation.kind === "put"
          ? importedNodes.put(operation.key, operation.value)
          : importedNodes.delete(operation.key),
      );
  }

  #trie(owner: Hash | undefined): Trie {
    const { reader, owner: ownerBytes, rootHash } = this.#stored(owner);
    return Trie.load(rootHash, reader, ownerBytes);
  }

  #stored(owner: Hash | undefined): StoredTrie {
    const { importedNodes } = this.#ports.tables;
    const ownerBytes = owner === undefined ? ACCOUNT_TRIE_OWNER : hexToBytes(owner);
    const root = importedNodes.get(nodeKey(ownerBytes, new Uint8Array(0), 0));
    const reader = { get: (key: Uint8Array) => importedNodes.get(key) };
    return { reader, owner: ownerBytes, rootHash: root === undefined ? EMPTY_TRIE_ROOT : keccak256Hex(root) };
  }

  #behind({ set, replaced }: Replacement): WriteOperation[] {
    const { codes } = this.#ports.tables;
    const ofGone = [...replaced.keys()].flatMap((owner) => [
      ...this.#missing.removeStorage(owner),
      ...(set.has(owner) ? [] : this.#removeStorage(owner)),
    ]);
    const ofSet = [...set].flatMap(([owner, value]) => {
      const { account, storageRoot } = decodeAccount(value);
      const isCodeHere = account.codeHash === EMPTY_CODE_HASH || codes.has(account.codeHash);
      return [
        ...this.#toStorage(owner, storageRoot),
        ...(isCodeHere ? [] : [this.#missing.addCode(account.codeHash)]),
      ];
    });
    return [...ofGone, ...ofSet];
  }

  #toStorage(owner: Hash, root: Hash): WriteOperation[] {
    const { rootHash } = this.#stored(owner);
    if (root === rootHash) return [];
    if (root === EMPTY_TRIE_ROOT) return this.#removeStorage(owner);
    return [this.#missing.addStorage(owner, root, rootHash !== EMPTY_TRIE_ROOT)];
  }

  #removeStorage(owner: Hash): WriteOperation[] {
    const { importedNodes } = this.#ports.tables;
    if (this.#stored(owner).rootHash === EMPTY_TRIE_ROOT) return [];
    return [...importedNodes.range(rangeUnder(hexToBytes(owner)))].map(([key]) => importedNodes.delete(key));
  }

  /** Starts at the next difference that the proof shows. */
  #writesOfRest({ owner, from }: RangeStart, missing: MissingRange, range: StateRange): WriteOperation[] {
    const { root, to } = missing;
    const done = this.#missing.removeRange({ owner, from });
    const next = range.isEnd ? undefined : keyAfter(range.entries.at(-1)!.key);
    if (next === undefined || (to !== undefined && next >= to)) return [done];
    const stored = this.#stored(owner);
    const differing = nextDifference(root, hexToBytes(next), range.proof, stored);
    const rest = differing && bytesToHex(differing);
    if (rest === undefined || (to !== undefined && rest >= to)) return [done];
    const [here] = Trie.load(stored.rootHash, stored.reader, stored.owner).entries(differing).take(1);
    const isPartlyHere = here !== undefined && (to === undefined || bytesToHex(here[0]) < to);
    return [done, this.#missing.addRange({ owner, from: rest }, { root, to, isPartlyHere })];
  }
}

interface Replacement {
  readonly set: ReadonlyMap<Hash, Uint8Array>;
  readonly replaced: ReadonlyMap<Hash, Uint8Array | undefined>;
}
