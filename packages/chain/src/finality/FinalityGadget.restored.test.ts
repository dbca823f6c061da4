import type { Vote } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { resumptionAfter } from "./slashingProtection/restoredMark.ts";
import type { SigningWatermark } from "./slashingProtection/SigningWatermark.ts";
import { carryToAll, GadgetNetwork, type Member, type Sent } from "./testing/GadgetNetwork.ts";

interface Backup {
  readonly record: SigningWatermark | undefined;
  readonly finalHeight: number;
}

const backupOf = ({ record, finalHeight }: Member): Backup => ({ record, finalHeight });

function lose(member: Member, backup: Backup): void {
  member.gadget?.stop();
  Object.assign(member, backup);
  member.certificates.clear();
}

class SignedMessages {
  readonly contradictions: string[] = [];
  readonly heights = new Map<number, number[]>();
  readonly #values = new Map<string, string | undefined>();

  readonly carry = (network: GadgetNetwork, from: number, sent: Sent): void => {
    if (sent.kind === "vote") this.#add(sent.vote.message);
    if (sent.kind === "proposal") this.#add({ ...sent.proposal.message, step: "propose" });
    carryToAll(network, from, sent);
  };

  #add({ validator, height, round, step, value }: Omit<Vote, "step"> & { readonly step: string }): void {
    const key = [validator, height, round, step].join(" ");
    if (this.#values.has(key) && this.#values.get(key) !== value) this.contradictions.push(key);
    this.#values.set(key, value);
    this.heights.set(validator, [...(this.heights.get(validator) ?? []), height]);
  }
}

describe("FINAL-28: a validator whose vote log is from a backup", () => {
  async function restoredIn(powers: readonly bigint[]) {
    const signed = new SignedMessages();
    const network = new GadgetNetwork(powers, signed.carry);
    const [restored] = network.members as [Member];
    await network.time.run(8_000, () => restored.finalHeight >= 2);
    const backup = backupOf(restored);
    await network.time.run(8_000, () => restored.finalHeight >= 6);
    return { signed, network, restored, backup };
  }

  it("signs from two heights above the one at which it has observed the others", async () => {
    const { signed, network, restored, backup } = await restoredIn([1n, 1n, 1n, 1n]);
    const before = signed.heights.get(0)!.length;
    lose(restored, backup);
    restored.restored = {};
    restored.begin();
    const isSigning = () => restored.gadget?.signing === "signing";
    expect(await network.time.run(20_000, isSigning)).toBe(true);
    const settledAt = restored.finalHeight + 1;
    expect(await network.time.run(20_000, () => signed.heights.get(0)!.length > before)).toBe(true);
    expect(signed.heights.get(0)![before]).toBe(settledAt + 2);
    expect([signed.contradictions, network.evidence]).toEqual([[], []]);
    expect(restored.restored).toBeUndefined();
  });

  it("does not stop because others repeat its lost votes", async () => {
    const signed = new SignedMessages();
    let isCut = false;
    const network = new GadgetNetwork([1n, 1n, 1n, 1n], (self, from, sent) => {
      if (!isCut || from !== 3) signed.carry(self, from, sent);
    });
    const [restored, , absent] = network.members as [Member, Member, Member];
    await network.time.run(6_000, () => restored.finalHeight >= 2);
    const backup = backupOf(restored);
    isCut = true;
    absent.gadget?.stop();
    await network.time.run(6_000);
    lose(restored, { ...backup, finalHeight: restored.finalHeight });
    restored.restored = {};
    restored.begin();
    await network.time.run(6_000);
    expect(restored.gadget?.signing).not.toBe("stopped");
    isCut = false;
    absent.begin();
    const height = restored.finalHeight;
    expect(await network.time.run(30_000, () => restored.finalHeight > height + 4)).toBe(true);
    expect(restored.gadget?.signing).toBe("signing");
    expect([signed.contradictions, network.evidence]).toEqual([[], []]);
  });

  it("VOTE_KEY_ELSEWHERE: stops if the machine that it replaces still runs", async () => {
    const { signed, network, restored: original, backup } = await restoredIn([1n, 1n, 1n, 1n]);
    const copy = network.addCopy(0);
    lose(copy, backup);
    copy.restored = {};
    copy.begin();
    expect(await network.time.run(20_000, () => copy.gadget?.signing === "stopped")).toBe(true);
    expect(original.gadget?.signing).toBe("signing");
    expect([signed.contradictions, network.evidence]).toEqual([[], []]);
  });

  it("waits for others even with two thirds of the stake, or alone", async () => {
    for (const powers of [[7n, 1n, 1n, 1n], [1n]]) {
      const { network, restored, backup } = await restoredIn(powers);
      for (const other of network.members.slice(1)) other.gadget?.stop();
      lose(restored, backup);
      restored.restored = {};
      restored.begin();
      await network.time.run(20_000);
      expect([restored.gadget?.signing, restored.gadget?.listeningFor]).toEqual(["listening", "others"]);
      expect(restored.record).toEqual(backup.record);
    }
  });
});

describe("FINAL-28.2: a network whose validators are all lost and restored", () => {
  it.each([
    ["one validator", [1n]],
    ["four validators", [1n, 1n, 1n, 1n]],
  ])("continues from the backup on another branch, and no key contradicts itself: %s", async (_, powers) => {
    const signed = new SignedMessages();
    const network = new GadgetNetwork(powers, signed.carry);
    const all = [...powers.keys()];
    await network.time.run(8_000, () => network.slowest(all) >= 2);
    const backups = network.members.map(backupOf);
    const backupMs = network.time.nowMs();
    await network.time.run(8_000, () => network.slowest(all) >= 6);
    const lost = network.slowest(all);
    for (const { gadget } of network.members) gadget?.stop();
    await network.time.run(100);
    network.members.forEach((member, index) => {
      lose(member, backups[index]!);
    });
    network.branch = " after the loss";
    const height = network.slowest(all) + 1;
    const resumption = resumptionAfter({ backupMs, nowMs: network.time.nowMs(), height });
    for (const member of network.members) {
      member.restored = { resumption };
      member.begin();
    }
    expect(await network.time.run(30_000, () => network.slowest(all) > lost + 2)).toBe(true);
    // A restart must not return to lower rounds.
    for (const member of network.members) member.begin();
    expect(await network.time.run(30_000, () => network.slowest(all) > lost + 5)).toBe(true);
    expect([signed.contradictions, network.evidence]).toEqual([[], []]);
  });
});
