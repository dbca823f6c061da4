import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { captureIo } from "@trellis/kit/captureIo";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runCli } from "../../cli/runCli.ts";
import { COMMANDS } from "../commands.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "trellis-config-verb-"));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  captured.stdout = "";
  captured.stderr = "";
});

const { io, captured } = captureIo();

const file = (name = "trellis.yaml"): string => join(folder, name);
const write = (text: string, name?: string): void => writeFileSync(file(name), text);

function config(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  return runCli(["config", ...args], COMMANDS, {
    ...io,
    environment: { TRELLIS_CONFIG: file(), ...environment },
  });
}

describe("trellis config", () => {
  it("check: CONFIG_INVALID_VALUE lists each problem once with file and line, and no secret", async () => {
    write(
      [
        "reserves:",
        "  prot: 1",
        "  sessionLifetime: 60",
        "  keyFrom: deadbeefdeadbeef",
        "  serviceKeys:",
        "    - id: a",
        "      role: king",
        "nodes: {}",
        "node:",
        "  logLevels: { chain: loud }",
        "",
      ].join("\n"),
    );
    expect(await config(["check"], { TRELLIS_RPC_PROT: "1" })).toBe(2);
    expect(captured.stderr).toMatch(/problems listed above[^\n]*\n[^\n]*CONFIG_INVALID_VALUE/);
    const places = [...captured.stdout.matchAll(/origin: ([^,)]+)/g)].map(([, place]) => place);
    const lines = [2, 3, 4, 6, 7, 8, 10].map((line) => `${file()}:${line}`);
    expect(new Set(places)).toEqual(new Set([...lines, "environment"]));
    expect(places).toHaveLength(9);
    expect(captured.stdout).toContain("expected: a duration with its unit");
    expect(captured.stdout).toContain("didYouMean: port");
    expect(captured.stdout).not.toContain("deadbeef");
  });

  it("check: reads the files that settings name", async () => {
    write('{"rules":[],"channels":{},"chanels":{}}', "notify.json");
    write('{"entries":1}', "retention.json");
    write("# remark\n0x12\n", "denied.txt");
    const named = { chains: "none.json", notify: "notify.json", retention: "retention.json" };
    const lines = Object.entries(named).map(([key, name]) => `  ${key}: ${file(name)}`);
    write(["reserves:", ...lines, "arbitrage:", `  screening: {file: ${file("denied.txt")}}`, ""].join("\n"));
    expect(await config(["check", "--json"])).toBe(2);
    const { problems } = JSON.parse(captured.stdout) as {
      problems: { code: string; facts: { file?: string } }[];
    };
    expect(problems.map(({ code, facts }) => `${code}: ${facts.file}`).toSorted()).toEqual([
      "CONFIG_FILE_UNREADABLE: notification rules",
      "CONFIG_FILE_UNREADABLE: retention schedule",
      "CONFIG_INVALID_VALUE: undefined",
      "RESERVES_SOURCE_UNREADABLE: undefined",
    ]);
    write("{}", "trellis.yaml");
  });

  it("check: reports no problem", async () => {
    write("reserves:\n  port: 1\n");
    expect(await config(["check"])).toBe(0);
    expect(captured.stdout).toBe(`nothing is wrong with ${file()}\n`);
    captured.stdout = "";
    expect(await config(["check", "reserves", "--json"])).toBe(0);
    expect(JSON.parse(captured.stdout)).toEqual({ files: [file()], problems: [] });
  });

  it("show: effective values and their sources over all layers; for a secret its reference", async () => {
    write("reserves:\n  port: 1\n  workers: 3\n  sessionLifetime: 60m\n  keyFrom: env:SECRET_NAME\n");
    write("reserves:\n  workers: 4\n", "trellis.production.yaml");
    const environment = { TRELLIS_ENVIRONMENT: "production", TRELLIS_HOST: "::1" };
    expect(await config(["show", "reserves", "--json"], environment)).toBe(0);
    const rows = new Map(
      (JSON.parse(captured.stdout) as { key: string; value: string; origin: string }[]).map((row) => [
        row.key,
        row,
      ]),
    );
    const { length } = rows.get("reserves.dataDir")?.value ?? "";
    expect(length).toBeGreaterThan(0);
    expect(rows.get("reserves.port")).toMatchObject({ value: "1", origin: `${file()}:2` });
    expect(rows.get("reserves.workers")).toMatchObject({
      value: "4",
      origin: `${file("trellis.production.yaml")}:2`,
    });
    expect(rows.get("reserves.host")).toMatchObject({ value: "::1", origin: "TRELLIS_HOST" });
    expect(rows.get("reserves.sessionLifetime")).toMatchObject({ value: "60m" });
    expect(rows.get("reserves.keyFrom")).toMatchObject({ value: "secret at env:SECRET_NAME" });
    expect(rows.get("reserves.limitPerAddress")).toMatchObject({ value: "12000", origin: "default" });
  });

  it("diff: against the defaults, and against another file", async () => {
    write("reserves:\n  port: 1\n  workers: 2\n");
    write("reserves:\n  port: 7\n", "other.yaml");
    expect(await config(["diff"])).toBe(0);
    expect(captured.stdout).toBe(`reserves.port  1  not 8090  ${file()}:2\n`);
    captured.stdout = "";
    expect(await config(["diff", "reserves", "--against", file("other.yaml")])).toBe(0);
    expect(captured.stdout).toBe(`reserves.port  1  not 7  ${file()}:2\n`);
    captured.stdout = "";
    write("reserves:\n  workers: 9\n", "trellis.staging.yaml");
    const against = ["diff", "reserves", "--against", file("other.yaml")];
    expect(await config(against, { TRELLIS_ENVIRONMENT: "staging" })).toBe(0);
    expect(captured.stdout).toContain(`reserves.workers  9  not 2  ${file("trellis.staging.yaml")}:2\n`);
    captured.stdout = "";
    write("");
    await config(["diff"]);
    expect(captured.stdout).toBe("nothing differs\n");
  });

  it("explain: the purpose of a setting and all its sources", async () => {
    write("reserves:\n  limitPerAddress: 5\n");
    expect(await config(["explain", "limitPerAddress"], { TRELLIS_LIMIT_PER_ADDRESS: "6" })).toBe(0);
    expect(captured.stdout).toContain("TRELLIS_LIMIT_PER_ADDRESS\n");
    for (const api of ["PUT /node/v1/settings", "PUT /v1/settings"])
      expect(captured.stdout).toContain(
        `while it runs, in the file, by SIGHUP, in the console or by ${api}\n`,
      );
    expect(captured.stdout).toContain("given        12000 (default)\n");
    expect(captured.stdout).toContain(`given        5 (${file()}:2)\n`);
    expect(captured.stdout).toContain("counts       6 (TRELLIS_LIMIT_PER_ADDRESS)\n");
  });

  it.each([
    [
      "node.peersInbound",
      "while it runs, in the file, by SIGHUP, in the console or by PUT /node/v1/settings",
    ],
    ["node.notify", "while it runs, in the file or by SIGHUP"],
    ["arbitrage.live", "while it runs, in the file, by SIGHUP, in the console or by POST /v1/config"],
    ["arbitrage.walletKeyFrom", "while it runs, by SIGHUP"],
    ["node.rpcPort", "with a new start"],
  ])("explain: %s changes %s", async (setting, changes) => {
    write("");
    expect(await config(["explain", setting, "--json"])).toBe(0);
    expect(JSON.parse(captured.stdout)).toMatchObject([{ key: setting, changes }]);
  });

  it.each([
    ["kind: section", ["show", "reserve"]],
    ["kind: setting", ["explain", "reserves.prot"]],
    ["kind: setting", ["explain", "constructor"]],
    ["kind: section", ["explain", "reserve.port"]],
    ["needed: ACTION", []],
    ["kind: action", ["set"]],
    ["needed: 1", ["explain"]],
  ])("%s: %j", async (fact, args) => {
    write("");
    expect(await config(args)).toBe(2);
    expect(captured.stderr).toContain(fact);
    expect(captured.stderr).toContain("USAGE_INVALID");
  });

  it("CONFIG_INVALID_VALUE, CONFIG_FILE_UNREADABLE: an unknown environment, and an environment without a file", async () => {
    write("");
    expect(await config(["check"], { TRELLIS_ENVIRONMENT: "../../etc/passwd" })).toBe(2);
    expect(captured.stderr).toContain("CONFIG_INVALID_VALUE");
    expect(captured.stderr).toContain("TRELLIS_ENVIRONMENT");
    expect(await config(["check"], { TRELLIS_ENVIRONMENT: "absent" })).toBe(2);
    expect(captured.stderr).toContain("CONFIG_FILE_UNREADABLE");
  });

  it("reference: every setting of every command", async () => {
    expect(await config(["reference"])).toBe(0);
    for (const { definition } of COMMANDS) {
      const { section, settings } = await definition();
      expect(captured.stdout).toContain(`\n## ${section}\n`);
      for (const key of Object.keys(settings)) expect(captured.stdout).toContain(`- \`${key}\` (\`--`);
    }
  });
});
