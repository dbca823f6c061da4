import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, request, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import { systemClock, systemRandom } from "@trellis/platform/system";
import { createAuthority, issueCertificate, trustInProcess } from "@trellis/platform/tls";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { S3Bench } from "../testing/S3Bench.ts";
import type { BlobStore } from "./BlobStore.ts";

const s3 = new S3Bench();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "trellis-s3-store-"));
  await s3.start();
});
afterAll(async () => {
  await s3.stop();
  await rm(folder, { recursive: true });
});

/** Facts of the error of all methods. @param expected default: the same facts */
async function refusal(store: BlobStore, expected?: object): Promise<unknown> {
  const attempts = [
    () => store.put("catalog", Buffer.from("x")),
    () => store.get("catalog"),
    () => store.delete("catalog"),
    () => store.list("")[Symbol.asyncIterator]().next(),
  ];
  const errors = await Promise.all(attempts.map((attempt) => attempt().catch((error: unknown) => error)));
  const facts = errors.map((error) => {
    expect(error).toMatchObject({ code: "REPOSITORY_UNAVAILABLE", facts: { place: store.place } });
    const printed = `${JSON.stringify(error)} ${String((error as Error).cause)}`;
    const { AWS_SECRET_ACCESS_KEY: secret, AWS_ACCESS_KEY_ID: id } = process.env;
    for (const credential of [secret, id]) expect(printed).not.toContain(credential || "AWS");
    return (error as { readonly facts: unknown }).facts;
  });
  for (const other of facts) expect(other).toEqual(expected ?? facts[0]);
  return facts[0];
}

async function listening(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Forwards requests to the server. @param change of each piece of a body */
function forwarding(change: (bytes: Buffer) => unknown = () => {}): RequestListener {
  const { port, hostname: host } = new URL(s3.server.endpoint);
  return (incoming, outgoing) => {
    const { method, headers, url: path } = incoming;
    const forwarded = request({ method, headers, path, port, host }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.on("data", (bytes: Buffer) => {
      change(bytes);
      forwarded.write(bytes);
    });
    incoming.on("end", () => forwarded.end());
  };
}

describe("REPOSITORY_UNAVAILABLE [BACKUP-16]", () => {
  afterEach(() => {
    for (const [name, value] of Object.entries(s3.server.credentials)) vi.stubEnv(name, value);
  });

  it("unknown credentials", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAUNKNOWN");
    expect(await refusal(await s3.open())).toMatchObject({ reason: "InvalidAccessKeyId", status: 403 });
  });

  it("a wrong secret", async () => {
    const strict = new S3Bench();
    await strict.start({ isStrict: true });
    try {
      const url = strict.newUrl();
      const store = await strict.open({ url });
      await store.put("catalog", Buffer.from("contents"));
      expect(Buffer.from((await store.get("catalog"))!).toString()).toBe("contents");
      vi.stubEnv("AWS_SECRET_ACCESS_KEY", "wrong");
      const wrong = await strict.open({ url });
      expect(await refusal(wrong)).toMatchObject({ reason: "SignatureDoesNotMatch", status: 403 });
    } finally {
      await strict.stop();
    }
  });

  it("no credentials", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "");
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
    vi.stubEnv("HOME", folder);
    const reason = "Could not load credentials from any providers";
    expect(await refusal(await s3.open())).toMatchObject({ reason });
  });

  it("a missing bucket", async () => {
    const store = await s3.open({ url: "s3://missing/backups" });
    expect(await refusal(store)).toMatchObject({ reason: "NoSuchBucket", status: 404 });
  });

  it("an endpoint that does not answer, and one that breaks connections", async () => {
    const breaking = createTcpServer((socket) => socket.destroy());
    const endpoint = `http://127.0.0.1:${await listening(breaking)}`;
    const broken = await s3.open({ endpoint });
    // It depends on when the connection breaks.
    const reset = expect.stringMatching(/ECONNRESET|EPIPE|hang up/);
    await refusal(broken, { place: broken.place, reason: reset });
    await new Promise((resolve) => breaking.close(resolve));
    const reason = expect.stringContaining("ECONNREFUSED");
    expect(await refusal(await s3.open({ endpoint }))).toMatchObject({ reason });
  });

  it("a blob that was damaged on its way", async () => {
    const damaging = createServer(forwarding((bytes) => bytes.reverse()));
    const store = await s3.open({ endpoint: `http://127.0.0.1:${await listening(damaging)}` });
    await expect(store.put("catalog", Buffer.from("contents"))).rejects.toMatchObject({
      code: "REPOSITORY_UNAVAILABLE",
      facts: { reason: "the server did not confirm the blob's checksum" },
    });
    await store.put("empty", new Uint8Array());
    damaging.closeAllConnections();
    damaging.close();
  });
});

it.each([
  ["PreconditionFailed", 412, false, "first"],
  ["NotImplemented", 501, true, "second"],
])("BACKUP-13: a creation is conditional; the server answers %s", async (code, status, isNew, kept) => {
  const forward = forwarding();
  // S3rver ignores the condition.
  const server = createServer((incoming, outgoing) => {
    if (incoming.headers["if-none-match"] !== "*") return forward(incoming, outgoing);
    incoming.resume();
    outgoing.writeHead(status, { "content-type": "application/xml" });
    outgoing.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>refused</Message></Error>`);
  });
  const store = await s3.open({ endpoint: `http://127.0.0.1:${await listening(server)}` });
  await store.put("wal/1/a", Buffer.from("first"));
  expect(await store.create("wal/1/a", Buffer.from("second"))).toBe(isNew);
  expect(Buffer.from((await store.get("wal/1/a"))!).toString()).toBe(kept);
  server.closeAllConnections();
  server.close();
});

it("BACKUP-16: trusts the authorities of the process", async () => {
  const original = tls.getCACertificates("default");
  const ports = { clock: systemClock, random: systemRandom };
  const authority = await createAuthority("authority", ports);
  const use = { kind: "server", name: "server", hosts: ["localhost", "127.0.0.1"] } as const;
  const { certificate: cert, key } = await issueCertificate(authority, use, ports);
  const server = createTlsServer({ cert, key }, forwarding());
  try {
    const at = { endpoint: `https://127.0.0.1:${await listening(server)}`, url: s3.newUrl() };
    expect(await refusal(await s3.open(at))).toMatchObject({ reason: expect.stringMatching(/certificate/) });
    const caFile = join(folder, "ca.pem");
    await writeFile(caFile, authority.certificate);
    trustInProcess({ caFile, pins: [] });
    const store = await s3.open(at);
    await store.put("catalog", Buffer.from("contents"));
    expect(Buffer.from((await store.get("catalog"))!).toString()).toBe("contents");
  } finally {
    tls.setDefaultCACertificates(original);
    server.closeAllConnections();
    server.close();
  }
});
