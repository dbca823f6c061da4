import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadSettings, type SettingsSources } from "@trellis/platform/config";
import { parseKeyUri } from "@trellis/platform/keys";
import { parseHeldKeys } from "@trellis/platform/signer";
import { logQueryProblems } from "@trellis/tools";
import { COMMANDS, runCli } from "@trellis/trellis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { privateKeyOf } from "./chain.ts";
import { eventually } from "./eventually.ts";
import {
  type Block,
  commandsOf,
  ROOT,
  readBlocks,
  shellLines,
  trellisArguments,
} from "./guide/readBlocks.ts";
import { type RunOptions, Shell } from "./guide/Shell.ts";
import { type Devnet, startDevnet } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const blocks = readBlocks();
const ofLanguage = (language: string): Block[] => blocks.filter((block) => block.language === language);

/** Blocks whose `trellis` lines are only parsed, with the reason. */
const NOT_RUN: Readonly<Record<string, string>> = {
  "README.md: npm ci && npm start": "installs; npmStart.test.ts runs `npm start`",
  "README.md: npm run trellis -- help": "runs for minutes to hours",
  "CONTRIBUTING.md: npm ci": "installs",
  "CONTRIBUTING.md: npm test -- --coverage && npm run coverage": "runs all tests",
  "CONTRIBUTING.md: npm run mutate -- packages/arbitrage/src/risk": "runs for hours",
  "arbitrage.md: trellis devnet": "alternatives; arbitrageDemo.test.ts starts them",
  "arbitrage.md: trellis arbitrage scan": "needs nodes of Ethereum's main network",
  "arbitrage.md: trellis arbitrage book": "needs a transfer of the operator",
  "arbitrage.md: trellis arbitrage serve --live": "needs a funded wallet; arbitrage.test.ts runs a signer",
  "disaster-recovery.md: trellis drill --report": "drill.test.ts runs it",
  "deploy.md: useradd": "needs systemd; the check of deploy parses the units",
  "deploy.md: install -d -o trellis-signer -m 700 /var/lib/trellis-signer":
    "needs the users of the units; signer.md and backup.md run the commands",
  "deploy.md: deploy/image/build": "image.test.ts builds the image",
  "deploy.md: docker run": "needs Docker; image.test.ts runs the image",
  "deploy.md: cd deploy/compose": "needs Docker; the check of deploy parses the commands",
  "deploy.md: fly apps create": "needs Fly.io",
  "deploy-kubernetes.md: helm template": "needs Helm and a cluster; chart.test.ts renders and builds them",
  "deploy-kubernetes.md: umask 077": "signer.md has the same commands for one machine",
  "deploy-kubernetes.md: kubectl create namespace": "needs a cluster",
  "deploy-kubernetes.md: helm upgrade": "needs Helm and a cluster",
  "deploy-kubernetes.md: kubectl --namespace trellis get": "needs a cluster",
  "devnet.md: npm start -- --nodes 5": "five processes; devnetNodes.test.ts starts several",
  "backup.md: trellis backup keys list": "keys.test.ts of the verb replaces a passphrase",
  "backup.md: trellis backup extract": "extract.test.ts of the verb extracts files",
  "backup.md: trellis backup watch": "backupWatch.test.ts runs it",
  "backup.md: trellis backup run --postgres": "needs PostgreSQL; postgres.test.ts of the verb runs one",
  "console.md: # stop the node, then": "only has to parse; console.test.ts runs an index",
  "node.md: trellis node --network test --bootstrap HOST:30303 --data-dir": "needs the test network",
  "node.md: trellis node --network test --bootstrap HOST:30303 --checkpoint": "needs the test network",
  "node.md: trellis node … --rpc-host": "a part of a command",
  "node.md: trellis node … --miner": "a part of a command",
  'reserves.md: curl "$URL/v1/attestations/1"': "needs an attestation; reserves.test.ts verifies one",
  "release.md: npm version": "changes versions, and builds for a minute",
  "release.md: npm audit signatures": "needs a published release",
  "reserves.md: trellis reserves serve --custodian exchange.example --anchor-chain":
    "reserves.test.ts anchors",
  "reserves.md: trellis reserves serve --custodian exchange.example --chains plan.json":
    "needs nodes and keys of holders; reserves.test.ts attests",
  "reserves.md: trellis reserves serve --custodian exchange.example --chains plan.json --notify":
    "needs nodes and a mail server",
  "security.md: trellis guard list --url": "tls.test.ts asks a node with TLS",
  "signer.md: trellis node --network local --validator-signer": "signer.test.ts runs them with a signer",
  "signer.md: trellis signer import --validator-dir": "needs keys; apps/trellis signer.test.ts imports",
  "security.md: trellis keys list": "keyRotation.test.ts rotates and retires keys of a running service",
  "security.md: trellis arbitrage signer": "hardwareKeys.test.ts signs with a PKCS #11 token",
  "security.md: trellis secrets seal": "secrets.test.ts seals, opens and rotates",
  "validator.md: trellis devnet --validators 4": "four processes; validators.test.ts runs them",
};

