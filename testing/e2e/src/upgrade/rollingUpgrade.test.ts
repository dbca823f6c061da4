import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isPostgres, startPostgres } from "@trellis/kit";
import { freePort } from "@trellis/kit/freePort";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rpcCall } from "../clients.ts";
import { eventually, whileMoving } from "../eventually.ts";
import { expectStopped } from "../expectStopped.ts";
import { type Served, startTrellis } from "../startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../temporaryDirectory.ts";
import { type ApiRequest, ReservesUser } from "../users/ReservesUser.ts";
import { hashesOf, RpcUser } from "../users/RpcUser.ts";
import { openPreviousVersion, type PreviousVersion } from "./openPreviousVersion.ts";

interface Process {
  readonly url: string;
  readonly healthUrl: string;
  running: Served<unknown> | undefined;
  /** Default: this version. */
  start(previous?: PreviousVersion): Promise<Served<unknown>>;
}

/** Any three have more than two thirds of the stake. */
const VALIDATORS = 4;
const USERS = 3;
const BLOCK_TIME_MS = 500;
const MINER = `0x${"0c".repeat(20)}`;
/** The previous version may not know the variables of this one. */
const environment = { TRELLIS_DRAIN_TIME: "" };

const directory: TemporaryDirectory = await temporaryDirectory();
const previous = openPreviousVersion(directory.path);
const hasPrevious = "executable" in previous;
const postgres = hasPrevious ? await startPostgres() : previous;
afterAll(async () => {
  if (isPostgres(postgres)) await postgres.stop();
  await directory.remove();
});

const written = (name: string, text: string): string => {
  writeFileSync(join(directory.path, name), text, { mode: 0o600 });
  return join(directory.path, name);
};

function processAt(url: string, healthUrl: string, args: () => readonly string[]): Process {
  const one: Process = {
    url,
    healthUrl,
    running: undefined,
    async start(version) {
      const place = version === undefined ? {} : { environment, executable: version.executable };
      one.running = await startTrellis(args(), place);
      return one.running;
    },
  };
  return one;
}

async function stop(one: Process): Promise<void> {
  const { running } = one;
  one.running = undefined;
  // SIGINT skips the drain, because no load balancer is there. The SIGTERM after it is a repetition.
  process.kill(running!.pid, "SIGINT");
  expectStopped(await running!.stop());
}

async function isReady({ healthUrl }: Process): Promise<boolean> {
  return (await fetch(`${healthUrl}/ready`)).status === 200;
}

/** Takes the next process that runs, as a client with several addresses does. */
function nextOf(processes: readonly Process[]): () => string {
  let turn = 0;
  return () => {
    const serving = processes.filter(({ running }) => running !== undefined);
    return serving[turn++ % serving.length]!.url;
  };
}

async function textOf(answer: Response): Promise<{ readonly status: number; readonly text: string }> {
  return { status: answer.status, text: await answer.text() };
}

