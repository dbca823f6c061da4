import { bytesToHex, type Hex, hexToBytes, type Log, type Pace, runPaced, type Steps } from "@trellis/base";
import type { Address, ChainBlock, ChainView } from "@trellis/protocol";
import {
  type KeyValueStore,
  type PutOperation,
  schemaVersion,
  storedVersion,
  type WriteOperation,
} from "@trellis/storage";
import { entriesOf } from "../entries/entriesOf.ts";
import type { Placed } from "../entries/places.ts";
import { indexerErrors } from "../errors.ts";
import { CURSOR_KEY, type CursorValue, INDEX_SCHEMA, type Tables } from "../tables.ts";
import { describeTokens } from "../tokens/describeTokens.ts";

/** Entries of one batch: writing them takes about a millisecond. */
const BATCH_ENTRIES = 500;

interface FollowerDependencies {
  readonly chain: ChainView;
  readonly store: KeyValueStore;
  readonly tables: Tables;
  readonly log: Log;
  readonly pace: Pace | undefined;
}

/**
 * Keeps the index beside the selected chain: takes back blocks that left it, adds those that joined. Where it is
 * stands in the index itself, in the same batch as the last entries of a block; each batch has with it how to take it
 * back. So the index goes on from there after a crash, and events of the chain only wake it.
 */
export class Follower {
  readonly #chain: ChainView;
  readonly #store: KeyValueStore;
  readonly #tables: Tables;
  readonly #log: Log;
  readonly #pace: Pace | undefined;
  #cursor: CursorValue | undefined;
  #work: Promise<void> = Promise.resolve();
  #isWorking = false;
  #isWoken = false;
  #isStopped = false;
  #failure: Error | undefined;

  private constructor({ chain, store, tables, log, pace }: FollowerDependencies) {
    this.#chain = chain;
    this.#store = store;
    this.#tables = tables;
    this.#log = log;
    this.#pace = pace;
    this.#cursor = tables.cursor.get(CURSOR_KEY);
  }

  /** @throws INDEX_UNUSABLE */
  static async open(dependencies: FollowerDependencies): Promise<Follower> {
    const { chain, store, log } = dependencies;
    const version = storedVersion(store, INDEX_SCHEMA);
    if (version !== INDEX_SCHEMA.version) {
      if (version !== undefined) {
        log.warn("the index is of another version and is built again", {
          version,
          known: INDEX_SCHEMA.version,
        });
      }
      await clear(store);
      await store.write([schemaVersion(INDEX_SCHEMA)]);
    }
    const follower = new Follower(dependencies);
    const genesis = follower.#cursor?.genesis ?? chain.genesisHash;
    if (genesis !== chain.genesisHash) {
      throw indexerErrors.INDEX_UNUSABLE({
        reason: "of another chain",
        got: genesis,
        expected: chain.genesisHash,
      });
    }
    return follower;
  }

  cursor(): CursorValue | undefined {
    return this.#cursor;
  }

  /** Why it stopped. */
  failure(): Error | undefined {
    return this.#failure;
  }