/** YAML that is no `trellis.yaml`. */
const OTHER_YAML: ReadonlySet<string> = new Set([
  "deploy-kubernetes.md: reserves:", // values of the chart
  "deploy-kubernetes.md: clients:", // a part of access.yaml
]);

const LINES_NOT_RUN: readonly (readonly [line: RegExp, reason: string])[] = [
  [/^forge script Deploy/, "foundry.test.ts deploys"],
  [/^trellis node --network test/, "the restored data are those of a devnet"],
  [/^trellis validator withdraw/, "the stake is locked for epochs; staking.test.ts waits for them"],
];

function blockOf(name: string): Block {
  const exact = blocks.filter((block) => block.name === name);
  const found = exact.length > 0 ? exact : blocks.filter((block) => block.name.startsWith(name));
  expect(found, name).toHaveLength(1);
  return found[0]!;
}

const run = (shell: Shell, name: string, options?: RunOptions): Promise<string> =>
  shell.run(blockOf(name), options);

/** Runs in this process; verbs only parse their arguments. */
async function trellis(args: readonly string[], commands = COMMANDS): Promise<[number | undefined, string]> {
  let written = "";
  const collect = (text: string): void => {
    written += text;
  };
  const stream = { isTerminal: false, write: collect };
  const askSecret = (): Promise<string> => Promise.reject(new Error("asks"));
  const exitCode = await runCli(args, commands, {
    stdout: stream,
    stderr: stream,
    environment: {},
    askSecret,
  });
  return [exitCode, written];
}

const PARSING = COMMANDS.map((command) => ({
  ...command,
  run: async ({ sources }: { readonly sources: SettingsSources }) => {
    const { positionals } = await loadSettings(await command.definition(), { ...sources, defaultFile: "" });
    const forms = Object.keys(command.actions ?? {}).map((form) => form.split(" "));
    const form = forms.find(([action]) => action === positionals[0]);
    if (form === undefined) expect(positionals).toEqual([]);
    else if (form.length === 1) expect(positionals).toHaveLength(1);
    return 0;
  },
}));

function withoutPlaceholders(args: readonly string[]): string[] {
  return args.flatMap((word, index) => {
    if (word === "…") return [];
    if (word === "--config" || args[index - 1] === "--config") return [];
    if (word === "0x…") return [`0x${"1".repeat(args[index - 1] === "--miner" ? 40 : 64)}`];
    return [word.replace(/^(?:HOST:30303|ADDRESS)$/, "127.0.0.1:30303")];
  });
}

async function parsed(line: string): Promise<void> {
  for (const command of commandsOf(line)) {
    const args = trellisArguments(command);
    if (args !== undefined)
      expect(await trellis(withoutPlaceholders(args), PARSING), line).toEqual([0, expect.anything()]);
    if (command[0] === "npm" && !["audit", "ci", "install", "version"].includes(command[1]!)) {
      const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
      expect(scripts, line).toHaveProperty(command[1] === "run" ? command[2]! : command[1]!);
    }
    for (const word of command)
      if (word.startsWith("packages/")) expect(existsSync(join(ROOT, word)), word).toBe(true);
  }
}

