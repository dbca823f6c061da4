import { generateKeyPairSync } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { silentLog } from "@trellis/base";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSignatureVerifier, requireContentDigest } from "../http/signatures/index.ts";
import { countingRandom, TestTime } from "../http/testing/TestTime.ts";
import { createMemoryNonceStore } from "../testing/createMemoryNonceStore.ts";
import { createMemoryWebhookStore } from "../testing/createMemoryWebhookStore.ts";
import { createWebhooks, type DeliveryJob, WEBHOOK_DEFAULTS, type Webhooks } from "./createWebhooks.ts";
import { isPublicAddress, requirePublicUrl } from "./publicAddress.ts";
import { systemSender } from "./systemSender.ts";
import type { WebhookEvent, WebhookStore } from "./Webhook.ts";

const EVENT: WebhookEvent = { id: "e1", type: "snapshot.published", timeMs: 1, data: { snapshotId: "s1" } };
const URL_TEXT = "https://receiver.example/hook?a=1";
const { privateKey, publicKey } = generateKeyPairSync("ed25519");

let time: TestTime;
let store: WebhookStore;
let queue: { job: DeliveryJob; runAtMs: number }[];
let sent: { url: string; headers: Readonly<Record<string, string>>; body: Uint8Array }[];
let answers: (number | string)[];
let webhooks: Webhooks;

beforeEach(() => {
  time = new TestTime();
  store = createMemoryWebhookStore();
  queue = [];
  sent = [];
  answers = [];
  webhooks = createWebhooks({
    store,
    queue: { enqueue: async (job, runAtMs) => void queue.push({ job, runAtMs }) },
    sender: {
      async post(url, headers, body) {
        sent.push({ url, headers, body });
        const answer = answers.shift() ?? 200;
        if (typeof answer === "string") throw Object.assign(new Error("down"), { code: answer });
        return answer;
      },
    },
    key: { id: "service", algorithm: "ed25519", key: privateKey },
    clock: time,
    random: countingRandom(),
    log: silentLog,
  });
});

async function drain(): Promise<number[]> {
  const pauses: number[] = [];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const pause = Math.max(0, next.runAtMs - time.nowMs());
    pauses.push(pause);
    time.move(pause);
    await webhooks.deliver(next.job);
  }
  return pauses;
}

async function onlyDelivery() {
  const [webhook] = await store.listWebhooks(undefined, 1);
  const [delivery] = await store.listDeliveries(webhook!.id, undefined, undefined, 1);
  return delivery!;
}