  /** Looks whether the chain has moved, and follows it. */
  wake(): void {
    this.#isWoken = true;
    if (this.#isWorking || this.#isStopped || this.#failure !== undefined) return;
    this.#isWorking = true;
    this.#work = this.#catchUp().catch((error: Error) => {
      this.#failure = error;
      this.#log.error("the index goes on no more", { error });
    });
  }

  /** Resolves when it is at the head, or can't go on. */
  idle(): Promise<void> {
    return this.#work;
  }

  /** Resolves when what is being written is written. */
  stop(): Promise<void> {
    this.#isStopped = true;
    return this.#work;
  }

  async #catchUp(): Promise<void> {
    await this.#dropBeyondCursor();
    // The chain may move between a step that finds nothing to do and its being heard of here.
    while (this.#isWoken) {
      this.#isWoken = false;
      while (!this.#isStopped && (await this.#step())) {
        // A step is a block.
      }
    }
    this.#isWorking = false;
  }

  /** Takes one block back or adds one; false when the index is at the head. */
  async #step(): Promise<boolean> {
    const cursor = this.#cursor;
    const oldest = this.#chain.oldestNumber();
    if (cursor === undefined) return this.#begin(oldest);
    if (cursor.number + 1 < oldest)
      return this.#isUnsettled(cursor) ? this.#takeBack(cursor) : this.#begin(oldest);
    if (!this.#chain.isOnSelectedChain(cursor.hash)) return this.#takeBack(cursor);
    const next = this.#chain.blockByNumber(cursor.number + 1);
    return next !== undefined && this.#add(next, cursor.from);
  }

  /** Whether it was not final when it was indexed: nobody can say any more whether it stayed on the chain. */
  #isUnsettled({ number, hash }: CursorValue): boolean {
    return number > 0 && this.#tables.undo.get(partAt(number))?.hash === hash;
  }

  /** What is between an index that was off and the oldest block that is still stored stays unknown. */
  async #begin(oldest: number): Promise<boolean> {
    if (this.#cursor !== undefined) {
      this.#log.warn("blocks were pruned before they were indexed", {
        indexed: this.#cursor.number,
        oldest,
      });
    }
    const block = this.#chain.blockByNumber(oldest);
    return block !== undefined && this.#add(block, oldest);
  }

  async #add(block: ChainBlock, from: number): Promise<boolean> {
    const steps = entriesOf(block, (hash) => this.#chain.block(hash), this.#tables);
    const { puts, tokens } = await runPaced(steps, this.#pace);
    const described = await describeTokens(tokens, block, this.#chain, this.#tables);
    const cursor = this.#cursorAt(block.hash, block.header.number, from);
    const created = [...(await runPaced(this.#newOf([...puts, ...described]), this.#pace))];
    const lastPart = Math.max(0, Math.ceil(created.length / BATCH_ENTRIES) - 1);
    for (let part = 0; part < lastPart; part++) await this.#store.write(this.#partOf(block, created, part));
    await this.#moveTo(cursor, [...this.#partOf(block, created, lastPart), ...this.#settled()]);
    return true;
  }

  #partOf(
    block: ChainBlock,
    created: readonly (readonly [Hex, PutOperation])[],
    part: number,
  ): WriteOperation[] {
    const entries = created.slice(part * BATCH_ENTRIES, (part + 1) * BATCH_ENTRIES);
    const undo = { hash: block.hash, parent: parentOf(block), created: entries.map(([key]) => key) };
    return [...entries.map(([, put]) => put), this.#tables.undo.put(partAt(block.header.number, part), undo)];
  }

  async #takeBack(cursor: CursorValue): Promise<boolean> {
    const undo = this.#tables.undo.get(partAt(cursor.number));
    if (undo?.hash !== cursor.hash) {
      // The chain lost what it had called final, as one may that did not wait for the disk.
      this.#log.warn("the index does not lead back to the chain and is built again", {
        number: cursor.number,
      });
      await clear(this.#store);
      await this.#store.write([schemaVersion(INDEX_SCHEMA)]);
      this.#cursor = undefined;
      return true;
    }
    await this.#moveTo(this.#cursorAt(undo.parent, cursor.number - 1, cursor.from), []);
    await this.#dropBeyondCursor();
    return true;
  }

  /** What there is of blocks behind the cursor: of one that was taken back, or not indexed to its end. */
  async #dropBeyondCursor(): Promise<void> {
    const from = partAt((this.#cursor?.number ?? -1) + 1);
    for (;;) {
      const [next] = this.#tables.undo.range({ from, countMax: 1 });
      if (next === undefined) return;
      const [part, { created }] = next;
      await this.#store.write([
        ...created.map((key): WriteOperation => ({ kind: "delete", key: hexToBytes(key) })),
        this.#tables.undo.delete(part),
      ]);
    }
  }

  /** By key, what the store does not have: only that is taken back with its block. */
  *#newOf(puts: readonly PutOperation[]): Steps<ReadonlyMap<Hex, PutOperation>> {
    const created = new Map<Hex, PutOperation>();
    for (const put of puts) {
      yield;
      if (!this.#store.has(put.key)) created.set(bytesToHex(put.key), put);
    }
    return created;
  }

  /** What is final is never taken back. */
  #settled(): WriteOperation[] {
    const parts = this.#tables.undo.range({ to: partAt(this.#chain.finalized().header.number) });
    return [...parts].map(([part]) => this.#tables.undo.delete(part));
  }

  #cursorAt(hash: Address, number: number, from: number): CursorValue {
    return { genesis: this.#chain.genesisHash, from, number, hash };
  }

  async #moveTo(cursor: CursorValue, operations: readonly WriteOperation[]): Promise<void> {
    await this.#store.write([...operations, this.#tables.cursor.put(CURSOR_KEY, cursor)]);
    this.#cursor = cursor;
  }
}

/** The key of how to take back a part of a block. */
function partAt(number: number, part = 0): Placed {
  return { of: "0x", place: [number, part] };
}

function parentOf({ header, hash }: ChainBlock): Address {
  return header.parents[0] ?? hash;
}

async function clear(store: KeyValueStore): Promise<void> {
  for (;;) {
    const entries = [...store.range({ countMax: BATCH_ENTRIES })];
    if (entries.length === 0) return;
    await store.write(entries.map(([key]): WriteOperation => ({ kind: "delete", key })));
  }
}