describe.skipIf(!hasPrevious)("four validators, of which one after another is upgraded", () => {
  const nodes: Process[] = [];
  let bootstrap = "none";

  beforeAll(async () => {
    if (!hasPrevious) return;
    for (let number = 1; number <= VALIDATORS; number += 1) {
      const [rpc, http, p2p] = [await freePort(), await freePort(), await freePort()];
      const args = (): string[] => [
        ...["node", "--json", "--data-dir", join(directory.path, `node-${number}`), "--network", "local"],
        ...["--validators", String(VALIDATORS), "--development-validator", String(number), "--mdns=false"],
        ...["--rpc-port", String(rpc), "--http-port", String(http), "--listen", `127.0.0.1:${p2p}`],
        ...["--miner", MINER, "--block-time", String(BLOCK_TIME_MS), "--archive", "--bootstrap", bootstrap],
      ];
      const node = processAt(`http://127.0.0.1:${rpc}`, `http://127.0.0.1:${http}`, args);
      const served = (await node.start(previous)) as Served<{ p2p: { addresses: readonly string[] } }>;
      if (bootstrap === "none") bootstrap = served.ready.p2p.addresses[0]!;
      nodes.push(node);
    }
  });
  afterAll(() => Promise.all(nodes.map(({ running }) => running?.kill())));

  async function ask<T>({ url }: Process, method: string, ...params: unknown[]): Promise<T> {
    return (await rpcCall(url, method, params)).result as T;
  }

  const finalHeight = async (node: Process): Promise<number> =>
    (await ask<{ finalized: { height: number } }>(node, "trellis_getFinality")).finalized.height;

  async function untilFinal(more: number): Promise<void> {
    const running = nodes.filter((node) => node.running !== undefined);
    const heights = (): Promise<number[]> => Promise.all(running.map(finalHeight));
    const goal = Math.max(...(await heights())) + more;
    await whileMoving(async () => Math.min(...(await heights())) >= goal, heights);
  }

  it("finality continues, and no acknowledged transaction is lost; a node can return to the previous version", async () => {
    if (!hasPrevious) return;
    let isOver = false;
    const next = nextOf(nodes);
    const headers = { "content-type": "application/json" };
    const post = async (body: string) => textOf(await fetch(next(), { method: "POST", headers, body }));
    const users = Array.from({ length: USERS }, (_, index) => new RpcUser(index, post));
    const load = Promise.all(users.map((user) => user.run(() => isOver)));
    await untilFinal(1);
    for (const node of nodes) {
      await stop(node);
      await untilFinal(1);
      await node.start();
      await eventually(() => isReady(node));
    }
    await stop(nodes[0]!);
    await nodes[0]!.start(previous);
    await eventually(() => isReady(nodes[0]!));
    await untilFinal(1);
    isOver = true;
    await load;
    const hashes = hashesOf(users);
    expect(hashes.length).toBeGreaterThan(VALIDATORS * USERS);
    for (const hash of hashes) await expectAccepted(hash);
  });

  async function expectAccepted(hash: string): Promise<void> {
    const blockOf = async (node: Process): Promise<string | undefined> =>
      (await ask<{ blockHash: string } | null | undefined>(node, "eth_getTransactionReceipt", hash))
        ?.blockHash;
    await eventually(async () => {
      const [first, ...others] = await Promise.all(nodes.map(blockOf));
      return first !== undefined && others.every((block) => block === first);
    });
  }
});

describe.skipIf(!isPostgres(postgres))(
  "two service processes, of which one after another is upgraded",
  () => {
    const services: Process[] = [];
    let key = "";

    beforeAll(async () => {
      if (!hasPrevious || !isPostgres(postgres)) return;
      const settings = {
        database: `file:${written("database", await postgres.createDatabase())}`,
        keyFrom: `file:${written("service-key", randomBytes(32).toString("hex"))}`,
        limitPerPrincipal: 1_000_000,
      };
      const file = written("trellis.yaml", JSON.stringify({ reserves: settings }));
      for (const name of ["reserves-1", "reserves-2"]) {
        const port = await freePort();
        const url = `http://127.0.0.1:${port}`;
        const service = processAt(url, url, () => [
          ...["reserves", "serve", "--json", "--port", String(port)],
          ...["--config", file, "--data-dir", join(directory.path, name)],
        ]);
        const { ready } = (await service.start(previous)) as Served<{ readonly adminKey: string | null }>;
        key ||= ready.adminKey ?? "";
        services.push(service);
      }
    });
    afterAll(() => Promise.all(services.map(({ running }) => running?.kill())));

    it("both versions serve one database, and no acknowledged write is lost; a process can return", async () => {
      if (!hasPrevious) return;
      let isOver = false;
      const next = nextOf(services);
      const send = async ({ path, ...request }: ApiRequest) =>
        textOf(await fetch(`${next()}${path}`, request));
      const users = Array.from({ length: USERS }, (_, index) => new ReservesUser(`user-${index}`, key, send));
      const load = Promise.all(users.map((user) => user.run(() => isOver)));
      const versions = [undefined, undefined, previous];
      for (const [index, version] of versions.entries()) {
        const service = services[index % services.length]!;
        const before = users.map(({ acknowledged }) => acknowledged.length);
        await eventually(() => users.every((user, at) => user.acknowledged.length > before[at]!));
        await stop(service);
        await service.start(version);
        await eventually(() => isReady(service));
      }
      isOver = true;
      await load;
      const customers = await users[0]!.customers();
      expect(users.flatMap((user) => user.acknowledged).filter((id) => !customers.has(id))).toEqual([]);
      const refused = users
        .flatMap((user) => user.failedWrites)
        .filter((failure) => /: [45]\d\d /.test(failure));
      expect(refused.filter((failure) => !failure.includes("IDEMPOTENCY_IN_PROGRESS"))).toEqual([]);
    });
  },
);
