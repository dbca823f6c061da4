import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isPostgres, startPostgres, startRedis } from "@trellis/kit";
import { SILENT } from "@trellis/kit/embedded";
import { openDatabase } from "@trellis/platform/db";
import { keyRingFile, passphraseWrapping, readRingFile, textToRing } from "@trellis/platform/keys";
import { systemRandom } from "@trellis/platform/system";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../eventually.ts";
import {
  canariesOfAmount,
  canariesOfKey,
  canariesOfText,
  filesBelow,
  leaksOf,
  type Shown,
  shownText,
} from "../leaks.ts";
import { runTrellis, type Served, startTrellis } from "../startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../temporaryDirectory.ts";

interface Ready {
  readonly url: string;
  readonly adminKey: string;
}

const PASSPHRASE = "canary-passphrase-4142135623";
const CUSTOMERS = 300;
const WAIT_MS = 120_000;
const nameOf = (n: number): string => `zebra-canary-${n}`;
/** These digits occur in no other number. */
const balanceOf = (n: number): bigint => 73_194_820_475_106_000n + BigInt(n);
const TOLD = 8_264_195_730_481n;
const [postgres, startedRedis] = await Promise.all([startPostgres(), startRedis()]);
const redis = "reason" in startedRedis ? undefined : startedRedis;
afterAll(async () => {
  if (isPostgres(postgres)) await postgres.stop();
  await redis?.stop();
});

