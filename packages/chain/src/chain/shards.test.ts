import { bytesToBigint } from "@trellis/base";
import {
  deliverCall,
  encodeCall,
  SHARD_GATEWAY_ADDRESS,
  synchronizeCall,
  withSystemContracts,
} from "@trellis/contracts";
import {
  type BlockResult,
  decodeMessage,
  decodeMessageBatch,
  devParameters,
  EMPTY_OUTBOX_HEAD,
  encodeMessageBatch,
  type Message,
  type NetworkParameters,
  parametersOfShard,
  withShards,
} from "@trellis/protocol";
import { expect, it } from "vitest";
import { createRealEvm } from "../finality/testing/stakedNetwork.ts";
import { finalAnchorsOf } from "../shards/finalAnchors.ts";
import { proveOutbox, verifyMessageBatch } from "../shards/outboxProof.ts";
import { createTestChain, type TestChain } from "./testing/testChain.ts";
import { addressOf, COIN, minerAddress, transfer } from "./testing/testNetwork.ts";

const accounts = (["alice", "bob"] as const).map((name) => ({
  address: addressOf(name),
  balance: 100n * COIN,
}));
const alone = devParameters({ accounts });
const network = withSystemContracts(withShards(alone, 2));
const { queueMax } = network.shards!;

function open(shard: number, shardZero?: TestChain): Promise<TestChain> {
  const parameters = parametersOfShard(network, shard);
  const anchors = shardZero && finalAnchorsOf(() => shardZero.view);
  return createTestChain({ parameters, shard, ports: { evm: createRealEvm(), anchors } });
}

/** Encoded messages in the gateway's logs: the only data of the event `MessageSent`. */
function sentIn(chain: TestChain): Message[] {
  const logs = chain.view.head().transactions.flatMap(({ receipt }) => receipt.logs);
  return logs.map(({ data }) => {
    const size = Number(bytesToBigint(data.subarray(32, 64)));
    return decodeMessage(data.subarray(64, 64 + size));
  });
}

it("SHARD-3: each shard is a chain of its own; a network with one shard is unchanged", async () => {
  const shardZero = await open(0);
  const shards = [shardZero, await open(1, shardZero)] as const;
  await expect(open(1)).rejects.toMatchObject({ code: "ARGUMENT_INVALID" });
  for (const [shard, chain] of shards.entries()) {
    await chain.mine();
    expect(chain.view.head().header).toMatchObject({ shard, number: 1 });
  }
  const single = await createTestChain({ parameters: withSystemContracts(alone) });
  const hashes = [...shards, single].map(({ view }) => view.genesisHash);
  expect(new Set(hashes).size).toBe(3);
  const forks: NetworkParameters["forks"] = [{ name: "cancun", number: 0 }];
  const before = await createTestChain({ parameters: withSystemContracts({ ...alone, forks }) });
  expect(before.view.genesisHash).toBe("0xcc22ea1b5347f1ce5305913df926cb52fc4ef9d11b045d7f8e2cf08c5833d07b");
});

it("SHARD-5, SHARD-8, SHARD-10: a message is proven by a block's state root, and delivered in the other shard", async () => {
  const source = await open(0);
  const destination = await open(1, source);
  const send = (nonce: number, valueWei: bigint) =>
    transfer({
      from: "alice",
      nonce,
      to: SHARD_GATEWAY_ADDRESS,
      valueWei,
      gasLimit: 600_000n,
      data: encodeCall("send(uint16,address,uint64,bytes)", [
        1n,
        BigInt(addressOf("bob")),
        0n,
        new Uint8Array(5),
      ]),
    });
  await source.submit(send(0, 3n * COIN), send(1, 4n * COIN));
  await source.mine();
  const messages = sentIn(source);
  expect(messages.map(({ index, value }) => [index, value])).toEqual([
    [0, 3n * COIN],
    [1, 4n * COIN],
  ]);

  const { hash, header } = source.view.head();
  const gateway = source.view.proofAt(hash, SHARD_GATEWAY_ADDRESS);
  const proof = proveOutbox(header.stateRoot, gateway, { destination: 1, last: 1, queueMax });
  const bytes = encodeMessageBatch({ source: 0, previousHead: EMPTY_OUTBOX_HEAD, messages, proof });
  const batch = decodeMessageBatch(bytes);
  const counters = verifyMessageBatch(header.stateRoot, batch, { destination: 1, queueMax });
  expect(counters).toEqual({ sent: 2, acknowledged: 0 });

  const head = await destination.mine();
  const { systemCalls, changes } = (await createRealEvm().runBlock({
    state: destination.view.stateAt(head),
    context: destination.view.blockContext(head),
    carriers: [],
    systemCalls: [synchronizeCall({ source: 0, height: 1, ...counters }), ...batch.messages.map(deliverCall)],
    credits: [],
    baseFeeShare: { recipient: minerAddress(0), basisPoints: 0 },
  })) as BlockResult;
  expect(systemCalls.map(({ isSuccess }) => isSuccess)).toEqual([true, true, true]);
  expect(changes.accounts.get(addressOf("bob"))?.balance).toBe(107n * COIN);
});
