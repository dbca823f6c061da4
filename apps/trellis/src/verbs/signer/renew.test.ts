import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { captureIo } from "@trellis/kit/captureIo";
import { PowerLoss } from "@trellis/kit/powerLoss";
import { loadSettings } from "@trellis/platform/config";
import { openRemoteSigner, type RemoteSigner } from "@trellis/platform/signer";
import { systemRandom } from "@trellis/platform/system";
import { lockDirectory } from "@trellis/storage/lock";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { MAIN, type Running, spawnNode } from "../../cli/testing/spawnNode.ts";
import { run } from "./run.ts";
import { type SignerFlags, signerDefinition, signerSettings } from "./settings.ts";

const { io, captured } = captureIo();
const folder = mkdtempSync(join(tmpdir(), "trellis-renew-"));
const dataDir = join(folder, "signer");
const remotes: RemoteSigner[] = [];
let serving: Running;

async function signer(operands: readonly string[], argv: readonly string[] = [], place = dataDir) {
  const { settings } = await loadSettings<SignerFlags>(signerDefinition, {
    argv: ["--data-dir", place, "--json", ...argv],
    environment: {},
    defaultFile: join(folder, "none"),
  });
  captured.stdout = "";
  await run(await signerSettings(settings, operands), io);
  return JSON.parse(captured.stdout);
}

const accessOf = (client: string) => join(dataDir, "clients", client, "signer.json");
function remote(client: string): RemoteSigner {
  const opened = openRemoteSigner(accessOf(client), systemRandom);
  remotes.push(opened);
  return opened;
}

beforeAll(async () => {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  await signer(["init"], ["--port", String(port)]);
  await signer(["new"], ["--purpose", "record"]);
  const args = ["signer", "serve", "--data-dir", dataDir, "--port", String(port), "--json"];
  serving = spawnNode(MAIN, args, { cwd: folder });
  await serving.printed('"ready"');
});
afterAll(async () => {
  for (const opened of remotes) await opened.close();
  serving.child.kill("SIGKILL");
  await serving.ended;
  rmSync(folder, { recursive: true });
});

describe("trellis signer rotate [SIGNER-3]", () => {
  it("encrypts the keys of a running signer under a new envelope key without a failed request", async () => {
    const message = new TextEncoder().encode("trellis-reserves-snapshot/1\n{}");
    const envelope = () => readFileSync(join(dataDir, "envelope.key"), "utf8").trim().split("\n");
    const sealed = () =>
      JSON.parse(readFileSync(join(dataDir, "keys", "record", "main.json"), "utf8")).sealed;
    const [old] = envelope();
    const before = sealed();
    const custodian = remote("custodian");
    const signature = await custodian.sign("record/main", message);
    expect(await signer(["rotate"])).toMatchObject({ reencrypted: 1 });
    expect(envelope()).toHaveLength(1);
    expect(envelope()).not.toContain(old);
    expect(sealed()).not.toBe(before);
    expect(await custodian.sign("record/main", message)).toEqual(signature);
    serving.child.kill("SIGHUP");
    await signer(["new"], ["--purpose", "record", "--name", "later"]);
    expect((await signer(["keys"])).keys).toHaveLength(2);
    expect(await custodian.sign("record/main", message)).toEqual(signature);
    // An interrupted rotation has two keys, newest first.
    const two = join(folder, "two");
    cpSync(dataDir, two, { recursive: true });
    writeFileSync(join(two, "envelope.key"), `${"ab".repeat(32)}\n${envelope()[0]}\n`);
    expect(await signer(["rotate"], [], two)).toMatchObject({ reencrypted: 2 });
    expect(readFileSync(join(two, "envelope.key"), "utf8")).toBe(`${"ab".repeat(32)}\n`);
    expect((await signer(["keys"], [], two)).keys).toHaveLength(2);
  });

  it("STORE_LOCKED: keys are not added while they are encrypted again", async () => {
    const lock = await lockDirectory(join(dataDir, "keys"));
    onTestFinished(() => lock.release());
    for (const change of [["rotate"], ["new", "--purpose", "record", "--name", "other"]])
      await expect(signer(change.slice(0, 1), change.slice(1))).rejects.toMatchObject({
        code: "STORE_LOCKED",
      });
  });
});

describe("trellis signer renew [SIGNER-9]", () => {
  const pinsOf = (client: string): string[] => JSON.parse(readFileSync(accessOf(client), "utf8")).pins;

  it("changes the certificates of a running signer and of its clients without a failed request", async () => {
    const { child } = serving;
    const message = new TextEncoder().encode("trellis-reserves-snapshot/1\n{}");
    const [loaded, late] = [remote("custodian"), remote("custodian")];
    let isLoading = true;
    let count = 0;
    const loading = (async () => {
      for (; isLoading; count += 1) await loaded.sign("record/main", message);
    })();
    const [old] = pinsOf("node");
    const { pin, state } = await signer(["renew"]);
    expect(state).toBe("next");
    expect(pinsOf("node")).toEqual([old, pin]);
    await signer(["renew", "custodian"]);
    await remote("custodian").list();
    expect(await signer(["renew"])).toMatchObject({ state: "active", pin });
    for (const client of ["node", "custodian", "arbitrage"]) expect(pinsOf(client)).toEqual([pin]);
    child.kill("SIGHUP");
    // Clients created from now on accept only the new key.
    const isActive = () =>
      remote("custodian")
        .list()
        .then(
          () => true,
          () => false,
        );
    while (!(await isActive())) await new Promise((resolve) => setTimeout(resolve, 50));
    await Promise.all(Array.from({ length: 4 }, () => late.sign("record/main", message)));
    isLoading = false;
    await loading;
    expect(count).toBeGreaterThan(5);
  });

  it("continues after power loss in the middle, and never uses a key that a client's file lacks", async () => {
    const copy = join(folder, "interrupted");
    cpSync(dataDir, copy, { recursive: true });
    const renewed = () => signer(["renew"], [], copy);
    const disk = await PowerLoss.watch(join(copy, "tls"));
    try {
      const { pin } = await renewed();
      const file = join(copy, "clients", "node", "signer.json");
      const access = JSON.parse(readFileSync(file, "utf8"));
      writeFileSync(file, JSON.stringify({ ...access, pins: [access.pins[0]] }));
      disk.cut();
      expect(await renewed()).toMatchObject({ state: "next", pin, distribute: file });
      expect(await renewed()).toMatchObject({ state: "active", pin });
      disk.cut();
      // The file contains one complete pair, even if the rename is lost.
      const server = readFileSync(join(copy, "tls", "server.pem"), "utf8");
      expect(server.match(/BEGIN (?:CERTIFICATE|PRIVATE KEY)/g)).toEqual([
        "BEGIN CERTIFICATE",
        "BEGIN PRIVATE KEY",
      ]);
    } finally {
      disk.end();
    }
  });
});
