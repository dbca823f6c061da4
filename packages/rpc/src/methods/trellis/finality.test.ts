import { bytesToHex } from "@trellis/base";
import {
  createGenesis,
  encodeEvidence,
  encodeHeader,
  type Signed,
  sim,
  type Vote,
  ZERO_HASH,
} from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { FakeNode } from "../../testing/FakeNode.ts";

describe("trellis_getFinality", () => {
  it("returns the newest checkpoint, the vote and the signers", async () => {
    const node = new FakeNode();
    expect(await node.result("trellis_getFinality")).toEqual({
      epoch: 3,
      isFinalizing: true,
      lagBlocks: 4,
      lagMs: 1_500,
      self: null,
      signing: null,
      listeningFor: null,
      finalized: { height: 7, hash: `0x${"ab".repeat(32)}`, number: "0x14" },
      vote: { height: 8, round: 1, step: "prevote" },
      validators: [
        {
          index: 0,
          address: "0x1111111111111111111111111111111111111111",
          power: "0x3782dace9d900000",
          publicKey: `0x${"00".repeat(48)}`,
          signed: 7,
          missed: 0,
        },
        {
          index: 1,
          address: "0x2222222222222222222222222222222222222222",
          power: "0x1bc16d674ec80000",
          publicKey: `0x${"01".repeat(48)}`,
          signed: 2,
          missed: 5,
        },
      ],
    });
  });

  it("is null on a node without finality", async () => {
    expect(await new FakeNode({ without: ["finality"] }).result("trellis_getFinality")).toBeNull();
  });
});

describe("trellis_getCertificate", () => {
  it("returns the certificate of a height, with its signers by index", async () => {
    const node = new FakeNode();
    expect(await node.result("trellis_getCertificate", "0x7")).toEqual({
      epoch: 3,
      height: 7,
      round: 0,
      step: "precommit",
      value: `0x${"ab".repeat(32)}`,
      signers: [0],
      bitmap: "0x01",
      signature: `0x${"00".repeat(96)}`,
    });
    expect(await node.result("trellis_getCertificate", "0x8")).toBeNull();
    expect((await node.call("trellis_getCertificate", "seven")).error?.code).toBe(-32602);
  });
});

describe("trellis_getFinalityProof", () => {
  it("returns changes of the set from an epoch on, or the newest checkpoint", async () => {
    const node = new FakeNode();
    const certificate = await node.result("trellis_getCertificate", "0x7");
    const { header } = createGenesis(sim, ZERO_HASH);
    const checkpoint = { header: bytesToHex(encodeHeader(header)), certificate };
    expect(await node.result("trellis_getFinalityProof", "0x2")).toEqual({
      changes: [{ epoch: 3, ...checkpoint, nodes: ["0xc0"] }],
      newest: null,
    });
    expect(await node.result("trellis_getFinalityProof", "0x3")).toEqual({ changes: [], newest: checkpoint });
    const without = new FakeNode({ without: ["finality"] });
    expect(await without.result("trellis_getFinalityProof", "0x0")).toBeNull();
  });
});

describe("trellis_submitEvidence", () => {
  const vote = (byte: string): Signed<Vote> => ({
    message: {
      epoch: 3,
      height: 8,
      round: 0,
      step: "precommit",
      validator: 1,
      value: `0x${byte.repeat(32)}`,
    },
    signature: new Uint8Array(96),
  });

  it("passes it to the finality gadget", async () => {
    const node = new FakeNode();
    const evidence = { first: vote("aa"), second: vote("bb") };
    expect(await node.result("trellis_submitEvidence", bytesToHex(encodeEvidence(evidence)))).toBe(true);
    expect(node.finality.reported).toEqual([evidence]);
  });

  it("refuses invalid evidence, and a node without finality", async () => {
    const node = new FakeNode();
    expect((await node.call("trellis_submitEvidence", "0xc0")).error).toBeDefined();
    expect((await node.call("trellis_submitEvidence", "evidence")).error?.code).toBe(-32602);
    expect(node.finality.reported).toEqual([]);
    const without = new FakeNode({ without: ["finality"] });
    const valid = bytesToHex(encodeEvidence({ first: vote("aa"), second: vote("bb") }));
    expect((await without.call("trellis_submitEvidence", valid)).error?.code).toBe(-32602);
  });
});
