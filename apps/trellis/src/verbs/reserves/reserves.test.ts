import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SILENT } from "@trellis/kit/databases";
import { type Database, openDatabase } from "@trellis/platform/db";
import type { Jobs } from "@trellis/platform/jobs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ServiceIo, VerbIo } from "../../cli/VerbIo.ts";
import { requireIdentity } from "../../compose/reserves/identity.ts";
import { openAnchors } from "../../compose/reserves/openAnchors.ts";
import { offeredJobs } from "../../compose/reserves/openWork.ts";
import { SERVICE_STEPS, type ServiceTables } from "../../compose/reserves/schema.ts";
import {
  type ReservesFlags,
  type ReservesSettings,
  reservesDefinition,
  reservesSettings,
} from "../../config/reserves.ts";
import { run } from "./run.ts";

const code = (name: string) => expect.objectContaining({ code: name });
const HEADER = "key,customer,asset,kind,amount,reference,time\n";

let folder: string;
let stdout: string;
let stderr: string;
let server: Server;
let url: string;
/** What the service answers, by path. */
let answers: Record<string, { status: number; body: unknown }>;
let asked: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "trellis-reserves-"));
  process.env.TEST_API_KEY = "trk_test";
  answers = {};
  asked = [];
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const { status, body } = answers[request.url ?? ""] ?? { status: 404, body: { code: "NOT_FOUND" } };
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const io: VerbIo = {
  stdout: {
    write: (text) => {
      stdout += text;
    },
    isTerminal: false,
  },
  stderr: {
    write: (text) => {
      stderr += text;
    },
    isTerminal: false,
  },
  askSecret: async () => "",
};

/** Runs `trellis reserves …` in this process. */
async function reserves(operands: readonly string[], flags: Partial<ReservesFlags> = {}): Promise<string> {
  [stdout, stderr] = ["", ""];
  const defaults = Object.entries(reservesDefinition.settings).map(([name, setting]) => [
    name,
    setting.type.parse(setting.default),
  ]);
  const given = { ...Object.fromEntries(defaults), url, apiKeyFrom: "env:TEST_API_KEY", ...flags };
  await run(await reservesSettings(given as ReservesFlags, operands), io);
  return stdout;
}

function file(text: string): string {
  const path = join(folder, "file");
  writeFileSync(path, text);
  return path;
}

describe("trellis reserves verify", () => {
  it("PROOF_FILE_UNREADABLE", async () => {
    await expect(reserves(["verify", join(folder, "none")])).rejects.toThrowError(
      code("PROOF_FILE_UNREADABLE"),
    );
  });

  it("PROOF_REFUSED: what is no proof; nobody is asked", async () => {
    for (const text of ["", "{}", "hello", "\0\0\0"]) {
      await expect(reserves(["verify", file(text)], { json: true }), text).rejects.toThrowError(
        code("PROOF_REFUSED"),
      );
      expect(JSON.parse(stdout)).toMatchObject({ isValid: false, level: null });
    }
    expect(asked).toEqual([]);
  });
});

describe("trellis reserves import", () => {
  it("IMPORT_FILE_UNREADABLE", async () => {
    await expect(reserves(["import", join(folder, "none")])).rejects.toThrowError(
      code("IMPORT_FILE_UNREADABLE"),
    );
  });

  it("ASSET_TEXT_INVALID", async () => {
    for (const asset of ["BTC", "BTC:", "BTC:-1", ":8", "BTC:8.5"]) {
      const importing = reserves(["import", file(HEADER)], { assets: [asset] });
      await expect(importing, asset).rejects.toThrowError(code("ASSET_TEXT_INVALID"));
    }
    expect(asked).toEqual([]);
  });

  it("IMPORT_LINES_BAD: every bad line is told, and nothing is sent", async () => {
    const lines = ["a,c,BTC,deposit,1,r,1", "b,c,BTC,deposit,-1,r,1", "c,c,BTC,gift,1,r,1", "d,c,BTC"];
    await expect(reserves(["import", file(HEADER + lines.join("\n"))])).rejects.toThrowError(
      code("IMPORT_LINES_BAD"),
    );
    expect(stderr.match(/^line \d+/gm)).toEqual(["line 3", "line 4", "line 5"]);
    expect(asked).toEqual([]);
  });

  it("lines of one transfer are sent together", async () => {
    const deposits = Array.from({ length: 4_999 }, (_, n) => `k${n},c,BTC,deposit,1,r${n},1`);
    const transfer = ["x,c,BTC,transfer,-1,move,1", "y,d,BTC,transfer,1,move,1"];
    const counts = { enteredCount: 1, replayedCount: 0, position: "1" };
    answers = {
      "/v1/customers": { status: 200, body: {} },
      "/v1/entries": { status: 201, body: counts },
    };
    const text = HEADER + [...deposits, ...transfer, "z,c,BTC,deposit,1,r,1"].join("\n");
    await reserves(["import", file(text)], { json: true });
    expect(asked).toEqual(["POST /v1/customers", "POST /v1/entries", "POST /v1/entries"]);
    expect(JSON.parse(stdout)).toMatchObject({ lineCount: 5_002 });
  });
});

