import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { actionNames } from "../cli/help.ts";
import { type ExitResult, MAIN, spawnNode } from "../cli/testing/spawnNode.ts";
import { COMMANDS } from "./commands.ts";

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "trellis-cli-"));
});
afterAll(() => rmSync(cwd, { recursive: true }));

function trellis(line: string, environment: Readonly<Record<string, string>> = {}): Promise<ExitResult> {
  return spawnNode(MAIN, line === "" ? [] : line.split(" "), { cwd, environment }).ended;
}

const FOR_PEOPLE = { exitCode: 0, stderr: "" };

describe("help", () => {
  it.each(["help", "--help", "-h", "help help"])("trellis %s lists the verbs", async (line) => {
    const { stdout, ...rest } = await trellis(line);
    expect(rest).toEqual(FOR_PEOPLE);
    for (const { name, summary } of COMMANDS) expect(stdout).toMatch(new RegExp(`${name} +${summary}`));
  });

  it("trellis help VERB and trellis VERB --help explain a command with its flags, units, defaults and examples", async () => {
    for (const { name } of COMMANDS) {
      const [asked, flagged] = await Promise.all([trellis(`help ${name}`), trellis(`${name} --help`)]);
      expect(asked).toEqual(flagged);
      expect(asked).toMatchObject(FOR_PEOPLE);
      expect(asked.stdout).toContain(`Usage: trellis ${name}`);
      expect(asked.stdout).toContain(`\nExamples\n  trellis ${name}`);
    }
  });

  it("trellis help VERB ACTION and trellis VERB ACTION --help explain an action", async () => {
    const [asked, flagged] = await Promise.all([
      trellis("help reserves verify"),
      trellis("reserves verify proof.json --help"),
    ]);
    expect(asked).toEqual(flagged);
    expect(asked).toMatchObject(FOR_PEOPLE);
    expect(asked.stdout).toMatch(/^trellis reserves verify: ./);
    expect(asked.stdout).toContain("\nUsage: trellis reserves verify FILE [FLAGS]\n");
    expect(asked.stdout).not.toContain("\nActions\n");
    expect(asked.stdout).toContain("\nFlags\n");
  });

  it("the help of an action lists the flags that the action reads", async () => {
    const { stdout } = await trellis("help arbitrage kill");
    expect(stdout.match(/^ {2}--[a-z-]+/gm)).toEqual(
      [
        "--url",
        "--api-key-from",
        "--sign-with",
        "--sign-key-id",
        "--json",
        "--ca-file",
        "--pins",
        "--config",
        "--help",
      ].map((flag) => `  ${flag}`),
    );
    for (const command of COMMANDS) {
      const { settings } = await command.definition();
      for (const [action, keys] of Object.entries(command.actionSettings ?? {})) {
        expect(actionNames(command)).toContain(action);
        expect(Object.keys(settings)).toEqual(expect.arrayContaining([...keys]));
      }
    }
  });

  it("the devnet has the promised flags", async () => {
    const { stdout } = await trellis("devnet --help");
    const promised = [
      /--rpc-port N .*\[8545\]/,
      /--http-port N .*\[8080\]/,
      /--data-dir DIR .*\[\.trellis\/devnet\]/,
      /--ephemeral /,
      /--reset /,
      /--block-time TIME\|instant .*\[instant\]/,
      /--accounts N .*\[10\]/,
      /--json /,
      /--log-level LEVEL /,
      /--help /,
    ];
    for (const flag of promised) expect(stdout).toMatch(flag);
  });

  it("help works despite invalid flags", async () => {
    expect(await trellis("devnet --rpc-port no --help")).toMatchObject(FOR_PEOPLE);
  });
});

