import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import { silentMetrics } from "@trellis/base";
import { openRpcEndpoint } from "@trellis/client";
import { createTrustedFetch, fingerprintOfCertificate, type Trust } from "@trellis/client/trust";
import { systemClock, systemRandom } from "@trellis/platform/system";
import { createAuthority, type Issued, issueCertificate } from "@trellis/platform/tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { eventually } from "./eventually.ts";
import {
  type Devnet,
  type ExitResult,
  runTrellis,
  type Served,
  startNode,
  startTrellis,
} from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const ports = { clock: systemClock, random: systemRandom };
const HOSTS = ["localhost", "127.0.0.1", "rpc.example"];
const WRONG_PIN = `sha256/${"A".repeat(43)}=`;

let directory: TemporaryDirectory;
let authority: Issued;
let first: Issued;
let node: Devnet;

const place = (name: string): string => join(directory.path, name);
const issued = (hosts = HOSTS, days?: number): Promise<Issued> =>
  issueCertificate(authority, { kind: "server", name: "node", hosts }, ports, days);

function written({ certificate, key }: Issued, name = "server"): string[] {
  writeFileSync(place(`${name}.crt`), certificate);
  writeFileSync(place(`${name}.key`), key, { mode: 0o600 });
  return ["--tls-certificate", place(`${name}.crt`), "--tls-key-from", `file:${place(`${name}.key`)}`];
}

beforeAll(async () => {
  directory = await temporaryDirectory();
  authority = await createAuthority("authority", ports);
  writeFileSync(place("ca.crt"), authority.certificate);
  first = await issued();
  const access = [
    { name: "operator", certificate: "operator", permissions: ["*", "admin:*"] },
    { name: "exporter", certificate: "exporter", permissions: ["net:*"] },
  ];
  writeFileSync(place("trellis.yaml"), JSON.stringify({ node: { anonymousMethods: "eth:*", access } }));
  node = await startNode({
    args: [
      ...["--network", "local", "--bootstrap", "none", "--listen", "127.0.0.1:0"],
      ...["--config", place("trellis.yaml"), ...written(first), "--tls-client-authority", place("ca.crt")],
      ...["--rpc-hosts", "rpc.example"],
    ],
  });
});
afterAll(async () => {
  await node?.stop();
  await directory?.remove();
});

const trust = (more: Trust = {}): Trust => ({ authority: authority.certificate, ...more });

/** Like a remote client behind a proxy, because local programs have all rights. */
async function post(url: string, method: string, as: Trust = trust()) {
  const answer = await createTrustedFetch(as)(url, {
    method: "POST",
    headers: { "content-type": "application/json", "x-forwarded-for": "203.0.113.1" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: [] }),
  });
  const body = (await answer.json()) as { readonly result?: unknown };
  return { status: answer.status, result: body.result };
}

const guard = (...args: readonly string[]): Promise<ExitResult> =>
  runTrellis(["guard", "list", "--json", "--url", `${node.httpUrl}/node`, ...args]);

async function servedPin(url: string): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port: Number(new URL(url).port), ca: authority.certificate });
  await once(socket, "secureConnect");
  const pin = fingerprintOfCertificate(socket.getPeerX509Certificate()!.toString());
  socket.destroy();
  return pin;
}

