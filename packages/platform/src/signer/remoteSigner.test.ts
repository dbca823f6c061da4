import { once } from "node:events";
import { type AddressInfo, connect as connectPlain } from "node:net";
import { connect, createServer, type Server, type TlsOptions } from "node:tls";
import { bytesToHex, hexToBytes, type Log, type LogFacts, silentLog } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { fingerprintOfCertificate } from "@trellis/crypto/tls";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ALGORITHMS } from "../keys/algorithms.ts";
import { systemRandom } from "../system/index.ts";
import { createAuthority, issueCertificate } from "../tls/createCertificates.ts";
import { createMessageOperation } from "./messageOperation.ts";
import { RemoteSigner } from "./RemoteSigner.ts";
import { ACCESS, publicKeyOf, SignerBench } from "./testing/SignerBench.ts";

const bench = new SignerBench();
beforeAll(() => bench.prepare());
afterEach(() => bench.stop());
afterAll(() => bench.end());

const text = (value: string) => new TextEncoder().encode(value);
const code = (name: string, facts: object = {}) =>
  expect.objectContaining({ code: name, facts: expect.objectContaining(facts) });

describe("a signer's client [SIGNER-6]", () => {
  it("lists its keys and signs with them", async () => {
    await bench.start();
    const remote = bench.remote();
    expect((await remote.list()).map(({ id, algorithm }) => `${id} ${algorithm}`)).toEqual([
      "account/digests secp256k1",
      "record/main ed25519",
      "log/main ml-dsa-44",
    ]);
    const message = text("record: 1");
    const signature = await remote.sign("record/main", message);
    expect(ALGORITHMS.ed25519.verify(message, signature, publicKeyOf("ed25519", 1))).toBe(true);
    const head = await remote.sign("log/main", text("head"));
    expect(ALGORITHMS["ml-dsa-44"].verify(text("head"), head, publicKeyOf("ml-dsa-44", 2))).toBe(true);
    const digest = keccak256(text("x"));
    const compact = await remote.sign("account/digests", digest);
    expect(ALGORITHMS.secp256k1.verify(digest, compact, publicKeyOf("secp256k1", 3))).toBe(true);
    expect(bench.audit.map(({ actor, action, outcome }) => `${actor} ${action} ${outcome}`)).toEqual([
      "custodian signer.sign done",
      "custodian signer.sign done",
      "custodian signer.digest done",
    ]);
  });

  it("SIGNER-9: reads a renewed certificate when its own has expired, and not otherwise", async () => {
    await bench.start();
    const expired = await bench.issue("custodian", -1);
    const remote = bench.remote({ ...expired }, { ...bench.client });
    const lists = await Promise.all(Array.from({ length: 4 }, () => remote.list()));
    expect(lists.every((keys) => keys.length === 3)).toBe(true);
    await expect(bench.remote({ ...expired }).list()).rejects.toMatchObject({
      code: expect.stringMatching(/^SIGNER_(?:UNAUTHENTICATED|UNREACHABLE)$/),
    });
  });

  it("SIGNER_REFUSED: other operations, keys, beginnings, and a client that the access file lacks", async () => {
    await bench.start();
    const remote = bench.remote();
    await expect(remote.sign("record/main", text("other: 1"))).rejects.toEqual(
      code("SIGNER_REFUSED", { rule: "prefix" }),
    );
    const body = { payload: "0x01" };
    for (const path of [
      "/api/v1/sign/account%2Fother",
      "/api/v1/sign/log%2Fnone",
      "/api/v1/digest/log%2Fmain",
    ])
      await expect(remote.ask(path, body)).rejects.toEqual(code("SIGNER_REFUSED", { rule: "permission" }));
    bench.signer.setAccess(new Map());
    await expect(remote.list()).rejects.toEqual(code("SIGNER_REFUSED", { rule: "client" }));
    await expect(remote.sign("log/main", text("head"))).rejects.toEqual(
      code("SIGNER_REFUSED", { rule: "client" }),
    );
    expect(bench.audit.every(({ outcome }) => outcome === "refused")).toBe(true);
    expect(bench.audit).toHaveLength(5);
  });

  it.each(["account", "anchor", "validator"] as const)(
    "SIGNER_REFUSED: a permission for messages signs no transaction with a post-quantum key of purpose %s",
    async (purpose) => {
      const key = { ...bench.keys.find("log/main")!, id: `${purpose}/main`, purpose };
      const permission = { keys: "*/*", operations: ["sign"], prefixes: [] } as const;
      const request = { client: "custodian", key, permission, body: { payload: `0x${"11".repeat(32)}` } };
      await expect(createMessageOperation(bench.keys).admit(request)).rejects.toEqual(
        code("SIGNER_REFUSED", { rule: "operation" }),
      );
    },
  );

  it("SIGNER_RATE_EXCEEDED: counts refused requests; the audit does not grow with them", async () => {
    const limited = ACCESS.replace("permissions:", "requestsPerMinuteMax: 4\n    permissions:");
    await bench.start(limited);
    const remote = bench.remote();
    await remote.list();
    for (let count = 0; count < 3; count++)
      await expect(remote.sign("record/main", text("x"))).rejects.toEqual(code("SIGNER_REFUSED"));
    for (let count = 0; count < 80; count++)
      await expect(remote.ask("/api/v1/sign/log%2Fmain", { payload: "0x01" })).rejects.toEqual(
        code("SIGNER_RATE_EXCEEDED", { requestsPerMinuteMax: 4 }),
      );
    expect(bench.audit).toHaveLength(60);
  });

  it("SIGNER_RATE_EXCEEDED: lists of keys count, too", async () => {
    await bench.start(ACCESS.replace("permissions:", "requestsPerMinuteMax: 2\n    permissions:"));
    const remote = bench.remote();
    for (let count = 0; count < 2; count++) expect(await remote.list()).toHaveLength(3);
    await expect(remote.list()).rejects.toEqual(code("SIGNER_RATE_EXCEEDED"));
  });

  it("SIGNER_UNAUTHENTICATED: an open connection, after its authority was replaced [SIGNER-1]", async () => {
    await bench.start();
    const remote = bench.remote();
    expect(await remote.list()).toHaveLength(3);
    const other = await createAuthority("other", SignerBench.ports);
    bench.opened!.setTls({ ...bench.server, authority: other.certificate });
    await expect(remote.list()).rejects.toMatchObject({
      code: expect.stringMatching(/^SIGNER_(?:UNAUTHENTICATED|UNREACHABLE)$/),
    });
  });

  it("strangers cannot fill the log: refused connections are written at most 60 times a minute", async () => {
    const lines: LogFacts[] = [];
    const log: Log = { ...silentLog, warn: (_, facts = {}) => lines.push(facts) };
    await bench.start(ACCESS, 0, log);
    const { port } = new URL(bench.opened!.url);
    for (let count = 0; count < 80; count++) {
      const socket = connectPlain(Number(port), "127.0.0.1");
      socket.on("error", () => {});
      socket.end("GET / HTTP/1.1\r\n\r\n");
      await once(socket, "close");
    }
    await expect.poll(() => lines).toHaveLength(60);
  });

  it("SIGNER_UNAUTHENTICATED: certificates of another authority, of a server, expired, and none", async () => {
    await bench.start();
    const other = await createAuthority("authority", SignerBench.ports);
    const strange = await issueCertificate(other, { kind: "client", name: "custodian" }, SignerBench.ports);
    const expired = await bench.issue("custodian", -1);
    for (const { certificate, key } of [strange, expired, bench.server])
      await expect(bench.remote({ certificate, key }).list()).rejects.toMatchObject({
        code: expect.stringMatching(/^SIGNER_(?:UNAUTHENTICATED|UNREACHABLE)$/),
      });
    const answer = await fetch(`${bench.opened!.url}/upcheck`).catch((error: Error) => error);
    expect(answer).toBeInstanceOf(Error);
    expect(bench.audit).toEqual([]);
    expect(await bench.remote().list()).toHaveLength(3);
  });

  it("refuses TLS 1.2", async () => {
    await bench.start();
    const { port } = new URL(bench.opened!.url);
    const ended = new Promise<unknown>((resolve) => {
      const socket = connect({
        port: Number(port),
        host: "127.0.0.1",
        ca: bench.authority.certificate,
        cert: bench.client.certificate,
        key: bench.client.key,
        maxVersion: "TLSv1.2",
      });
      socket.once("error", resolve);
      socket.once("secureConnect", () => resolve("connected"));
    });
    expect(await ended).toMatchObject({ code: expect.stringContaining("PROTOCOL_VERSION") });
  });

  it("SIGNER_UNAUTHENTICATED: a signer with another key than the pinned one, whose hash is shown", async () => {
    await bench.start();
    const seen = fingerprintOfCertificate(bench.server.certificate);
    const wrong = `sha256/${"A".repeat(43)}=`;
    for (const authority of [bench.authority.certificate, undefined])
      await expect(bench.remote({ authority, pins: [wrong] }).list()).rejects.toEqual(
        code("SIGNER_UNAUTHENTICATED", { seen }),
      );
    expect(await bench.remote({ pins: [wrong, seen] }).list()).toHaveLength(3);
    expect(await bench.remote({ authority: undefined, pins: [seen] }).list()).toHaveLength(3);
    const other = await createAuthority("other", SignerBench.ports);
    await expect(bench.remote({ authority: other.certificate }).list()).rejects.toEqual(
      code("SIGNER_UNAUTHENTICATED"),
    );
  });

  it("SIGNER_SETUP_INVALID: an address without TLS; neither authority nor pin", async () => {
    await bench.start();
    expect(() => bench.remote({ url: "http://127.0.0.1:1" })).toThrow(code("SIGNER_SETUP_INVALID"));
    expect(() => bench.remote({ authority: undefined })).toThrow(code("SIGNER_SETUP_INVALID"));
  });

  it("continues over a restart of the signer", async () => {
    const { url } = await bench.start();
    const remote = bench.remote();
    const first = await remote.sign("record/main", text("record: 1"));
    await bench.opened!.close();
    await expect(remote.sign("record/main", text("record: 1"))).rejects.toEqual(code("SIGNER_UNREACHABLE"));
    await bench.start(ACCESS, Number(new URL(url).port));
    expect(await remote.sign("record/main", text("record: 1"))).toEqual(first);
  });

  it("any body is answered with a signature or a code; the signer stays", async () => {
    await bench.start(ACCESS.replace("permissions:", "requestsPerMinuteMax: 100000\n    permissions:"));
    const remote = bench.remote();
    const body = fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.record({ payload: fc.jsonValue() }));
    const path = fc.oneof(fc.webPath(), fc.constant("/api/v1/sign/log%2Fmain"));
    await fc.assert(
      fc.asyncProperty(path, body, async (at, given) => {
        const known = /^SIGNER_(?:MESSAGE_INVALID|REFUSED|SETUP_INVALID)$/;
        const answer: unknown = await remote.ask(`/${at.slice(1)}`, given).catch((error: unknown) => error);
        if (answer instanceof Error) expect(answer).toMatchObject({ code: expect.stringMatching(known) });
      }),
      { numRuns: 40 },
    );
    expect(await remote.list()).toHaveLength(3);
  });

  it("SIGNER_MESSAGE_INVALID: a body that is too long; the lost lease is no signature", async () => {
    await bench.start();
    const remote = bench.remote();
    await expect(
      remote.ask("/api/v1/sign/log%2Fmain", { payload: `0x${"00".repeat(70_000)}` }),
    ).rejects.toMatchObject({
      code: expect.stringMatching(/^SIGNER_(?:MESSAGE_INVALID|UNREACHABLE)$/),
    });
    bench.isLost = true;
    await expect(remote.sign("log/main", text("head"))).rejects.toEqual(code("SIGNER_UNREACHABLE"));
  });
});

