import { execFile, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { reachesRegistry } from "@trellis/kit/registry";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "./eventually.ts";
import type { ReadyLine } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const OUTPUT_BYTES_MAX = 16_000_000;
/** How this machine reaches the registry. */
const NETWORK = /^(?:NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|(?:https?|no)_proxy)$/i;

/** As a stranger would write it. */
const SCRIPT = `import { createRpcChainClient, type RpcRequest } from "@trellis/client";
import { createCustodian, createCustomer, createReservesClient } from "@trellis/client/reserves";
import { verifyProofFile } from "@trellis/reserves/verify";

const [rpc = "", service = "", customerId = "", token = "", operatorToken = ""] = process.argv.slice(2);
const request: RpcRequest = async (method, params) => {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const response = await fetch(rpc, { method: "POST", headers: { "content-type": "application/json" }, body });
  return ((await response.json()) as { result: unknown }).result;
};
const block = await createRpcChainClient("devnet", 31337, request).block("latest");

const { origin: url } = new URL(service);
await createCustodian(createReservesClient({ url, token: operatorToken })).takeSnapshot();
const client = createReservesClient({ url, token });
const { isValid, reason, differing } = await createCustomer(client, customerId).check((proof, expected) => {
  const verdict = verifyProofFile(proof, expected);
  if (!verdict.isValid) return { isValid: false, reason: verdict.code, balances: {} };
  const { equity = [] } = verdict.customers[0] ?? {};
  const named = verdict.assets.assets.map(({ id }, column) => [id, equity[column] ?? 0n]);
  return { isValid: true, balances: Object.fromEntries(named) };
});
console.log(JSON.stringify({ height: block?.height, isValid, reason, differing }));
`;
const TSCONFIG = {
  compilerOptions: {
    target: "esnext",
    module: "nodenext",
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    typeRoots: [join(ROOT, "node_modules/@types")],
    types: ["node"],
  },
  files: ["client.ts"],
};

let scratch: TemporaryDirectory;
let archives: string[];
/** Without this repository's Node.js and settings, in an empty home. */
let environment: NodeJS.ProcessEnv;
let project: string;

beforeAll(async () => {
  scratch = await temporaryDirectory();
  project = join(scratch.path, "project");
  for (const folder of ["home", "project"]) mkdirSync(join(scratch.path, folder));
  const setting = (name: string): string =>
    execFileSync("npm", ["config", "get", name], { cwd: scratch.path, encoding: "utf8" }).trim();
  environment = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => NETWORK.test(name))),
    HOME: join(scratch.path, "home"),
    PATH: (process.env.PATH ?? "")
      .split(delimiter)
      .filter((folder) => !folder.includes("node_modules"))
      .join(delimiter),
    npm_config_cache: setting("cache"),
    npm_config_registry: setting("registry"),
    npm_config_userconfig: setting("userconfig"),
  };
  archives = await pack("archives");
});
afterAll(() => scratch.remove());

async function pack(folder: string): Promise<string[]> {
  const out = join(scratch.path, folder);
  await run("npm", ["run", "--silent", "pack", "--", "--out", out], { cwd: ROOT });
  return readdirSync(out).map((name) => join(out, name));
}

