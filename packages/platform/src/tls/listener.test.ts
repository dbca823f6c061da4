import { once } from "node:events";
import { Agent, request } from "node:https";
import { connect as connectTcp, type Socket } from "node:net";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { createTrustedFetch, tlsErrors } from "@trellis/crypto/tls";
import { afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Issued } from "./createCertificates.ts";
import { peerNameOf } from "./systemListenerTls.ts";
import { TlsBench } from "./testing/TlsBench.ts";

const bench = new TlsBench();
beforeAll(() => bench.prepare());
afterEach(() => bench.stop());

const named = (incoming: { readonly socket: Socket }, response: { end(text: string): unknown }) =>
  void response.end(peerNameOf(incoming.socket) ?? "nobody");

async function opened(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ port, host: "127.0.0.1", ca: bench.authority.certificate, ...options });
  onTestFinished(() => void socket.destroy());
  await once(socket, "secureConnect");
  return socket;
}

async function get(port: number, client?: Issued): Promise<string> {
  const agent = new Agent({
    ca: bench.authority.certificate,
    ...(client !== undefined && { cert: client.certificate, key: client.key }),
  });
  const asked = request({ port, host: "127.0.0.1", agent }).end();
  const [answer] = await once(asked, "response");
  let text = "";
  for await (const part of answer) text += part;
  agent.destroy();
  return text;
}

