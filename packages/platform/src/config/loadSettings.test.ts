import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { isTrellisError } from "@trellis/base";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { SettingsSources } from "./inspectSettings.ts";
import { loadSettings } from "./loadSettings.ts";
import type { SettingsDefinition } from "./Setting.ts";
import { list, matching, oneOf, path, port, toggle, wholeNumber, wordOr } from "./settingTypes.ts";

interface TestSettings {
  readonly rpcPort: number;
  readonly dataDir: string;
  readonly reset: boolean;
  readonly blockTime: "instant" | number;
  readonly level: "low" | "high";
  readonly keyFrom: string;
}

const definition: SettingsDefinition<TestSettings> = {
  section: "devnet",
  settings: {
    rpcPort: { type: port, default: 8545, value: "N", summary: "" },
    dataDir: { type: path, default: "data", value: "DIR", summary: "" },
    reset: { type: toggle, default: false, summary: "" },
    blockTime: {
      type: wordOr("instant", wholeNumber(50, 1000), "instant, or milliseconds"),
      default: "instant",
      value: "MS",
      summary: "",
    },
    level: { type: oneOf(["low", "high"]), default: "low", value: "LEVEL", summary: "" },
    keyFrom: {
      type: matching(/^(env:\w+)?$/, "env:NAME"),
      default: "",
      value: "REF",
      summary: "",
      isSecret: true,
    },
  },
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "trellis-config-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(text: string): string {
  const file = join(folder, "trellis.yaml");
  writeFileSync(file, text);
  return file;
}

interface Given {
  readonly argv?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly yaml?: string;
}

async function load({ argv = [], environment = {}, yaml }: Given) {
  const sources: SettingsSources = {
    argv,
    environment,
    defaultFile: yaml === undefined ? join(folder, "missing.yaml") : fileOf(yaml),
    others: async () => ({ sections: ["node"], variables: ["TRELLIS_VECTORS"] }),
  };
  return loadSettings(definition, sources);
}

async function failure(given: Given) {
  const error = await load(given).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isTrellisError(error)) throw error ?? new Error("it was accepted");
  return { code: error.code, ...error.facts };
}

describe("layers", () => {
  it("defaults, without any source", async () => {
    const { settings, origins } = await load({});
    expect(settings).toEqual({
      rpcPort: 8545,
      dataDir: resolve("data"),
      reset: false,
      blockTime: "instant",
      level: "low",
      keyFrom: "",
    });
    expect(new Set(Object.values(origins))).toEqual(new Set(["default"]));
  });

  it("flags override the environment, which overrides the file, and each value has its source", async () => {
    const { settings, origins } = await load({
      argv: ["--rpc-port", "1", "--reset"],
      environment: { TRELLIS_RPC_PORT: "2", TRELLIS_BLOCK_TIME: "200" },
      yaml: "# settings\ndevnet:\n  rpcPort: 3\n  blockTime: 300\n  level: high\n",
    });
    expect(settings).toMatchObject({ rpcPort: 1, reset: true, blockTime: 200, level: "high" });
    expect(origins).toMatchObject({
      rpcPort: "--rpc-port",
      reset: "--reset",
      blockTime: "TRELLIS_BLOCK_TIME",
      level: `${join(folder, "trellis.yaml")}:5`,
      dataDir: "default",
    });
  });

  it.each([
    [["--rpc-port=7"], { rpcPort: 7 }],
    [["--reset=false"], { reset: false }],
    [["--block-time", "instant"], { blockTime: "instant" }],
    [["--data-dir", "/a/b"], { dataDir: "/a/b" }],
  ])("reads %j", async (argv, expected) => {
    expect((await load({ argv })).settings).toMatchObject(expected);
  });

  it("an empty variable, section or file sets nothing", async () => {
    expect((await load({ environment: { TRELLIS_RPC_PORT: "" } })).settings.rpcPort).toBe(8545);
    expect((await load({ yaml: "devnet:\n" })).settings.rpcPort).toBe(8545);
    expect((await load({ yaml: "" })).settings.rpcPort).toBe(8545);
    expect((await load({ yaml: "node:\n  anything: 1\n" })).settings.rpcPort).toBe(8545);
  });

  it("--config and TRELLIS_CONFIG name another file, and the flag has priority", async () => {
    const other = join(folder, "other.yaml");
    writeFileSync(other, "devnet: { rpcPort: 9 }");
    expect((await load({ argv: ["--config", other] })).settings.rpcPort).toBe(9);
    expect((await load({ environment: { TRELLIS_CONFIG: other } })).settings.rpcPort).toBe(9);
    const both = { argv: ["--config", other], environment: { TRELLIS_CONFIG: "/none" } };
    expect((await load(both)).settings.rpcPort).toBe(9);
  });

  it("returns operands", async () => {
    expect((await load({ argv: ["stats", "--reset", "table"] })).positionals).toEqual(["stats", "table"]);
  });
});