function filesOf(archive: string): string[] {
  const list = execFileSync("tar", ["-tzf", archive], { encoding: "utf8", maxBuffer: OUTPUT_BYTES_MAX });
  return list
    .trim()
    .split("\n")
    .map((path) => path.replace(/^package\//, ""));
}

function hashesOf(files: readonly string[]): string[] {
  return files.map((file) => createHash("sha256").update(readFileSync(file)).digest("hex"));
}

it("packages have JavaScript, declarations, assets, licence and README, and nothing else", () => {
  expect(archives).toHaveLength(3);
  for (const archive of archives) {
    const files = filesOf(archive);
    expect(files).toEqual(expect.arrayContaining(["LICENSE", "README.md", "package.json"]));
    const allowed = /\.(?:js|d\.ts|json|wasm|sha256|mjs|css|html|svg|woff2?)$|^(?:LICENSE|README\.md)$/;
    expect(files.filter((file) => !allowed.test(file))).toEqual([]);
    expect(files.filter((file) => /\.test\.|\/testing\/|\/solidity\//.test(file))).toEqual([]);
  }
});

it("equal sources give equal archives", async () => {
  expect(hashesOf(await pack("again"))).toEqual(hashesOf(archives));
});

describe("installed in an empty folder", () => {
  it("npx trellis devnet runs on the Node.js of the package, and the SDKs use it", async (context) => {
    const options = { cwd: project, env: environment };
    if (!(await reachesRegistry(options))) {
      const reason = "packages are not installed here: npm reaches no registry";
      console.warn(reason);
      return context.skip(reason);
    }
    const install = ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"];
    await run("npm", [...install, ...archives], options);
    const version = await run("npx", ["trellis", "version"], options);
    expect(version.stdout).toContain(
      `(Node.js ${process.versions.node}, ${process.platform}-${process.arch})`,
    );
    const known = await run("npx", ["trellis", "error", "PARENT_UNKNOWN"], options);
    expect(known.stdout).toContain("PARENT_UNKNOWN");

    const devnet = await startInstalled();
    try {
      await usesDevnet(devnet.ready);
      // A snapshot needs the demo's ledger, which follows the ready line.
      await eventually(() => devnet.log().includes("custodian.seeded"));
      await runsClient(devnet.ready);
    } finally {
      await devnet.stop();
    }
    expect(devnet.log()).toContain("process.stopping");
  });
});

async function startInstalled() {
  const argv = "trellis devnet --ephemeral --rpc-port 0 --http-port 0 --json".split(" ");
  const npx = spawn("npx", argv, {
    cwd: project,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const logged: string[] = [];
  npx.stderr.setEncoding("utf8").on("data", (text: string) => logged.push(text));
  const log = (): string => logged.join("");
  const closed = once(npx, "close");
  const early = closed.then(() => {
    throw new Error(`trellis ended before it served:\n${log()}`);
  });
  const line = once(createInterface({ input: npx.stdout }), "line");
  const [text] = (await Promise.race([line, early])) as [string];
  early.catch(() => {});
  const stop = async (): Promise<void> => {
    // Like Ctrl-C: to the group. The output closes when the last process of the devnet has ended.
    process.kill(-npx.pid!, "SIGINT");
    await closed;
  };
  return { ready: JSON.parse(text) as ReadyLine, log, stop };
}

async function usesDevnet({ rpc, http }: ReadyLine): Promise<void> {
  const body = '{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}';
  const headers = { "content-type": "application/json" };
  const answer = (await (await fetch(rpc, { method: "POST", headers, body })).json()) as { result: string };
  expect(answer.result).toMatch(/^0x[0-9a-f]+$/);
  const page = await (await fetch(http)).text();
  const [, script] = /src="([^"]+\.js)"/.exec(page) ?? [];
  expect((await fetch(new URL(script!, http))).headers.get("content-type")).toMatch(/javascript/);
}

async function runsClient({ rpc, reserves }: ReadyLine): Promise<void> {
  const { url, customer, customerKey, adminKey } = reserves!;
  writeFileSync(join(project, "package.json"), '{ "type": "module" }');
  writeFileSync(join(project, "client.ts"), SCRIPT);
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify(TSCONFIG));
  const types = await run(join(ROOT, "node_modules/.bin/tsc"), ["-p", project]).catch(({ stdout }) => ({
    stdout,
  }));
  expect(types.stdout).toBe("");
  const argv = ["client.ts", rpc, url, customer, customerKey, adminKey];
  const { stdout } = await run(process.execPath, argv, { cwd: project, env: environment });
  expect(JSON.parse(stdout)).toEqual({ height: expect.any(Number), isValid: true, differing: [] });
}
