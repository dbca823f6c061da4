import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openWallets } from "@trellis/arbitrage/service";
import { bytesToHex, type Hex, hexToBytes } from "@trellis/base";
import { openVoteLog, ProtectedSigner } from "@trellis/chain";
import { createSender, type UnsignedCall } from "@trellis/client";
import { encodeExecute } from "@trellis/contracts/arbitrage";
import {
  blsKeystoreToJson,
  blsSecretFromSeed,
  encryptBlsKeystore,
  publicKeyToAddress,
} from "@trellis/crypto";
import { captureIo } from "@trellis/kit/captureIo";
import { FakeChain } from "@trellis/kit/fakeChain";
import { PowerLoss } from "@trellis/kit/powerLoss";
import { loadSettings } from "@trellis/platform/config";
import { ALGORITHMS, signerErrors } from "@trellis/platform/keys";
import { createEnvelope } from "@trellis/platform/secrets";
import {
  loadKeys,
  openRemoteSigner,
  type RemoteSigner,
  type SignedPosition,
  type SignerKey,
} from "@trellis/platform/signer";
import { systemClock, systemRandom } from "@trellis/platform/system";
import type { Hash, Vote } from "@trellis/protocol";
import { signHead } from "@trellis/reserves/log";
import { openRemoteKeys } from "@trellis/reserves/service";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { MAIN, type Running, spawnNode } from "../../cli/testing/spawnNode.ts";
import { createRemoteValidator } from "../../node/openRemoteValidators.ts";
import { readVoteRequest, writeVoteRequest } from "../../node/voteMessages.ts";
import { type ArbitrageFlags, arbitrageDefinition } from "../arbitrage/settings.ts";
import { validatorKeyFile } from "../validator/keyFile.ts";
import { run } from "./run.ts";
import { type SignerFlags, signerDefinition, signerSettings } from "./settings.ts";
import { createVoteOperations, type VoteOperations } from "./voteOperation.ts";

const GENESIS: Hash = `0x${"0e".repeat(32)}`;
const A: Hash = `0x${"aa".repeat(32)}`;
const B: Hash = `0x${"bb".repeat(32)}`;
const domain = { chainId: 31_337n, genesisHash: GENESIS };
const vote = (change: Partial<Vote> = {}): Vote => ({
  epoch: 0,
  height: 5,
  round: 0,
  step: "prevote",
  value: A,
  validator: 0,
  ...change,
});
const hop = { kind: "swapV2", zeroForOne: true, feePpm: 3_000 } as const;
const route = {
  anchor: { number: 5, hash: undefined },
  windowBlocks: 1,
  deadlineSeconds: 100,
  profitMin: 1n,
  amountIn: 10n,
  hops: ["a1", "a2"].map(
    (byte) => ({ ...hop, pool: `0x${byte.repeat(20)}`, tokenIn: `0x${byte.repeat(20)}` }) as const,
  ),
};
const call = (change: Partial<UnsignedCall> = {}): UnsignedCall => ({
  chainId: 31_337,
  to: `0x${"c1".repeat(20)}`,
  data: encodeExecute(route),
  valueWei: 0n,
  nonce: 0,
  gasLimit: 300_000n,
  maxFeeWei: 1_000_000_000n,
  maxTipWei: 1n,
  ...change,
});
const code = (name: string, facts: object = {}) =>
  expect.objectContaining({ code: name, facts: expect.objectContaining(facts) });

const { io, captured } = captureIo();
let folder: string;
let port: number;
const running: Running[] = [];
const remotes: RemoteSigner[] = [];

async function signer(operands: readonly string[], argv: readonly string[] = []) {
  const { settings } = await loadSettings<SignerFlags>(signerDefinition, {
    argv: ["--data-dir", join(folder, "signer"), "--json", ...argv],
    environment: {},
    defaultFile: join(folder, "none"),
  });
  captured.stdout = "";
  await run(await signerSettings(settings, operands), io);
  return JSON.parse(captured.stdout);
}

async function serve(...more: readonly string[]): Promise<Running> {
  const args = [
    "signer",
    "serve",
    "--data-dir",
    join(folder, "signer"),
    "--port",
    String(port),
    "--json",
    ...more,
  ];
  const started = spawnNode(MAIN, args, { cwd: folder });
  running.push(started);
  await started.printed('"ready"');
  return started;
}

async function kill({ child, ended }: Running): Promise<void> {
  child.kill("SIGKILL");
  await ended;
}

