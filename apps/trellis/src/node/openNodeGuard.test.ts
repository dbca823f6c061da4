import { createSecretKey, generateKeyPairSync, type KeyObject, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeChainView } from "@trellis/kit/chainView";
import { SILENT } from "@trellis/kit/embedded";
import type { Setting } from "@trellis/platform/config";
import { UsageMeter } from "@trellis/platform/cost";
import { type Caller, type Guard, keyHash } from "@trellis/platform/guard";
import { type SignatureKey, signRequest } from "@trellis/platform/http";
import { createLifecycle } from "@trellis/platform/lifecycle";
import { createPrometheusMetrics } from "@trellis/platform/metrics";
import type { ServiceIo } from "@trellis/platform/service";
import { type NodeGuardSettings, nodeGuardSettings } from "@trellis/platform/service/settings";
import { systemClock } from "@trellis/platform/system";
import { createExampleCosts } from "@trellis/platform/testing";
import type { FinalityStatus } from "@trellis/protocol";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { openNodeGuard } from "./openNodeGuard.ts";
import { openService } from "./openService.ts";

const CLIENT = "203.0.113.7";
const NODE = {
  chain: {
    failure: () => undefined,
    finality: { status: () => ({ validators: [], isFinalizing: true }) as unknown as FinalityStatus },
    view: new FakeChainView(),
  },
  network: undefined,
  index: undefined,
};
const COST = { meter: new UsageMeter(systemClock), costs: createExampleCosts("node") };
const pemOf = (key: KeyObject) => key.export({ format: "pem", type: "spki" }).toString();
const SIGNING = { algorithm: "ed25519", publicKey: pemOf(generateKeyPairSync("ed25519").publicKey) };
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "trellis-guard-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text, { mode: 0o600 });
  return join(folder, name);
};

function settingsOf(changes: Readonly<Record<string, unknown>>): NodeGuardSettings {
  const entries = Object.entries<Setting>(nodeGuardSettings).map(([name, setting]) => [
    name,
    setting.type.parse(name in changes ? changes[name] : setting.default),
  ]);
  return Object.fromEntries(entries) as NodeGuardSettings;
}

type Reload = (latest: NodeGuardSettings) => Promise<() => void>;

async function open(changes: Readonly<Record<string, unknown>>, isPublic = true) {
  const lifecycle = createLifecycle({ log: SILENT.log });
  onTestFinished(() => lifecycle.stop("done"));
  const metrics = createPrometheusMetrics({ process: false });
  let reload: Reload = async () => () => {};
  const live = {
    onReload(prepare: unknown) {
      reload = prepare as Reload;
      return () => {};
    },
  };
  const io = { ...SILENT, lifecycle, metrics } as unknown as ServiceIo;
  const guard = await openNodeGuard(settingsOf(changes), { isPublic, live }, io);
  return { guard, io, reload: async (latest: object) => (await reload(settingsOf({ ...latest })))() };
}

function callerOf(guard: Guard, bearer?: string): Caller {
  const headers = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
  return guard.identify({ peer: CLIENT, headers }) as Caller;
}

const invalid = (setting: string) =>
  expect.objectContaining({ code: "CONFIG_INVALID_VALUE", facts: expect.objectContaining({ setting }) });

