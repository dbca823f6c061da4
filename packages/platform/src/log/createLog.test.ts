import { stripVTControlCharacters } from "node:util";
import { beforeEach, describe, expect, it } from "vitest";
import { platformErrors } from "../errors.ts";
import { createLog, type LogOptions } from "./createLog.ts";
import { prettyLines } from "./createProcessLog.ts";

let lines: string[];

beforeEach(() => {
  lines = [];
});

function logOf(options: Partial<LogOptions> = {}) {
  return createLog({ level: "info", destination: { write: (line) => lines.push(line) }, ...options });
}

function documents(): Record<string, unknown>[] {
  return lines.map((line) => JSON.parse(line));
}

describe("log", () => {
  it("writes one JSON document per line, with level, time, module and facts", () => {
    logOf()
      .child("chain")
      .child("dag")
      .info("block.added", { number: 7, work: 2n ** 70n, isBlue: true });
    expect(lines[0]).toMatch(/\n$/);
    expect(documents()).toEqual([
      {
        level: "info",
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        module: "chain.dag",
        msg: "block.added",
        number: 7,
        work: (2n ** 70n).toString(),
        isBlue: true,
      },
    ]);
  });

  it("drops what is below its level", () => {
    const log = logOf();
    log.debug("no");
    log.info("yes");
    log.warn("yes");
    log.error("yes");
    expect(lines).toHaveLength(3);
    expect(documents().map(({ level }) => level)).toEqual(["info", "warn", "error"]);
  });

  it("silent writes nothing except fatal errors", () => {
    const log = logOf({ level: "silent" });
    log.error("no");
    log.fatal("process.crashed");
    expect(documents()).toMatchObject([{ level: "fatal", msg: "process.crashed" }]);
  });

  it("a module has its own level, which applies to submodules and changes at run time", () => {
    const log = logOf({ levels: { chain: "debug" } });
    const dag = log.child("chain").child("dag");
    dag.debug("yes");
    log.child("rpc").debug("no");
    log.child("chainsaw").debug("no");
    log.setLevels("info", { chain: "debug", "chain.dag": "error" });
    dag.warn("no");
    log.setLevels("debug", { "chain.dag": "error" });
    log.child("rpc").debug("yes");
    dag.warn("no");
    expect(lines).toHaveLength(2);
  });

  it("returns its levels and its modules", () => {
    const log = logOf({ levels: { chain: "debug" } });
    log.child("rpc");
    log.child("chain").child("dag");
    expect(log.levels()).toEqual({ level: "info", byModule: { chain: "debug" } });
    expect(log.modules()).toEqual(["chain", "chain.dag", "rpc"]);
    log.setLevels("warn", {});
    expect(log.levels()).toEqual({ level: "warn", byModule: {} });
  });

  it("an error keeps code, facts, stack and cause", () => {
    const error = platformErrors.PORT_UNAVAILABLE({ port: 80 }, new Error("EACCES"));
    logOf().error("cannot start", { error });
    expect(documents()[0]?.error).toMatchObject({
      code: "PORT_UNAVAILABLE",
      facts: { port: 80 },
      stack: expect.stringContaining("createLog.test.ts"),
      cause: { message: "EACCES" },
    });
  });

  it("a fact named like a field of the log does not replace it", () => {
    logOf().info("x", { level: 3, time: 4, msg: 5, module: 6 });
    expect(documents()[0]).toMatchObject({
      level: "info",
      msg: "x",
      level_: 3,
      time_: 4,
      msg_: 5,
      module_: 6,
    });
  });

  it.each([
    "password",
    "dbPassword",
    "privateKey",
    "private_key",
    "mnemonic",
    "Authorization",
    "apiKey",
    "clientSecret",
  ])("a fact named %s is never written", (name) => {
    logOf().info("x", { [name]: "hunter2" });
    const error = platformErrors.PORT_UNAVAILABLE({ [name]: "hunter3" });
    logOf().info("x", { error: Object.assign(error, { message: "", stack: "" }) });
    expect(lines.join("")).not.toContain("hunter");
    expect(documents()[0]?.[name]).toBe("[redacted]");
  });

  it.each(["publicKey", "key", "tokenAddress", "seed", "keyCount"])("a fact named %s is harmless", (name) => {
    logOf().info("x", { [name]: "shown" });
    expect(documents()[0]?.[name]).toBe("shown");
  });

  it("escapes line breaks in facts", () => {
    logOf().info("a\nb", { fact: '"}\n{"level":"error"' });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.indexOf("\n")).toBe(lines[0]!.length - 1);
  });

  it("a line for people shows time, level, module, event and facts", async () => {
    const destination = await prettyLines({ write: (line) => lines.push(line) }, { hasColors: true });
    logOf({ destination }).child("chain").warn("block refused", { number: 7 });
    expect(lines.join("")).toContain("\u001b[");
    expect(stripVTControlCharacters(lines.join(""))).toMatch(
      /^\[\d\d:\d\d:\d\d\.\d{3}\] WARN: chain: block refused \{"number":7\}\n$/,
    );
  });

  it("has no colours if they are disabled", async () => {
    const destination = await prettyLines({ write: (line) => lines.push(line) }, { hasColors: false });
    logOf({ destination }).child("chain").warn("block refused", { number: 7 });
    expect(lines.join("")).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] WARN: chain: block refused \{"number":7\}\n$/);
  });
});
