import { baseErrors, hexToBytes } from "@trellis/base";
import { CROSS_LINKS_ADDRESS, readEpoch, readParameters, readShardRecord } from "@trellis/contracts";
import { keccak256Hex } from "@trellis/crypto";
import {
  decodeAccount,
  EMPTY_TRIE_ROOT,
  type Hash,
  type Header,
  type RecordImport,
  type RecordRange,
  type StateRange,
  type StateReader,
  ZERO_HASH,
} from "@trellis/protocol";
import { verifyRange } from "@trellis/storage";
import type { KnownBlocks } from "../consensus/KnownBlocks.ts";
import type { AnchoredRecord, AnchoredState } from "../consensus/rules/AnchoredState.ts";
import { decodeSlot } from "../state/BaseState.ts";
import { stateErrors } from "../state/errors.ts";
import { ChainBatch } from "../store/ChainBatch.ts";
import { keyAfter, trieRangeOf } from "./ranges.ts";
import type { StateSyncPorts, SyncQueue } from "./StateSyncPorts.ts";

interface RecordedBlock {
  readonly hash: Hash;
  readonly header: Header;
}

interface Headers {
  readonly blocks: Pick<KnownBlocks["blocks"], "storedHeader">;
  readonly chainDag: Pick<KnownBlocks["chainDag"], "selectedParent">;
}

/** Peers serve states of this many blocks below their base. [EXEC-32] */
const BLOCKS_MAX = 128;
const OWNER = keccak256Hex(hexToBytes(CROSS_LINKS_ADDRESS));
const FIRST_KEY = ZERO_HASH;

/**
 * Blocks above an imported block of shard 0 can name anchors from its own anchor on.
 * @returns ascending, below `block`; undefined if they are too many or not known
 */
export function blocksWithRecords(
  { blocks, chainDag }: Headers,
  block: Hash,
): readonly RecordedBlock[] | undefined {
  const { anchor } = blocks.storedHeader(block);
  if (anchor === undefined || anchor.hash === ZERO_HASH) return [];
  const found: RecordedBlock[] = [];
  for (let hash = chainDag.selectedParent(block); ; hash = chainDag.selectedParent(hash)) {
    if (hash === undefined || found.length === BLOCKS_MAX) return undefined;
    found.unshift({ hash, header: blocks.storedHeader(hash) });
    if (hash === anchor.hash) return found;
  }
}

export function isRecorded(
  { anchorTable }: Pick<StateSyncPorts, "anchorTable">,
  { hash, header }: RecordedBlock,
): boolean {
  return anchorTable?.at(header.number)?.records[0]?.hash === hash;
}

/** Rows without height have records only. [SYNC-STATE-7] */
export class RecordImporter implements RecordImport {
  readonly #ports: Pick<StateSyncPorts, "anchorTable">;
  readonly #queue: SyncQueue;
  readonly #blocks: readonly RecordedBlock[];
  readonly #read: AnchoredState[] = [];
  /** Most blocks change no record. */
  readonly #known = new Map<Hash, readonly AnchoredRecord[]>();
  /** Of the next block, once its account is known. */
  #storage: { readonly root: Hash; readonly slots: Map<Hash, bigint>; from: Hash } | undefined;

  constructor(
    ports: Pick<StateSyncPorts, "anchorTable">,
    queue: SyncQueue,
    blocks: readonly RecordedBlock[],
  ) {
    this.#ports = ports;
    this.#queue = queue;
    this.#blocks = blocks;
    this.#known.set(EMPTY_TRIE_ROOT, this.#recordsIn(new Map()));
  }

  get next(): RecordRange | undefined {
    const block = this.#blocks[this.#read.length]?.hash;
    if (block === undefined) return undefined;
    if (this.#storage === undefined) return { block, owner: undefined, from: OWNER };
    return { block, owner: OWNER, from: this.#storage.from };
  }

  async give(range: StateRange): Promise<void> {
    const asked = this.next;
    if (asked === undefined) return;
    try {
      this.#take(asked, range);
    } catch (cause) {
      throw stateErrors.STATE_RANGE_INVALID({ owner: asked.owner, from: asked.from }, cause);
    }
    if (this.next === undefined) await this.#store();
  }

  #take({ from }: RecordRange, range: StateRange): void {
    const { entries, isEnd } = range;
    const { hash, header } = this.#blocks[this.#read.length]!;
    const root = this.#storage?.root ?? header.stateRoot;
    verifyRange(root, hexToBytes(from), trieRangeOf(range));
    if (this.#storage === undefined) {
      const [entry] = entries;
      const storageRoot = entry?.key === OWNER ? decodeAccount(entry.value).storageRoot : EMPTY_TRIE_ROOT;
      this.#storage = { root: storageRoot, slots: new Map(), from: FIRST_KEY };
    } else {
      const { slots } = this.#storage;
      for (const { key, value } of entries) slots.set(key, decodeSlot(value));
      if (isEnd) this.#known.set(root, this.#recordsIn(slots));
      else this.#storage.from = nextKey(entries.at(-1)!.key);
    }
    const others = this.#known.get(this.#storage.root);
    if (others === undefined) return;
    const { number, stateRoot } = header;
    const own = { height: 0, number, hash, stateRoot, epoch: 0 };
    this.#read.push({ values: undefined, records: [own, ...others] });
    this.#storage = undefined;
  }

  #recordsIn(slots: ReadonlyMap<Hash, bigint>): readonly AnchoredRecord[] {
    const state = readerOf(slots);
    const { count } = this.#ports.anchorTable!;
    return Array.from({ length: count - 1 }, (_, index) => readShardRecord(state, index + 1));
  }

  /** Rows of another chain would be read between these. */
  async #store(): Promise<void> {
    const { anchorTable } = this.#ports;
    await this.#queue.exclusively(async () => {
      const cleared = new ChainBatch();
      anchorTable!.clear(cleared);
      await this.#queue.commit(cleared);
      const batch = new ChainBatch();
      for (const state of this.#read) anchorTable!.put(batch, state);
      await this.#queue.commit(batch);
    });
  }
}

/** Rows of earlier epochs keep height 0: the imported state has neither their epoch nor their values. */
export function completeRecords(
  batch: ChainBatch,
  ports: Headers & Pick<StateSyncPorts, "anchorTable">,
  block: Hash,
  state: StateReader,
): void {
  const { anchorTable } = ports;
  const needed = blocksWithRecords(ports, block);
  if (needed === undefined || !needed.every((each) => isRecorded(ports, each)))
    throw baseErrors.ARGUMENT_INVALID({ rule: "records are here before a state of shard 0", block });
  const { epoch, startNumber } = readEpoch(state);
  const values = readParameters(state);
  for (const { number } of needed.map(({ header }) => header)) {
    const [own, ...others] = anchorTable!.at(number)!.records;
    if (number >= startNumber)
      anchorTable!.put(batch, { values, records: [{ ...own!, height: number, epoch }, ...others] });
  }
}

function readerOf(slots: ReadonlyMap<Hash, bigint>): StateReader {
  return {
    account: () => undefined,
    storage: (_address, slot) => slots.get(keccak256Hex(hexToBytes(slot))) ?? 0n,
    code: () => new Uint8Array(0),
  };
}

/** @throws STATE_RANGE_INVALID */
function nextKey(key: Hash): Hash {
  const next = keyAfter(key);
  if (next === undefined) throw stateErrors.STATE_RANGE_INVALID({ from: key });
  return next;
}