describe("list", () => {
  it("words separated by commas, or none", () => {
    expect(list.parse("")).toEqual([]);
    expect(list.parse("a")).toEqual(["a"]);
    expect(list.parse(" a, b:1 ")).toEqual(["a", "b:1"]);
    expect(list.safeParse("a,,b").success).toBe(false);
    expect(list.safeParse("a,").success).toBe(false);
    expect(list.safeParse(7).success).toBe(false);
  });
});

describe("invalid settings", () => {
  it("CONFIG_UNKNOWN_KEY: a flag, with the closest match", async () => {
    const facts = { code: "CONFIG_UNKNOWN_KEY", flag: "--rpc-prot", didYouMean: "--rpc-port" };
    expect(await failure({ argv: ["--rpc-prot", "1"] })).toEqual(facts);
    expect(await failure({ argv: ["--colour"] })).toMatchObject({
      code: "CONFIG_UNKNOWN_KEY",
      didYouMean: undefined,
    });
    expect(await failure({ argv: ["-p", "1"] })).toMatchObject({ code: "CONFIG_UNKNOWN_KEY", flag: "-p" });
    expect(await failure({ argv: ["--rpcPort", "1"] })).toMatchObject({ didYouMean: "--rpc-port" });
  });

  it("CONFIG_INVALID_VALUE: missing at the end, or before another flag", async () => {
    expect(await failure({ argv: ["--rpc-port"] })).toEqual({
      code: "CONFIG_INVALID_VALUE",
      flag: "--rpc-port",
      reason: "value missing",
    });
    expect(await failure({ argv: ["--rpc-port", "--reset"] })).toMatchObject({
      reason: "value missing",
    });
  });

  it("CONFIG_INVALID_VALUE: for a flag without a value", async () => {
    expect(await failure({ argv: ["--reset=yes"] })).toMatchObject({
      code: "CONFIG_INVALID_VALUE",
      reason: "takes no value",
      got: "yes",
    });
  });

  it("CONFIG_INVALID_VALUE: given twice", async () => {
    const argv = ["--rpc-port", "1", "--rpc-port", "2"];
    expect(await failure({ argv })).toEqual({
      code: "CONFIG_INVALID_VALUE",
      flag: "--rpc-port",
      reason: "given twice",
    });
    expect(await failure({ argv: ["--config", "a", "--config", "b"] })).toMatchObject({
      code: "CONFIG_INVALID_VALUE",
      reason: "given twice",
    });
  });

  it("CONFIG_UNKNOWN_KEY: in the environment", async () => {
    expect(await failure({ environment: { TRELLIS_RPCPORT: "1" } })).toEqual({
      code: "CONFIG_UNKNOWN_KEY",
      key: "TRELLIS_RPCPORT",
      origin: "environment",
      didYouMean: "TRELLIS_RPC_PORT",
    });
    const others = { TRELLIS_VECTORS: "x", HOME: "x", NOT_TRELLIS_RPC: "x" };
    expect((await load({ environment: others })).settings.rpcPort).toBe(8545);
  });

  it("CONFIG_UNKNOWN_KEY: in the file, with its line", async () => {
    const origin = `${join(folder, "trellis.yaml")}:3`;
    expect(await failure({ yaml: "devnet:\n  reset: true\n  rpcport: 1\n" })).toEqual({
      code: "CONFIG_UNKNOWN_KEY",
      key: "rpcport",
      origin,
      didYouMean: "rpcPort",
    });
    expect(await failure({ yaml: "\n\ndevent:\n  rpcPort: 1\n" })).toMatchObject({ key: "devent", origin });
  });

  it.each<[Given, string, string]>([
    [{ argv: ["--rpc-port", "65536"] }, "--rpc-port", '"65536"'],
    [{ argv: ["--rpc-port", "-1"] }, "--rpc-port", '"-1"'],
    [{ argv: ["--rpc-port", "1e3"] }, "--rpc-port", '"1e3"'],
    [{ argv: ["--rpc-port="] }, "--rpc-port", '""'],
    [{ argv: ["--block-time", "5s"] }, "--block-time", '"5s"'],
    [{ argv: ["--block-time", "49"] }, "--block-time", '"49"'],
    [{ argv: ["--level", "HIGH"] }, "--level", '"HIGH"'],
    [{ argv: ["--data-dir", ""] }, "--data-dir", '""'],
    [{ environment: { TRELLIS_RESET: "1" } }, "TRELLIS_RESET", '"1"'],
    [{ yaml: "devnet:\n  rpcPort: 80.5\n" }, "trellis.yaml:2", "80.5"],
    [{ yaml: "devnet:\n  rpcPort: [1]\n" }, "trellis.yaml:2", ""],
    [{ yaml: "devnet:\n  blockTime: 2 s\n" }, "trellis.yaml:2", '"2 s"'],
    [{ yaml: "devnet:\n  reset: 3\n" }, "trellis.yaml:2", "3"],
    [{ yaml: "devnet: 5\n" }, "trellis.yaml:1", ""],
    [{ yaml: "- 5\n" }, "trellis.yaml:1", ""],
  ])("CONFIG_INVALID_VALUE: %j", async (given, origin, got) => {
    const facts = await failure(given);
    expect(facts.code).toBe("CONFIG_INVALID_VALUE");
    expect(facts).toMatchObject({
      origin: expect.stringContaining(origin),
      expected: expect.stringMatching(/./),
    });
    if (got !== "") expect(facts).toMatchObject({ got });
  });

  it("CONFIG_INVALID_VALUE: also if another layer overrides it", async () => {
    const given = { argv: ["--rpc-port", "1"], environment: { TRELLIS_RPC_PORT: "no" } };
    expect(await failure(given)).toMatchObject({ code: "CONFIG_INVALID_VALUE", origin: "TRELLIS_RPC_PORT" });
  });

  it("CONFIG_INVALID_VALUE: does not repeat a misplaced secret", async () => {
    const facts = await failure({ argv: ["--key-from", "0xsecret"] });
    expect(JSON.stringify(facts)).not.toContain("0xsecret");
  });

  it("CONFIG_FILE_UNREADABLE: not YAML, with its line", async () => {
    const facts = await failure({ yaml: 'devnet:\n  rpcPort: "1\n' });
    expect(facts).toMatchObject({
      code: "CONFIG_FILE_UNREADABLE",
      reason: expect.stringMatching(/^not YAML: /),
      origin: expect.stringMatching(/trellis\.yaml:\d+$/),
    });
    expect(await failure({ yaml: "devnet:\n  reset: true\n  reset: false\n" })).toMatchObject({
      code: "CONFIG_FILE_UNREADABLE",
      reason: expect.stringMatching(/^not YAML: /),
      origin: expect.stringMatching(/trellis\.yaml:3$/),
    });
  });

  it("CONFIG_FILE_UNREADABLE: configured and missing, a folder, too large", async () => {
    const code = "CONFIG_FILE_UNREADABLE";
    expect(await failure({ argv: ["--config", "/none/x.yaml"] })).toMatchObject({
      code,
      file: "/none/x.yaml",
    });
    expect(await failure({ argv: ["--config", folder] })).toMatchObject({ code });
    expect(await failure({ yaml: "#".repeat(1_048_577) })).toMatchObject({ code });
  });
});