describe("a lying signer", () => {
  let server: Server | undefined;
  afterEach(() => new Promise<unknown>((resolve) => (server ? server.close(resolve) : resolve(undefined))));

  const options = (): TlsOptions => ({
    cert: bench.server.certificate,
    key: bench.server.key,
    ca: bench.authority.certificate,
    requestCert: true,
    minVersion: "TLSv1.3",
  });

  async function lie(
    answer: (path: string, body: string, id: string) => string | undefined,
  ): Promise<RemoteSigner> {
    server = createServer(options(), (socket) => {
      let received = "";
      socket.on("error", () => {});
      socket.on("data", (part) => {
        received += part;
        for (;;) {
          const head = received.indexOf("\r\n\r\n") + 4;
          const length = Number(/content-length: (\d+)/i.exec(received.slice(0, head))?.[1] ?? 0);
          if (head < 4 || received.length < head + length) return;
          const [, path = ""] = received.split(" ", 2);
          const id = /x-request-id: ([0-9a-f]+)/i.exec(received.slice(0, head))![1]!;
          const answered = answer(path, received.slice(head, head + length), id);
          received = received.slice(head + length);
          if (answered !== undefined) socket.write(answered);
        }
      });
    });
    await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { client, authority } = bench;
    return new RemoteSigner(
      { url, ...client, authority: authority.certificate, pins: [], timeoutMs: 1_000 },
      systemRandom,
    );
  }

  const raw = (id: string, body: object, status = 200): string => {
    const json = JSON.stringify(body);
    return `HTTP/1.1 ${status} X\r\nx-request-id: ${id}\r\ncontent-length: ${json.length}\r\n\r\n${json}`;
  };
  const key = {
    id: "record/main",
    purpose: "record",
    algorithm: "ed25519",
    publicKey: bytesToHex(publicKeyOf("ed25519", 1)),
    createdMs: 1,
    version: 1,
  };
  const list = { keys: [key], hasMore: false };
  const signatureOf = (payload: string) =>
    bytesToHex(ALGORITHMS.ed25519.sign(hexToBytes(payload as `0x${string}`), new Uint8Array(32).fill(1)));
  const signedBody = (body: string) => ({ signature: signatureOf(JSON.parse(body).payload) });

  it("that answers twice never has its second answer taken for the next request's", async () => {
    const remote = await lie((path, body, id) => {
      if (path.startsWith("/api/v1/keys")) return raw(id, list);
      return raw(id, signedBody(body)) + raw(id, { signature: signatureOf("0x02") });
    });
    for (const message of ["record: 1", "record: 2", "record: 3"]) {
      const signature = await remote.sign("record/main", text(message));
      expect(ALGORITHMS.ed25519.verify(text(message), signature, publicKeyOf("ed25519", 1))).toBe(true);
    }
    await remote.close();
  });

  it("SIGNER_MESSAGE_INVALID: a signature of something else, an answer to another request", async () => {
    let other = "";
    const remote = await lie((path, body, id) => {
      if (path.startsWith("/api/v1/keys")) return raw(id, list);
      return raw(other || id, other === "" ? { signature: signatureOf("0x02") } : signedBody(body));
    });
    await expect(remote.sign("record/main", text("record: 1"))).rejects.toEqual(
      code("SIGNER_MESSAGE_INVALID", { reason: "signature does not match record/main" }),
    );
    other = "00";
    await expect(remote.sign("record/main", text("record: 1"))).rejects.toEqual(
      code("SIGNER_MESSAGE_INVALID", { reason: "an answer to another request" }),
    );
    await remote.close();
  });

  it("SIGNER_UNREACHABLE: no response in time", async () => {
    const remote = await lie(() => undefined);
    await expect(remote.list()).rejects.toEqual(
      code("SIGNER_UNREACHABLE", { reason: "no response in time" }),
    );
    await remote.close();
  });

  it("any answer gives a verified signature or a code", async () => {
    let answer = "";
    const remote = await lie((path, _, id) =>
      path.startsWith("/api/v1/keys") ? raw(id, list) : answer.replace("ID", id),
    );
    const body = fc.oneof(
      fc.jsonValue(),
      fc.record({ signature: fc.oneof(fc.string(), fc.constant("0x00")) }),
    );
    await fc.assert(
      fc.asyncProperty(body, fc.constantFrom(200, 302, 400, 403, 412, 429, 500), async (given, status) => {
        const json = JSON.stringify(given) ?? "null";
        const length = Buffer.byteLength(json);
        answer = `HTTP/1.1 ${status} X\r\nx-request-id: ID\r\ncontent-length: ${length}\r\n\r\n${json}`;
        await expect(remote.sign("record/main", text("record: 1"))).rejects.toMatchObject({
          code: expect.stringMatching(/^SIGNER_/),
        });
      }),
      { numRuns: 60 },
    );
    await remote.close();
  });
});