describe("a node with TLS [GUARD-10]", () => {
  it("JSON-RPC, WebSocket, service port, and JSON-RPC through it", async () => {
    expect([node.rpcUrl, node.httpUrl, node.wsUrl].map((url) => url.split(":")[0])).toEqual([
      "https",
      "https",
      "wss",
    ]);
    for (const url of [node.rpcUrl, `${node.httpUrl}/rpc`])
      expect(await post(url, "eth_chainId")).toEqual({ status: 200, result: "0x7a69" });
    const metrics = await (await createTrustedFetch(trust())(`${node.httpUrl}/metrics`)).text();
    const expiry = /^trellis_tls_certificate_expiry_timestamp_seconds (\S+)$/m.exec(metrics)![1]!;
    expect(Number(expiry) / 86_400 - Date.now() / 86_400_000).toBeCloseTo(397, 0);
    const socket = new WebSocket(node.wsUrl, { ca: authority.certificate });
    await once(socket, "open");
    socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] }));
    expect(String((await once(socket, "message"))[0])).toContain("0x7a69");
    socket.terminate();
    const through = new WebSocket(`${node.httpUrl.replace("http", "ws")}/rpc`, { ca: authority.certificate });
    await once(through, "open");
    through.terminate();
  });

  it("plain http is answered with a hint on both ports", async () => {
    for (const url of [node.rpcUrl, node.httpUrl]) {
      const answer = await fetch(url.replace("https", "http"), { headers: { authorization: "Bearer x" } });
      expect([answer.status, await answer.text()]).toEqual([400, "This port speaks https.\n"]);
    }
  });

  it("names of client certificates are principals [GUARD-11]", async () => {
    const client = (name: string) => issueCertificate(authority, { kind: "client", name }, ports);
    const allowed = async (url: string, as: Trust) => {
      const results: unknown[] = [];
      for (const method of ["eth_chainId", "net_version", "admin_peers"])
        results.push((await post(url, method, as)).result);
      return results.map((result) => result !== undefined);
    };
    for (const url of [node.rpcUrl, `${node.httpUrl}/rpc`]) {
      expect(await allowed(url, trust())).toEqual([true, false, false]);
      expect(await allowed(url, trust(await client("exporter")))).toEqual([false, true, false]);
      expect(await allowed(url, trust(await client("operator")))).toEqual([true, true, true]);
      expect(await allowed(url, trust(await client("unknown")))).toEqual([true, false, false]);
    }
    const stranger = await createAuthority("stranger", ports);
    const foreign = await issueCertificate(stranger, { kind: "client", name: "operator" }, ports);
    await expect(post(node.rpcUrl, "eth_chainId", trust(foreign))).rejects.toThrow();
  });

  it("the CLI trusts an authority and a pin; a wrong pin is refused with the hash that was seen [GUARD-12]", async () => {
    const ca = ["--ca-file", place("ca.crt")];
    const own = fingerprintOfCertificate(first.certificate);
    expect((await guard(...ca)).exitCode).toBe(0);
    expect((await guard(...ca, "--pins", `127.0.0.1=${WRONG_PIN},127.0.0.1=${own}`)).exitCode).toBe(0);
    const wrong = await guard(...ca, "--pins", `127.0.0.1=${WRONG_PIN}`);
    expect([wrong.exitCode, wrong.stderr]).toEqual([1, expect.stringContaining("TLS_PEER_UNTRUSTED")]);
    expect(wrong.stderr).toContain(own);
    const unknown = await guard();
    expect([unknown.exitCode, unknown.stderr]).toEqual([1, expect.stringContaining("unknown authority")]);
  });

  it("the SDK pins a node's key", async () => {
    const ask = (pins: string[]) =>
      openRpcEndpoint(
        { name: "node", url: node.rpcUrl, fetch: createTrustedFetch({ pins }) },
        { metrics: silentMetrics },
      )("eth_chainId", []);
    expect(await ask([fingerprintOfCertificate(first.certificate)])).toBe("0x7a69");
    await expect(ask([WRONG_PIN])).rejects.toMatchObject({ code: "TLS_PEER_UNTRUSTED" });
  });
});

