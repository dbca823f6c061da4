import type { Hash } from "../words.ts";
import type { Body } from "./Block.ts";

/** A block continues its own trace, or that of its first traced transaction. */
export function* tracedKeys(body: Pick<Body, "transactions">, block?: Hash): Iterable<Hash> {
  if (block !== undefined) yield block;
  for (const { hash } of body.transactions) yield hash;
}