const accessOf = (client: string) => join(folder, "signer", "clients", client, "signer.json");
function remote(client: string): RemoteSigner {
  const opened = openRemoteSigner(accessOf(client), systemRandom);
  remotes.push(opened);
  return opened;
}

async function validator() {
  const opened = remote("node");
  const [key] = await opened.list();
  return createRemoteValidator(opened, { id: key!.id, publicKey: key!.publicKey });
}

async function walletSource() {
  const { settings } = await loadSettings<ArbitrageFlags>(arbitrageDefinition, {
    argv: ["--signer", `file:${accessOf("arbitrage")}`, "--chain", "31337"],
    environment: {},
    defaultFile: join(folder, "none"),
  });
  const source = (await openWallets(settings, io))!;
  return { settings, source, current: async () => (await source.current(settings)).signer! };
}
const wallet = async () => (await walletSource()).current();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "trellis-signer-"));
  // A fixed port keeps clients' files valid after restarts.
  const { createServer } = await import("node:net");
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  port = (probe.address() as { port: number }).port;
  await new Promise((resolve) => probe.close(resolve));
  await signer(["init"], ["--port", String(port)]);
  for (const purpose of ["validator", "record", "log", "anchor", "account"])
    await signer(["new"], ["--purpose", purpose]);
});
afterEach(async () => {
  for (const opened of remotes.splice(0)) await opened.close();
  for (const started of running.splice(0)) await kill(started);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("trellis signer serve [SIGNER-2]", () => {
  it("signs for a validator, a custodian and an arbitrage engine, is killed, and continues; the second instance is refused", async () => {
    const first = await serve();
    const key = await validator();
    const voted = await key.sign({ kind: "vote", domain, vote: vote() });
    await key.sign({ kind: "heartbeat", domain, heartbeat: { epoch: 0, height: 6, slot: 1, validator: 0 } });
    const custodian = (await openRemoteKeys(
      { signer: accessOf("custodian"), custodian: "c.example" },
      lifecycle,
    ))!;
    const message = new TextEncoder().encode("trellis-reserves-snapshot/1\n{}");
    const { publicKey } = custodian.custodian;
    expect(ALGORITHMS.ed25519.verify(message, await custodian.custodian.sign(message), publicKey)).toBe(true);
    const head = await signHead({ origin: "c.example", size: 1, root: new Uint8Array(32), timeMs: 1 }, [
      custodian.log,
    ]);
    expect(head).toContain("— c.example ");
    const engine = await wallet();
    const { raw } = await engine.signCall(call());
    expect(raw).toMatch(/^0x02/);

    const second = spawnNode(MAIN, ["signer", "serve", "--data-dir", join(folder, "signer"), "--port", "0"], {
      cwd: folder,
    });
    expect(await second.ended).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/another instance is using the keys.*SIGNER_SETUP_INVALID/s),
    });

    await kill(first);
    await expect(key.sign({ kind: "vote", domain, vote: vote() })).rejects.toEqual(
      code("SIGNER_UNREACHABLE"),
    );
    await expect(engine.signCall(call())).rejects.toEqual(code("SIGNER_UNREACHABLE"));
    expect(engine.failure()).toBe("SIGNER_UNREACHABLE");
    await serve();
    expect(await key.sign({ kind: "vote", domain, vote: vote() })).toEqual(voted);
    await expect(key.sign({ kind: "vote", domain, vote: vote({ value: B }) })).rejects.toEqual(
      code("VOTE_PROTECTED"),
    );
    await custodian.custodian.sign(message);
    expect((await engine.signCall(call())).raw).toBe(raw);
    expect(engine.failure()).toBeUndefined();
    expect(await key.protection(domain)).toContain('"height": 5');
    const audit = readFileSync(join(folder, "signer", "audit.jsonl"), "utf8");
    for (const actor of ["node", "custodian", "arbitrage"]) expect(audit).toContain(`"actor":"${actor}"`);
  });

  it("VOTE_PROTECTED: earlier and other votes, also after a replay; SIGNER_REFUSED: another chain", async () => {
    await serve();
    const key = await validator();
    await key.sign({ kind: "vote", domain, vote: vote({ height: 9 }) });
    for (const change of [{ value: B }, { value: undefined }, { height: 8 }])
      await expect(key.sign({ kind: "vote", domain, vote: vote({ height: 9, ...change }) })).rejects.toEqual(
        code("VOTE_PROTECTED"),
      );
    const elsewhere = { ...domain, chainId: 1n };
    await expect(key.sign({ kind: "vote", domain: elsewhere, vote: vote({ height: 10 }) })).rejects.toEqual(
      code("SIGNER_REFUSED", { rule: "chain" }),
    );
  });

  it("SIGNER_REFUSED: whatever the policy does not permit [SIGNER-4]", async () => {
    await serve();
    const engine = await wallet();
    const changes = [
      [{ chainId: 1 }, "chain"],
      [{ data: "0x12345678" }, "call"],
      [{ valueWei: 1n }, "value"],
      [{ maxFeeWei: 10n ** 12n }, "gasPrice"],
      [{ gasLimit: 10n ** 9n }, "gas"],
      [{ gasLimit: 20_000_000n, maxFeeWei: 10n ** 11n, nonce: 7 }, "day"],
    ] as const;
    for (const [change, rule] of changes)
      await expect(engine.signCall(call(change)), rule).rejects.toEqual(code("SIGNER_REFUSED", { rule }));
    const custodian = remote("custodian");
    const anchor = (await custodian.list()).find(({ purpose }) => purpose === "anchor")!;
    await expect(custodian.signMessage(anchor.id, new Uint8Array([2, 0xc0]))).rejects.toEqual(
      code("SIGNER_REFUSED", { rule: "form" }),
    );
    await expect(custodian.sign(anchor.id, new Uint8Array(32))).rejects.toEqual(
      code("SIGNER_REFUSED", { rule: "permission" }),
    );
    await expect(custodian.ask("/api/v1/sign/validator%2Fmain", { payload: "0x01" })).rejects.toEqual(
      code("SIGNER_REFUSED", { rule: "permission" }),
    );
  });

  it("signs anchors through the sender of reserves, with the address of its key", async () => {
    const { child } = await serve();
    const { readAnchor } = (await openRemoteKeys(
      { signer: accessOf("custodian"), custodian: "c.example" },
      lifecycle,
    ))!;
    const anchor = await readAnchor();
    const chain = new FakeChain(31_337);
    const access = readFileSync(join(folder, "signer", "access.yaml"), "utf8");
    const selector = /selectors: \["(0x[0-9a-f]{8})"\]/.exec(access)![1]!;
    const sender = createSender(
      { chainId: chain.chainId, feeLimitWei: 1_000n },
      { client: chain.client(), signer: anchor! },
    );
    const sent = await sender.prepare({ to: `0x${"d1".repeat(20)}`, data: `${selector}00` as Hex });
    expect(sent.raw).toMatch(/^0x02/);
    await expect(sender.prepare({ to: `0x${"d1".repeat(20)}`, data: "0x12345678" })).rejects.toEqual(
      code("SIGNER_REFUSED", { rule: "selector" }),
    );

    // A custodian reads the account again at SIGHUP. [ANCHOR-8]
    await signer(["new"], ["--purpose", "anchor", "--name", "later"]);
    writeFileSync(join(folder, "signer", "access.yaml"), access.replace("anchor/*", "anchor/later"));
    child.kill("SIGHUP");
    const addressNow = async () => (await readAnchor().catch(() => undefined))?.address;
    while ([undefined, anchor!.address].includes(await addressNow()))
      await new Promise((resolve) => setTimeout(resolve, 50));
    writeFileSync(join(folder, "signer", "access.yaml"), access);
    rmSync(join(folder, "signer", "keys", "anchor", "later.json"));
  });

  it("ARB-41: an engine changes to another account key, and still signs for the former wallet", async () => {
    const { child } = await serve();
    const { settings, source } = await walletSource();
    const former = await source.current(settings);
    await signer(["new"], ["--purpose", "account", "--name", "later"]);
    child.kill("SIGHUP");
    const later = async () => (await remote("arbitrage").list()).find(({ id }) => id === "account/later");
    while ((await later()) === undefined) await new Promise((resolve) => setTimeout(resolve, 50));
    await expect(source.current(settings)).rejects.toEqual(code("SIGNER_SETUP_INVALID"));
    const { publicKey } = (await later())!;
    const next = await source.current({ ...settings, wallet: bytesToHex(publicKeyToAddress(publicKey)) });
    const again = await source.former(former.calls.address);
    for (const { calls } of [next, again]) expect((await calls.signCall(call())).raw).toMatch(/^0x02/);
    rmSync(join(folder, "signer", "keys", "account", "later.json"));
  });
});

