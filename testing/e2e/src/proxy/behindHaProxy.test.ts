import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { isPostgres, startPostgres, startRedis } from "@trellis/kit";
import { freePort } from "@trellis/kit/freePort";
import { systemClock, systemRandom } from "@trellis/platform/system";
import { createAuthority, issueCertificate } from "@trellis/platform/tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WebSocket } from "ws";
import { rpcCall } from "../clients.ts";
import { eventually } from "../eventually.ts";
import { type Devnet, type ExitResult, type Served, startNode, startTrellis } from "../startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../temporaryDirectory.ts";
import { ReservesUser } from "../users/ReservesUser.ts";
import { hashesOf, type PostRpc, RpcUser } from "../users/RpcUser.ts";
import { ProxyClient, type ProxyPlace } from "./ProxyClient.ts";
import { type HaProxy, missing, startHaProxy } from "./startHaProxy.ts";

interface Process {
  /** In the configuration of HAProxy. */
  readonly name: string;
  readonly healthUrl: string;
  readonly start: () => Promise<Served<unknown>>;
  running: Served<unknown>;
}

interface ReadyService {
  readonly adminKey: string | null;
}

const RPC_HOST = "rpc.example";
const RESERVES_HOST = "reserves.example";
const USERS = 4;
const MINER = `0x${"0c".repeat(20)}`;
const DRAIN_MS = 5_000;
const LOAD_MS = 1_000;
/** The default of --drain-time applies. */
const environment = { TRELLIS_DRAIN_TIME: "" };

const noProxy = missing("haproxy");
const postgres = noProxy === undefined ? await startPostgres() : { reason: noProxy };
const redis = noProxy === undefined ? await startRedis() : { reason: noProxy };
const isPossible = isPostgres(postgres) && "url" in redis;
afterAll(async () => {
  if (isPostgres(postgres)) await postgres.stop();
  if ("url" in redis) await redis.stop();
});

