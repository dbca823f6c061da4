import { type Hex, isHex } from "@trellis/base";
import type { Address, ChainView, Hash } from "@trellis/protocol";
import { PLACE_MAX } from "../entries/places.ts";
import type { Tables } from "../tables.ts";

const ADDRESS_BYTES = 20;
const HASH_BYTES = 32;
const TEXT_MAX = 64;
const TOKENS_MAX = 10;

export type SearchHit =
  | { readonly kind: "block"; readonly hash: Hash; readonly number?: number }
  | { readonly kind: "transaction"; readonly hash: Hash }
  | { readonly kind: "address"; readonly address: Address; readonly isContract: boolean }
  | { readonly kind: "token"; readonly address: Address; readonly name?: string; readonly symbol?: string }
  | { readonly kind: "topic"; readonly topic: Hash };

export function search(
  text: string,
  chain: ChainView,
  tables: Tables,
  isPending: (transaction: Hash) => boolean,
): readonly SearchHit[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "" || wanted.length > 2 + 2 * HASH_BYTES) return [];
  const bare = `0x${wanted}`;
  if (isHex(bare, HASH_BYTES)) return byHash(bare, chain, tables, isPending);
  if (isHex(bare, ADDRESS_BYTES)) return [...byAddress(bare, chain, tables), ...byName(wanted, tables)];
  if (/^\d+$/.test(wanted)) return [...byNumber(Number(wanted), chain), ...byName(wanted, tables)];
  if (isHex(wanted, HASH_BYTES)) return byHash(wanted, chain, tables, isPending);
  if (isHex(wanted, ADDRESS_BYTES)) return byAddress(wanted, chain, tables);
  return byName(wanted, tables);
}

function byNumber(number: number, chain: ChainView): SearchHit[] {
  const block = Number.isSafeInteger(number) ? chain.blockByNumber(number) : undefined;
  return block === undefined ? [] : [{ kind: "block", hash: block.hash, number }];
}

function byHash(
  hash: Hash,
  chain: ChainView,
  tables: Tables,
  isPending: (transaction: Hash) => boolean,
): SearchHit[] {
  const hits: SearchHit[] = [];
  if (chain.dagBlock(hash) !== undefined) hits.push({ kind: "block", hash });
  const isKnown = chain.transactionStatus(hash).kind !== "unknown" || isPending(hash);
  if (isKnown) hits.push({ kind: "transaction", hash });
  for (const _ of tables.topics.range({ ...placesOf(hash), countMax: 1 })) {
    hits.push({ kind: "topic", topic: hash });
  }
  return hits;
}

function placesOf(topic: Hash) {
  return { from: { of: topic, place: [0, 0, 0] }, to: { of: topic, place: [PLACE_MAX, 0, 0] } };
}

function byAddress(address: Hex, chain: ChainView, tables: Tables): SearchHit[] {
  const token = tables.tokens.get(address);
  const state = chain.stateAt(chain.head().hash);
  const account = state.account(address);
  const isContract = account !== undefined && state.code(account.codeHash).length > 0;
  const hit: SearchHit = { kind: "address", address, isContract };
  return token === undefined ? [hit] : [tokenHit(address, token), hit];
}

function byName(wanted: string, tables: Tables): SearchHit[] {
  if (wanted.length > TEXT_MAX) return [];
  const hits = new Map<Address, SearchHit>();
  for (const [key] of tables.tokenNames.range({
    from: wanted,
    to: `${wanted}\u{10ffff}`,
    countMax: 2 * TOKENS_MAX,
  })) {
    const address = key.slice(key.lastIndexOf("\0") + 1) as Address;
    const token = tables.tokens.get(address);
    if (token !== undefined) hits.set(address, tokenHit(address, token));
  }
  return [...hits.values()].slice(0, TOKENS_MAX);
}

function tokenHit(
  address: Address,
  { name, symbol }: { readonly name?: string; readonly symbol?: string },
): SearchHit {
  return {
    kind: "token",
    address,
    ...(name === undefined ? {} : { name }),
    ...(symbol === undefined ? {} : { symbol }),
  };
}