describe.each(["pglite", "postgres"] as const)("data at rest, %s", (engine) => {
  let directory: TemporaryDirectory;
  let service: Served<Ready>;
  let dataDir: string;
  let database: string;
  let adminKey: string;
  const outputs: string[] = [];
  const secretFile = (name: string, text: string): string => {
    const file = join(directory.path, name);
    writeFileSync(file, text, { mode: 0o600 });
    return `file:${file}`;
  };
  const flags = (): string[] => [
    ...["reserves", "serve", "--data-dir", dataDir, "--port", "0", "--json", "--log-level", "debug"],
    ...["--keys-passphrase-from", secretFile("passphrase", PASSPHRASE)],
    ...["--database", secretFile("database", database)],
    ...(redis === undefined ? [] : ["--redis", secretFile("redis", redis.url)]),
  ];
  const start = async (): Promise<void> => {
    service = await startTrellis<Ready>(flags());
    if (service.ready.adminKey) adminKey = service.ready.adminKey;
  };
  const end = async (how: "stop" | "kill"): Promise<void> => {
    const { stdout, stderr } = await service[how]();
    // The ready line contains the first admin key.
    outputs.push(stdout.replaceAll(adminKey, ""), stderr);
  };
  const ask = async (method: string, path: string, body?: object): Promise<Response> =>
    fetch(`${service.ready.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${adminKey}`,
        ...(body && { "content-type": "application/json", "idempotency-key": `canary-request-${path}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
  const done = async (method: string, path: string, body?: object): Promise<string> => {
    const answer = await ask(method, path, body);
    const text = await answer.text();
    expect(answer.ok, `${method} ${path}: ${answer.status} ${text}`).toBe(true);
    return text;
  };
  const reserves = async (...args: readonly string[]): Promise<string> => {
    const client = ["--url", service.ready.url, "--api-key-from", secretFile("api-key", adminKey), "--json"];
    const { exitCode, stdout, stderr } = await runTrellis(["reserves", ...args, ...client]);
    expect(exitCode, stderr).toBe(0);
    return stdout;
  };
  const keys = async (...args: readonly string[]): Promise<void> => {
    const place = ["--data-dir", dataDir, "--keys-passphrase-from", secretFile("passphrase", PASSPHRASE)];
    const { exitCode, stderr } = await runTrellis(["keys", ...args, ...place, "--json"]);
    expect(exitCode, stderr).toBe(0);
  };

  beforeAll(async () => {
    directory = await temporaryDirectory();
    dataDir = join(directory.path, "reserves");
    database =
      isPostgres(postgres) && engine === "postgres"
        ? await postgres.createDatabase()
        : `pglite:${dataDir}/db`;
  });
  afterAll(async () => {
    await service?.kill().catch(() => undefined);
    await directory?.remove();
  });

  async function withDatabase<T>(work: (opened: ReturnType<typeof openDatabase>) => Promise<T>): Promise<T> {
    const opened = openDatabase({ url: database }, SILENT);
    try {
      return await work(opened);
    } finally {
      await opened.close();
    }
  }

  /** Includes texts that PostgreSQL compresses in its files. */
  const dump = (): Promise<Shown> =>
    withDatabase(async (opened) => {
      const { rows } = await opened.query(
        `SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name FROM pg_tables
         WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
      );
      const texts: string[] = [];
      for (const { name } of rows)
        texts.push(JSON.stringify((await opened.query(`SELECT row::text FROM ${name} AS row`)).rows));
      return shownText("dump", texts.join("\n"));
    });

  async function canaries() {
    const { ring } = await textToRing(readRingFile(keyRingFile(dataDir))!, {
      wrapping: passphraseWrapping(PASSPHRASE, { random: systemRandom }),
      random: systemRandom,
    });
    const secrets = Object.values(ring.keys).flatMap((held) => held.map(({ secret }) => secret));
    const amount = String(balanceOf(0)).slice(0, 14);
    return [
      ...["zebra-canary", "canary-", PASSPHRASE, amount, adminKey].flatMap(canariesOfText),
      ...[balanceOf(1), balanceOf(7), balanceOf(CUSTOMERS - 1), TOLD].flatMap(canariesOfAmount),
      ...secrets.flatMap((secret) => canariesOfKey("key of the ring", secret)),
      ...canariesOfKey("seed of the admin key", ring.adminSeed),
    ];
  }

  async function leaks(shown: readonly Shown[] = []): Promise<string[]> {
    const stored = filesBelow(dataDir);
    if (redis !== undefined) stored.push(["redis", await redis.dump()]);
    if (isPostgres(postgres) && engine === "postgres") {
      await withDatabase((opened) => opened.query("CHECKPOINT"));
      stored.push(...filesBelow(postgres.data));
    }
    return leaksOf([...shown, ...stored], await canaries());
  }

  it.skipIf(engine === "postgres" && !isPostgres(postgres))(
    "REST-3: a dump of every table and file, logs, metrics and process lists show no name, balance or key",
    async () => {
      await start();
      const file = join(directory.path, "entries.csv");
      const lines = Array.from(
        { length: CUSTOMERS },
        (_, n) => `canary-key-${n},${nameOf(n)},ETH,deposit,${balanceOf(n)},canary-reference-${n},1`,
      );
      writeFileSync(file, `key,customer,asset,kind,amount,reference,time\n${lines.join("\n")}\n`);
      await reserves("import", file, "--assets", "ETH:18");
      // A refused import stores its invalid lines.
      const bad = join(directory.path, "bad.csv");
      writeFileSync(
        bad,
        `key,customer,asset,kind,amount,reference,time\nb,${nameOf(1)},ETH,withdrawal,-${TOLD}${TOLD},canary-r,1\n`,
      );
      const refused = await runTrellis([
        ...["reserves", "import", bad, "--url", service.ready.url],
        ...["--api-key-from", secretFile("api-key", adminKey)],
      ]);
      expect(refused.exitCode).not.toBe(0);
      await done("POST", "/v1/entries", {
        entries: [
          {
            key: "canary-key-told",
            customer: nameOf(3),
            asset: "ETH",
            kind: "deposit",
            amount: String(TOLD),
            reference: "canary-told",
            happenedAtMs: 1,
          },
        ],
      });
      await done("POST", "/v1/webhooks", { url: "https://canary-hook.example/", eventTypes: ["*"] });
      await done("POST", "/v1/api-keys", {
        name: "canary-name",
        role: "customer",
        customerId: nameOf(2),
        scopes: ["*"],
      });
      await reserves("snapshot");
      expect(await done("GET", `/v1/customers/${nameOf(7)}/snapshots/1/proof`)).toContain(nameOf(7));
      expect(await done("GET", `/v1/customers/${nameOf(7)}/balances`)).toContain(String(balanceOf(7)));
      await ask("GET", `/v1/customers/${nameOf(999)}/balances`);
      await done("PUT", "/v1/settings/limitPerPrincipal", { value: 5_000, reason: "canary-reason" });
      expect(await done("GET", "/v1/setting-changes")).toContain("canary-reason");
      const shown: Shown[] = [];
      for (const path of ["/metrics", "/health", "/ready"])
        shown.push(shownText(path, await (await ask("GET", path)).text()));
      for (const name of ["cmdline", "environ"])
        shown.push([name, readFileSync(`/proc/${service.pid}/${name}`)]);
      expect(await leaks(shown)).toEqual([]);
      await end("stop");
      expect(await leaks([await dump(), ...outputs.map((text) => shownText("log", text))])).toEqual([]);
    },
  );

  it.skipIf(engine === "postgres" && !isPostgres(postgres))(
    "KEYSTORE_PASSWORD_WRONG, RESERVES_IDENTITY_DIFFERS: other passphrases and keys are refused",
    async () => {
      const other = secretFile("other", `${PASSPHRASE}x`);
      const wrong = await runTrellis(flags().map((flag) => (flag.endsWith("/passphrase") ? other : flag)));
      expect(wrong.exitCode).not.toBe(0);
      expect(wrong.stderr).toContain("KEYSTORE_PASSWORD_WRONG");
      const empty = flags().map((flag) => (flag === dataDir ? join(directory.path, "elsewhere") : flag));
      const foreign = await runTrellis([...empty, "--key-from", secretFile("seed", "42".repeat(32))]);
      expect(foreign.exitCode).not.toBe(0);
      expect(foreign.stderr).toContain("RESERVES_IDENTITY_DIFFERS");
    },
  );

  it.skipIf(engine === "postgres" && !isPostgres(postgres))(
    "REST-4: a process that is killed during the rotation resumes; then the old key is not needed",
    async () => {
      await start();
      await keys("rotate", "encryption");
      process.kill(service.pid, "SIGHUP");
      const states = async (): Promise<string[]> =>
        (JSON.parse(await done("GET", "/v1/jobs/rotation")) as { items: { state: string }[] }).items.map(
          ({ state }) => state,
        );
      await eventually(async () => (await states()).length > 0, WAIT_MS);
      await end("kill");
      await start();
      const isRotated = async (): Promise<boolean> => {
        const { masterKeys } = JSON.parse(await reserves("rotate")) as {
          masterKeys: { isNewest: boolean }[];
        };
        return masterKeys.length === 1 && masterKeys[0]!.isNewest;
      };
      await eventually(isRotated, WAIT_MS);
      await keys("retire", "encryption/1");
      await end("stop");
      await start();
      expect(await done("GET", `/v1/customers/${nameOf(7)}/balances`)).toContain(String(balanceOf(7)));
      expect(await done("GET", `/v1/customers/${nameOf(7)}/snapshots/1/proof`)).toContain(nameOf(7));
      const audited = JSON.parse(await done("GET", "/v1/audit-log/verification"));
      expect(audited).toMatchObject({ broken: null });
      await end("stop");
      expect(await leaks([await dump()])).toEqual([]);
    },
  );

  it.skipIf(engine === "postgres" && !isPostgres(postgres))(
    "the scan finds what is planted in a table, a file and Redis",
    async () => {
      const [name, amount] = [nameOf(7), balanceOf(7)];
      await withDatabase(async (opened) => {
        await opened.script("CREATE TABLE planted (name text, amount numeric, wide bytea, document jsonb)");
        const wide = Buffer.from(amount.toString(16).padStart(32, "0"), "hex");
        const document = JSON.stringify({
          amount: String(amount),
          name: Buffer.from(name).toString("base64"),
        });
        await opened.query("INSERT INTO planted VALUES ($1, $2, $3, $4)", [name, amount, wide, document]);
      });
      writeFileSync(join(dataDir, "planted"), Buffer.from(amount.toString(16)).toString());
      await redis?.send(`SET planted ${adminKey}`);
      const found = await leaks([await dump()]);
      const inDatabase = engine === "postgres" && isPostgres(postgres) ? postgres.data : join(dataDir, "db");
      for (const [what, place] of [
        ["zebra-canary", "dump"],
        ["zebra-canary", inDatabase],
        ["base64 of zebra-canary", inDatabase],
        [`decimal of ${amount}`, inDatabase],
        [`numeric of ${amount}`, inDatabase],
        [`big endian of ${amount}`, inDatabase],
        [`hex of ${amount}`, join(dataDir, "planted")],
        ...(redis === undefined ? [] : [[adminKey, "redis"] as const]),
      ] as const)
        expect(found, what).toContainEqual(expect.stringMatching(new RegExp(`^${what} in ${place}`)));
      // The name must be in table files and in the write-ahead log.
      const ofName = found.filter((one) => one.startsWith(`zebra-canary in ${inDatabase}`));
      expect(ofName.some((one) => one.includes("/pg_wal/"))).toBe(true);
      expect(ofName.some((one) => one.includes("/base/"))).toBe(true);
    },
  );
});