describe("every block", () => {
  it.each(ofLanguage("sh"))("$name: its commands exist and take these arguments", async ({ text }) => {
    for (const line of shellLines(text)) await parsed(line);
  });

  it.each([
    "trellis node --no-such-flag",
    "trellis node --miner 1",
    "trellis nod",
    "trellis db statistics",
    "npm run nothing",
  ])("a wrong line fails: %s", async (line) => {
    await expect(parsed(line)).rejects.toThrow();
  });

  it.each(ofLanguage("yaml").filter(({ name }) => !OTHER_YAML.has(name)))(
    "$name is valid",
    async ({ text }) => {
      const document = parse(text);
      if (document.groups !== undefined) {
        for (const { name, rules } of document.groups) {
          expect(name).toEqual(expect.any(String));
          for (const rule of rules)
            expect(rule).toMatchObject({ alert: expect.any(String), expr: expect.any(String) });
        }
        return;
      }
      // The block is a part of access.yaml.
      if (document.keys !== undefined) {
        const uris = parseHeldKeys(`clients: {}\n${text}`).values();
        for (const uri of uris) expect(parseKeyUri(uri), uri).toBeDefined();
        return;
      }
      const directory = await temporaryDirectory();
      try {
        const file = join(directory.path, "trellis.yaml");
        writeFileSync(file, text.replaceAll("0x…", `0x${"1".repeat(40)}`));
        const [exitCode, written] = await trellis(["config", "check", "--config", file]);
        expect(exitCode, written).toBe(0);
      } finally {
        await directory.remove();
      }
    },
  );

  it.each(ofLanguage("logql"))("$name is LogQL", ({ text }) => {
    expect(text.trim().split("\n").flatMap(logQueryProblems)).toEqual([]);
  });

  it.each(ofLanguage("json"))("$name is JSON", ({ text }) => {
    expect(JSON.parse(text)).toEqual(expect.any(Object));
  });

  it.each(ofLanguage("csv"))("$name has the columns of an import", ({ text }) => {
    for (const line of text.trim().split("\n")) expect(line.split(",")).toHaveLength(7);
  });

  const hasPython = spawnSync("python3", ["--version"]).status === 0;
  it.skipIf(!hasPython).each(ofLanguage("python"))("$name compiles", ({ text }) => {
    const python = spawnSync("python3", ["-c", "import ast, sys; ast.parse(sys.stdin.read())"], {
      input: text,
    });
    expect(String(python.stderr)).toBe("");
  });
});

const shells: Shell[] = [];
let folder: TemporaryDirectory;
beforeAll(async () => {
  folder = await temporaryDirectory();
});
afterAll(async () => {
  for (const shell of shells) await shell.stop();
  await folder.remove();
});

function openShell(name: string, environment: Readonly<Record<string, string>> = {}): Shell {
  const shell = new Shell(join(folder.path, name), environment);
  shells.push(shell);
  return shell;
}