describe("trellis reserves, talking to a service", () => {
  it("RESERVES_UNREACHABLE", async () => {
    await expect(reserves(["log"], { url: "http://127.0.0.1:1" })).rejects.toThrowError(
      code("RESERVES_UNREACHABLE"),
    );
  });

  it("RESERVES_REFUSED: with the service's code and its first issue", async () => {
    const issues = [{ pointer: "/body/entries/0", reason: "unknown asset" }];
    answers = { "/v1/customers": { status: 422, body: { code: "ENTRIES_REFUSED", hint: "look", issues } } };
    await expect(reserves(["import", file(`${HEADER}a,c,BTC,deposit,1,r,1`)])).rejects.toThrowError(
      expect.objectContaining({
        code: "RESERVES_REFUSED",
        facts: expect.objectContaining({
          refusal: "ENTRIES_REFUSED",
          first: "/body/entries/0 unknown asset",
        }),
      }),
    );
  });

  it("RESERVES_SNAPSHOT_MISSING", async () => {
    answers = {
      "/v1/snapshots?limit=2": { status: 200, body: { items: [{ number: 1, state: "building" }] } },
    };
    await expect(reserves(["prove", "alice"])).rejects.toThrowError(code("RESERVES_SNAPSHOT_MISSING"));
  });

  it("RESERVES_JOB_FAILED", async () => {
    const dead = { state: "dead", attempts: 11, output: { message: "no entries" } };
    answers = {
      "/v1/snapshots": { status: 202, body: { kind: "snapshot", id: "7" } },
      "/v1/jobs/snapshot/7": { status: 200, body: dead },
    };
    await expect(reserves(["snapshot"])).rejects.toThrowError(code("RESERVES_JOB_FAILED"));
  });

  it("LOG_FILE_UNREADABLE", async () => {
    await expect(reserves(["log", "consistency", join(folder, "none")])).rejects.toThrowError(
      code("LOG_FILE_UNREADABLE"),
    );
    expect(asked).toEqual([]);
  });

  it("ARGUMENT_MISSING, ACTION_UNKNOWN: questions to the log", async () => {
    await expect(reserves(["log", "consistency"])).rejects.toThrowError(code("ARGUMENT_MISSING"));
    await expect(reserves(["log", "everything"])).rejects.toThrowError(code("ACTION_UNKNOWN"));
  });
});

describe("trellis reserves serve", () => {
  it("RESERVES_IDENTITY_DIFFERS: another name or key on the same database", async () => {
    const database = openDatabase({ url: "pglite:" }, SILENT);
    const tables = await database.openSchema<ServiceTables>("identity", SERVICE_STEPS);
    await requireIdentity(tables, { custodian: "a.example", recordKey: "0x01" });
    await requireIdentity(tables, { custodian: "a.example", recordKey: "0x01" });
    for (const other of [{ custodian: "b.example" }, { recordKey: "0x02" }]) {
      await expect(requireIdentity(tables, other as Record<string, string>)).rejects.toThrowError(
        code("RESERVES_IDENTITY_DIFFERS"),
      );
    }
    await database.close();
  });

  it("ANCHOR_CHAIN_MISSING", async () => {
    const settings = { anchorRpcFrom: "env:TEST_API_KEY", anchorChain: 0 } as ReservesSettings;
    await expect(openAnchors(settings, {} as Database, io as ServiceIo)).rejects.toThrowError(
      code("ANCHOR_CHAIN_MISSING"),
    );
  });

  it("RESERVES_CHAINS_MISSING: no job is taken that nobody works on", async () => {
    const added: string[] = [];
    const jobs = offeredJobs({
      add: async (kind: string) => {
        added.push(kind);
        return "1";
      },
    } as unknown as Jobs);
    expect(await jobs.add("snapshot", {})).toBe("1");
    await expect(jobs.add("attestation", {})).rejects.toThrowError(code("RESERVES_CHAINS_MISSING"));
    expect(added).toEqual(["snapshot"]);
  });
});
