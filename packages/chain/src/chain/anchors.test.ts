import { isTrellisError } from "@trellis/base";
import { withSystemContracts } from "@trellis/contracts";
import {
  type Anchor,
  type Block,
  createBlock,
  devParameters,
  EMPTY_CROSS_SHARD_LISTS,
  type Header,
  parametersOfShard,
  withShards,
  ZERO_HASH,
} from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import type { FinalAnchors } from "../consensus/rules/anchor.ts";
import { createRealEvm } from "../finality/testing/stakedNetwork.ts";
import { finalAnchorsOf } from "../shards/finalAnchors.ts";
import { localOutboxes } from "../shards/localOutboxes.ts";
import { codeAndReason } from "../store/testing/codeAndReason.ts";
import { TestBlockBuilder } from "./testing/TestBlockBuilder.ts";
import { createTestChain, type TestChain } from "./testing/testChain.ts";
import { minerAddress } from "./testing/testNetwork.ts";

const network = withSystemContracts(withShards(devParameters({ accounts: [] }), 2));
const parametersOf = (shard: number) => ({
  ...parametersOfShard(network, shard),
  ...{ ghostdagK: 2, finalityDepth: 4 },
});
const parameters = parametersOf(0);
const zero: Anchor = { hash: ZERO_HASH, number: 0, epoch: 0 };

async function refusalOf(chain: TestChain, block: Block): Promise<string | undefined> {
  try {
    await chain.importBlock(block);
    return undefined;
  } catch (error) {
    if (isTrellisError(error)) return codeAndReason(error);
    throw error;
  }
}

describe("SHARD-14.2: anchors of shard 0", () => {
  const OFF = "BLOCK_INVALID: anchor not a final block of the own chain";

  it("are the finalized block, and verified again from the store", async () => {
    const chain = await createTestChain({ parameters });
    for (let count = 0; count < 9; count++) await chain.mine();
    const { header } = chain.view.head();
    const final = chain.view.blockByNumber(3)!;
    expect(header).toMatchObject({ version: 2, finalized: final.hash });
    expect(header.anchor).toEqual({ hash: final.hash, number: 3, epoch: 0 });
    expect(chain.view.block(chain.view.head().hash)!.body.crossShard).toEqual(EMPTY_CROSS_SHARD_LISTS);
    const reopened = await chain.reopen();
    await reopened.mine();
    expect(reopened.view.head().header.anchor!.number).toBe(4);
  });

  it("BLOCK_INVALID: neither the selected parent's nor final on the own chain, at a wrong number or epoch", async () => {
    const builder = await TestBlockBuilder.open(parameters);
    await builder.mineChain(9);
    const beside = await builder.mine({ parents: [builder.blocks[3]!] });
    const tip = builder.blocks[9]!;
    const next = await builder.mine({ parents: [tip], isKept: false });
    const chain = await createTestChain({ parameters });
    await chain.take(...builder.blocks.slice(1));
    const final = next.header.anchor!;
    expect([tip.header.anchor!.number, final.number]).toEqual([3, 4]);
    const at = (number: number): Anchor => ({ hash: builder.blocks[number]!.hash, number, epoch: 0 });
    const refusal = async (anchor: Anchor) =>
      refusalOf(chain, await builder.mine({ parents: [tip], tamper: () => ({ anchor }) }));
    expect(await refusal(at(5))).toBe(OFF);
    expect(await refusal({ ...final, number: 5 })).toBe(OFF);
    expect(await refusal({ ...final, epoch: 1 })).toBe(OFF);
    expect(await refusal({ ...final, hash: beside.hash })).toBe(OFF);
    expect(await refusal({ ...final, hash: ZERO_HASH })).toBe(OFF);
    expect(await refusal(at(2))).toBe("BLOCK_INVALID: anchor too old");
    expect(await refusal(at(3))).toBeUndefined();
    expect(await refusal(final)).toBeUndefined();
  });
});

