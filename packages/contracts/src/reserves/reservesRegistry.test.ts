import type { Address } from "@trellis/protocol";
import { getContractAddress } from "viem";
import { beforeEach, describe, expect, it } from "vitest";
import { hashOf, type Publication, RegistryRunner, ZERO } from "../testing/RegistryRunner.ts";
import {
  DETERMINISTIC_DEPLOYER_ADDRESS,
  RESERVES_REGISTRY_ADDRESS,
  ReservesRegistry,
  reservesRegistryDeployment,
} from "./index.ts";

const custodian: Address = `0x${"a1".repeat(20)}`;
const other: Address = `0x${"b2".repeat(20)}`;
const first: Publication = {
  sequence: 1n,
  previousRecordHash: ZERO,
  recordHash: hashOf(0x11),
  totalsHash: hashOf(0x70),
  logSize: 5n,
  logRoot: hashOf(0x90),
};
const second: Publication = {
  sequence: 2n,
  previousRecordHash: first.recordHash,
  recordHash: hashOf(0x12),
  totalsHash: hashOf(0x71),
  logSize: 6n,
  logRoot: hashOf(0x91),
};

describe("ReservesRegistry", () => {
  let registry: RegistryRunner;
  beforeEach(async () => {
    registry = new RegistryRunner();
    await registry.deploy();
  });

  it("ANCHOR-1: publish stores a record with its block, for its custodian alone", async () => {
    expect(await registry.publish(custodian, first)).toMatchObject({ status: 1 });
    const { recordHash, totalsHash, logRoot, logSize } = first;
    const stored = { recordHash, totalsHash, logRoot, logSize, blockTime: 1n, blockNumber: 1n };
    expect(registry.anchorOf(custodian, 1n)).toEqual(stored);
    expect([registry.latestSequence(custodian), registry.latestSequence(other)]).toEqual([1n, 0n]);
    expect(registry.anchorOf(other, 1n)).toMatch(/^RecordUnknown\(0xb2.*,1\)$/i);
    expect(await registry.publish(other, first)).toMatchObject({ status: 1 });
  });

  it("ANCHOR-1: Published contains everything", async () => {
    await registry.publish(custodian, first);
    const [event] = registry.eventsOf(await registry.publish(custodian, second));
    expect(event).toMatchObject({ eventName: "Published", args: { ...second } });
    expect(event!.args.custodian.toLowerCase()).toBe(custodian);
  });

  it("ANCHOR-2: SequenceUnexpected", async () => {
    const numbered = (sequence: bigint) => registry.refusal(custodian, { ...first, sequence });
    expect([numbered(0n), numbered(2n), numbered(2n ** 64n - 1n)]).toEqual(
      Array.from({ length: 3 }, () => "SequenceUnexpected(1)"),
    );
    await registry.publish(custodian, first);
    await registry.publish(custodian, second);
    expect(registry.refusal(custodian, first)).toBe("SequenceUnexpected(3)");
    expect(registry.refusal(custodian, second)).toBe("SequenceUnexpected(3)");
    expect(registry.refusal(custodian, { ...second, sequence: 4n })).toBe("SequenceUnexpected(3)");
  });

  it("ANCHOR-3: PreviousRecordMismatch", async () => {
    const stray = { ...first, previousRecordHash: hashOf(7) };
    expect(registry.refusal(custodian, stray)).toBe(`PreviousRecordMismatch(${ZERO})`);
    await registry.publish(custodian, first);
    for (const previousRecordHash of [ZERO, hashOf(7), second.recordHash]) {
      const refusal = registry.refusal(custodian, { ...second, previousRecordHash });
      expect(refusal).toBe(`PreviousRecordMismatch(${first.recordHash})`);
    }
  });

  it("ANCHOR-4: LogNotGrown", async () => {
    expect(registry.refusal(custodian, { ...first, logSize: 0n })).toBe("LogNotGrown(0)");
    await registry.publish(custodian, first);
    expect(registry.refusal(custodian, { ...second, logSize: 5n })).toBe("LogNotGrown(5)");
    expect(registry.refusal(custodian, { ...second, logSize: 4n })).toBe("LogNotGrown(5)");
  });

  it("ANCHOR-1: RecordHashIsZero, which would mean no record", () => {
    expect(registry.refusal(custodian, { ...first, recordHash: ZERO })).toBe("RecordHashIsZero()");
  });

  it("ANCHOR-1: RecordUnknown", async () => {
    await registry.publish(custodian, first);
    for (const sequence of [0n, 2n]) {
      expect(registry.anchorOf(custodian, sequence)).toMatch(
        new RegExp(`^RecordUnknown\\(0xa1.*,${sequence}\\)$`, "i"),
      );
    }
  });

  it("ANCHOR-5: it only publishes and reads; it accepts no coins and has no administrator", async () => {
    const names = ReservesRegistry.abi
      .filter(({ type }) => type !== "error")
      .map((entry) => "name" in entry && entry.name);
    expect(names).toEqual(["Published", "anchorOf", "latestSequence", "publish"]);
    expect(
      ReservesRegistry.abi.some(
        (entry) => "stateMutability" in entry && entry.stateMutability === ("payable" as string),
      ),
    ).toBe(false);
    // DELEGATECALL, CALLCODE, SELFDESTRUCT.
    expect(
      opcodesOf(ReservesRegistry.runtimeBytecode).filter((code) => [0xf2, 0xf4, 0xff].includes(code)),
    ).toEqual([]);
  });

  it("ANCHOR-1: gas of a publication", async () => {
    const { gasUsed: ofFirst } = await registry.publish(custodian, first);
    const { gasUsed: ofSecond } = await registry.publish(custodian, second);
    // Each record stores four words and changes one; the first also stores the counter.
    expect({ ofFirst, ofSecond }).toEqual({ ofFirst: 141_466n, ofSecond: 124_378n });
  });
});

describe("ANCHOR-6: the registry's address", () => {
  it("is that of the deterministic deployer", async () => {
    const registry = new RegistryRunner();
    const { gasUsed } = await registry.deploy();
    const code = registry.runner.state.codeAt(RESERVES_REGISTRY_ADDRESS as Address);
    expect(Buffer.from(code).toString("hex")).toBe(ReservesRegistry.runtimeBytecode.slice(2));
    expect(gasUsed).toBeLessThan(600_000n);
    const address = getContractAddress({
      opcode: "CREATE2",
      from: DETERMINISTIC_DEPLOYER_ADDRESS,
      salt: ZERO,
      bytecode: ReservesRegistry.bytecode,
    });
    expect(RESERVES_REGISTRY_ADDRESS).toBe(address.toLowerCase());
    expect(reservesRegistryDeployment.to).toBe(DETERMINISTIC_DEPLOYER_ADDRESS);
  });

  it("does not change by accident: another address is another registry without the published records", () => {
    expect(RESERVES_REGISTRY_ADDRESS).toBe("0x1c901b361631a09d32b1f71dd14e5b32e13a23be");
  });

  it("a second deployment changes nothing", async () => {
    const registry = new RegistryRunner();
    await registry.deploy();
    await registry.publish(custodian, first);
    expect(await registry.deploy()).toMatchObject({ status: 0 });
    expect(registry.latestSequence(custodian)).toBe(1n);
  });
});

function opcodesOf(bytecode: string): number[] {
  const bytes = Buffer.from(bytecode.slice(2), "hex");
  const found: number[] = [];
  for (let at = 0; at < bytes.length; at += 1) {
    const code = bytes[at]!;
    found.push(code);
    if (code >= 0x60 && code <= 0x7f) at += code - 0x5f;
  }
  return found;
}
