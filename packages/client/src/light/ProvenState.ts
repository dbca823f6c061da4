import type { Hex } from "@trellis/base";
import { fromRlp, keccak256 } from "viem/utils";
import { lightErrors } from "./errors.ts";

type Item = Hex | readonly Item[];

const EMPTY = "0x";
const BRANCH_ITEMS = 17;

export class ProvenState {
  readonly #nodes: ReadonlyMap<Hex, Hex>;

  constructor(nodes: readonly Hex[]) {
    this.#nodes = new Map(nodes.map((node) => [keccak256(node), node]));
  }

  storageRoot(stateRoot: Hex, address: Hex): Hex {
    const account = this.#value(stateRoot, keccak256(address));
    const [, , root] = account === undefined ? [] : listOf(decoded(account));
    if (typeof root !== "string" || root.length !== 66) throw invalid("the account is not there");
    return root;
  }

  /** 0 for an empty slot. */
  word(storageRoot: Hex, slot: Hex): bigint {
    const value = this.#value(storageRoot, keccak256(slot));
    if (value === undefined) return 0n;
    const bytes = decoded(value);
    if (typeof bytes !== "string" || bytes === EMPTY) throw invalid("a slot holds no number");
    return BigInt(bytes);
  }

  /** [TRIE-1] */
  #value(root: Hex, key: Hex): Hex | undefined {
    let path = key.slice(2);
    let item: Item = root;
    for (;;) {
      const node = this.#node(item);
      if (node.length === BRANCH_ITEMS) {
        if (path === "") throw invalid("a key ends in a branch");
        item = node[Number.parseInt(path[0]!, 16)]!;
        path = path.slice(1);
        if (item === EMPTY) return undefined;
        continue;
      }
      const { nibbles, isLeaf } = pathOf(node);
      if (isLeaf) return path === nibbles ? bytesOf(node[1]) : undefined;
      if (!path.startsWith(nibbles) || nibbles === "") return undefined;
      path = path.slice(nibbles.length);
      item = node[1]!;
    }
  }

  #node(item: Item): readonly Item[] {
    if (typeof item !== "string") return item;
    const node = this.#nodes.get(item);
    if (node === undefined) throw invalid("a node is missing");
    return listOf(decoded(node));
  }
}

function pathOf(node: readonly Item[]): { readonly nibbles: string; readonly isLeaf: boolean } {
  const digits = bytesOf(node[0]).slice(2);
  const flag = Number.parseInt(digits[0] ?? "", 16);
  if (node.length !== 2 || !(flag <= 3)) throw invalid("a node is malformed");
  return { nibbles: digits.slice(flag % 2 === 1 ? 1 : 2), isLeaf: flag >= 2 };
}

function decoded(bytes: Hex): Item {
  try {
    return fromRlp(bytes, "hex") as Item;
  } catch (error) {
    throw invalid("a node is malformed", error);
  }
}

function listOf(item: Item): readonly Item[] {
  if (typeof item === "string") throw invalid("a node is malformed");
  return item;
}

function bytesOf(item: Item | undefined): Hex {
  if (typeof item !== "string") throw invalid("a node is malformed");
  return item;
}

function invalid(reason: string, cause?: unknown) {
  return lightErrors.LIGHT_PROOF_INVALID({ what: "state", reason }, cause);
}

/** Slot of a mapping or array item in Solidity's storage layout. */
export function hashedSlot(...words: readonly bigint[]): bigint {
  return BigInt(keccak256(`0x${words.map((word) => wordOf(word).slice(2)).join("")}`));
}

export function wordOf(value: bigint): Hex {
  return `0x${BigInt.asUintN(256, value).toString(16).padStart(64, "0")}`;
}

/** Compressed G1 point. */
export function keyOf(head: bigint, tail: bigint): Hex {
  return `0x${wordOf(head).slice(2)}${wordOf(tail).slice(34)}`;
}
