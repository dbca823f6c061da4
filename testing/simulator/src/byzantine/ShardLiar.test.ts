import type { Outbox } from "@trellis/chain";
import type { Message, MessageBatch } from "@trellis/protocol";
import { ZERO_HASH } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import type { Fault } from "../faults/faults.ts";
import { RandomStream } from "../world/RandomStream.ts";
import { ShardLiar } from "./ShardLiar.ts";

const SEEDS = 300;

/** Messages 10 to 10 + `due`, where 10 is delivered next if `next` is 10. */
function outboxFrom(next: number, due: number): Outbox {
  const sent = 10 + due;
  const messages = Array.from({ length: sent - next }, (_, at) => messageOf(next + at));
  const proof = { accountNodes: [], storageNodes: [Uint8Array.of(next)] };
  const prove = (count: number): MessageBatch => ({
    source: 1,
    previousHead: ZERO_HASH,
    messages: messages.slice(0, count),
    proof,
  });
  return { sent, acknowledged: 0, messages, prove };
}

function messageOf(index: number): Message {
  return { index, value: BigInt(index) } as Message;
}

describe("lies about messages", () => {
  it.each([1, 2, 3])("count only if the batch differs from the right one, of %i messages", (due) => {
    const right = outboxFrom(10, due).prove(due);
    const lies = new Set<string>();
    for (let seed = 0; seed < SEEDS; seed++) {
      const liar = new ShardLiar(new Set<Fault>(["badbatch"]), new RandomStream(seed, "liar"));
      liar.beginTemplate();
      const outboxes = liar.outboxes({ open: (_source, _record, { next }) => outboxFrom(next, due) });
      const outbox = outboxes.open(1, {} as never, { destination: 0, next: 10 })!;
      const carried = Math.min(outbox.sent - 10, outbox.messages.length);
      const batch = outbox.prove(carried);
      if (liar.lie === undefined) continue;
      expect(batch, liar.lie).not.toEqual(right);
      lies.add(liar.lie);
    }
    expect(lies.size).toBe(due === 1 ? 4 : 7);
  });
});
