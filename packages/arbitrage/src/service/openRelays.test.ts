import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Log, type LogFacts, silentLog, silentMetrics } from "@trellis/base";
import { captureIo } from "@trellis/kit/captureIo";
import { hashMessage, keccak256, recoverAddress, stringToHex } from "viem";
import { privateKeyToAddress } from "viem/accounts";
import { afterEach, expect, it } from "vitest";
import { openRelays } from "./openRelays.ts";
import { arbitrageServiceDefinition } from "./settings/index.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function builder(name: string, answer: object) {
  const asked: unknown[] = [];
  const signed: { readonly body: string; readonly signature: string | undefined }[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const { id, method, params } = JSON.parse(body);
    asked.push([method, params]);
    signed.push({ body, signature: request.headers["x-flashbots-signature"]?.toString() });
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ jsonrpc: "2.0", id, ...answer }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  process.env[`RELAY_${name}`] = `http://127.0.0.1:${(server.address() as AddressInfo).port}/key\n`;
  const setting = { name, urlFrom: `env:RELAY_${name}`, signingKeyFrom: "", signingPasswordFrom: "" };
  return { asked, signed, setting };
}

function open(relays: Parameters<typeof openRelays>[0]["relays"]) {
  const warned: (LogFacts | undefined)[] = [];
  const log: Log = {
    ...silentLog,
    child: () => log,
    warn: (_: string, facts?: LogFacts) => warned.push(facts),
  };
  const vault = { url: "", mount: "", key: "", tokenFrom: "" };
  return {
    warned,
    opened: openRelays({ relays, vault }, { ...captureIo().io, log, metrics: silentMetrics }),
  };
}

it("without relays the list is empty: the public pool is a choice", async () => {
  expect(await open([]).opened).toBeUndefined();
});

it("each relay gets the transaction with its last block over HTTP, and a refusal is reported with the relay's name", async () => {
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

it("signs requests for relays that require it: the body's hash as a personal message, by a separate key", async () => {
  const key = `0x${"5a".repeat(32)}` as const;
  process.env.RELAY_KEY = `${key}\n`;
  const [wants, other] = [
    await builder("wants", { result: "0x01" }),
    await builder("other", { result: "0x01" }),
  ];
  const { opened } = open([{ ...wants.setting, signingKeyFrom: "env:RELAY_KEY" }, other.setting]);
  const relay = (await opened)!;
  for (const raw of ["0x02ab", "0x02ac"] as const) await relay.send(raw, 16);
  await expect.poll(() => [wants.signed.length, other.signed.length]).toEqual([2, 2]);
  for (const { body, signature: header } of wants.signed) {
    const [address, signature] = header!.split(":") as [`0x${string}`, `0x${string}`];
    const hash = hashMessage(keccak256(stringToHex(body)));
    expect(address).toBe(privateKeyToAddress(key).toLowerCase());
    expect(await recoverAddress({ hash, signature })).toBe(privateKeyToAddress(key));
  }
  expect(other.signed.map(({ signature }) => signature)).toEqual([undefined, undefined]);
});

it("SECRET_UNREADABLE: the reference holds no key", async () => {
  process.env.RELAY_KEY = "no key";
  const { setting } = await builder("keyless", { result: "0x01" });
  await expect(open([{ ...setting, signingKeyFrom: "env:RELAY_KEY" }]).opened).rejects.toMatchObject({
    code: "SECRET_UNREADABLE",
    facts: { reason: "invalid private key" },
  });
});

it("RELAY_REFUSED: every relay refuses; lists the reasons and no addresses", async () => {
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

it("CONFIG_INVALID_VALUE: the reference holds no address", async () => {
  process.env.RELAY_none = "relay.example";
  const missing = expect.objectContaining({
    code: "CONFIG_INVALID_VALUE",
    facts: expect.objectContaining({ setting: "relays" }),
  });
  const setting = { name: "none", urlFrom: "env:RELAY_none", signingKeyFrom: "", signingPasswordFrom: "" };
  await expect(open([setting]).opened).rejects.toEqual(missing);
});

it("the setting lists names and references, and rejects an address, which may contain a credential", () => {
  const { type } = arbitrageServiceDefinition.settings.relays;
  const relays = [{ name: "flashbots", urlFrom: "env:RELAY" }];
  const unsigned = { signingKeyFrom: "", signingPasswordFrom: "" };
  expect(type.parse(JSON.stringify(relays))).toEqual([{ ...relays[0], ...unsigned }]);
  expect(type.parse("")).toEqual([]);
  for (const wrong of [
    '[{"name":"a","urlFrom":"https://relay.example"}]',
    '[{"name":"a b","urlFrom":"env:A"}]',
    `[{"name":"a","urlFrom":"env:A","signingKeyFrom":"0x${"11".repeat(32)}"}]`,
    "{}",
  ])
    expect(type.safeParse(wrong).success).toBe(false);
});
