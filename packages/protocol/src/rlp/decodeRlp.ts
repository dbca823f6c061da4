import { protocolErrors } from "../errors.ts";
import { RlpReader, withoutBufferPrototype } from "./RlpReader.ts";

export type RlpItem = Uint8Array | readonly RlpItem[];

interface RlpLimits {
  /** A list of byte strings has depth 1. */
  readonly depthMax?: number;
  /** Counts lists and byte strings. */
  readonly itemsMax?: number;
}

/** Blocks have depth 6. */
const DEPTH_MAX = 64;
/** A decoded item can take a hundred times its encoded size. */
const ITEMS_MAX = 1 << 20;

/**
 * The result shares memory with the input. RlpReader is faster for known shapes. [RLP-1] [RLP-4]
 * @throws RLP_INVALID
 */
export function decodeRlp(bytes: Uint8Array, limits: RlpLimits = {}): RlpItem {
  if (bytes.length === 0) throw protocolErrors.RLP_INVALID({ reason: "truncated", size: 0 });
  const reader = new RlpReader(withoutBufferPrototype(bytes));
  const depthMax = limits.depthMax ?? DEPTH_MAX;
  const itemsMax = limits.itemsMax ?? ITEMS_MAX;
  const item = readItem(reader, depthMax, { left: itemsMax, itemsMax });
  if (!reader.isDone) {
    throw protocolErrors.RLP_INVALID({
      reason: "trailing bytes",
      size: bytes.length,
      read: reader.lastEncoding.length,
    });
  }
  return item;
}

function readItem(
  reader: RlpReader,
  depthLeft: number,
  budget: { left: number; readonly itemsMax: number },
): RlpItem {
  if (budget.left-- === 0)
    throw protocolErrors.RLP_INVALID({ reason: "too many items", itemsMax: budget.itemsMax });
  if (!reader.nextIsList("item")) return reader.readBytes("item");
  if (depthLeft === 0) throw protocolErrors.RLP_INVALID({ reason: "too deep" });
  const list = reader.readList("item");
  const items: RlpItem[] = [];
  while (!list.isDone) items.push(readItem(list, depthLeft - 1, budget));
  return items;
}
