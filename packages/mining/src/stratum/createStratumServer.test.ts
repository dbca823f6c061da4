import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { bytesToHex, type Clock, type Scheduler, silentLog, silentMetrics } from "@trellis/base";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createPowAlgorithm } from "../algorithms/createPowAlgorithm.ts";
import { createTemplateService, type TemplateService } from "../templates/createTemplateService.ts";
import { FakeBuilder, HEAVY_STREAM } from "../templates/testing/FakeBuilder.ts";
import { createWorkVerifier } from "../verification/createWorkVerifier.ts";
import { Workers } from "../workers/Workers.ts";
import { createStratumServer, type StratumServer } from "./createStratumServer.ts";
import { StratumClient } from "./testing/StratumClient.ts";

const heavy = createPowAlgorithm({ algorithm: "heavy", memoryKiB: 0, passes: 0 });
const ADDRESS = `0x${"Ab".repeat(20)}`;
const RIG = `${ADDRESS}.rig`;
const EASY = 2 ** -30;
/** No job follows without a block. */
const SLOW = 1e-5;

let builder: FakeBuilder;
let templates: TemplateService;
let server: StratumServer;
let workers: Workers;
/** Blocks that are followed until they are final. */
let followed: string[];
let skewMs: number;
/** Time passes this much faster. */
let speed: number;
let isAdmitted: boolean;
let isKnown: boolean;
let offences: string[];
/** Of connections that the server closed. */
let reasons: unknown[];
const miners: StratumClient[] = [];
const clock: Clock = { nowMs: () => skewMs + performance.now() * speed };
const scheduler: Scheduler = {
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs / speed);
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Timers that run keep their time. */
function accelerate(factor: number): void {
  skewMs += performance.now() * (speed - factor);
  speed = factor;
}

async function open(difficulty: number | undefined = EASY): Promise<void> {
  followed = [];
  workers = new Workers({ clock, finalBlocks: { follow: (hash) => void followed.push(hash) } });
  server = await createStratumServer(
    { host: "127.0.0.1", port: 0, stream: HEAVY_STREAM, difficulty },
    {
      templates,
      workers,
      admit: () => (isAdmitted ? () => {} : undefined),
      offend: (peer, offence) => void offences.push(`${peer} ${offence}`),
      callerOf: (peer) => peer ?? "",
      isKnown: () => isKnown,
      clock,
      scheduler,
      log: { ...silentLog, warn: (_, facts) => void reasons.push(facts?.["reason"]) },
      metrics: silentMetrics,
    },
  );
}

function newMiner(): StratumClient {
  const miner = new StratumClient(server.address);
  miners.push(miner);
  return miner;
}

beforeEach(() => {
  skewMs = 0;
  speed = 1;
  isAdmitted = true;
  isKnown = false;
  offences = [];
  reasons = [];
  builder = new FakeBuilder();
  builder.hashesPerBlock = 64n;
  templates = createTemplateService({
    builder,
    chain: builder.chain,
    verifier: createWorkVerifier({ workers: 0 }),
    isReady: () => true,
    clock,
    scheduler,
    log: silentLog,
    metrics: silentMetrics,
  });
});

afterEach(async () => {
  for (const miner of miners.splice(0)) miner.socket.destroy();
  await server.close();
  await templates.stop();
});

/** The first nonce from a start whose hash is, or is not, at most the target of one in `hashes`. */
function find(sealRoot: Uint8Array, start: bigint, hashes: bigint, isGood = true): bigint {
  let nonce = start;
  while (heavy.hash(sealRoot, nonce) < 2n ** 256n / hashes !== isGood) nonce++;
  return nonce;
}

async function nextJob(miner: StratumClient): Promise<void> {
  builder.addBlock();
  await miner.job();
}

const digitsOf = (nonce: bigint): string => nonce.toString(16).padStart(16, "0");
const firstNonce = (extranonce: string): bigint => BigInt(`0x${extranonce}`) << 48n;

