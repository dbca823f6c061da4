import { createHash } from "node:crypto";
import { z } from "zod";
import { httpErrors } from "./errors.ts";

const PAGE_SIZE_MAX = 200;

export const pageQuery = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(PAGE_SIZE_MAX)
    .default(50)
    .meta({ description: "maximum number of items" }),
  cursor: z.string().min(1).max(512).optional().meta({ description: "`next` of the previous page" }),
};

export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({
    items: z.array(item),
    next: z.string().nullable().meta({ description: "cursor of the next page; null on the last page" }),
  });
}

export interface Page<Item> {
  items: Item[];
  next: string | null;
}

export interface ListCall {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Reads one extra item. `list` identifies the list and its filters. @throws CURSOR_INVALID */
export async function readPage<Item>(
  { limit, cursor }: ListCall,
  list: readonly (string | number | undefined)[],
  read: (after: string | undefined, limit: number) => Promise<readonly Item[]>,
  positionOf: (item: Item) => string,
): Promise<Page<Item>> {
  const after = cursor === undefined ? undefined : openCursor(cursor, list);
  const found = await read(after, limit + 1);
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const next = found.length > limit && last !== undefined ? sealCursor(positionOf(last), list) : null;
  return { items, next };
}

const MARK_BYTES = 8;

/** `base64url(checksum ‖ position)`. The checksum covers `list` too. */
function sealCursor(position: string, list: readonly (string | number | undefined)[]): string {
  return Buffer.concat([markOf(position, list), Buffer.from(position)]).toString("base64url");
}

function openCursor(cursor: string, list: readonly (string | number | undefined)[]): string {
  const bytes = Buffer.from(cursor, "base64url");
  const position = bytes.subarray(MARK_BYTES).toString();
  const isOurs = bytes.length > MARK_BYTES && bytes.subarray(0, MARK_BYTES).equals(markOf(position, list));
  if (!isOurs) throw httpErrors.CURSOR_INVALID();
  return position;
}

function markOf(position: string, list: readonly (string | number | undefined)[]): Buffer {
  const text = JSON.stringify([list.map((part) => part ?? null), position]);
  return createHash("sha256").update(text).digest().subarray(0, MARK_BYTES);
}