describe("invalid arguments exit 2 with a code and a hint, and print nothing on standard output", () => {
  it.each<[string, string, string, Record<string, string>?]>([
    ["USAGE_INVALID", "", "needed: VERB"],
    ["USAGE_INVALID", "devent", "didYouMean: devnet"],
    ["USAGE_INVALID", "help devent", "didYouMean: devnet"],
    ["CONFIG_UNKNOWN_KEY", "devnet --rpc-prot 1", "didYouMean: --rpc-port"],
    ["CONFIG_INVALID_VALUE", "devnet --rpc-port", "value missing"],
    ["CONFIG_INVALID_VALUE", "devnet --reset=maybe", "takes no value"],
    ["CONFIG_INVALID_VALUE", "devnet --accounts 1 --accounts 2", "given twice"],
    ["CONFIG_INVALID_VALUE", "devnet --rpc-port 99999", "a whole number from 0 to 65535"],
    ["CONFIG_INVALID_VALUE", "devnet --block-time 2w", "instant, or a time from 50ms to 1h"],
    ["CONFIG_INVALID_VALUE", "devnet --accounts 0", "from 1 to 1000"],
    ["CONFIG_INVALID_VALUE", "devnet --log-level loud", "debug, info, warn, error, silent"],
    ["CONFIG_INVALID_VALUE", "devnet", "TRELLIS_RPC_PORT", { TRELLIS_RPC_PORT: "none" }],
    ["CONFIG_UNKNOWN_KEY", "devnet", "didYouMean: TRELLIS_RPC_PORT", { TRELLIS_RPC_PROT: "1" }],
    ["CONFIG_FILE_UNREADABLE", "devnet --config /none.yaml", "/none.yaml"],
    ["CONFIG_INVALID_VALUE", "node --miner me", "an address"],
    ["USAGE_INVALID", "devnet now", "got: now"],
    ["USAGE_INVALID", "help devnet now", "got: now"],
    ["USAGE_INVALID", "help db verify now", "got: now"],
    ["USAGE_INVALID", "help db verfiy", "didYouMean: verify"],
    ["USAGE_INVALID", "db", "stats inspect verify compact migrate backup"],
    ["USAGE_INVALID", "db compcat", "didYouMean: compact"],
    ["USAGE_INVALID", "db foo", "stats inspect verify compact migrate backup"],
    ["USAGE_INVALID", "keys create", "new import list address show"],
    ["USAGE_INVALID", "help keys create", "new import list address show"],
    ["USAGE_INVALID", "dev", "didYouMean: devnet"],
    [
      "USAGE_INVALID",
      "start",
      "devnet node miner validator reserves arbitrage signer db backup drill keys secrets account message guard profile health config error version help",
    ],
    ["USAGE_INVALID", "db inspect", "needed: 1"],
    ["USAGE_INVALID", "keys list everything", "got: everything"],
  ])("%s: trellis %s", async (code, line, fact, environment) => {
    const { exitCode, stdout, stderr } = await trellis(line, environment);
    expect(exitCode).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(`code: ${code}\n`);
    expect(stderr).toMatch(/hint: ./);
    expect(stderr).toContain(fact);
    expect(stderr).not.toContain("    at ");
  });

  it("CONFIG_UNKNOWN_KEY: the file's name and line", async () => {
    writeFileSync(join(cwd, "trellis.yaml"), "devnet:\n  rpcPort: 0\n  ephemreal: true\n");
    const { exitCode, stderr } = await trellis("devnet");
    rmSync(join(cwd, "trellis.yaml"));
    expect(exitCode).toBe(2);
    expect(stderr).toContain("trellis.yaml:3");
    expect(stderr).toContain("didYouMean: ephemeral");
  });

  it("CONFIG_INVALID_VALUE: development keys may vote only on one machine", async () => {
    const { exitCode, stdout, stderr } = await trellis(
      "node --network test --development-validator 1 --ephemeral",
    );
    expect(exitCode).not.toBe(0);
    expect(stdout).toBe("");
    expect(stderr).toContain("code: CONFIG_INVALID_VALUE");
    expect(stderr).toContain("ambiguous validator");
  });

  it("prints the error as one line of JSON with --json", async () => {
    const { stderr } = await trellis("devnet --json --accounts many");
    const [first, line, ...rest] = stderr
      .trim()
      .split("\n")
      .map((text) => JSON.parse(text));
    expect(first).toMatchObject({ msg: "process.starting" });
    expect(line).toMatchObject({
      event: "error",
      code: "CONFIG_INVALID_VALUE",
      facts: { setting: "accounts", origin: "--accounts", got: '"many"' },
    });
    expect(rest).toEqual([]);
  });
});

describe("version", () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

  it.each(["version", "--version", "-v"])("trellis %s", async (line) => {
    const { stdout, ...rest } = await trellis(line);
    expect(rest).toEqual(FOR_PEOPLE);
    expect(stdout).toMatch(new RegExp(`^trellis ${version} \\(Node.js ${process.versions.node}, .*\\)\n$`));
  });

  it("prints JSON also by an environment variable", async () => {
    const expected = { trellis: version, node: process.versions.node };
    expect(JSON.parse((await trellis("version --json")).stdout)).toMatchObject(expected);
    expect(JSON.parse((await trellis("version", { TRELLIS_JSON: "true" })).stdout)).toMatchObject(expected);
  });

  it("works with variables of other commands and of tests", async () => {
    const environment = { TRELLIS_RPC_PORT: "1", TRELLIS_KEYSTORE: "x", TRELLIS_VECTORS: "x" };
    expect((await trellis("version", environment)).exitCode).toBe(0);
  });

  it("works with unknown keys in a file", async () => {
    for (const text of ["devnet:\n  ephemreal: true\nversion:\n  jsno: true\n", "a: [\n"]) {
      writeFileSync(join(cwd, "trellis.yaml"), text);
      const { exitCode } = await trellis("version", { TRELLIS_RPC_PROT: "1" });
      rmSync(join(cwd, "trellis.yaml"));
      expect(exitCode).toBe(0);
    }
  });
});
