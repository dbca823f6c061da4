import { execFile } from "node:child_process";
import { copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Address, Hex } from "viem";
import { beforeAll, describe, expect, it } from "vitest";
import { accountOf, MNEMONIC } from "./chain.ts";
import { publicClientOf } from "./clients.ts";
import { SOLC_PATH, SOLC_VERSION, SOLIDITY } from "./compileContracts.ts";
import { useDevnet } from "./useDevnet.ts";

const shared = useDevnet();
const require = createRequire(import.meta.url);
const run = promisify(execFile);
const HARDHAT = join(dirname(require.resolve("hardhat/package.json")), "dist/src/cli.js");
const NODE_MODULES = join(dirname(require.resolve("hardhat/package.json")), "..");
const RUN_MS_MAX = 240_000;

const config = (rpcUrl: string): string => `
import hardhatViem from "@nomicfoundation/hardhat-viem";

const node = { type: "http", chainType: "l1", url: ${JSON.stringify(rpcUrl)} };
export default {
  plugins: [hardhatViem],
  solidity: { version: "${SOLC_VERSION}", path: ${JSON.stringify(SOLC_PATH)} },
  networks: {
    signsItself: { ...node, accounts: { mnemonic: "${MNEMONIC}", initialIndex: 6, count: 2 } },
    nodeSigns: { ...node, accounts: "remote" },
  },
};
`;

const SCRIPT = `
import { network } from "hardhat";

const { viem, provider } = await network.create();
const client = await viem.getPublicClient({ pollingInterval: 50 });
const [wallet, other] = await viem.getWalletClients();
const probe = await viem.deployContract("Probe", [], { client: { public: client } });
const hash = await probe.write.store([4n, 44n]);
const receipt = await client.waitForTransactionReceipt({ hash });
const events = await probe.getEvents.Stored({}, { fromBlock: 0n });
const refusal = await probe.read.failWithError([8n]).then(() => "none", (error) => error.message);
const sent = await wallet.sendTransaction({ to: other.account.address, value: 5n });
await client.waitForTransactionReceipt({ hash: sent });
console.log(JSON.stringify({
  chainId: await provider.request({ method: "eth_chainId" }),
  address: probe.address,
  wallet: wallet.account.address,
  value: String(await probe.read.values([4n])),
  status: receipt.status,
  events: events.map(({ args }) => String(args.value)),
  refusal,
  sent,
}));
`;

interface Outcome {
  readonly chainId: Hex;
  readonly address: Address;
  readonly wallet: Address;
  readonly value: string;
  readonly status: string;
  readonly events: readonly string[];
  readonly refusal: string;
  readonly sent: Hex;
}

let project: string;

beforeAll(async () => {
  project = join(shared.directory, "hardhat");
  await mkdir(join(project, "contracts"), { recursive: true });
  await mkdir(join(project, "scripts"));
  await symlink(NODE_MODULES, join(project, "node_modules"));
  await writeFile(join(project, "package.json"), JSON.stringify({ type: "module" }));
  await writeFile(join(project, "hardhat.config.ts"), config(shared.rpcUrl));
  await writeFile(join(project, "scripts/probe.ts"), SCRIPT);
  for (const name of ["Probe.sol", "Token.sol"]) {
    await copyFile(join(SOLIDITY, name), join(project, "contracts", name));
  }
});

async function hardhat(...argv: string[]): Promise<string> {
  const env = {
    PATH: process.env.PATH,
    HOME: project,
    HARDHAT_DISABLE_TELEMETRY_PROMPT: "true",
    NO_COLOR: "1",
  };
  const options = { cwd: project, env, timeout: RUN_MS_MAX };
  const { stdout } = await run(process.execPath, [HARDHAT, ...argv], options);
  return stdout;
}

describe("Hardhat 3", () => {
  it("compiles with the compiler from npm, OpenZeppelin's contracts among the sources", async () => {
    expect(await hardhat("build")).toMatch(/Compiled \d+ Solidity files?/);
  });

  it.each([
    ["signsItself", 6],
    ["nodeSigns", 0],
  ])("deploys, writes, reads and catches errors on the network %s", async (name, firstAccount) => {
    const printed = await hardhat("run", "scripts/probe.ts", "--network", name, "--no-compile");
    const outcome = JSON.parse(printed.trim().split("\n").at(-1)!) as Outcome;
    expect(outcome).toMatchObject({ chainId: "0x7a69", value: "44", status: "success", events: ["44"] });
    expect(outcome.wallet.toLowerCase()).toBe(accountOf(firstAccount).address.toLowerCase());
    expect(outcome.refusal).toMatch(/Refused\(uint256 number, address by\)/);
    const client = publicClientOf(shared.rpcUrl);
    expect(await client.getCode({ address: outcome.address })).toMatch(/^0x60/);
    expect(await client.getTransactionReceipt({ hash: outcome.sent })).toMatchObject({ status: "success" });
  });
});