describe("keys of a signer", () => {
  it("move in with their record, and leave no key for a node", async () => {
    const directory = join(folder, "moved");
    const secret = blsSecretFromSeed(new Uint8Array(32).fill(9));
    const keystore = await encryptBlsKeystore(secret, "p", systemRandom, { n: 2, r: 1, p: 1 });
    const named = { ...domain, publicKey: keystore.publicKey };
    const log = await openVoteLog(directory, named, { mayCreate: true });
    const memory = {
      round: 0,
      step: "prevote",
      lockedRound: -1,
      lockedValue: undefined,
      validRound: -1,
      validValue: undefined,
      hasProposed: false,
    } as const;
    await new ProtectedSigner(domain, secret, log).signVote(vote(), { memory, proof: undefined });
    writeFileSync(validatorKeyFile(directory), blsKeystoreToJson(keystore));
    process.env.TEST_PASSWORD = "p";
    const argv = ["--validator-dir", directory, "--password-from", "env:TEST_PASSWORD", "--name", "moved"];
    await expect(signer(["import"], argv)).rejects.toEqual(code("VOTE_LOG_LOCKED"));
    await log.close();
    expect(await signer(["import"], argv)).toMatchObject({ id: "validator/moved" });
    expect(existsSync(validatorKeyFile(directory))).toBe(false);

    const keys = loadKeysIn();
    const votes = createVoteOperations(join(folder, "signer", "protection"), keys);
    const sign = (change: Partial<Vote>) => signVote(votes, keys.find("validator/moved")!, vote(change));
    // The imported record contains no locks, so votes up to its height are refused.
    for (const change of [{}, { value: B }, { round: 3 }, { height: 4 }])
      await expect(sign(change)).rejects.toEqual(code("VOTE_PROTECTED"));
    await sign({ height: 6 });
    await votes.close();
  });

  it("a vote whose signature was lost with the power is signed again, and no other one [SIGNER-5]", async () => {
    const keys = loadKeysIn();
    await signer(["new"], ["--purpose", "validator", "--name", "power"]);
    const key = loadKeysIn().find("validator/power")!;
    const protection = join(folder, "signer", "protection");
    const disk = await PowerLoss.watch(join(protection, Buffer.from(key.publicKey).toString("hex")));
    const open = () => createVoteOperations(protection, loadKeysIn());
    try {
      const before = open();
      const signature = await signVote(before, key, vote());
      disk.cut();
      const after = open();
      expect(await signVote(after, key, vote())).toEqual(signature);
      await expect(signVote(after, key, vote({ value: B }))).rejects.toEqual(code("VOTE_PROTECTED"));
      disk.cut();
      await expect(signVote(open(), key, vote({ value: B }))).rejects.toEqual(code("VOTE_PROTECTED"));
    } finally {
      disk.end();
    }
    expect(keys.all.length).toBeGreaterThan(0);
  });

  it("VOTE_PROTECTED: a second signer with a copy of the key, by the record that they share", async () => {
    const { publicKey } = await signer(["new"], ["--purpose", "validator", "--name", "copied"]);
    const protection = join(folder, "signer", "protection");
    const copy = join(folder, "copy");
    const name = publicKey.slice(2);
    cpSync(join(protection, name), join(copy, name), { recursive: true });
    const claimed = new Map<string, string>();
    const shared = {
      async claim(_: string, { position, content }: SignedPosition) {
        const before = [...claimed].filter(
          ([held]) => held > position || (held === position && claimed.get(held) !== content),
        );
        if (before.length > 0) throw signerErrors.SIGNER_REFUSED({ rule: "shared" });
        claimed.set(position, content);
      },
    };
    const [first, second] = [protection, copy].map((at) => createVoteOperations(at, loadKeysIn(), shared));
    const key = loadKeysIn().find("validator/copied")!;
    const signature = await signVote(first!, key, vote());
    expect(await signVote(second!, key, vote())).toEqual(signature);
    await signVote(first!, key, vote({ height: 10 }));
    for (const change of [{ height: 10, value: B }, { height: 9 }])
      await expect(signVote(second!, key, vote(change))).rejects.toEqual(code("VOTE_PROTECTED"));
    await signVote(second!, key, vote({ height: 11 }));
  });

  it("VOTE_LOG_UNUSABLE: a used key without its record", async () => {
    await signer(["new"], ["--purpose", "validator", "--name", "lost"]);
    const key = loadKeysIn().find("validator/lost")!;
    const protection = join(folder, "signer", "protection");
    rmSync(join(protection, Buffer.from(key.publicKey).toString("hex")), { recursive: true });
    await expect(signVote(createVoteOperations(protection, loadKeysIn()), key, vote())).rejects.toEqual(
      code("VOTE_LOG_UNUSABLE"),
    );
  });

  it("INPUT_INVALID: a validator's key without its record, two sources, another algorithm", async () => {
    process.env.TEST_KEY = "11".repeat(32);
    const from = ["--key-from", "env:TEST_KEY"];
    const bad = [
      [["import"], [...from, "--purpose", "validator"]],
      [["import"], [...from, "--service-dir", folder]],
      [["import"], []],
      [["new"], ["--purpose", "validator", "--algorithm", "ed25519", "--name", "x"]],
      [["client", "../x"], []],
    ] as const;
    for (const [operands, argv] of bad)
      await expect(signer(operands, argv)).rejects.toEqual(code("INPUT_INVALID"));
    await signer(["import"], [...from, "--name", "imported"]);
    await expect(signer(["import"], [...from, "--name", "again"])).rejects.toEqual(code("FILE_EXISTS"));
    await expect(signer(["init"])).rejects.toEqual(code("FILE_EXISTS"));
  });

  it("of a custodian's service sign its records", async () => {
    const serviceDir = join(folder, "service");
    const { record } = await signer(["import"], ["--service-dir", serviceDir, "--name", "service"]);
    const { openServiceKeys } = await import("@trellis/platform/service");
    const keys = await openServiceKeys(
      { dataDir: serviceDir, keyFrom: "" },
      { random: systemRandom, clock: systemClock, io },
    );
    expect(record.publicKey).toBe(bytesToHex(keys.active("record").publicKey!));
  });
});