describe("on a devnet", () => {
  let devnet: Devnet | undefined;
  let shell: Shell;
  beforeAll(async () => {
    const dataDir = join(folder.path, "devnet/.trellis/devnet");
    devnet = await startDevnet({ reserves: true, arbitrage: "live", dataDir });
    const { reserves, arbitrage } = devnet.ready;
    shell = openShell("devnet", {
      KEY: arbitrage!.adminKey!,
      ARB_KEY: arbitrage!.adminKey!,
      TRELLIS_API_KEY_FROM: "env:KEY",
      CUSTOMER_KEY: reserves!.customerKey,
    });
  });
  afterAll(() => devnet?.stop());

  it("arbitrage: status, settings, exports", async () => {
    const service = { "http://127.0.0.1:8080": devnet!.httpUrl };
    const curl = (): Promise<string> => run(shell, "arbitrage.md: curl", { values: service });
    await eventually(async () => !(await curl()).includes("UPSTREAM_UNREACHABLE"));
    expect(await curl()).toContain('"items"');
    await run(shell, 'arbitrage.md: trellis arbitrage config set live true --reason "try it"', {
      values: service,
    });
    const agreed = 'arbitrage.md: trellis arbitrage config set live true --reason "paper agreed for a week"';
    shell.environment.TRELLIS_URL = `${devnet!.httpUrl}/arbitrage`;
    expect(await run(shell, agreed)).toContain("node upgrade");
    delete shell.environment.TRELLIS_URL;
  });

  it("arbitrage: a service of one's own for the same market", async () => {
    await run(shell, "arbitrage.md: trellis arbitrage scan --config", {
      values: { "--port 8091": "--port 0" },
    });
    await shell.stopNewest();
  });

  it("security: bans; performance: profiles", async () => {
    shell.environment.TRELLIS_URL = `${devnet!.httpUrl}/node`;
    const { TRELLIS_API_KEY_FROM } = shell.environment;
    delete shell.environment.TRELLIS_API_KEY_FROM;
    expect(await run(shell, "security.md: trellis guard list")).toMatch(
      /203\.0\.113\.0\/24 .* scans[\s\S]*bans: none/,
    );
    const values = { "--seconds 10": "--seconds 1", "--seconds 60": "--seconds 1" };
    const sizes = /node\.cpuprofile: \d+ bytes[\s\S]*node\.heapprofile: \d+ bytes/;
    expect(await run(shell, "performance.md: trellis profile", { values })).toMatch(sizes);
    delete shell.environment.TRELLIS_URL;
    shell.environment.TRELLIS_API_KEY_FROM = TRELLIS_API_KEY_FROM!;
  });

  it("devnet: cast", async () => {
    const values = { "http://127.0.0.1:8545": devnet!.rpcUrl };
    const printed = await run(shell, "devnet.md: cast send", { values, without: /^forge/ });
    expect(printed).toMatch(/status +1 \(success\)/);
  });

  it("devnet: the demo custodian", async () => {
    const values = { "http://127.0.0.1:8080": devnet!.httpUrl };
    expect(await run(shell, "devnet.md: curl", { values })).toContain("customer-0007");
  });

  it("accounts: rotates a key, sends, signs and verifies", async () => {
    const own = openShell("accounts", {
      TRELLIS_RPC: devnet!.rpcUrl,
      TRELLIS_PASSWORD_FROM: "env:PASSWORD",
      PASSWORD: "a long password",
      OLD_KEY: privateKeyOf(3),
    });
    expect(await run(own, "accounts.md: trellis keys import")).toMatch(/ml-dsa-65 +valid/);
    expect(await run(own, "accounts.md: trellis account new")).toMatch(/isValid +true/);
  });

  it("backup: repository, backups of a running devnet, verification, restore", async () => {
    const values = { "/backups": "repository" };
    await run(shell, "backup.md: umask 077", { values });
    const live = { ...values, "/var/lib/trellis": ".trellis" };
    expect(await run(shell, "backup.md: trellis backup run --data-dir", { values: live })).toMatch(
      /pglite|lmdb/,
    );
    expect(await run(shell, "backup.md: trellis backup verify", { values })).toContain("intact");
    const target = { ...values, "/var/lib/trellis-restored": "restored" };
    expect(await run(shell, "backup.md: trellis backup show", { values: target })).toContain(
      "restored as of",
    );
    const again = { ...values, "/var/lib/trellis-restored": "recovered" };
    expect(await run(shell, "disaster-recovery.md: trellis backup verify", { values: again })).toContain(
      "restored as of",
    );
    expect(await run(shell, "disaster-recovery.md: trellis drill --repository", { values })).toMatch(
      /(\d+) of \1 checks passed/,
    );
    expect(readFileSync(join(shell.directory, "drill.md"), "utf8")).toMatch(/^# Drill: restore of a backup/);
  });

  it("node-data: backup, restore, inspection", async () => {
    const values = { "/backups": "backups", "/var/lib/trellis": ".trellis/devnet" };
    mkdirSync(join(shell.directory, "backups"));
    await run(shell, "node-data.md: trellis db backup", { values });
    await devnet!.stop();
    devnet = undefined;
    await run(shell, "node-data.md: trellis db verify", { values, without: /^trellis node/ });
    expect(await run(shell, "node-data.md: trellis db stats")).toContain(
      "0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
    );
  });
});

describe("networks", () => {
  it("devnet and node: nodes that are started one by one, and their peers", async () => {
    const shell = openShell("nodes", { TRELLIS_RPC_PORT: "0", TRELLIS_HTTP_PORT: "0" });
    const name = "devnet.md: npm run trellis -- node";
    await run(shell, name, { values: { "0.0.0.0:30303": "127.0.0.1:0" }, without: /--bootstrap/ });
    const address = shell.ready.p2p!.addresses[0]!;
    await run(shell, name, { values: { "127.0.0.1:30303": address }, without: /--miner/ });
    expect(shell.services).toHaveLength(2);

    const rpc = { "localhost:8545": shell.ready.rpc! };
    const peers = async () =>
      JSON.parse(await run(shell, "node.md: curl -s localhost", { values: rpc })).result;
    await eventually(async () => (await peers()).length === 1);
    const records = await run(shell, "node.md: curl -s --json", { values: rpc });
    expect(records).toContain(`_dnsaddr.HOST. 300 IN TXT "dnsaddr=${shell.ready.p2p!.addresses[0]!}"`);
    await shell.stop();
  });

  it("validator: from a key to the exit, and to another machine", async () => {
    const shell = openShell("validator", { TRELLIS_RPC_PORT: "0", TRELLIS_HTTP_PORT: "0" });
    await run(shell, "validator.md: trellis devnet --nodes 2");
    const { rpc, p2p } = shell.ready;
    shell.environment.TRELLIS_RPC = rpc!;
    await run(shell, "validator.md: echo", { values: { ADDRESS: p2p!.addresses[0]! } });
    await run(shell, "validator.md: trellis validator register");
    const status = (): Promise<string> =>
      shell.run({
        ...blockOf("validator.md: trellis validator register"),
        text: "trellis validator status --account-key-from file:account",
      });
    await eventually(async () => (await status()).includes("votes"));
    const votes = join(shell.directory, ".trellis/validator/votes.json");
    await eventually(async () => !readFileSync(votes, "utf8").includes('"last":null'));
    await run(shell, "validator.md: trellis validator exit", { without: /^trellis validator withdraw/ });
    await shell.stopNewest();
    mkdirSync(join(shell.directory, "new"));
    copyFileSync(join(shell.directory, ".trellis/validator/key.json"), join(shell.directory, "new/key.json"));
    await run(shell, "validator.md: trellis validator protection", {
      values: { OLD: ".trellis/validator", NEW: "new" },
    });
    await shell.stop();
  });
});

describe("signer", () => {
  it("from nothing to a signer with a key", async () => {
    const shell = openShell("signer", { TRELLIS_PORT: "0" });
    expect(await run(shell, "signer.md: trellis signer init")).toContain("validator/main");
    expect(shell.ready.url).toMatch(/^https:/);
    await shell.stop();
  });
});

describe("configuration", () => {
  it("commands on the file of the guide", async () => {
    const shell = openShell("configuration");
    const file = blocks.find(
      ({ name, language }) => language === "yaml" && name === "configuration.md: node:",
    )!;
    for (const name of ["trellis.yaml", "staging.yaml"])
      writeFileSync(join(shell.directory, name), file.text);
    expect(await run(shell, "configuration.md: trellis config check")).toContain("8h");
  });
});

describe("a custodian", () => {
  let shell: Shell;
  let adminKey: string;
  beforeAll(() => {
    shell = openShell("reserves", { TRELLIS_PORT: "0" });
  });

  async function serve(name: string): Promise<void> {
    if (shell.services.length > 0) await shell.stopNewest();
    await run(shell, name, { without: /^trellis reserves (?!serve)/ });
    shell.environment.TRELLIS_URL = shell.ready.url!;
  }

  it("enters balances, takes a snapshot, proves and verifies", async () => {
    await serve("reserves.md: trellis reserves serve --custodian exchange.example");
    adminKey = shell.ready.adminKey!;
    await run(shell, "reserves.md: (umask 077; echo", { values: { "trk_…": adminKey } });
    await run(shell, "reserves.md: cat > entries.csv");
    const loan = blocks.find(({ language }) => language === "csv")!;
    const entries = readFileSync(join(shell.directory, "entries.csv"), "utf8");
    writeFileSync(join(shell.directory, "loan.csv"), `${entries.split("\n")[0]}\n${loan.text}`);
    await shell.run({ ...loan, text: "trellis reserves import loan.csv --api-key-from file:key" });
    await run(shell, "reserves.md: trellis reserves snapshot");
    expect(readFileSync(join(shell.directory, "report.pdf"), "latin1")).toMatch(/^%PDF/);

    await run(shell, "reserves.md: trellis reserves prove");
    const url = shell.ready.url!;
    const { record } = (await (await fetch(`${url}/v1/snapshots/1`)).json()) as {
      record: { rootRecordHash: string };
    };
    const values = { "0x…": record.rootRecordHash };
    expect(await run(shell, "reserves.md: trellis reserves verify", { values })).toContain("alice");
    const verifier = await (await fetch(`${url}/verify-proof.mjs`)).text();
    writeFileSync(join(shell.directory, "verify-proof.mjs"), verifier);
    await run(shell, "reserves.md: node verify-proof.mjs", { values });
    await run(shell, "reserves.md: trellis reserves log --out head");
  });

  it("changes settings at runtime", async () => {
    Object.assign(shell.environment, { URL: shell.ready.url!, KEY: adminKey });
    expect(await run(shell, "configuration.md: curl")).toContain("quarterly audit");
  });

  it("hands out an audit, and a customer's data before it is erased", async () => {
    const created = await run(shell, "reserves.md: curl -X POST");
    const { text } = JSON.parse(created) as { text: string };
    writeFileSync(join(shell.directory, "auditor-key"), text, { mode: 0o600 });
    const published = await (await fetch(`${shell.ready.url}/.well-known/trellis-reserves.json`)).json();
    const { records, log } = published as Record<"records" | "log", { publicKey: string }>;
    const values = {
      "--record-key 0x…": `--record-key ${records.publicKey}`,
      "--log-key 0x…": `--log-key ${log.publicKey}`,
    };
    const verified = await run(shell, "reserves.md: trellis reserves log --out auditor-head", { values });
    expect(verified).toMatch(/^comparedWith +--record-key, --log-key$/m);
    await run(shell, "reserves.md: trellis reserves export");
  });

  it("serves with a schedule, with periods of retention, with another master key", async () => {
    await serve("reserves.md: trellis reserves serve --custodian exchange.example --snapshot-schedule");
    const { text } = blocks.find(({ name }) => name.startsWith('reserves.md: { "abandonedImports"'))!;
    writeFileSync(join(shell.directory, "retention.json"), text);
    const retention = "reserves.md: trellis reserves serve --custodian exchange.example --retention";
    await serve(retention);
    await run(shell, retention, { without: /reserves serve/ });
    const rotation = "reserves.md: (umask 077; openssl";
    await serve(rotation);
    await run(shell, rotation, { without: /reserves serve|openssl/ });
    await shell.stop();
  });
});

it("every block is covered: a new one needs a session above, or a reason", () => {
  const reasons = new Set(Object.keys(NOT_RUN).map((name) => blockOf(name).name));
  const ran = new Set(shells.flatMap((shell) => [...shell.ran]));
  const missing = ofLanguage("sh").flatMap(({ name, text }) =>
    shellLines(text)
      .filter((line) => ran.has(`${name}\n${line}`) === reasons.has(name))
      .filter((line) => !LINES_NOT_RUN.some(([pattern]) => pattern.test(line)))
      .map((line) => `${name}: ${line}`),
  );
  expect(missing).toEqual([]);
  // guideExamples.test.ts compiles ts and solidity, validatorGuide.test.ts runs js, and sdks.test.ts runs Go if a
  // compiler is installed.
  const elsewhere = blocks.filter(
    ({ language }) => !["sh", "yaml", "json", "csv", "python", "logql"].includes(language),
  );
  expect(elsewhere.filter(({ language }) => !["ts", "solidity", "js", "go"].includes(language))).toEqual([]);
  expect(
    elsewhere.filter(({ language, document }) => language === "js" && !document.endsWith("validator.md")),
  ).toEqual([]);
});
