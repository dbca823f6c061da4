import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runTrellis, type Served, startDevnet, startTrellis } from "../startDevnet.ts";

export interface StartedServices {
  readonly rpcUrl: string;
  /** Of the demo custodian. */
  readonly reservesUrl: string;
  /** Access file of the signer's client. */
  readonly signerAccess: string;
  /** URLs of `/metrics` by service. */
  readonly metricsUrls: Readonly<Record<string, string>>;
  /** Their texts by service. */
  scrape(): Promise<ReadonlyMap<string, string>>;
  stop(): Promise<void>;
}

/** Two nodes, a miner, a custodian, an arbitrage engine that trades, a signer, and scheduled backups. */
export async function startServices(directory: string): Promise<StartedServices> {
  const at = (name: string): string => join(directory, name);
  const devnet = await startDevnet({
    dataDir: at("devnet"),
    reserves: true,
    arbitrage: "live",
    args: ["--nodes", "2", "--block-time", "1000"],
  });
  const started: Served<unknown>[] = [];
  const start = async <Ready>(...args: readonly string[]): Promise<Ready> => {
    const service = await startTrellis<Ready>([...args, "--port", "0", "--json"]);
    started.push(service);
    return service.ready;
  };
  const run = async (...args: readonly string[]): Promise<void> => {
    const { exitCode, stderr } = await runTrellis(args);
    if (exitCode !== 0) throw new Error(stderr);
  };

  const keys = ["--data-dir", at("signer")];
  await run("signer", "init", ...keys);
  await run("signer", "new", "--purpose", "log", ...keys);
  const signer = await start<{ url: string; http: string }>("signer", "serve", ...keys, "--http-port", "0");
  const signerAccess = accessTo(signer.url, at("signer/clients/custodian/signer.json"));

  mkdirSync(at("backed-up"));
  writeFileSync(at("passphrase"), "correct horse battery staple", { mode: 0o600 });
  const repository = ["--repository", at("repository"), "--passphrase-from", `file:${at("passphrase")}`];
  await run("backup", "init", ...repository);
  const backup = await start<{ url: string }>(
    "backup",
    "watch",
    "--data-dir",
    at("backed-up"),
    ...repository,
  );

  const miner = await startMiner(devnet.wsUrl);
  started.push(miner);

  const metricsUrls = {
    node: `${devnet.httpUrl}/metrics`,
    "second node": `${devnet.ready.nodes![0]!.http}/metrics`,
    "reserves and arbitrage": `${devnet.httpUrl}/demo/metrics`,
    signer: `${signer.http}/metrics`,
    backup: `${backup.url}/metrics`,
    miner: `${miner.ready.http}/metrics`,
  };
  return {
    rpcUrl: devnet.rpcUrl,
    reservesUrl: devnet.ready.reserves!.url,
    signerAccess,
    metricsUrls,
    async scrape() {
      const texts = Object.entries(metricsUrls).map(async ([service, url]) => {
        const response = await fetch(url).catch((cause: unknown) => {
          throw new Error(`no answer of the ${service}: ${devnet.stderr().slice(-2_000)}`, { cause });
        });
        if (!response.ok) throw new Error(`${url}: ${response.status}`);
        return [service, await response.text()] as const;
      });
      return new Map(await Promise.all(texts));
    },
    async stop() {
      for (const service of started.reverse()) await service.kill();
      await devnet.stop();
    },
  };
}

function startMiner(node: string): Promise<Served<{ readonly http: string }>> {
  return startTrellis([
    ...["miner", "--node", node, "--address", `0x${"0c".repeat(20)}`, "--stream", "heavy"],
    ...["--block-time", "5s", "--http-port", "0", "--json"],
  ]);
}

/** Replaces the port, which `signer init` does not know. */
function accessTo(url: string, file: string): string {
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), url }));
  return file;
}
