import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { privateKeyOf } from "./chain.ts";
import { type Devnet, runTrellis, startNode } from "./startDevnet.ts";
import { useDevnet } from "./useDevnet.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const guide = readFileSync(join(ROOT, "docs/guides/validator.md"), "utf8");

const shared = useDevnet({ args: ["--nodes", "2", "--block-time", "100"] });
let node: Devnet | undefined;
afterAll(async () => {
  await node?.stop();
});

function programOf(places: Readonly<Record<string, string>>): string {
  let program = [...guide.matchAll(/```js\n(.*?)```/gs)].map(([, part]) => part).join("\n");
  for (const [place, here] of Object.entries(places)) {
    expect(program).toContain(place);
    program = program.replace(place, here);
  }
  return program;
}

async function runProgram(program: string): Promise<string> {
  const child = spawn(process.execPath, ["--input-type=module"], { cwd: ROOT });
  const killLeftover = (): void => void child.kill("SIGKILL");
  process.once("exit", killLeftover);
  const written = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      written[name] += text;
    });
  }
  child.stdin.end(program);
  const [exitCode] = await once(child, "close");
  process.off("exit", killLeftover);
  expect(exitCode, written.stderr).toBe(0);
  return written.stdout;
}

it("the program of the validator's guide delegates, slashes and governs", async () => {
  const at = (name: string): string => join(shared.directory, name);
  writeFileSync(at("password"), "a long password\n");
  writeFileSync(at("account"), `${privateKeyOf(1)}\n`);
  const key = ["--validator-dir", at("validator"), "--password-from", `file:${at("password")}`];
  expect(await runTrellis(["validator", "keys", ...key])).toMatchObject({ exitCode: 0 });
  node = await startNode({
    args: [
      ...["--network", "local", "--mdns=false", "--listen", "127.0.0.1:0", "--log-level", "warn"],
      ...["--bootstrap", shared.devnet.ready.p2p!.addresses[0]!],
      ...["--validator-dir", at("validator"), "--validator-password-from", `file:${at("password")}`],
    ],
  });
  const account = ["--rpc", shared.rpcUrl, "--account-key-from", `file:${at("account")}`];
  const registered = await runTrellis(["validator", "register", "--stake", "200", ...key, ...account]);
  expect(registered, registered.stderr).toMatchObject({ exitCode: 0 });

  const program = programOf({
    "http://127.0.0.1:8545": shared.rpcUrl,
    ".trellis/validator/key.json": at("validator/key.json"),
  });
  expect((await runProgram(program)).trim().split("\n")).toEqual([
    "claimed",
    "withdrew 250000000000000000000n wei",
    "slashed by 10000000000000000000n wei",
    "the gas limit is 60,000,000",
    "the treasury paid 2000000000000000000n wei",
  ]);
});