describe("vote requests", () => {
  const count = fc.nat({ max: 2 ** 31 });
  const place = { epoch: count, height: count, validator: fc.nat({ max: 1_023 }) };
  const request = fc.oneof(
    fc.record({
      kind: fc.constant("vote" as const),
      domain: fc.constant(domain),
      vote: fc.record({
        ...place,
        round: count,
        step: fc.constantFrom("prevote" as const, "precommit" as const),
        value: fc.constantFrom(A, B, undefined),
      }),
    }),
    fc.record({
      kind: fc.constant("proposal" as const),
      domain: fc.constant(domain),
      proposal: fc.record({
        ...place,
        round: count,
        value: fc.constantFrom(A, B),
        validRound: fc.integer({ min: -1, max: 9 }),
      }),
    }),
    fc.record({
      kind: fc.constant("heartbeat" as const),
      domain: fc.constant(domain),
      heartbeat: fc.record({ ...place, slot: count }),
    }),
  );

  it("are read as they were written", () => {
    fc.assert(
      fc.property(request, (given) => {
        expect(readVoteRequest(JSON.parse(JSON.stringify(writeVoteRequest(given))))).toEqual(given);
      }),
    );
  });

  it("SIGNER_MESSAGE_INVALID: any other value, any changed field", () => {
    const invalid = (body: unknown): void => {
      expect(() => readVoteRequest(body)).toThrow(code("SIGNER_MESSAGE_INVALID"));
    };
    fc.assert(fc.property(fc.jsonValue(), invalid));
    const written = writeVoteRequest({ kind: "vote", domain, vote: vote() }) as { vote: object };
    for (const change of [
      { height: -1 },
      { round: 2 ** 32 },
      { validator: 1_024 },
      { value: "0x" },
      { more: 1 },
      { step: "propose" },
    ])
      invalid({ ...written, vote: { ...written.vote, ...change } });
    invalid({ ...written, chainId: 31_337 });
    invalid({ ...written, extra: 1 });
  });
});

function loadKeysIn() {
  const text = readFileSync(join(folder, "signer", "envelope.key"), "utf8").trim();
  const envelope = createEnvelope([hexToBytes(`0x${text}`)], systemRandom);
  return loadKeys(join(folder, "signer", "keys"), envelope);
}

async function signVote({ operations }: VoteOperations, key: SignerKey, given: Vote): Promise<Uint8Array> {
  const body = writeVoteRequest({ kind: "vote", domain, vote: given });
  const permission = { keys: "*/*", operations: ["vote"], prefixes: [] } as const;
  const { answer } = await operations[0]!.admit({ client: "node", key, permission, body });
  return (await answer({} as never)) as Uint8Array;
}

const lifecycle = {
  lifecycle: {
    start: async <T>(_name: string, open: () => T | Promise<T>) => {
      const opened = await open();
      remotes.push(opened as never);
      return opened;
    },
  } as never,
};
