import { createServer } from "node:http";
import { bytesToHex } from "@trellis/base";
import { captureIo } from "@trellis/kit/captureIo";
import { testMessage } from "@trellis/kit/chainView";
import { messageId } from "@trellis/protocol";
import { describe, expect, it, onTestFinished } from "vitest";
import { run } from "./run.ts";
import { type MessageFlags, messageSettings } from "./settings.ts";

const { io, captured } = captureIo();
const message = testMessage();
const id = messageId(message);
const other = testMessage({ index: 1 });
const TRANSACTION = `0x${"77".repeat(32)}`;
const ADDRESS = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const place = {
  ...{ shard: 1, blockNumber: "0x5", blockHash: `0x${"55".repeat(32)}`, timestampMs: "0x10" },
  ...{ transactionHash: TRANSACTION, logIndex: "0x0", isFinal: true },
};

const FLAGS: MessageFlags = {
  keystore: "/none",
  passwordFrom: "",
  rpc: "http://127.0.0.1:1",
  chainId: 0,
  data: "0x",
  feeLimit: 1_000,
  json: true,
  caFile: "",
  pins: [],
  shard: 0,
  gasLimit: 0,
  wait: false,
};

function answer(sent: typeof message, status: string, fields: object = {}) {
  const { kind, source, destination, sender, to, data, index } = sent;
  return {
    ...{ id: messageId(sent), kind, source, destination, sender, recipient: to, status },
    ...{ data: bytesToHex(data), index: `0x${index}`, value: "0x5", gasLimit: "0xea60" },
    ...{ expiry: `0x${sent.expiry.toString(16)}`, sent: place, delivery: null, refunded: null },
    ...{ refundOf: null, unknownShards: [], ...fields },
  };
}

type Answers = Readonly<Record<string, (params: readonly unknown[]) => unknown>>;

async function startNode(answers: Answers): Promise<{ readonly url: string; readonly paths: string[] }> {
  const paths: string[] = [];
  const server = createServer(async (request, response) => {
    paths.push(request.url!);
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString());
    const result = answers[body.method]?.(body.params) ?? null;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ jsonrpc: "2.0", id: body.id, result }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`, paths };
}

async function runMessage(operands: readonly string[], flags: Partial<MessageFlags> = {}): Promise<string> {
  captured.stdout = "";
  await run(await messageSettings({ ...FLAGS, ...flags }, operands), io);
  return captured.stdout;
}

describe("trellis message status", () => {
  const delivered = { delivery: { ...place, outcome: "executed", refund: null } };

  it("prints a message, asked at the shard's address", async () => {
    const { url, paths } = await startNode({
      eth_chainId: () => "0x7a69",
      trellis_getMessage: () => answer(message, "delivered", delivered),
    });
    const shown = JSON.parse(await runMessage(["status", id], { rpc: `${url}/`, shard: 2 }));
    expect(shown).toEqual({
      ...{ message: id, status: "delivered", source: 0, destination: 1 },
      ...{ sender: message.sender, recipient: message.to, valueCoins: "0.000000000000000005" },
      ...{ sentBlock: 5, sentTransaction: TRANSACTION, deliveryBlock: 5, deliveryTransaction: TRANSACTION },
      ...{ outcome: "executed", refundBlock: null },
    });
    expect(new Set(paths)).toEqual(new Set(["/shard/2"]));
    expect(await runMessage(["status", id], { rpc: url, json: false })).toContain(
      "status               delivered\n",
    );
    expect(paths.at(-1)).toBe("/");
  });

  it("prints all messages of a transaction, and waits for them", async () => {
    let asked = 0;
    const { url } = await startNode({
      eth_chainId: () => "0x7a69",
      trellis_getMessage: ([wanted]) => {
        if (wanted === TRANSACTION) return null;
        const [sent] = [message, other].filter((each) => messageId(each) === wanted);
        return asked++ < 3 ? answer(sent!, "finalized") : answer(sent!, "delivered", delivered);
      },
      trellis_getMessages: () => ({
        items: [answer(other, "pending"), answer(message, "pending")],
        cursor: null,
      }),
    });
    const statuses = async (flags: object) =>
      (await runMessage(["status", TRANSACTION], { rpc: url, ...flags }))
        .trim()
        .split("\n")
        .map((line) => [JSON.parse(line).message, JSON.parse(line).status]);
    expect(await statuses({})).toEqual([
      [id, "pending"],
      [messageId(other), "pending"],
    ]);
    expect(await statuses({ wait: true })).toEqual([
      [id, "delivered"],
      [messageId(other), "delivered"],
    ]);
  });

  it("INPUT_INVALID: no hash, unknown message", async () => {
    const refused = (operands: readonly string[], what: string, flags = {}) =>
      expect(runMessage(operands, flags)).rejects.toMatchObject({ code: "INPUT_INVALID", facts: { what } });
    await refused(["status", "0x12"], "message");
    const { url } = await startNode({
      eth_chainId: () => "0x7a69",
      trellis_getMessages: () => ({ items: [], cursor: null }),
    });
    await refused(["status", id], "message", { rpc: url });
    for (const shard of ["one", "-1", "65536", "1.5"])
      await refused(["send", "key", shard, ADDRESS, "1"], "shard");
    await refused(["send", "key", "1", "0x12", "1"], "address");
    await refused(["send", "key", "1", ADDRESS, "1e3"], "amount");
  });

  it("USAGE_INVALID, NODE_UNREACHABLE", async () => {
    await expect(runMessage(["status"])).rejects.toMatchObject({ code: "USAGE_INVALID" });
    await expect(runMessage(["send", "key", "1", ADDRESS])).rejects.toMatchObject({ code: "USAGE_INVALID" });
    await expect(runMessage(["status", id])).rejects.toMatchObject({ code: "NODE_UNREACHABLE" });
  });
});