it("any file gives settings or an error with a code", async () => {
  const yaml = fc.oneof(
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.json().map((json) => `devnet: ${json}`),
    fc
      .array(
        fc.constantFrom(
          "devnet",
          ":",
          "\n",
          "  ",
          "rpcPort",
          "1",
          "&a",
          "*a",
          "<<",
          "- ",
          "{",
          "[",
          "!!js",
          "\t",
        ),
      )
      .map((parts) => parts.join("")),
  );
  await fc.assert(
    fc.asyncProperty(yaml, async (text) => {
      await load({ yaml: text }).catch((error: unknown) => expect(isTrellisError(error)).toBe(true));
    }),
    { numRuns: 500 },
  );
});

it("any command line gives settings or an error with a code", async () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom("--rpc-port", "--reset", "--", "-", "--no-reset", "-x=1", "1", "--__proto__"),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(word), async (argv) => {
      await load({ argv }).catch((error: unknown) => expect(isTrellisError(error)).toBe(true));
    }),
    { numRuns: 5_000 },
  );
});

it("lists the files whose content reloadable settings have", async () => {
  const file = fileOf("toy:\n  issuers: [{ name: a, keys: file:a.json }, { name: b, keys: env:B }]\n");
  const setting = { type: z.any(), default: "", value: "FILE", summary: "" };
  const other = { ...setting, value: "JSON" };
  const toy = {
    section: "toy",
    settings: {
      list: { ...setting, isReloadable: true },
      issuers: { ...other, isReloadable: true },
      logFile: setting,
      walletKey: { ...other, isReloadable: true, needsSignal: true },
      login: {
        ...other,
        isReloadable: true,
        members: {
          keys: { ...other, isReloadable: true },
          ca: { ...setting, isReloadable: true },
          out: setting,
        },
      },
    },
  };
  const argv = ["--list", "l", "--log-file", "log", "--wallet-key", "file:w"];
  const login = ["--login", '{"keys": "file:k", "ca": "c", "out": "o"}'];
  const sources = { argv: [...argv, ...login], environment: {}, defaultFile: file };
  expect((await loadSettings(toy, sources)).files).toEqual([file, "l", "a.json", "k", "c"]);
  const absent = { ...sources, defaultFile: `${file}.absent` };
  expect((await loadSettings(toy, absent)).files).toEqual(["l", "k", "c"]);
  await expect(loadSettings(toy, { ...absent, needsDefaultFile: true })).rejects.toMatchObject({
    code: "CONFIG_FILE_UNREADABLE",
  });
});