describe("Stratum [STRATUM-2]", () => {
  beforeEach(() => open());

  it("a client mines a block", async () => {
    const miner = newMiner();
    expect((await miner.call("mining.subscribe", "tester/1.0")).result).toEqual([
      true,
      "EthereumStratum/1.0.0",
    ]);
    expect((await miner.call("mining.extranonce.subscribe")).result).toBe(true);
    const { extranonce } = await miner.logIn(RIG);
    const { id, sealRoot } = await miner.job();
    const nonce = find(sealRoot, firstNonce(extranonce), 64n);
    // The miner's own part, after the extranonce.
    const answer = await miner.call("mining.submit", `${ADDRESS}.rig`, id, digitsOf(nonce).slice(4));
    expect(answer).toMatchObject({ result: true, error: null });
    expect(builder.imported).toEqual([{ miner: ADDRESS.toLowerCase(), nonce }]);
    expect(workers.statistics()).toMatchObject([
      {
        ...{ source: "stratum", stream: HEAVY_STREAM, device: "tester/1.0", connections: 1 },
        ...{ worker: `${ADDRESS.toLowerCase()}.rig`, accepted: 1, blocks: 1, invalid: 0 },
      },
    ]);
    expect(followed).toHaveLength(1);
  });

  it("a change of the DAG is a new job, and the old one is still accepted", async () => {
    const miner = newMiner();
    const { extranonce } = await miner.logIn(RIG);
    const old = await miner.job();
    builder.addBlock();
    const next = await miner.job();
    expect(next.id).not.toBe(old.id);
    for (const { id, sealRoot } of [old, next]) {
      const nonce = find(sealRoot, firstNonce(extranonce), 64n);
      expect((await miner.call("mining.submit", "", id, `0x${digitsOf(nonce)}`)).result).toBe(true);
    }
    expect(builder.imported).toHaveLength(2);
  });

  it("BzMiner's job is one text of 80 digits", async () => {
    const miner = newMiner();
    await miner.call("mining.subscribe", "BzMiner-v20");
    await miner.call("mining.authorize", ADDRESS);
    const { params } = await miner.next(({ method }) => method === "mining.notify");
    expect(params).toEqual([expect.any(String), expect.stringMatching(/^[0-9a-f]{64}0{16}$/)]);
  });

  it("wrong nonces: 23, and nothing is imported", async () => {
    const miner = newMiner();
    const { extranonce } = await miner.logIn(RIG);
    const { id, sealRoot } = await miner.job();
    const nonce = find(sealRoot, firstNonce(extranonce), 4n, false);
    expect((await miner.call("mining.submit", "", id, digitsOf(nonce))).error?.[0]).toBe(23);
    expect(builder.imported).toEqual([]);
    expect(workers.statistics()).toMatchObject([{ accepted: 0, invalid: 1 }]);
  });

  it("duplicate shares: 22, also through another connection", async () => {
    accelerate(SLOW);
    const [miner, other] = [newMiner(), newMiner()];
    const { extranonce } = await miner.logIn(RIG);
    const first = await miner.job();
    await other.logIn(RIG);
    const second = await other.job();
    expect(second.sealRoot).toEqual(first.sealRoot);
    const nonce = digitsOf(find(first.sealRoot, firstNonce(extranonce), 64n));
    expect((await miner.call("mining.submit", "", first.id, nonce)).result).toBe(true);
    expect((await miner.call("mining.submit", "", first.id, nonce)).error?.[0]).toBe(22);
    expect((await other.call("mining.submit", "", second.id, nonce)).error?.[0]).toBe(22);
    expect(workers.statistics()).toMatchObject([{ connections: 2, accepted: 1, duplicate: 2 }]);
  });

  it("stale and foreign jobs: 21", async () => {
    accelerate(SLOW);
    const [miner, other] = [newMiner(), newMiner()];
    const { extranonce } = await miner.logIn(RIG);
    await other.logIn(`0x${"cd".repeat(20)}`);
    const { id, sealRoot } = await miner.job();
    const foreign = await other.job();
    // Its job of the same id has another reward address, and so another seal root.
    expect(foreign.id).toBe(id);
    let found = find(sealRoot, firstNonce(extranonce), 64n);
    while (heavy.hash(foreign.sealRoot, found) < 2n ** 256n / 4n) found = find(sealRoot, found + 1n, 64n);
    const nonce = digitsOf(found);
    expect((await miner.call("mining.submit", "", "999", nonce)).error?.[0]).toBe(21);
    expect((await other.call("mining.submit", "", "9", nonce)).error?.[0]).toBe(21);
    expect((await other.call("mining.submit", "", id, nonce)).error?.[0]).toBe(23);
    skewMs += 30_000;
    expect((await miner.call("mining.submit", "", id, nonce)).error?.[0]).toBe(21);
    expect(builder.imported).toEqual([]);
  });

  it("extranonces of connections differ, so that their nonces never collide", async () => {
    const logins = await Promise.all(Array.from({ length: 8 }, () => newMiner().logIn(RIG)));
    expect(new Set(logins.map(({ extranonce }) => extranonce)).size).toBe(8);
  });

  it("refuses work before login, and logins without an address: 24 and 25", async () => {
    const miner = newMiner();
    expect((await miner.call("mining.authorize", ADDRESS)).error?.[0]).toBe(25);
    await miner.call("mining.subscribe");
    for (const name of ["", "rig", "kaspa:qq", `${ADDRESS}.${"a".repeat(33)}`, `${ADDRESS}.a b`, 7, null])
      expect((await miner.call("mining.authorize", name)).error?.[0]).toBe(24);
    expect((await miner.call("mining.submit", "", "1", "00")).error?.[0]).toBe(24);
    expect((await miner.call("mining.unknown")).error?.[0]).toBe(20);
  });

  it("refuses submissions without job and nonce: 20", async () => {
    const miner = newMiner();
    await miner.logIn(RIG);
    for (const params of [[], ["", "1"], ["", 1, "00"], ["", "1", "g"], ["", "1", "0".repeat(17)]])
      expect((await miner.call("mining.submit", ...params)).error?.[0]).toBe(20);
  });
});

