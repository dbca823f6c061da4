import { expect, it } from "vitest";
import { BanList } from "./BanList.ts";
import { BAN_LIMITS } from "./limits.ts";

it("PEER-7: a full list drops the ban that ends soonest, and bans by the operator last", () => {
  const bans = new BanList();
  bans.banByOperator({ kind: "peer", target: "by the operator", reason: "", untilMs: 1 }, 0);
  const ids = Array.from({ length: BAN_LIMITS.recordsMax - 1 }, (_, index) => `peer ${index}`);
  for (const [index, id] of ids.entries()) bans.banPeer(id, undefined, "", index === 1 ? 0 : 1_000 + index);
  expect(bans.records(0)).toHaveLength(BAN_LIMITS.recordsMax);
  bans.banPeer("one more", undefined, "", 500);
  const kept = new Set(bans.records(0).map(({ target }) => target));
  expect(kept.size).toBe(BAN_LIMITS.recordsMax);
  expect(["by the operator", ids[0]!, ids[1]!, ids[2]!, "one more"].map((id) => kept.has(id))).toEqual([
    true,
    true,
    false,
    true,
    true,
  ]);
});
