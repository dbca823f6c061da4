import { type GossipSub, TopicValidatorResult } from "@libp2p/gossipsub";
import { silentLog } from "@trellis/base";
import { describe, expect, it } from "vitest";
import type { GossipVerdict } from "../transport/Transport.ts";
import { judgeGossip } from "./Gossip.ts";
import { LIBP2P_LIMITS } from "./limits.ts";

const TOPIC = { id: "blocks", bytesMax: 1 << 20 };
const { Accept, Ignore, Reject } = TopicValidatorResult;

function judging() {
  const verdicts: PromiseWithResolvers<GossipVerdict>[] = [];
  const validators: GossipSub["topicValidators"] = new Map();
  const gossip = { topicValidators: validators, subscribe: () => {} } as unknown as GossipSub;
  const judge = (): Promise<GossipVerdict> => {
    const verdict = Promise.withResolvers<GossipVerdict>();
    verdicts.push(verdict);
    return verdict.promise;
  };
  judgeGossip(gossip, [TOPIC], judge, silentLog);
  const say = (peer: string, bytes: number) =>
    validators.get(TOPIC.id)!(peer as never, { data: new Uint8Array(bytes) } as never);
  const isJudged = (peer: string, bytes = 1): boolean => {
    const { length } = verdicts;
    void say(peer, bytes);
    return verdicts.length > length;
  };
  return { verdicts, say, isJudged };
}

describe("gossip is validated before it is forwarded [LINK-15]", () => {
  it("by its verdict; an oversized message is rejected, and an error does not blame the sender", async () => {
    const { verdicts, say } = judging();
    const said = [1, 2, TOPIC.bytesMax, 3].map((bytes) => say("a", bytes));
    const tooLong = say("a", TOPIC.bytesMax + 1);
    verdicts[0]!.resolve("accept");
    verdicts[1]!.resolve("ignore");
    verdicts[2]!.resolve("reject");
    verdicts[3]!.reject(new Error("closed"));
    expect(await Promise.all([...said, tooLong])).toEqual([Accept, Ignore, Reject, Ignore, Reject]);
  });

  it("limits waiting messages per peer until one is validated", async () => {
    const { verdicts, say, isJudged } = judging();
    for (let count = 0; count < LIBP2P_LIMITS.judgedPerPeerMax; count++) expect(isJudged("a")).toBe(true);
    expect(await say("a", 1)).toBe(Ignore);
    expect(isJudged("b")).toBe(true);
    verdicts[7]!.resolve("accept");
    await new Promise(setImmediate);
    expect([isJudged("a"), isJudged("a")]).toEqual([true, false]);
  });

  it("limits waiting bytes per peer until they are validated", async () => {
    const { verdicts, isJudged } = judging();
    const full = LIBP2P_LIMITS.judgedBytesPerPeerMax / TOPIC.bytesMax;
    for (let count = 1; count < full; count++) expect(isJudged("a", TOPIC.bytesMax)).toBe(true);
    expect(isJudged("a", TOPIC.bytesMax - 1)).toBe(true);
    expect([isJudged("a", 2), isJudged("a", 1), isJudged("a", 1)]).toEqual([false, true, false]);
    for (const verdict of verdicts) verdict.resolve("accept");
    await new Promise(setImmediate);
    for (let count = 0; count < full; count++) expect(isJudged("a", TOPIC.bytesMax)).toBe(true);
    expect(isJudged("a")).toBe(false);
  });
});