describe("limits of Stratum [STRATUM-5]", () => {
  beforeEach(() => open());

  it("malformed lines are answered, then close the connection", async () => {
    const miner = newMiner();
    const closed = once(miner.socket, "close");
    miner.socket.write("nonsense\n\n".repeat(8));
    await closed;
    expect(miner.lines.map((line) => JSON.parse(line).error[0])).toEqual(Array(8).fill(20));
    expect(offences).toEqual(["127.0.0.1 malformed"]);
  });

  it("a line of more than 4 KiB closes the connection, with or without its end", async () => {
    for (const end of ["", "\n"]) {
      const miner = newMiner();
      const closed = once(miner.socket, "close");
      miner.socket.write(`"${"x".repeat(5_000)}${end}`);
      await closed;
    }
  });

  it("a line in pieces is one line", async () => {
    const miner = newMiner();
    for (const byte of '{"id":1,"method":"mining.subscribe","params":[]}\n') {
      miner.socket.write(byte);
      await sleep(0);
    }
    expect((await miner.next(({ id }) => id === 1)).error).toBeNull();
  });

  it("a flood waits, and its connection loses nothing", async () => {
    const miner = newMiner();
    await miner.logIn(RIG);
    accelerate(50);
    const before = clock.nowMs();
    miner.socket.write('{"id":"own","method":"mining.extranonce.subscribe"}\n'.repeat(1_000));
    const answers = () => miner.lines.filter((line) => line.includes('"own"'));
    for (let tries = 0; answers().length < 1_000 && tries < 1_000; tries++) await sleep(10);
    expect(answers()).toHaveLength(1_000);
    // 1,000 lines, of which 256 at once and 64 a second.
    expect(clock.nowMs() - before).toBeGreaterThan(11_000);
  });

  it("empty lines wait like others", async () => {
    const miner = newMiner();
    await miner.logIn(RIG);
    accelerate(50);
    const before = clock.nowMs();
    miner.socket.write(`${"\n".repeat(1_000)}{"id":"own","method":"mining.extranonce.subscribe"}\n`);
    await miner.next(({ id }) => id === "own");
    expect(clock.nowMs() - before).toBeGreaterThan(11_000);
  });

  it("a miner that logs in too late, or sends nothing, is closed", async () => {
    accelerate(100);
    const late = newMiner();
    await once(late.socket, "close");
    accelerate(1);
    const silent = newMiner();
    await silent.logIn(RIG);
    accelerate(100);
    const closed = once(silent.socket, "close");
    skewMs += 900_000;
    await closed;
    expect(reasons).toEqual(["silent", "silent"]);
    expect(offences).toEqual([]);
  });

  it("the last 128 jobs of a connection stay valid", async () => {
    accelerate(SLOW);
    const miner = newMiner();
    const { extranonce } = await miner.logIn(RIG);
    const first = await miner.job();
    const nonce = digitsOf(find(first.sealRoot, firstNonce(extranonce), 64n));
    for (let job = 1; job < 128; job++) await nextJob(miner);
    expect((await miner.call("mining.submit", "", first.id, nonce)).result).toBe(true);
    await nextJob(miner);
    expect((await miner.call("mining.submit", "", first.id, nonce)).error?.[0]).toBe(21);
  });

  it("a miner that never reads is closed", async () => {
    const miner = newMiner();
    await miner.logIn(RIG);
    accelerate(100);
    miner.socket.pause();
    // The buffers of the system take some megabytes first.
    const id = "\\u0001".repeat(64);
    miner.socket.write(`{"id":"${id}","method":"mining.extranonce.subscribe"}\n`.repeat(30_000));
    while (workers.statistics()[0]!.connections > 0) await sleep(10);
    expect(reasons).toEqual(["unread"]);
  }, 60_000);

  it("a liar exhausts its budget, and is closed", async () => {
    const miner = newMiner();
    const { extranonce } = await miner.logIn(RIG);
    const { id, sealRoot } = await miner.job();
    const nonce = find(sealRoot, firstNonce(extranonce), 4n, false);
    const line = `${JSON.stringify({ id: 9, method: "mining.submit", params: ["", id, digitsOf(nonce)] })}\n`;
    const budget = templates.submitShare;
    // The half second is used up.
    const newest = await templates.template(
      { stream: HEAVY_STREAM, miner: ADDRESS.toLowerCase() as "0x" },
      "x",
    );
    const bad = find(newest.template.sealRoot, 0n, 4n, false);
    let code = "";
    while (code !== "MINING_LIMITED")
      await budget.call(templates, newest.id, bad, 0n, "127.0.0.1").catch((error) => {
        code = error.code;
      });
    const closed = once(miner.socket, "close");
    miner.socket.write(line.repeat(200));
    await closed;
    expect(offences).toEqual(["127.0.0.1 limit"]);
    expect(builder.imported).toEqual([]);
  });

  it("wrong nonces of strangers close no other connection, and cost miners of this machine nothing", async () => {
    accelerate(SLOW);
    const stranger = newMiner();
    const { extranonce } = await stranger.logIn(RIG);
    const { id, sealRoot } = await stranger.job();
    const template = bytesToHex(sealRoot);
    const wrong = find(sealRoot, 0n, 4n, false);
    const codes = new Set<string>();
    for (let tries = 0; !codes.has("MINING_BUSY") && tries < 100_000; tries++) {
      const caller = `2001:db8:1:${Math.floor(tries / 1_000)}::/64`;
      await templates.submitShare(template, wrong, 0n, caller).catch(({ code }) => codes.add(code));
    }
    const nonce = find(sealRoot, firstNonce(extranonce), 64n);
    const submit = (miner: StratumClient, job: string, of: bigint) =>
      miner.call("mining.submit", "", job, digitsOf(of));
    expect((await submit(stranger, id, nonce)).error).toMatchObject([
      20,
      expect.stringContaining("no time left for the nonce"),
      null,
    ]);
    expect([offences, reasons, builder.imported]).toEqual([[], [], []]);
    isKnown = true;
    const own = newMiner();
    const login = await own.logIn(RIG);
    const job = await own.job();
    expect((await submit(own, job.id, find(sealRoot, firstNonce(login.extranonce), 64n))).result).toBe(true);
  });

  it("of 1,025 connections the last is closed, until another one ends", async () => {
    for (let count = 0; count < 1_024; count++) await once(newMiner().socket, "connect");
    await once(newMiner().socket, "close");
    expect(reasons).toEqual([]);
    const [first] = miners;
    first!.socket.destroy();
    for (let tries = 0; tries < 500; tries++) {
      const next = newMiner();
      await once(next.socket, "connect");
      const refused = once(next.socket, "close").then(
        () => undefined,
        () => undefined,
      );
      const answer = next.call("mining.extranonce.subscribe").catch(() => undefined);
      const result = await Promise.race([answer, refused]);
      if (result !== undefined) return expect(result).toMatchObject({ result: true });
      await sleep(10);
    }
    throw new Error("no connection is admitted");
  });

  it("a miner whose place another one takes is closed", async () => {
    const miner = newMiner();
    await miner.logIn(RIG);
    const closed = once(miner.socket, "close");
    const request = (index: number) =>
      ({ stream: HEAVY_STREAM, miner: `0x${`${index}`.padStart(40, "0")}` }) as const;
    const watcher = { notify: () => {}, end: () => {} };
    for (let index = 0; index < 7; index++) templates.watch(request(index), "127.0.0.1", watcher);
    for (let index = 7; index < 64; index++) templates.watch(request(index), `192.0.2.${index}`, watcher);
    await closed;
    expect(reasons).toEqual(["full"]);
    expect(offences).toEqual([]);
  });

  it("a peer that is not admitted is closed at once", async () => {
    isAdmitted = false;
    const miner = newMiner();
    await once(miner.socket, "close");
    expect(miner.lines).toEqual([]);
  });

  it("STRATUM_PORT_UNAVAILABLE", async () => {
    const port = Number(server.address.split(":")[1]);
    const options = { host: "127.0.0.1", port, stream: HEAVY_STREAM, difficulty: undefined };
    const ports = {
      templates,
      workers,
      admit: () => undefined,
      offend: () => {},
      callerOf: () => "",
      isKnown: () => false,
      clock,
      scheduler,
    };
    await expect(
      createStratumServer(options, { ...ports, log: silentLog, metrics: silentMetrics }),
    ).rejects.toMatchObject({ code: "STRATUM_PORT_UNAVAILABLE", facts: { port } });
  });

  it.each([0, -1, Number.NaN, 2 ** 41])("ARGUMENT_INVALID: difficulty %d", async (difficulty) => {
    const options = { host: "127.0.0.1", port: 0, stream: HEAVY_STREAM, difficulty };
    const ports = {
      templates,
      workers,
      admit: () => undefined,
      offend: () => {},
      callerOf: () => "",
      isKnown: () => false,
      clock,
      scheduler,
    };
    await expect(
      createStratumServer(options, { ...ports, log: silentLog, metrics: silentMetrics }),
    ).rejects.toMatchObject({ code: "ARGUMENT_INVALID" });
  });
});
