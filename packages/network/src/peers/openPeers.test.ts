import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Log, type LogFacts, silentLog, silentMetrics } from "@trellis/base";
import { VirtualTime } from "@trellis/kit/time";
import { main } from "@trellis/protocol";
import { describe, expect, it, onTestFinished } from "vitest";
import { networkErrors } from "../errors.ts";
import { seededBytes } from "../sync/testing/seededBytes.ts";
import { MemoryPeerBookStore, type PeerBookStore } from "./book/PeerBookStore.ts";
import { SystemPeerBookFile } from "./book/systemPeerBookFile.ts";
import { createBucketRates } from "./bucketRates.ts";
import { BOOK_LIMITS } from "./limits.ts";
import { openPeers } from "./openPeers.ts";
import { START_MS } from "./testing/TestPeers.ts";

class WarningLog implements Log {
  readonly warnings: { readonly event: string; readonly facts: LogFacts }[] = [];
  debug = silentLog.debug;
  info = silentLog.info;
  error = silentLog.error;

  warn(event: string, facts: LogFacts = {}): void {
    this.warnings.push({ event, facts });
  }

  child(): Log {
    return this;
  }
}

function open(store: PeerBookStore, time = new VirtualTime(START_MS), log: Log = silentLog) {
  return openPeers(
    { rates: createBucketRates(main), disconnect() {} },
    { clock: time, scheduler: time, random: seededBytes("open"), log, metrics: silentMetrics, store },
  );
}

async function newFile(): Promise<{ readonly directory: string; readonly path: string }> {
  const directory = await mkdtemp(join(tmpdir(), "trellis-peers-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return { directory, path: join(directory, "peers.json") };
}

describe("PEER-18: restart", () => {
  it("keeps addresses and bans, with the count that lengthens the next ban", async () => {
    const store = new MemoryPeerBookStore();
    const first = await open(store);
    first.manager.discovered("a", ["/ip4/192.0.2.1/tcp/1"]);
    first.manager.report("b", "invalidBlock");
    first.manager.ban("192.0.2.9", "by hand");
    await first.stop();
    const time = new VirtualTime(START_MS);
    const { manager, stop } = await open(store, time);
    expect(manager.candidates(9)).toEqual([{ peer: "a", addresses: ["/ip4/192.0.2.1/tcp/1"] }]);
    expect(manager.isBanned("b")).toBe(true);
    expect(manager.refusal({ ip: "192.0.2.9", direction: "inbound" })).toBe("address banned");
    await time.run(10 * 60_000);
    manager.report("b", "invalidBlock");
    const ban = manager.bans().find(({ target }) => target === "b");
    expect(ban!.untilMs - ban!.sinceMs).toBe(20 * 60_000);
    await stop();
  });

  it("saves a ban at once, and the rest periodically", async () => {
    const store = new MemoryPeerBookStore();
    const time = new VirtualTime(START_MS);
    const { manager, stop } = await open(store, time);
    manager.discovered("a", ["/x/1"]);
    await time.run(1);
    expect(store.bytes).toBeUndefined();
    await time.run(BOOK_LIMITS.saveMs);
    expect(Buffer.from(store.bytes!).toString()).toContain("/x/1");
    manager.ban("b", "noise");
    await time.run(1);
    expect(Buffer.from(store.bytes!).toString()).toContain("noise");
    await stop();
  });

  it("saves run one after another, and the last contains everything", async () => {
    const store = new MemoryPeerBookStore();
    let underWay = 0;
    let most = 0;
    let count = 0;
    const slow: PeerBookStore = {
      load: () => store.load(),
      setAside: () => store.setAside(),
      async save(bytes) {
        count++;
        most = Math.max(most, ++underWay);
        await new Promise((resolve) => setImmediate(resolve));
        await store.save(bytes);
        underWay--;
      },
    };
    const { manager, save, stop } = await open(slow);
    for (let ban = 0; ban < 50; ban++) manager.ban(`p${ban}`, "noise");
    const saved = save();
    manager.ban("last", "noise");
    await saved;
    await stop();
    expect([most, count]).toEqual([1, expect.any(Number)]);
    expect(count).toBeLessThan(5);
    expect(Buffer.from(store.bytes!).toString()).toContain("last");
  });

  it("PEER_BOOK_CORRUPT is logged, the file set aside, and a new book started", async () => {
    const store = new MemoryPeerBookStore(new TextEncoder().encode("{"));
    const log = new WarningLog();
    const { manager, stop } = await open(store, new VirtualTime(START_MS), log);
    expect(manager.book.count).toBe(0);
    expect(store.aside).toEqual(new TextEncoder().encode("{"));
    expect(log.warnings).toMatchObject([
      { facts: { error: { code: "PEER_BOOK_CORRUPT" }, aside: "memory" } },
    ]);
    await stop();
    expect(Buffer.from(store.bytes!).toString()).toContain('"version": 1');
  });

  it("PEER_BOOK_UNAVAILABLE at runtime is logged, and the save retried", async () => {
    const store = new MemoryPeerBookStore();
    let isFull = true;
    const log = new WarningLog();
    const disk: PeerBookStore = {
      load: () => store.load(),
      setAside: () => store.setAside(),
      async save(bytes) {
        if (isFull) throw networkErrors.PEER_BOOK_UNAVAILABLE({ path: "x" });
        await store.save(bytes);
      },
    };
    const time = new VirtualTime(START_MS);
    const { manager, stop } = await open(disk, time, log);
    manager.ban("a", "noise");
    await time.run(1);
    expect(log.warnings).toHaveLength(1);
    isFull = false;
    await time.run(BOOK_LIMITS.saveMs);
    expect(Buffer.from(store.bytes!).toString()).toContain("noise");
    await stop();
  });
});

describe("PEER-18: file", () => {
  it("is replaced atomically, and readable only by its owner", async () => {
    const { directory, path } = await newFile();
    const file = new SystemPeerBookFile(path);
    expect(await file.load()).toBeUndefined();
    await file.save(new Uint8Array([1, 2, 3]));
    await file.save(new Uint8Array([4]));
    expect(Buffer.from((await file.load())!)).toEqual(Buffer.from([4]));
    expect(await readdir(directory)).toEqual(["peers.json"]);
  });

  it("is set aside when it is corrupt or far too long", async () => {
    for (const bytes of [new Uint8Array([1]), new Uint8Array(BOOK_LIMITS.bytesMax + 1)]) {
      const { directory, path } = await newFile();
      await writeFile(path, bytes);
      const { stop } = await open(new SystemPeerBookFile(path));
      await stop();
      expect(await readdir(directory)).toEqual(["peers.json", "peers.json.corrupt"]);
      expect((await readFile(`${path}.corrupt`)).length).toBe(bytes.length);
    }
  });

  it("PEER_BOOK_UNAVAILABLE", async () => {
    const { directory } = await newFile();
    const isUnavailable = expect.objectContaining({ code: "PEER_BOOK_UNAVAILABLE" });
    await expect(new SystemPeerBookFile(directory).load()).rejects.toEqual(isUnavailable);
    const lost = new SystemPeerBookFile(join(directory, "no", "peers.json"));
    await expect(lost.save(new Uint8Array(1))).rejects.toEqual(isUnavailable);
    await expect(lost.setAside()).rejects.toEqual(isUnavailable);
  });
});
