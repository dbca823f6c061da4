import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Log, type LogFacts, silentLog, silentMetrics } from "@trellis/base";
import { afterEach, expect, it } from "vitest";
import { arbitrageDefinition } from "../../config/arbitrage.ts";
import { captureIo } from "../../fixtures/captureIo.ts";
import { openRelays } from "./openRelays.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A builder that answers every request so; its address is in an environment variable. */
async function builder(name: string, answer: object) {
  const asked: unknown[] = [];
  const server = createServer(async (request, response) => {
    const { id, method, params } = JSON.parse(Buffer.concat(await request.toArray()).toString());
    asked.push([method, params]);
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ jsonrpc: "2.0", id, ...answer }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  process.env[`RELAY_${name}`] = `http://127.0.0.1:${(server.address() as AddressInfo).port}/key\n`;
  return { asked, setting: { name, urlFrom: `env:RELAY_${name}` } };
}

function open(relays: Parameters<typeof openRelays>[0]["relays"]) {
  const warned: (LogFacts | undefined)[] = [];
  const log: Log = {
    ...silentLog,
    child: () => log,
    warn: (_: string, facts?: LogFacts) => warned.push(facts),
  };
  return { warned, opened: openRelays({ relays }, { ...captureIo().io, log, metrics: silentMetrics }) };
}

it("without relays there is none: the public pool is a choice", async () => {
  expect(await open([]).opened).toBeUndefined();
});

it("each gets the transaction with its last block over HTTP, and one that refuses is told by its name", async () => {
  const takes = await builder("takes", { result: "0x01" });
  const refuses = await builder("refuses", { error: { code: -32000, message: "too late" } });
  const { opened, warned } = open([refuses.setting, takes.setting]);
  const relay = (await opened)!;
  expect(relay).toMatchObject({ name: "refuses takes", isPublic: false });
  await relay.send("0x02ab", 16);
  expect(takes.asked).toEqual([["eth_sendPrivateTransaction", [{ tx: "0x02ab", maxBlockNumber: "0x10" }]]]);
  await expect
    .poll(() => warned)
    .toEqual([{ relay: "refuses", reason: expect.stringContaining("too late") }]);
  expect(refuses.asked).toEqual(takes.asked);
});

it("RELAY_REFUSED: none takes it, with each one's reason and no address", async () => {
  const one = await builder("one", { error: { code: -32000, message: "too late" } });
  const two = await builder("two", { error: { code: -32000, message: "spam" } });
  const relay = (await open([one.setting, two.setting]).opened)!;
  const error: unknown = await relay.send("0x02ab", 16).catch((refusal: unknown) => refusal);
  expect(error).toMatchObject({
    code: "RELAY_REFUSED",
    facts: { reasons: expect.stringMatching(/^one: .*too late; two: .*spam$/) },
  });
  expect(JSON.stringify(error)).not.toContain("127.0.0.1");
});

it("ARBITRAGE_SETTING_MISSING: what stands at the place is no address", async () => {
  process.env.RELAY_none = "relay.example";
  const missing = expect.objectContaining({ code: "ARBITRAGE_SETTING_MISSING" });
  await expect(open([{ name: "none", urlFrom: "env:RELAY_none" }]).opened).rejects.toEqual(missing);
});

it("the setting is a list of names and places; an address itself, which may hold a credential, is none", () => {
  const { type } = arbitrageDefinition.settings.relays;
  const relays = [{ name: "flashbots", urlFrom: "env:RELAY" }];
  expect(type.parse(JSON.stringify(relays))).toEqual(relays);
  expect(type.parse("")).toEqual([]);
  for (const wrong of [
    '[{"name":"a","urlFrom":"https://relay.example"}]',
    '[{"name":"a b","urlFrom":"env:A"}]',
    "{}",
  ])
    expect(type.safeParse(wrong).success).toBe(false);
});