describe("SHARD-14.2: anchors of other shards", () => {
  const OFF = "BLOCK_INVALID: anchor off shard 0's final chain";
  let nonce = 0n;

  async function open() {
    const evm = createRealEvm();
    const shardZero = await createTestChain({ parameters, ports: { evm } });
    const epochs = { later: 0 };
    const final = finalAnchorsOf(() => shardZero.view);
    const withEpoch = (anchor: Anchor | undefined) =>
      anchor && { ...anchor, epoch: anchor.number > 0 ? epochs.later : 0 };
    const anchors: FinalAnchors = {
      newest: () => withEpoch(final.newest()),
      at: (number) => withEpoch(final.at(number)),
      stateOf: final.stateOf,
      votersOf: final.votersOf,
    };
    const outboxes = localOutboxes(
      (shard) => (shard === 0 ? shardZero.view : undefined),
      network.shards!.queueMax,
    );
    const chain = await createTestChain({
      parameters: parametersOf(1),
      shard: 1,
      ports: { anchors, evm, outboxes },
    });
    const mineZero = async (count: number) => {
      for (let mined = 0; mined < count; mined++) await shardZero.mine();
    };
    const tampered = async (change: Partial<Header>): Promise<Block> => {
      const request = { miner: minerAddress(0), stream: 0, extra: new Uint8Array(0) };
      const { header, body } = await chain.builder.createTemplate(request);
      return createBlock({ ...header, ...change, seal: { branch: [], nonce: ++nonce } }, body);
    };
    return { shardZero, chain, epochs, mineZero, tampered, newest: anchors.newest };
  }

  it("are shard 0's newest final block, with its epoch", async () => {
    const { shardZero, chain, epochs, mineZero, newest } = await open();
    epochs.later = 3;
    await chain.mine();
    expect(chain.view.head().header.anchor).toEqual(zero);
    await mineZero(9);
    await chain.mine();
    expect(chain.view.head().header.anchor).toEqual(newest());
    const final = shardZero.view.finalized();
    expect(final.header.number).toBeGreaterThan(0);
    expect(newest()).toEqual({ hash: final.hash, number: final.header.number, epoch: 3 });
  });

  it("ANCHOR_NOT_FINAL until shard 0 has finalized it; then the block is valid", async () => {
    const { shardZero, chain, mineZero, tampered } = await open();
    await mineZero(9);
    const number = shardZero.view.finalized().header.number + 1;
    const { hash } = shardZero.view.blockByNumber(number)!;
    const block = await tampered({ anchor: { hash, number, epoch: 0 } });
    expect(await refusalOf(chain, block)).toBe("ANCHOR_NOT_FINAL");
    await mineZero(1);
    expect(await refusalOf(chain, block)).toBeUndefined();
  });

  it("BLOCK_INVALID: off shard 0's final chain, of another epoch, or older than a parent's", async () => {
    const { chain, mineZero, tampered, newest } = await open();
    const old = await tampered({});
    await mineZero(9);
    const anchor = newest()!;
    expect(await refusalOf(chain, await tampered({ anchor: { ...anchor, hash: ZERO_HASH } }))).toBe(OFF);
    expect(await refusalOf(chain, await tampered({ anchor: { ...anchor, epoch: 1 } }))).toBe(OFF);
    const newer = await tampered({});
    await chain.take(old, newer);
    const { header } = await tampered({});
    expect(new Set(header.parents)).toEqual(new Set([old.hash, newer.hash]));
    expect(await refusalOf(chain, await tampered({ anchor: zero }))).toBe("BLOCK_INVALID: anchor too old");
    expect(await refusalOf(chain, await tampered({}))).toBeUndefined();
  });

  it("SHARD-14.3, BLOCK_INVALID: a finalized block that shard 0 does not record at the anchor", async () => {
    const NOT_RECORDED = "BLOCK_INVALID: finalized block not the anchor's";
    const { chain, mineZero, tampered } = await open();
    for (let mined = 0; mined < 3; mined++) await chain.mine();
    const finalized = chain.view.blockByNumber(1)!.hash;
    expect(await refusalOf(chain, await tampered({ finalized }))).toBe(NOT_RECORDED);
    await mineZero(9);
    expect(await refusalOf(chain, await tampered({ finalized }))).toBe(NOT_RECORDED);
    const block = await tampered({});
    expect(block.header.finalized).toBe(chain.view.genesisHash);
    expect(await refusalOf(chain, block)).toBeUndefined();
  });
});
