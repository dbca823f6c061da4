import { VirtualTime } from "@trellis/kit/time";
import type { PoolView } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { networkErrors } from "../errors.ts";
import { AnswerQueue } from "../requests/AnswerQueue.ts";
import { TestGuard } from "../sync/testing/TestNode.ts";
import { TEST_PARAMETERS, TEST_START_MS } from "../sync/testing/testChain.ts";
import { createWire } from "../wire/index.ts";
import { KnownTransactions } from "./KnownTransactions.ts";
import { TRANSACTION_RELAY_LIMITS } from "./limits.ts";
import { TransactionRelay } from "./TransactionRelay.ts";

const { besideMax, backoffMs } = TRANSACTION_RELAY_LIMITS;
const wire = createWire(TEST_PARAMETERS);
const topic = wire.topics.transactions;
const EMPTY_POOL = {
  get: () => undefined,
  subscribe: () => () => {},
  content: () => ({ pending: new Map(), queued: new Map() }),
} as unknown as PoolView;

class CountingGuard extends TestGuard {
  refused = 0;
  left = 10;

  override spend(peer: string, bucket: string, tokens = 1): boolean {
    if (bucket !== "refused") return super.spend(peer, bucket);
    if (tokens > this.left) return false;
    this.left -= tokens;
    this.refused += tokens;
    return true;
  }
}

function refusing() {
  const clock = new VirtualTime(TEST_START_MS);
  const guard = new CountingGuard();
  const seen = { submitted: 0 };
  const relay = new TransactionRelay({
    wire,
    guard,
    pool: EMPTY_POOL,
    clock,
    scheduler: clock,
    transport: { publish: () => {} },
    requests: { pooled: async () => undefined, transactions: async () => undefined },
    intake: {
      submit: async () => {
        seen.submitted += 1;
        throw networkErrors.PEER_REFUSED({ reason: "x" });
      },
    },
    known: new KnownTransactions(EMPTY_POOL, clock),
    answerQueue: new AnswerQueue(undefined),
    peers: () => [],
  });
  let count = 0;
  const tell = (from: string, transactions: number, bytes = 200) => {
    const encoded = Array.from({ length: transactions }, () => {
      count += 1;
      return new Uint8Array(bytes)
        .fill(count % 251)
        .fill(count >> 8, 0, 8)
        .fill(count & 255, 8, 16);
    });
    return relay.judge(topic.id, topic.codec.encode({ transactions: encoded }), from);
  };
  return { clock, guard, seen, tell };
}

describe("NET-21: peer whose transactions are refused", () => {
  it("gets no more of them accepted when its tokens are used up, of this message or the next", async () => {
    const { clock, seen, tell } = refusing();
    expect(await tell("a", 256)).toBe("ignore");
    expect(seen.submitted).toBe(besideMax);
    expect(await tell("a", 2)).toBe("ignore");
    expect(seen.submitted).toBe(besideMax);
    await tell("b", 1);
    expect(seen.submitted).toBe(besideMax + 1);
    await clock.run(backoffMs);
    await tell("a", 1);
    expect(seen.submitted).toBe(besideMax + 2);
  });

  it("pays for each 4 KiB", async () => {
    const { guard, tell } = refusing();
    await tell("a", 1, 200);
    expect(guard.refused).toBe(1);
    await tell("a", 1, 20_000);
    expect(guard.refused).toBe(1 + 5);
  });
});
