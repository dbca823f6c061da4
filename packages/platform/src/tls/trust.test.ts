import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import { errorWithin } from "@trellis/base";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { trustInProcess } from "./systemTrust.ts";
import { TlsBench } from "./testing/TlsBench.ts";

const bench = new TlsBench();
const original = { check: tls.checkServerIdentity, authorities: tls.getCACertificates("default") };
let directory: string;

beforeAll(async () => {
  await bench.prepare();
  directory = await mkdtemp(join(tmpdir(), "trellis-trust-"));
});
afterEach(async () => {
  tls.checkServerIdentity = original.check;
  tls.setDefaultCACertificates(original.authorities);
  await bench.stop();
});
afterAll(() => rm(directory, { recursive: true }));

function caFile(text = bench.authority.certificate): string {
  const file = join(directory, "ca.pem");
  writeFileSync(file, text);
  return file;
}

describe("trust of a process [GUARD-12]", () => {
  const wrong = `sha256/${"A".repeat(43)}=`;

  it("an authority counts in fetch and in connections of libraries; a pin on top of it", async () => {
    const served = bench.tls();
    const port = await bench.serve(served, (_, response) => void response.end("ok"));
    const url = `https://localhost:${port}/`;
    const fails = (error: Error) => error;
    expect(await fetch(url).catch(fails)).toBeInstanceOf(Error);
    trustInProcess({ caFile: caFile(), pins: [] });
    expect(await (await fetch(url)).text()).toBe("ok");
    trustInProcess({ caFile: "", pins: [`localhost=${wrong}`, `LOCALHOST=${served.identity.pin}`] });
    expect(await (await fetch(url, { headers: { connection: "close" } })).text()).toBe("ok");
    trustInProcess({ caFile: "", pins: [`localhost=${wrong}`] });
    const other = await bench.serve(served, (_, response) => void response.end("ok"));
    const error = await fetch(`https://localhost:${other}/`).catch(fails);
    expect(errorWithin(error, "TLS_PEER_UNTRUSTED")?.facts).toEqual({
      host: "localhost",
      reason: "other key",
      seen: served.identity.pin,
    });
    const socket = tls.connect({ port: other, host: "localhost" });
    expect((await once(socket, "error"))[0]).toMatchObject({ code: "TLS_PEER_UNTRUSTED" });
    expect(await (await fetch(`https://127.0.0.1:${other}/`)).text()).toBe("ok");
  });

  it("CONFIG_INVALID_VALUE: a file that is missing or has no certificate", () => {
    for (const file of [join(directory, "none"), caFile("text")])
      expect(() => trustInProcess({ caFile: file, pins: [] })).toThrow(
        expect.objectContaining({ code: "CONFIG_INVALID_VALUE" }),
      );
  });
});
