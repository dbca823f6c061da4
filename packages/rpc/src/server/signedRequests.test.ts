import { generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { once } from "node:events";
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { silentLog, silentMetrics } from "@trellis/base";
import {
  AddressList,
  anonymousPrincipal,
  createCredentials,
  createNonceStore,
  Guard,
  Permissions,
  Visitors,
} from "@trellis/platform/guard";
import { createSignatureVerifier, signRequest } from "@trellis/platform/http";
import { systemClock } from "@trellis/platform/system";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { openServer } from "../testing/openServer.ts";

type Server = Awaited<ReturnType<typeof openServer>>;

interface Signing {
  readonly privateKey?: KeyObject;
  readonly ageS?: number;
  readonly nonce?: string;
  readonly signed?: string;
  readonly target?: string;
  readonly isDigested?: boolean;
}

const CLIENT = { "x-forwarded-for": "203.0.113.7" };
const BODY = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "admin_peers", params: [] });
const { publicKey, privateKey: own } = generateKeyPairSync("ed25519");
const signature = { id: "backend", algorithm: "ed25519", key: publicKey } as const;
let server: Server;
let guard: Guard;
let agent: Agent;

beforeEach(async () => {
  const clock = systemClock;
  // Backdates the nonce store's start, so that the tests need not wait.
  const nonces = createNonceStore({ clock: { nowMs: () => clock.nowMs() - 1_000 } });
  const permissions = new Permissions(["admin:peers"]);
  const principals = new Map([
    ["backend", { id: "service:backend", permissions, priority: "normal" as const }],
  ]);
  const findKey = async (id: string) => (id === "backend" ? signature : undefined);
  const verifier = createSignatureVerifier({ findKey, nonces, clock });
  guard = new Guard(
    {
      windowMs: 60_000,
      limits: {
        perAddress: 1_000,
        perPrincipal: 1_000,
        perConnection: 0,
        perMethod: new Map(),
        connectionsMax: 100,
        connectionsPerAddress: 10,
        connectionsPerPrincipal: 10,
      },
      trustedProxies: new AddressList(["127.0.0.0/8", "::1"]),
      anonymous: anonymousPrincipal(["eth:*"]),
      hidesMethods: false,
      requiresForwarding: false,
    },
    {
      clock,
      log: silentLog,
      metrics: silentMetrics,
      visitors: new Visitors(60_000, { allow: [], deny: [] }, { clock, log: silentLog }),
      credentials: createCredentials({
        keys: new Map(),
        certificates: new Map(),
        verifyToken: undefined,
        signatures: { verifier, principals },
        clock,
      }),
    },
  );
  server = await openServer({ guard });
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
});

function sign({
  privateKey = own,
  ageS = 0,
  nonce,
  signed = BODY,
  target = "/",
  isDigested = true,
}: Signing) {
  const shown = { method: "POST", scheme: "http", authority: new URL(server.server.url).host, headers: {} };
  return signRequest({ ...shown, target }, isDigested ? Buffer.from(signed) : undefined, {
    key: { ...signature, key: privateKey },
    createdS: Math.floor(Date.now() / 1_000) - ageS,
    nonce: nonce ?? randomBytes(16).toString("hex"),
  });
}

async function post(fields: Readonly<Record<string, string>>, body = BODY) {
  const headers = { ...CLIENT, "content-type": "application/json", ...fields };
  const request = httpRequest(server.server.url, { method: "POST", agent, headers }).end(body);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const text = (await response.setEncoding("utf8").toArray()).join("");
  const { error } = JSON.parse(text) as { readonly error?: { readonly data?: object } };
  return { status: response.statusCode, error };
}

const refusal = (status: number, code: string, facts: object = {}) => ({
  status,
  error: expect.objectContaining({
    data: expect.objectContaining({ code, facts: expect.objectContaining(facts) }),
  }),
});
const invalid = (reason: string) => refusal(401, "SIGNATURE_INVALID", { reason });

describe("signed requests of JSON-RPC [GUARD-15.1]", () => {
  it("identify a principal, each for itself", async () => {
    expect(await post(sign({}))).toEqual({ status: 200, error: undefined });
    expect(await post(sign({}))).toEqual({ status: 200, error: undefined });
    expect(await post({})).toMatchObject({ error: { code: -32601 } });
  });

  it("SIGNATURE_INVALID: other key, other key id, stale, of the future, other path", async () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    expect(await post(sign({ privateKey }))).toEqual(invalid("signature does not match"));
    expect(await post(sign({ ageS: 301 }))).toEqual(invalid("expired"));
    expect(await post(sign({ ageS: -60 }))).toEqual(invalid("expired"));
    expect(await post(sign({ target: "/other" }))).toEqual(invalid("signature does not match"));
    const fields = sign({});
    const renamed = { ...fields, "signature-input": fields["signature-input"]!.replace("backend", "other") };
    expect(await post(renamed)).toEqual(invalid("unknown key"));
  });

  it("SIGNATURE_INVALID: replayed, on the same connection and on another", async () => {
    const fields = sign({});
    expect((await post(fields)).status).toBe(200);
    expect(await post(fields)).toEqual(invalid("replayed"));
    expect((await server.post(BODY, { ...CLIENT, ...fields })).status).toBe(401);
  });

  it("CONTENT_DIGEST_MISMATCH, SIGNATURE_INVALID: another body, or a body that is not covered", async () => {
    const other = BODY.replace("peers", "quits");
    expect(await post(sign({}), other)).toEqual(refusal(400, "CONTENT_DIGEST_MISMATCH"));
    expect(await post(sign({ isDigested: false }))).toEqual(invalid("a component is not covered"));
    expect(await post({ ...sign({}), "content-digest": "sha-256=:AAAA:" })).toEqual(
      invalid("signature does not match"),
    );
  });

  it("SIGNATURE_INVALID: with a second credential, and on a WebSocket", async () => {
    const both = { ...sign({}), authorization: "Bearer key" };
    expect(await post(both)).toEqual(invalid("more than one credential"));
    await expect(server.webSocket({ ...CLIENT, ...sign({}) })).rejects.toThrow("401");
  });

  it("count as failed logins, and a valid one is accepted from an address with an automatic ban [GUARD-6]", async () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    for (let n = 0; n < 12; n++) {
      agent.destroy();
      await post(sign({ privateKey })).catch(() => {});
    }
    expect(guard.visitors.banOf("203.0.113.7")).toBeDefined();
    expect((await post({})).status).toBe(403);
    expect((await post(sign({}))).status).toBe(200);
  });
});