describe.skipIf(!isPossible)("two nodes and two service processes behind HAProxy", () => {
  let directory: TemporaryDirectory;
  let miner: Devnet;
  let nodes: Process[] = [];
  let services: Process[] = [];
  let proxy: HaProxy;
  let authority: string;
  let key: string;
  let account = 0;

  const inDirectory = (name: string): string => join(directory.path, name);
  const written = (name: string, text: string): string => {
    writeFileSync(inDirectory(name), text, { mode: 0o600 });
    return inDirectory(name);
  };

  beforeAll(async () => {
    directory = await temporaryDirectory();
    miner = await startNode({
      args: [...networkArgs(), "--development-validator", "1", "--miner", MINER, "--block-time", "300"],
    });
    const ports = { clock: systemClock, random: systemRandom };
    const issuer = await createAuthority("authority", ports);
    const use = { kind: "server", name: "proxy", hosts: [RPC_HOST, RESERVES_HOST, "127.0.0.1"] } as const;
    const issued = await issueCertificate(issuer, use, ports);
    authority = issuer.certificate;
    nodes = await Promise.all([startRpcNode("node1"), startRpcNode("node2")]);
    services = await startServices();
    const [port, [node1, node2], [reserves1, reserves2]] = [await freePort(), nodes, services];
    proxy = await startHaProxy(port, {
      PROXY_CERTIFICATE: written("proxy.pem", `${issued.certificate}\n${issued.key}`),
      ...rpcAddress(1, node1!),
      ...rpcAddress(2, node2!),
      RESERVES_1: new URL(reserves1!.healthUrl).host,
      RESERVES_2: new URL(reserves2!.healthUrl).host,
    });
    await Promise.all([...nodes, ...services].map(untilReady));
  });
  afterAll(async () => {
    await proxy?.stop();
    await Promise.all([...nodes, ...services].map(({ running }) => running.kill()));
    await miner?.stop();
    await directory?.remove();
  });

  function networkArgs(): string[] {
    return ["--network", "local", "--validators", "1", "--listen", "127.0.0.1:0", "--mdns=false"];
  }

  async function startRpcNode(name: string): Promise<Process> {
    const [rpc, http] = [await freePort(), await freePort()];
    const args = [
      ...["node", "--json", "--data-dir", inDirectory(name), ...networkArgs()],
      ...["--rpc-port", String(rpc), "--http-port", String(http), "--rpc-hosts", RPC_HOST],
      ...["--bootstrap", miner.ready.p2p!.addresses[0]!, "--limit-per-address", "0"],
    ];
    const start = () => startTrellis<{ readonly rpc: string }>(args, { environment });
    return { name: `nodes/${name}`, healthUrl: `http://127.0.0.1:${http}`, start, running: await start() };
  }

  function rpcAddress(number: number, { healthUrl, running }: Process): Record<string, string> {
    const { rpc } = running.ready as { readonly rpc: string };
    return { [`NODE_${number}`]: new URL(rpc).host, [`NODE_${number}_HEALTH`]: new URL(healthUrl).port };
  }

  async function startServices(): Promise<Process[]> {
    if (!isPostgres(postgres) || !("url" in redis)) return [];
    const settings = {
      database: `file:${written("database", await postgres.createDatabase())}`,
      redis: `file:${written("redis", redis.url)}`,
      keyFrom: `file:${written("service-key", randomBytes(32).toString("hex"))}`,
      hosts: [RESERVES_HOST],
      limitPerPrincipal: 1_000_000,
      limitPerAddress: 1_000_000,
    };
    const file = written("trellis.yaml", JSON.stringify({ reserves: settings }));
    const startService = async (name: string): Promise<Process> => {
      const port = await freePort();
      const args = [
        ...["reserves", "serve", "--json", "--workers", "0", "--port", String(port)],
        ...["--config", file, "--data-dir", inDirectory(name)],
      ];
      const start = () => startTrellis<ReadyService>(args, { environment });
      return {
        name: `reserves_reads/${name}`,
        healthUrl: `http://127.0.0.1:${port}`,
        start,
        running: await start(),
      };
    };
    const first = await startService("reserves1");
    key = (first.running.ready as ReadyService).adminKey ?? "";
    return [first, await startService("reserves2")];
  }

  const readiness = async ({ healthUrl }: Process): Promise<number> =>
    fetch(`${healthUrl}/ready`).then(
      ({ status }) => status,
      () => 0,
    );
  const untilReady = (one: Process): Promise<void> => eventually(async () => (await readiness(one)) === 200);

  async function restart(one: Process): Promise<void> {
    one.running = await one.start();
    await eventually(() => proxyState(one) === "UP");
  }

  const placeOf = (index: number): ProxyPlace => ({
    port: proxy.port,
    authority,
    address: `127.${index}.${31 * index}.${11 + 29 * index}`,
  });

  const postRpc =
    (client: ProxyClient): PostRpc =>
    (body) =>
      client.send({ host: RPC_HOST, method: "POST", headers: { "content-type": "application/json" }, body });

  function startLoad() {
    let isOver = false;
    const clients = Array.from({ length: USERS }, (_, index) => new ProxyClient(placeOf(index)));
    const rpc = clients.map((client) => new RpcUser(account++, postRpc(client)));
    const reserves = clients.map(
      (client, index) =>
        new ReservesUser(`user-${account}-${index}`, key, (sent) =>
          client.send({ host: RESERVES_HOST, ...sent }),
        ),
    );
    const all = [...rpc, ...reserves];
    const running = Promise.all(all.map((user) => user.run(() => isOver)));
    const failed = (what: "failedReads" | "failedWrites"): string[] => all.flatMap((user) => user[what]);
    return {
      rpc,
      reserves,
      failed,
      async stop(): Promise<void> {
        isOver = true;
        await running;
      },
      close(): void {
        for (const client of clients) client.close();
      },
    };
  }

  async function expectFound({ rpc, reserves, close }: ReturnType<typeof startLoad>): Promise<void> {
    const hashes = hashesOf(rpc);
    expect(hashes.length).toBeGreaterThan(USERS);
    for (const hash of hashes)
      await eventually(
        async () => (await rpcCall(miner.rpcUrl, "eth_getTransactionReceipt", [hash])).result !== null,
      );
    const customers = await reserves[0]!.customers();
    const acknowledged = reserves.flatMap((user) => user.acknowledged);
    expect(acknowledged.length).toBeGreaterThan(USERS);
    expect(acknowledged.filter((id) => !customers.has(id))).toEqual([]);
    close();
  }

  async function openSockets(): Promise<{ code: number | undefined; readonly socket: WebSocket }[]> {
    const open = async (index: number) => {
      const client = new ProxyClient(placeOf(index));
      const socket =
        index % 2 === 0
          ? await client.socket(RPC_HOST)
          : await client.socket(RESERVES_HOST, "/v1/events", ["trellis.v1", `bearer.${key}`]);
      const opened = { code: undefined as number | undefined, socket };
      socket.on("close", (code) => {
        opened.code = code;
      });
      return opened;
    };
    return Promise.all(Array.from({ length: 2 * USERS }, (_, index) => open(index)));
  }

  /** As HAProxy logs it. Undefined before the first change. */
  const proxyState = ({ name }: Process): string | undefined =>
    [...proxy.log().matchAll(new RegExp(`Server ${name} is (UP|DOWN)`, "g"))].at(-1)?.[1];

  /** Ends the processes, to read their logs. */
  async function expectNone(failures: readonly string[]): Promise<void> {
    if (failures.length === 0) return;
    const ended = await Promise.all([...nodes, ...services].map(({ running }) => running.kill()));
    const changes = [
      ...new Set(proxy.log().match(/Server .* is (?:UP|DOWN).*/g)),
      ...ended.flatMap(({ exitCode, signal, stderr }) => [
        `exit ${exitCode ?? signal}`,
        ...(stderr.match(/.*(?:readiness.changed|"level":"(?:error|fatal)").*/g) ?? []),
      ]),
    ];
    expect(failures, changes.join("\n")).toEqual([]);
  }

  function busiestNode(): Process {
    const writesOf = (number: number): number => proxy.log().split(` rpc_stateful/node${number} `).length;
    return writesOf(1) > writesOf(2) ? nodes[0]! : nodes[1]!;
  }

  async function stopGracefully(one: Process): Promise<ExitResult> {
    const startMs = performance.now();
    const ended = one.running.stop();
    await eventually(async () => (await readiness(one)) === 503);
    const result = await ended;
    expect(proxyState(one)).toBe("DOWN");
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(DRAIN_MS);
    return result;
  }

  it("SIGTERM under load: no request fails, and WebSockets are closed as going away", async () => {
    const sockets = await openSockets();
    const load = startLoad();
    await pause(LOAD_MS);
    for (const pair of [
      [nodes[0]!, services[0]!],
      [nodes[1]!, services[1]!],
    ]) {
      const ended = await Promise.all(pair.map(stopGracefully));
      for (const { exitCode, stderr } of ended) expect(exitCode, stderr).toBe(0);
      await Promise.all(pair.map(restart));
    }
    await load.stop();
    await expectNone([...load.failed("failedReads"), ...load.failed("failedWrites")]);
    for (const pool of ["rpc_reads", "rpc_stateful", "rpc_heavy", "reserves_reads", "reserves_writes"])
      expect(proxy.log()).toContain(` ${pool}/`);
    await expect.poll(() => sockets.map(({ code }) => code)).toEqual(sockets.map(() => 1001));
    await expectFound(load);
  });

  it("kill -9 of a node and a service process under load: no read fails, no acknowledged write is lost", async () => {
    const load = startLoad();
    await pause(LOAD_MS);
    const pair = [busiestNode(), services[0]!];
    await Promise.all(pair.map(({ running }) => running.kill()));
    await eventually(() => pair.every((one) => proxyState(one) === "DOWN"));
    await Promise.all(pair.map(restart));
    await load.stop();
    await expectNone(load.failed("failedReads"));
    expect(load.reserves.flatMap(({ heldKeys }) => heldKeys).length).toBeLessThanOrEqual(USERS);
    await expectFound(load);
  });
});
