import { bytesToHex, hexToBytes } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import {
  decodeAccount,
  EMPTY_CODE_HASH,
  EMPTY_TRIE_ROOT,
  type Hash,
  type StateAdoption,
  type StateRange,
  type StateWish,
} from "@trellis/protocol";
import { nodeKey, Trie, type TrieRange, verifyRange, type WriteOperation } from "@trellis/storage";
import { ACCOUNT_TRIE_OWNER } from "../../state/BaseState.ts";
import { stateErrors } from "../../state/errors.ts";
import type { Stages } from "../Stages.ts";
import { type WantedRange, Wants } from "./Wants.ts";

type RangeWish = StateWish & { readonly kind: "range" };

/**
 * The state after a block, on its way here. Each part is proven against the root, put into tries beside the ones in
 * use, and stored with what is wanted next, in one batch: whatever ends the process, the next start goes on from there.
 * [SYNC-STATE-2] [SYNC-STATE-3]
 */
export class Adoption implements StateAdoption {
  readonly block: Hash;
  readonly root: Hash;
  readonly #stages: Stages;
  readonly #wants: Wants;
  readonly #finish: (isReady: () => boolean) => Promise<void>;
  #line: Promise<unknown> = Promise.resolve();
  #isGivenUp = false;

  /** @param finish makes the block the base of the chain if, when its turn comes, `isReady` says so */
  constructor(stages: Stages, block: Hash, finish: (isReady: () => boolean) => Promise<void>) {
    this.#stages = stages;
    this.#wants = new Wants(stages.tables);
    this.#finish = finish;
    this.block = block;
    this.root = stages.blocks.storedHeader(block).stateRoot;
  }

  wanted(countMax: number): readonly StateWish[] {
    return this.#isCurrent ? this.#wants.first(countMax) : [];
  }

  putRange(wish: RangeWish, range: StateRange): Promise<void> {
    return this.#inLine(async () => {
      const wanted = this.#wants.range(wish);
      if (wanted === undefined) return;
      await this.#store(this.#take(wish, wanted, range));
    });
  }

  putCode(hash: Hash, code: Uint8Array): Promise<void> {
    return this.#inLine(async () => {
      if (!this.#wants.hasCode(hash)) return;
      if (keccak256Hex(code) !== hash) throw stateErrors.STATE_RANGE_INVALID({ code: hash });
      await this.#store([this.#stages.tables.codes.put(hash, code), this.#wants.removeCode(hash)]);
    });
  }

  complete(): Promise<void> {
    return this.#inLine(() => this.#finish(() => this.#isReady()));
  }

  /** @throws STATE_INCOMPLETE */
  #isReady(): boolean {
    const isWhole = this.#wants.isEmpty && this.#trie(undefined).rootHash() === this.root;
    if (this.#isCurrent && !isWhole) {
      throw stateErrors.STATE_INCOMPLETE({ block: this.block, root: this.root });
    }
    return this.#isCurrent;
  }

  /** From now on nothing is stored by it. */
  giveUp(): void {
    this.#isGivenUp = true;
  }

  /** Neither given up nor complete. */
  get #isCurrent(): boolean {
    if (this.#isGivenUp) return false;
    const adopting = this.#stages.tables.meta.get("adopting");
    return adopting !== undefined && bytesToHex(adopting) === this.block;
  }

  /** One after another: each part goes on from the tries that the one before left. */
  #inLine(action: () => Promise<void>): Promise<void> {
    const done = this.#line.then(async () => {
      if (this.#isCurrent) await action();
    });
    this.#line = done.catch(() => {});
    return done;
  }

  async #store(writes: readonly WriteOperation[]): Promise<void> {
    await this.#stages.ports.store.write(writes);
  }

  /** @throws STATE_RANGE_INVALID */
  #take(wish: RangeWish, wanted: WantedRange, range: StateRange): WriteOperation[] {
    try {
      verifyRange(wanted.root, hexToBytes(wish.from), trieRangeOf(range));
      const entries = range.entries.filter(({ key }) => wanted.to === undefined || key < wanted.to);
      const discovered = wish.owner === undefined ? this.#behind(entries) : [];
      return [
        ...this.#writesOfTrie(wish, entries),
        ...discovered,
        ...this.#writesOfRest(wish, wanted, range),
      ];
    } catch (cause) {
      throw stateErrors.STATE_RANGE_INVALID({ owner: wish.owner, from: wish.from }, cause);
    }
  }

  #writesOfTrie({ owner }: RangeWish, entries: StateRange["entries"]): WriteOperation[] {
    const { adoptedNodes } = this.#stages.tables;
    return this.#trie(owner)
      .with(entries.map(({ key, value }) => [hexToBytes(key), value]))
      .commit()
      .operations.map((operation) =>
        operation.kind === "put"
          ? adoptedNodes.put(operation.key, operation.value)
          : adoptedNodes.delete(operation.key),
      );
  }

  /** What is here of a trie. */
  #trie(owner: Hash | undefined): Trie {
    const { adoptedNodes } = this.#stages.tables;
    const ownerBytes = owner === undefined ? ACCOUNT_TRIE_OWNER : hexToBytes(owner);
    const root = adoptedNodes.get(nodeKey(ownerBytes, new Uint8Array(0), 0));
    const reader = { get: (key: Uint8Array) => adoptedNodes.get(key) };
    return Trie.load(root === undefined ? EMPTY_TRIE_ROOT : keccak256Hex(root), reader, ownerBytes);
  }

  /** The storage and the code of accounts. */
  #behind(accounts: StateRange["entries"]): WriteOperation[] {
    const { codes } = this.#stages.tables;
    return accounts.flatMap(({ key, value }) => {
      const { account, storageRoot } = decodeAccount(value);
      const isCodeHere = account.codeHash === EMPTY_CODE_HASH || codes.has(account.codeHash);
      return [
        ...this.#wants.addTrie(key, storageRoot),
        ...(isCodeHere ? [] : [this.#wants.addCode(account.codeHash)]),
      ];
    });
  }

  #writesOfRest(wish: RangeWish, wanted: WantedRange, { entries, isEnd }: StateRange): WriteOperation[] {
    const done = this.#wants.removeRange(wish);
    const from = isEnd ? undefined : keyAfter(entries.at(-1)!.key);
    if (from === undefined || (wanted.to !== undefined && from >= wanted.to)) return [done];
    return [done, this.#wants.addRange({ ...wish, from }, wanted)];
  }
}

function trieRangeOf({ entries, proof, isEnd }: StateRange): TrieRange {
  return { entries: entries.map(({ key, value }) => ({ key: hexToBytes(key), value })), proof, isEnd };
}

/** Undefined behind the last key that there is. */
function keyAfter(key: Hash): Hash | undefined {
  const next = BigInt(key) + 1n;
  return next >> 256n === 0n ? `0x${next.toString(16).padStart(64, "0")}` : undefined;
}