describe("the guard of a node", () => {
  it("serves read-only namespaces with limits by default; on local networks everything [GUARD-2]", async () => {
    const client = callerOf((await open({})).guard);
    expect(
      ["eth_call", "trellis_getStreams", "trellis_subscribe", "txpool_status"].every((method) =>
        client.mayCall(method),
      ),
    ).toBe(true);
    expect(["debug_traceCall", "admin_peers"].some((method) => client.mayCall(method))).toBe(false);
    expect(client.limit).toBeGreaterThan(0);
    expect(callerOf((await open({}, false)).guard).mayCall("debug_traceCall")).toBe(true);
  });

  it("offers templates on public networks only to callers with a permission for them [MINE-1]", async () => {
    const MINING = ["trellis_getBlockTemplate", "trellis_submitBlock", "trellis_getMiningWorkers"];
    const access = [{ name: "rig", keyHash: keyHash("rig-key"), permissions: ["trellis:*"] }];
    const { guard } = await open({ access });
    expect(MINING.filter((method) => callerOf(guard).mayCall(method))).toEqual([]);
    expect(MINING.filter((method) => callerOf(guard, "rig-key").mayCall(method))).toEqual(MINING);
    const { guard: opened } = await open({ anonymousMethods: ["trellis:*"] });
    expect(MINING.filter((method) => callerOf(opened).mayCall(method))).toEqual(MINING);
    const { guard: local } = await open({}, false);
    expect(MINING.filter((method) => callerOf(local).mayCall(method))).toEqual(MINING);
  });

  it("knows principals by a hash or a reference to a key", async () => {
    const access = [
      { name: "hashed", keyHash: keyHash("first-key"), permissions: ["eth:*"], limit: 7 },
      {
        name: "referenced",
        keyFrom: `file:${file("key", "second-key\n")}`,
        permissions: ["*"],
        priority: "reserved",
      },
    ];
    const { guard } = await open({ access });
    expect(callerOf(guard, "first-key")).toMatchObject({ name: "key:hashed", limit: 7, isReserved: false });
    expect(callerOf(guard, "second-key")).toMatchObject({ name: "key:referenced", isReserved: true });
    expect(() => callerOf(guard, "third-key")).toThrowError(
      expect.objectContaining({ code: "API_KEY_UNKNOWN" }),
    );
  });

  it("knows principals by keys of signed requests, and accepts each request once", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const secret = "a secret of 32 characters or more";
    const keys: readonly SignatureKey[] = [
      { id: "pair", algorithm: "ed25519", key: privateKey },
      { id: "shared", algorithm: "hmac-sha256", key: createSecretKey(Buffer.from(secret)) },
    ];
    const access = [
      { name: "pair", algorithm: "ed25519", publicKey: pemOf(publicKey), permissions: ["eth:*"], limit: 7 },
      {
        name: "shared",
        algorithm: "hmac-sha256",
        secretFrom: `file:${file("secret", secret)}`,
        permissions: ["*"],
      },
    ];
    const { guard } = await open({ access });
    const request = { method: "POST", scheme: "https", authority: "rpc.example", target: "/" };
    for (const key of keys) {
      const terms = {
        key,
        createdS: Math.floor(Date.now() / 1_000) + 1,
        nonce: `nonce-of-${key.id}-in-a-test`,
      };
      const headers = signRequest({ ...request, headers: {} }, undefined, terms);
      const identify = async () => guard.identify({ peer: CLIENT, headers, request });
      expect(await identify()).toMatchObject({ name: `service:${key.id}` });
      await expect(identify()).rejects.toMatchObject({
        code: "SIGNATURE_INVALID",
        facts: { reason: "replayed" },
      });
    }
  });

  it("signed requests operate the node at its service port; a replay and another body are refused", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const key: SignatureKey = { id: "guardian", algorithm: "ed25519", key: privateKey };
    const signing = { algorithm: "ed25519", publicKey: pemOf(publicKey) };
    const { guard, io } = await open({
      access: [{ name: "guardian", ...signing, permissions: ["admin:guard"] }],
    });
    const { url } = await openService(
      { host: "127.0.0.1", port: 0, isOpen: false, guard, cost: COST },
      { node: NODE, rpc: { url: "http://127.0.0.1:1", hosts: [] } },
      io,
    );
    const target = "/node/v1/operations/guard/bans";
    const bodyOf = (network: string) => JSON.stringify({ network, reason: "scans" });
    const sign = (body: string) => {
      const terms = { key, createdS: Math.floor(Date.now() / 1_000) + 1, nonce: randomUUID() };
      const shown = { method: "POST", scheme: "http", authority: new URL(url).host, target, headers: {} };
      return { ...signRequest(shown, Buffer.from(body), terms), "content-type": "application/json" };
    };
    const outcomeOf = async (headers: Record<string, string>, body: string) => {
      const answer = await fetch(`${url}${target}`, { method: "POST", headers, body });
      return [answer.status, ((await answer.json()) as { readonly code?: string }).code];
    };
    const body = bodyOf("203.0.113.9");
    const headers = sign(body);
    expect(await outcomeOf(headers, body)).toEqual([200, undefined]);
    expect(await outcomeOf(headers, body)).toEqual([401, "SIGNATURE_INVALID"]);
    expect(await outcomeOf(sign(body), bodyOf("0.0.0.0/0"))).toEqual([400, "CONTENT_DIGEST_MISMATCH"]);
    expect(guard.visitors.bans()).toEqual([
      expect.objectContaining({ network: "203.0.113.9", by: "service:guardian" }),
    ]);
  });

  it("a reload changes principals, limits and lists for open connections too", async () => {
    const { guard, reload } = await open({ limitPerAddress: 100 });
    const before = callerOf(guard);
    await reload({
      limitPerAddress: 50,
      denyList: file("deny", `${CLIENT}/24 # scans\n`),
      access: [{ name: "a", keyHash: keyHash("key"), permissions: ["*"] }],
    });
    expect(before.isCurrent).toBe(false);
    expect(() => callerOf(guard)).toThrowError(expect.objectContaining({ code: "ADDRESS_REFUSED" }));
    await reload({ limitPerAddress: 50 });
    expect(callerOf(guard).limit).toBeLessThanOrEqual(50);
  });

  it.each([
    [
      "two entries with one key",
      "access",
      { access: [1, 2].map((n) => ({ name: `n${n}`, keyHash: "a".repeat(64), permissions: ["*"] })) },
    ],
    [
      "two issuers of one name",
      "issuers",
      {
        issuers: [1, 2].map((n) => ({
          name: "corp",
          issuer: `https://${n}.example`,
          audience: "node",
          keys: "https://keys.example",
        })),
      },
    ],
    [
      "two keys of one id",
      "access",
      { access: [1, 2].map(() => ({ name: "n", ...SIGNING, permissions: ["*"] })) },
    ],
    [
      "a key of another algorithm",
      "access",
      { access: [{ name: "n", ...SIGNING, algorithm: "ecdsa-p256-sha256", permissions: ["*"] }] },
    ],
    ["half an issuer", "jwt", { jwt: { issuer: "https://id.example" } }],
    ["a short secret", "jwtSecretFrom", { jwtSecretFrom: "file:short" }],
    ["a missing list", "denyList", { denyList: "/nowhere/deny" }],
  ])("CONFIG_INVALID_VALUE: %s", async (_, setting, changes: Readonly<Record<string, unknown>>) => {
    const secret = { jwtSecretFrom: `file:${file("short", "abc")}` };
    const opening = open("jwtSecretFrom" in changes ? secret : changes);
    await expect(opening).rejects.toThrowError(invalid(setting));
  });

  it("CONFIG_INVALID_VALUE: names invalid lines of a list", async () => {
    const opening = open({ allowList: file("allow", "10.0.0.0/8\nexample.org\n") });
    await expect(opening).rejects.toMatchObject({ code: "CONFIG_INVALID_VALUE", facts: { lines: "2" } });
  });
});
