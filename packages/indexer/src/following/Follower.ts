import {
  bytesToHex,
  type Hex,
  hexToBytes,
  type Log,
  type Pace,
  runPaced,
  type Steps,
  type Tracing,
} from "@trellis/base";
import { type Address, type ChainBlock, type ChainView, tracedKeys } from "@trellis/protocol";
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

const BATCH_ENTRIES = 500;

interface FollowerPorts {
  readonly chain: ChainView;
  readonly store: KeyValueStore;
  readonly tables: Tables;
  readonly log: Log;
  readonly pace: Pace | undefined;
  readonly tracing: Tracing;
}

/** Each batch stores its undo data, so a crash loses nothing. Chain events only wake the follower. */
export class Follower {
  readonly #chain: ChainView;
  readonly #store: KeyValueStore;
  readonly #tables: Tables;
  readonly #log: Log;
  readonly #pace: Pace | undefined;
  readonly #tracing: Tracing;
  #cursor: CursorValue | undefined;
  #work: Promise<void> = Promise.resolve();
  #isWorking = false;
  #isWoken = false;
  #isStopped = false;
  #failure: Error | undefined;

  private constructor({ chain, store, tables, log, pace, tracing }: FollowerPorts) {
    this.#chain = chain;
    this.#store = store;
    this.#tables = tables;
    this.#log = log;
    this.#pace = pace;
    this.#tracing = tracing;
    this.#cursor = tables.cursor.get(CURSOR_KEY);
  }

  /** @throws INDEX_UNUSABLE */
  static async open(ports: FollowerPorts): Promise<Follower> {
    const { chain, store, log } = ports;
    const version = storedVersion(store, INDEX_SCHEMA);
    if (version !== INDEX_SCHEMA.version) {
      if (version !== undefined) {
        log.warn("index.rebuilt", {
          version,
          known: INDEX_SCHEMA.version,
          message: "The index has another schema version.",
        });
      }
      await clear(store);
      await store.write([schemaVersion(INDEX_SCHEMA)]);
    }
    const follower = new Follower(ports);
    const genesis = follower.#cursor?.genesis ?? chain.genesisHash;
    if (genesis !== chain.genesisHash) {
      throw indexerErrors.INDEX_UNUSABLE({
        reason: "for another chain",
        got: genesis,
        expected: chain.genesisHash,
      });
    }
    return follower;
  }

  cursor(): CursorValue | undefined {
    return this.#cursor;
  }

  failure(): Error | undefined {
    return this.#failure;
  }

  wake(): void {
    this.#isWoken = true;
    if (this.#isWorking || this.#isStopped || this.#failure !== undefined) return;
    this.#isWorking = true;
    this.#work = this.#catchUp().catch((error: Error) => {
      this.#failure = error;
      this.#log.error("index.stopped", { error });
    });
  }

  idle(): Promise<void> {
    return this.#work;
  }

  stop(): Promise<void> {
    this.#isStopped = true;
    return this.#work;
  }

  async #catchUp(): Promise<void> {
    await this.#dropBeyondCursor();
    // The chain may change just after a step found nothing.
    while (this.#isWoken) {
      this.#isWoken = false;
      while (!this.#isStopped && (await this.#step())) {}
    }
    this.#isWorking = false;
  }

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

  /** True while the block can leave the chain. */
  #isUnsettled({ number, hash }: CursorValue): boolean {
    return number > 0 && this.#tables.undo.get(partAt(number))?.hash === hash;
  }

  async #begin(oldest: number): Promise<boolean> {
    if (this.#cursor !== undefined) {
      this.#log.warn("index.blocksSkipped", {
        indexed: this.#cursor.number,
        oldest,
        message: "Blocks were pruned before they were indexed.",
      });
    }
    const block = this.#chain.blockByNumber(oldest);
    return block !== undefined && this.#add(block, oldest);
  }

  #add(block: ChainBlock, from: number): Promise<boolean> {
    // Another block may have carried the traced transaction.
    const transactions = block.transactions.map(({ transaction }) => transaction);
    const parent = this.#tracing.recall(tracedKeys({ transactions }, block.hash));
    const facts = { "trellis.block.number": block.header.number };
    return this.#tracing.span("block.index", { parent, facts }, () => this.#index(block, from));
  }

  async #index(block: ChainBlock, from: number): Promise<boolean> {
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
      // After a crash without durable writes, the chain may have lost final blocks.
      this.#log.warn("index.rebuilt", {
        number: cursor.number,
        message: "The last indexed block is not on the chain.",
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

  *#newOf(puts: readonly PutOperation[]): Steps<ReadonlyMap<Hex, PutOperation>> {
    const created = new Map<Hex, PutOperation>();
    for (const put of puts) {
      yield;
      if (!this.#store.has(put.key)) created.set(bytesToHex(put.key), put);
    }
    return created;
  }

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