async function tcp(port: number): Promise<Socket> {
  const socket = connectTcp(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  return socket;
}

async function textOf(socket: Socket): Promise<string> {
  let text = "";
  for await (const part of socket) text += part;
  return text;
}

describe("TLS of a listener [GUARD-10]", () => {
  it("agrees on X25519MLKEM768 with clients that know it, also behind other groups", async () => {
    const port = await bench.serve(bench.tls(), named);
    const only = await opened(port, { ecdhCurve: "X25519MLKEM768" });
    expect(only.getProtocol()).toBe("TLSv1.3");
    const curve = async (ecdhCurve: string) =>
      (await opened(port, { ecdhCurve })).getEphemeralKeyInfo() as { readonly name?: string } | null;
    expect((await curve("X25519"))?.name).toBe("X25519");
    expect((await curve("P-256"))?.name).toBe("prime256v1");
    expect((await curve("X25519:X25519MLKEM768"))?.name).not.toBe("X25519");
  });

  it("refuses TLS 1.2, unless it is configured", async () => {
    const old = { maxVersion: "TLSv1.2" } as const;
    const port = await bench.serve(bench.tls(), named);
    await expect(opened(port, old)).rejects.toMatchObject({
      code: expect.stringContaining("PROTOCOL_VERSION"),
    });
    const tls = bench.tls({ ...bench.identity(), versionMin: "TLSv1.2" });
    expect((await opened(await bench.serve(tls, named), old)).getProtocol()).toBe("TLSv1.2");
  });

  it("answers plain http with a hint, also a body that is still being sent; cuts other bytes", async () => {
    const port = await bench.serve(bench.tls(), named);
    const get = await tcp(port);
    get.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    expect(await textOf(get)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n.*This port speaks https\.\n$/s);
    const post = await tcp(port);
    post.write(`POST / HTTP/1.1\r\ncontent-length: 1000000\r\n\r\n${"x".repeat(300_000)}`);
    expect(await textOf(post)).toContain("https");
    for (const byte of [0, 23, 0x80, 255]) {
      const other = await tcp(port);
      other.write(Buffer.alloc(50, byte));
      expect(await textOf(other)).toBe("");
    }
    expect(await bench.serve(bench.tls(), named)).toBeGreaterThan(0);
  });

  it("a handshake in single bytes succeeds", async () => {
    const port = await bench.serve(bench.tls(), named);
    const outside = await tcp(port);
    const inside = new (await import("node:stream")).Duplex({
      read() {},
      write(chunk: Buffer, _, done) {
        for (const byte of chunk) outside.write(Buffer.of(byte));
        done();
      },
    });
    outside.setNoDelay(true).on("data", (part) => inside.push(part));
    const socket = connect({ socket: inside, ca: bench.authority.certificate, servername: "localhost" });
    await once(socket, "secureConnect");
    expect(socket.authorized).toBe(true);
  });

  it("closing does not wait for silent connections", async () => {
    const tls = bench.tls();
    const server = tls.createServer({}, named);
    await once(server.listen(0, "127.0.0.1"), "listening");
    const silent = await tcp((server.address() as { port: number }).port);
    silent.on("error", () => {});
    const gone = once(silent, "close");
    await new Promise((resolve) => server.close(resolve));
    await gone;
  });

  it("a new certificate serves new connections; open ones and requests in progress continue", async () => {
    const tls = bench.tls();
    const port = await bench.serve(tls, named);
    const before = await opened(port);
    const next = bench.identity(await bench.issueServer());
    const pins = [tls.identity.pin];
    const failures: unknown[] = [];
    let isRunning = true;
    let answers = 0;
    const clients = Array.from({ length: 4 }, async () => {
      while (isRunning) {
        const text = await get(port).catch((error: unknown) => failures.push(error));
        if (text === "nobody") answers++;
      }
    });
    for (let change = 0; change < 6; change++) {
      const wanted = answers + 4;
      while (answers < wanted && failures.length === 0)
        await new Promise((resolve) => setTimeout(resolve, 2));
      tls.change(change % 2 === 0 ? next : bench.identity());
    }
    isRunning = false;
    await Promise.all(clients);
    expect(failures).toEqual([]);
    tls.change(next);
    expect(tls.pins).toEqual([next.pin, ...pins]);
    const seen = (await opened(port)).getPeerX509Certificate()!.fingerprint256;
    expect(seen).not.toBe(before.getPeerX509Certificate()!.fingerprint256);
    before.write("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    expect(await textOf(before)).toContain("nobody");
  });
});

describe("client certificates [GUARD-11]", () => {
  it("are optional; the common name of a verified one is the peer's name", async () => {
    const port = await bench.serve(bench.tls(bench.identity(bench.server, true)), named);
    expect(await get(port)).toBe("nobody");
    expect(await get(port, await bench.issueClient("exporter"))).toBe("exporter");
    const unasked = await bench.serve(bench.tls(), named);
    expect(await get(unasked, await bench.issueClient("exporter"))).toBe("nobody");
  });

  it("of another authority, of a server, and expired ones are refused, never anonymous", async () => {
    const port = await bench.serve(bench.tls(bench.identity(bench.server, true)), named);
    const stranger = new TlsBench();
    await stranger.prepare();
    for (const client of [
      await stranger.issueClient("exporter"),
      await bench.issueClient("exporter", -1),
      bench.server,
    ])
      await expect(get(port, client)).rejects.toThrow();
  });

  it("a connection ends with its certificate, and with the authority of its certificate", async () => {
    const identity = bench.identity(bench.server, true);
    const tls = bench.tls(identity);
    const port = await bench.serve(tls, named);
    const as = ({ certificate, key }: Issued) => opened(port, { cert: certificate, key });
    const short = await as(await bench.issueClient("short", 2 / 86_400));
    const long = await as(await bench.issueClient("long"));
    const anonymous = await opened(port);
    for (const socket of [short, long, anonymous]) socket.on("error", () => {}).resume();
    await once(short, "close");
    expect([long.destroyed, anonymous.destroyed]).toEqual([false, false]);
    const other = new TlsBench();
    await other.prepare();
    const session = long.getSession();
    tls.change({ ...identity, clientAuthority: other.authority.certificate });
    await once(long, "close");
    expect(anonymous.destroyed).toBe(false);
    const client = await bench.issueClient("long");
    await expect(get(port, client)).rejects.toThrow();
    const resumed = await opened(port, {
      ...(session && { session }),
      cert: client.certificate,
      key: client.key,
    });
    expect(resumed.isSessionReused()).toBe(false);
  });
});

describe("a client's trust [GUARD-12]", () => {
  const wrong = `sha256/${"A".repeat(43)}=`;
  const untrusted = (facts: object) =>
    expect.objectContaining({ code: "TLS_PEER_UNTRUSTED", facts: expect.objectContaining(facts) });

  it("authority, pins, or both; requests and answers pass unchanged", async () => {
    const tls = bench.tls();
    const port = await bench.serve(tls, (incoming, response) => {
      response.setHeader("x-got", `${incoming.method} ${incoming.headers["content-length"]}`);
      incoming.pipe(response);
    });
    const { certificate: authority } = bench.authority;
    for (const trust of [{ authority }, { pins: [wrong, tls.identity.pin] }, { authority, pins: tls.pins }]) {
      const fetch = createTrustedFetch(trust);
      for (const body of ["text", new Blob(["text"]), Buffer.from("text")]) {
        const answer = await fetch(`https://localhost:${port}/a?b=c`, { method: "POST", body });
        expect([answer.headers.get("x-got"), await answer.text()]).toEqual(["POST 4", "text"]);
      }
      expect((await fetch(`https://127.0.0.1:${port}/`, { method: "HEAD" })).body).toBeNull();
    }
  });

  it("TLS_PEER_UNTRUSTED: other key (with its hash), unknown authority, other name, expired, http, redirected", async () => {
    const { certificate: authority } = bench.authority;
    const tls = bench.tls();
    const seen: string[] = [];
    const port = await bench.serve(tls, (incoming, response) => {
      seen.push(String(incoming.url));
      response.writeHead(302, { location: "https://elsewhere.example/" }).end();
    });
    const url = `https://localhost:${port}/`;
    const refusal = (trust: object, at = url) =>
      createTrustedFetch(trust)(at).catch((error: unknown) => error);
    const { pin } = tls.identity;
    for (const trust of [{ pins: [wrong] }, { authority, pins: [wrong] }])
      expect(await refusal(trust)).toEqual(untrusted({ host: "localhost", reason: "other key", seen: pin }));
    expect(await refusal({})).toEqual(untrusted({ reason: "unknown authority" }));
    const renamed = await bench.serve(
      bench.tls(bench.identity(await bench.issueServer(["other.example"]))),
      () => {},
    );
    expect(await refusal({ authority }, `https://localhost:${renamed}/`)).toEqual(
      untrusted({ reason: "other name" }),
    );
    expect(await refusal({ authority }, `http://localhost:${port}/`)).toEqual(
      untrusted({ reason: "not an https:// address" }),
    );
    expect(seen).toEqual([]);
    expect(await refusal({ authority })).toEqual(untrusted({ reason: "redirected" }));
    tls.change({ ...bench.identity(), ...(await bench.issueServer(undefined, -1)) });
    for (const trust of [{ authority }, { pins: [tls.identity.pin, pin] }])
      expect(await refusal(trust)).toEqual(untrusted({}));
    expect(tlsErrors.table.TLS_PEER_UNTRUSTED.consequence).toBe("reject");
  });

  it("a signal ends a request; a lost connection is no matter of trust", async () => {
    const port = await bench.serve(bench.tls(), () => {});
    const fetch = createTrustedFetch({ authority: bench.authority.certificate });
    const url = `https://localhost:${port}/`;
    await expect(fetch(url, { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
      name: expect.stringMatching(/Abort|Timeout/),
    });
    await bench.stop();
    await expect(fetch(url)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});
