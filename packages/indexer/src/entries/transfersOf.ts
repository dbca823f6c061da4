import { bytesToBigint, type Hex } from "@trellis/base";
import type { Address, Hash, LogEntry } from "@trellis/protocol";
import type { TokenStandard } from "../tables.ts";

/** Transfer(address,address,uint256) of ERC-20 and ERC-721. */
const TRANSFER: Hash = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
/** TransferSingle(address,address,address,uint256,uint256) of ERC-1155. */
const TRANSFER_SINGLE: Hash = "0xc3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62";
/** TransferBatch(address,address,address,uint256[],uint256[]) of ERC-1155. */
const TRANSFER_BATCH: Hash = "0x4a39dc06d4c0dbc64b70af90fd698a233a518aa5d07e595d983b8c0526c8f7fb";

const WORD = 32;
/** Larger batches are not indexed. */
const ITEMS_MAX = 1_000;

export interface Transfer {
  readonly standard: TokenStandard;
  readonly from: Address;
  readonly to: Address;
  readonly amount: bigint;
  readonly tokenId?: bigint;
}

export function transfersOf({ topics, data }: LogEntry): readonly Transfer[] {
  switch (topics[0]) {
    case TRANSFER:
      return transferOf(topics, data);
    case TRANSFER_SINGLE: {
      const parties = partiesOf(topics);
      if (parties === undefined || data.length !== 2 * WORD) return [];
      return [{ standard: "erc1155", ...parties, tokenId: wordAt(data, 0)!, amount: wordAt(data, WORD)! }];
    }
    case TRANSFER_BATCH:
      return batchOf(topics, data);
    default:
      return [];
  }
}

function transferOf(topics: readonly Hash[], data: Uint8Array): readonly Transfer[] {
  if (topics.length === 3 && data.length === WORD) {
    const [from, to] = [addressOf(topics[1]!), addressOf(topics[2]!)];
    if (from === undefined || to === undefined) return [];
    return [{ standard: "erc20", from, to, amount: wordAt(data, 0)! }];
  }
  if (topics.length === 4 && data.length === 0) {
    const [from, to] = [addressOf(topics[1]!), addressOf(topics[2]!)];
    if (from === undefined || to === undefined) return [];
    return [{ standard: "erc721", from, to, tokenId: BigInt(topics[3]!), amount: 1n }];
  }
  return [];
}

function batchOf(topics: readonly Hash[], data: Uint8Array): readonly Transfer[] {
  const parties = partiesOf(topics);
  const ids = arrayAt(data, 0);
  const amounts = arrayAt(data, WORD);
  if (parties === undefined || ids === undefined || amounts?.length !== ids.length) return [];
  return ids.map((tokenId, index) => ({
    standard: "erc1155" as const,
    ...parties,
    tokenId,
    amount: amounts[index]!,
  }));
}

function arrayAt(data: Uint8Array, head: number): readonly bigint[] | undefined {
  const offset = wordAt(data, head);
  if (offset === undefined || offset > BigInt(data.length)) return undefined;
  const from = Number(offset);
  const length = wordAt(data, from);
  if (length === undefined || length > BigInt(ITEMS_MAX)) return undefined;
  const words = Array.from({ length: Number(length) }, (_, index) => wordAt(data, from + (index + 1) * WORD));
  return words.every((word) => word !== undefined) ? words : undefined;
}

function partiesOf(topics: readonly Hash[]): { from: Address; to: Address } | undefined {
  const [, , fromTopic, toTopic] = topics;
  if (topics.length !== 4 || fromTopic === undefined || toTopic === undefined) return undefined;
  const [from, to] = [addressOf(fromTopic), addressOf(toTopic)];
  return from === undefined || to === undefined ? undefined : { from, to };
}

function wordAt(data: Uint8Array, from: number): bigint | undefined {
  return from + WORD <= data.length ? bytesToBigint(data.subarray(from, from + WORD)) : undefined;
}

function addressOf(word: Hex): Address | undefined {
  return word.startsWith(`0x${"00".repeat(12)}`) ? `0x${word.slice(26)}` : undefined;
}
