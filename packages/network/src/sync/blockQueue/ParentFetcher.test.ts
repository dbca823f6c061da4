import { VirtualTime } from "@trellis/kit/time";
import type { Block, Hash } from "@trellis/protocol";
import { expect, it } from "vitest";
import type { PeerRequests } from "../../requests/PeerRequests.ts";
import type { PeerId } from "../../transport/Transport.ts";
import { HEDGE_LIMITS } from "../limits.ts";
import { ParentFetcher } from "./ParentFetcher.ts";

const [X, Y] = ["aa", "bb"].map((byte) => `0x${byte.repeat(32)}` as Hash) as [Hash, Hash];
type Answer = (blocks: readonly (Block | undefined)[]) => void;

function openFetcher() {
  const time = new VirtualTime();
  const answers = new Map<PeerId, Answer>();
  const needed = new Set([X, Y]);
  const fetcher = new ParentFetcher({
    requests: {
      blocks: (peer: PeerId) =>
        new Promise((resolve) => {
          answers.set(peer, resolve);
        }),
    } as unknown as PeerRequests,
    clock: time,
    scheduler: time,
    others: () => ["b"],
    servesHistory: () => true,
    isNeeded: (hash) => needed.has(hash),
    arrived: () => {},
    lost: () => {},
  });
  return { time, answers, needed, fetcher };
}

it.each(["given by another", "no longer needed"])(
  "a late answer about a block that is %s and then requested again ends neither request nor share [SYNC-7]",
  async (reason) => {
    const { time, answers, needed, fetcher } = openFetcher();
    const given = [{ hash: X } as Block];
    fetcher.fetch([X], "a", 0);
    await time.run(HEDGE_LIMITS.firstMs);
    expect([...answers.keys()]).toEqual(["a", "b"]);
    if (reason === "given by another") answers.get("b")!(given);
    else {
      needed.delete(X);
      await time.run(HEDGE_LIMITS.firstMs);
      fetcher.pump();
      needed.add(X);
    }
    await time.run(0);
    expect(fetcher.has(X)).toBe(false);
    fetcher.fetch([X], "c", 0);
    answers.get("a")!(given);
    await time.run(0);
    expect(fetcher.has(X)).toBe(true);
    fetcher.fetch([Y], "a", 0);
    expect(fetcher.has(Y)).toBe(true);
  },
);