describe("a replaced certificate", () => {
  it("serves after a SIGHUP, under load without a failed request; the former pin is revoked", async () => {
    const failures: unknown[] = [];
    let isRunning = true;
    let answers = 0;
    const clients = Array.from({ length: 4 }, async () => {
      while (isRunning) {
        const { status } = await post(node.rpcUrl, "eth_chainId").catch((error: unknown) => {
          failures.push(error);
          return { status: 0 };
        });
        if (status !== 200 && status !== 429) failures.push(status);
        answers++;
      }
    });
    const former = fingerprintOfCertificate(first.certificate);
    for (let round = 0; round < 3; round++) {
      const next = await issued();
      written(next);
      process.kill(node.pid, "SIGHUP");
      const pin = fingerprintOfCertificate(next.certificate);
      await eventually(async () => (await servedPin(node.rpcUrl)) === pin);
      expect(await servedPin(node.httpUrl)).toBe(pin);
      const wanted = answers + 50;
      await eventually(() => answers >= wanted);
    }
    expect((await post(`${node.httpUrl}/rpc`, "eth_chainId")).status).toBeOneOf([200, 429]);
    isRunning = false;
    await Promise.all(clients);
    expect(failures).toEqual([]);
    const refused = post(node.rpcUrl, "eth_chainId", { pins: [former] });
    await expect(refused).rejects.toMatchObject({
      code: "TLS_PEER_UNTRUSTED",
      facts: { reason: "other key" },
    });
  });

  it("that is expired or has another key is refused, and the previous one stays in use", async () => {
    const before = await servedPin(node.rpcUrl);
    const [expired, other] = [await issued(HOSTS, -1), await issued()];
    for (const [wrong, reason] of [
      [expired, "expired"],
      [{ certificate: other.certificate, key: expired.key }, "key does not match the certificate"],
    ] as const) {
      written(wrong);
      process.kill(node.pid, "SIGHUP");
      await eventually(() => node.stderr().includes(reason));
      expect(await servedPin(node.rpcUrl)).toBe(before);
    }
  });

  it("serves without a signal within half a minute", async () => {
    const next = await issued();
    written(next);
    const pin = fingerprintOfCertificate(next.certificate);
    await eventually(async () => (await servedPin(node.rpcUrl)) === pin, 60_000);
  });
});

describe("a service does not start", () => {
  it("CONFIG_INVALID_VALUE: with a certificate that is expired, of another name or of another key", async () => {
    const [good, expired] = [await issued(), await issued(HOSTS, -1)];
    const start = (pair: Issued, ...args: readonly string[]) =>
      runTrellis([
        ...["node", "--network", "test", "--ephemeral", "--rpc-port", "0", "--http-port", "0"],
        ...["--rpc-host", "0.0.0.0", ...written(pair, "other"), ...args],
      ]);
    for (const [running, reason] of [
      [await start(expired), "expired"],
      [await start({ ...good, key: expired.key }), "key does not match the certificate"],
      [await start(good, "--rpc-hosts", "node.example"), "other name"],
      [await start(good, "--limit-per-address", "0"), "without limits"],
    ] as const) {
      expect(running.exitCode).not.toBe(0);
      expect(running.stderr).toContain(reason);
    }
  });
});

describe("a REST service with TLS", () => {
  let service: Served<{ readonly url: string; readonly adminKey: string }>;
  afterAll(() => service?.stop());

  it("API and sessions; cookies are of this host over https only", async () => {
    service = await startTrellis([
      ...["reserves", "serve", "--port", "0", "--json", "--custodian", "exchange.example", "--workers", "0"],
      ...["--data-dir", place("reserves"), ...written(await issued(), "reserves")],
    ]);
    const { url, adminKey } = service.ready;
    expect(url).toMatch(/^https:/);
    const fetch = createTrustedFetch(trust());
    expect((await fetch(`${url}/health`)).status).toBe(200);
    const session = await fetch(`${url}/v1/auth/session`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: url },
      body: JSON.stringify({ apiKey: adminKey }),
    });
    expect(session.status).toBe(204);
    expect(session.headers.get("set-cookie")).toMatch(/^__Host-trellis=.+; Secure;/);
    writeFileSync(place("admin"), adminKey, { mode: 0o600 });
    const verb = ["guard", "list", "--url", url, "--api-key-from", `file:${place("admin")}`, "--json"];
    expect((await runTrellis([...verb, "--ca-file", place("ca.crt")])).exitCode).toBe(0);
    expect((await runTrellis(verb)).stderr).toContain("TLS_PEER_UNTRUSTED");
  });
});