describe("webhooks", () => {
  it("receive their events with a verifiable signature", async () => {
    await webhooks.register(URL_TEXT, ["snapshot.published"], "user:root");
    await webhooks.register(URL_TEXT, ["balance.changed"], "user:root");
    await webhooks.publish(EVENT);
    await drain();
    expect(sent).toHaveLength(1);
    const [{ headers, body }] = sent as [(typeof sent)[0]];
    expect(JSON.parse(Buffer.from(body).toString())).toEqual(EVENT);
    const verifier = createSignatureVerifier({
      findKey: async () => ({ id: "service", algorithm: "ed25519", key: publicKey }),
      nonces: createMemoryNonceStore({ clock: time }),
      clock: time,
    });
    const request = {
      method: "POST",
      scheme: "https",
      authority: "receiver.example",
      target: "/hook?a=1",
      headers,
    };
    expect(await verifier.verify(request, true)).toEqual({ keyId: "service", coversBody: true });
    requireContentDigest(headers["content-digest"] ?? "", body);
    expect(await onlyDelivery()).toMatchObject({ state: "delivered", attempts: 1, lastOutcome: "200" });
  });

  it("publishing twice, or a job that runs twice, delivers once", async () => {
    await webhooks.register(URL_TEXT, ["*"], "user:root");
    await webhooks.publish(EVENT);
    await webhooks.publish(EVENT);
    await drain();
    expect(sent).toHaveLength(1);
  });

  it("a job that runs early, by a slower clock, is queued again for its time", async () => {
    await webhooks.register(URL_TEXT, ["*"], "user:root");
    await webhooks.publish(EVENT);
    const [early] = queue;
    time.move(-100_000);
    await webhooks.deliver(queue.shift()!.job);
    expect(sent).toEqual([]);
    expect(queue).toEqual([early]);
    await drain();
    expect(await onlyDelivery()).toMatchObject({ state: "delivered", attempts: 1 });
  });

  it("a duplicate job adds no attempt, whenever it runs", async () => {
    await webhooks.register(URL_TEXT, ["*"], "user:root");
    answers = [503];
    await webhooks.publish(EVENT);
    await webhooks.publish(EVENT);
    for (const { job } of queue.splice(0)) await webhooks.deliver(job);
    expect(queue, "the second attempt's job alone").toHaveLength(1);
    expect(await drain()).toHaveLength(1);
    expect(sent).toHaveLength(2);
  });

  it("of two concurrent runs one sends, and its outcome is kept", async () => {
    await webhooks.register(URL_TEXT, ["*"], "user:root");
    answers = [200, 409];
    await webhooks.publish(EVENT);
    await webhooks.publish(EVENT);
    await Promise.all(queue.splice(0).map(({ job }) => webhooks.deliver(job)));
    await drain();
    expect(sent).toHaveLength(1);
    expect(await onlyDelivery()).toMatchObject({ state: "delivered", attempts: 1, lastOutcome: "200" });
  });

  it("a delivery of a killed process is retried once no answer can arrive", async () => {
    await webhooks.register(URL_TEXT, ["*"], "user:root");
    await webhooks.publish(EVENT);
    const claimed = await onlyDelivery();
    const untilMs = time.nowMs() + WEBHOOK_DEFAULTS.timeoutMs;
    expect(await store.claimDelivery(claimed, untilMs)).toBe(true);
    expect(await store.claimDelivery(claimed, untilMs)).toBe(false);
    expect(await drain()).toEqual([0, WEBHOOK_DEFAULTS.timeoutMs]);
    expect(await onlyDelivery()).toMatchObject({ state: "delivered", attempts: 1 });
  });

  it("a failing receiver is retried with growing delays, then abandoned", async () => {
    await webhooks.register(URL_TEXT, ["*"], "user:root");
    answers = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? 503 : "ECONNREFUSED"));
    await webhooks.publish(EVENT);
    const pauses = await drain();
    expect(pauses).toHaveLength(WEBHOOK_DEFAULTS.attemptsMax);
    for (const [index, pause] of pauses.slice(1).entries()) {
      const whole = Math.min(10_000 * 2 ** index, 21_600_000);
      expect(pause).toBeGreaterThanOrEqual(whole / 2);
      expect(pause).toBeLessThanOrEqual(whole);
    }
    expect(await onlyDelivery()).toMatchObject({ state: "dead", lastOutcome: "503" });
  });

  it("a dead letter is replayed; NOT_FOUND for an unknown one", async () => {
    await webhooks.register(URL_TEXT, ["*"], "user:root");
    answers = [410];
    await webhooks.publish(EVENT);
    await drain();
    const { id, state } = await onlyDelivery();
    expect(state).toBe("dead");
    await webhooks.replay(id);
    await drain();
    expect(await onlyDelivery()).toMatchObject({ state: "delivered", attempts: 1 });
    await expect(webhooks.replay("nothing")).rejects.toMatchObject({
      code: "NOT_FOUND",
      facts: { reason: "no such delivery" },
    });
  });

  it("NOT_FOUND; a removed webhook receives nothing more", async () => {
    const { id } = await webhooks.register(URL_TEXT, ["*"], "user:root");
    await webhooks.publish(EVENT);
    await webhooks.remove(id);
    await drain();
    expect(sent).toEqual([]);
    await expect(webhooks.remove(id)).rejects.toMatchObject({
      code: "NOT_FOUND",
      facts: { reason: "no such webhook" },
    });
  });

  it.each([
    "http://receiver.example/",
    "https://user:password@receiver.example/",
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://10.1.2.3/",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[fd00::1]/",
    "https://[2002:7f00:1::]/",
    "https://localhost/",
    "https://db.internal/",
    "https://service/",
    "ftp://receiver.example/",
    "not a url",
  ])("WEBHOOK_URL_REFUSED: %s", async (url) => {
    await expect(webhooks.register(url, ["*"], "u")).rejects.toMatchObject({ code: "WEBHOOK_URL_REFUSED" });
  });

  it("accepts public addresses", () => {
    expect(requirePublicUrl("https://93.184.215.14/x").hostname).toBe("93.184.215.14");
    expect(isPublicAddress("2606:4700::1111")).toBe(true);
    expect(isPublicAddress("text")).toBe(false);
  });
});

describe("webhook HTTP client", () => {
  let server: Server;
  afterEach(() => void server.close());

  it("sends one request, and follows no redirects", async () => {
    const bodies: string[] = [];
    server = createServer((request, response) => {
      request.on("data", (chunk) => bodies.push(String(chunk)));
      request.on("end", () => response.writeHead(302, { location: "/other" }).end("ignored"));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    expect(await systemSender({ allowPrivate: true }).post(url, {}, Buffer.from("{}"), 1_000)).toBe(302);
    expect(bodies).toEqual(["{}"]);
    const guarded = async () => systemSender({ allowPrivate: false }).post(url, {}, Buffer.from("{}"), 1_000);
    await expect(guarded()).rejects.toMatchObject({ code: "WEBHOOK_URL_REFUSED" });
  });

  it("a missing answer times out", async () => {
    server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    await expect(systemSender({ allowPrivate: true }).post(url, {}, Buffer.from("{}"), 30)).rejects.toThrow();
    server.closeAllConnections();
  });
});
