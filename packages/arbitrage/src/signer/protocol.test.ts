import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRandom } from "@trellis/platform/system";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSignerClient, walletOfSigner } from "./createSignerClient.ts";
import {
  openSignerPort,
  type PolicySigner,
  parseSignerAddress,
  type SignerPort,
  signerConnector,
} from "./index.ts";
import { LineReader } from "./LineReader.ts";
import { macOf } from "./macOf.ts";
import {
  LINE_LENGTH_MAX,
  parseAnswer,
  parseEnvelope,
  parseGreeting,
  parseRequest,
  writeMessage,
} from "./messages.ts";
import { SignerSession } from "./SignerSession.ts";
import { channelTo, execute, NEXT_WALLET, SECRET, SignerBench, WALLET } from "./testing/SignerBench.ts";

const CHALLENGE = new Uint8Array(32).fill(1);
const refused = (code: string, facts: object = {}) =>
  expect.objectContaining({ code, facts: expect.objectContaining(facts) });

let bench: SignerBench;
let policySigner: PolicySigner;
beforeEach(async () => {
  bench = new SignerBench();
  policySigner = await bench.policySigner();
});
const session = (challenge = CHALLENGE) => new SignerSession(policySigner, () => [SECRET], challenge);
const only = [SECRET];
const client = (through?: (line: string) => string, held: readonly Uint8Array[] = only) =>
  createSignerClient(
    WALLET,
    () => held,
    async () => channelTo(session(), through),
  );

function sealed(id: number, body: object, challenge = CHALLENGE): string {
  const message = { id, body: writeMessage(body) };
  return writeMessage({ ...message, mac: macOf(SECRET, "engine", challenge, message) });
}

describe("engine and signer", () => {
  it("SIGN-1: a signed call equals the transaction that the key itself would make", async () => {
    const signed = await client().signCall(execute());
    const { r } = await policySigner.sign(execute(), "engine");
    expect(signed.raw).toContain(r.toString(16));
    expect(await walletOfSigner(only, async () => channelTo(session()))).toBe(WALLET);
  });

  it("refusals carry their code and facts", async () => {
    await expect(client().signCall(execute({ chainId: 5 }))).rejects.toMatchObject({
      code: "SIGNER_REFUSED",
      facts: { rule: "chain", chainId: "5" },
    });
  });

  it("SIGNER_UNAUTHENTICATED: a wrong secret is reported, and the attempt is logged", async () => {
    const stranger = client(undefined, [new Uint8Array(32)]);
    await expect(stranger.signCall(execute())).rejects.toEqual(refused("SIGNER_UNAUTHENTICATED"));
    expect(stranger.failure()).toBe("SIGNER_UNAUTHENTICATED");
    expect(bench.entries).toMatchObject([{ actor: "stranger", facts: { code: "SIGNER_UNAUTHENTICATED" } }]);
  });

  it("SIGN-1: a rotated secret is accepted on both sides in any order, without a refused call", async () => {
    const next = new Uint8Array(32).fill(2);
    let accepted: readonly Uint8Array[] = [SECRET];
    let held: readonly Uint8Array[] = [SECRET];
    const connect = async () => channelTo(new SignerSession(policySigner, () => accepted, CHALLENGE));
    const engine = createSignerClient(WALLET, () => held, connect);
    await engine.check();
    held = [next, SECRET];
    await engine.check();
    accepted = [next, SECRET];
    await engine.check();
    accepted = [next];
    const signed = await engine.signCall(execute());
    held = [next];
    expect(await engine.signCall(execute())).toEqual(signed);
    expect(await walletOfSigner([SECRET, next], connect)).toBe(WALLET);
    accepted = [SECRET];
    await expect(engine.check()).rejects.toEqual(refused("SIGNER_UNAUTHENTICATED"));
  });

  it("SIGN-7: a former wallet is served until its key is forgotten", async () => {
    const engine = client();
    await engine.check();
    await policySigner.changeKey(bench.nextKey);
    await engine.check();
    await engine.signCall(execute());
    expect(await walletOfSigner(only, async () => channelTo(session()))).toBe(NEXT_WALLET);
    await policySigner.changeKey(bench.nextKey);
    await expect(engine.signCall(execute())).rejects.toEqual(refused("SIGNER_REFUSED", { rule: "wallet" }));
    await expect(engine.check()).rejects.toEqual(refused("SIGNER_MESSAGE_INVALID"));
  });

  it("SIGN-1: a line of another connection, a repeated line, and a line out of order close the connection", async () => {
    const hello = sealed(1, { do: "hello" });
    const one = session();
    expect(await one.answer(hello)).toBeDefined();
    expect(await one.answer(hello)).toBeUndefined();
    expect(await session(new Uint8Array(32)).answer(hello)).toBeUndefined();
    expect(await session().answer(sealed(2, { do: "hello" }))).toBeUndefined();
  });

  it("SIGNER_UNAUTHENTICATED: a foreign answer", async () => {
    const own = session();
    const forging = {
      ...channelTo(own),
      async read() {
        return writeMessage({ id: 1, body: writeMessage({ wallet: WALLET }), mac: new Uint8Array(32) });
      },
    };
    let isFirst = true;
    const forged = createSignerClient(
      WALLET,
      () => only,
      async () => ({
        ...forging,
        read: async () => {
          const line = isFirst ? own.greeting() : await forging.read();
          isFirst = false;
          return line;
        },
      }),
    );
    await expect(forged.check()).rejects.toEqual(refused("SIGNER_UNAUTHENTICATED"));
    expect(forged.failure()).toBe("SIGNER_UNAUTHENTICATED");
  });

  it("SIGNER_MESSAGE_INVALID: a signer of another wallet", async () => {
    const other = createSignerClient(
      `0x${"11".repeat(20)}`,
      () => only,
      async () => channelTo(session()),
    );
    await expect(other.signCall(execute())).rejects.toEqual(refused("SIGNER_REFUSED", { rule: "wallet" }));
    await expect(other.check()).rejects.toEqual(refused("SIGNER_MESSAGE_INVALID"));
    expect(other.failure()).toBe("SIGNER_MESSAGE_INVALID");
  });

  it("SIGNER_MESSAGE_INVALID: an authenticated line that is not a request is refused, and the connection stays open", async () => {
    const own = session();
    const answer = await own.answer(sealed(1, { do: "export", key: true }));
    expect(parseAnswer(parseEnvelope(answer ?? "").body)).toMatchObject({
      refused: "SIGNER_MESSAGE_INVALID",
      facts: { from: "engine" },
    });
    expect(await own.answer(sealed(2, { do: "hello" }))).toBeDefined();
    expect(bench.entries).toMatchObject([{ actor: "engine", outcome: "refused" }]);
  });
});

describe("fuzzed", () => {
  it("any line gives no signature and no exception, at most a refusal", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string({ maxLength: 200 }), fc.json()), async (line) => {
        expect(await session().answer(line)).toBeUndefined();
      }),
      { numRuns: 200 },
    );
    expect(bench.entries.every(({ outcome }) => outcome === "refused")).toBe(true);
  });

  it("any changed byte of a valid line is refused", async () => {
    const line = sealed(1, { do: "sign", call: execute() });
    await fc.assert(
      fc.asyncProperty(fc.nat(line.length - 1), fc.integer({ min: 32, max: 126 }), async (at, code) => {
        const changed = line.slice(0, at) + String.fromCharCode(code) + line.slice(at + 1);
        if (changed !== line) expect(await session().answer(changed)).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  it("any authenticated body outside the policy is refused with a code", async () => {
    const field = fc.oneof(fc.string(), fc.integer(), fc.constant("0"), fc.constant(null), fc.constant("0x"));
    const call = fc.record({
      chainId: fc.oneof(fc.constant(31_337), field),
      to: fc.oneof(fc.constant(WALLET), field),
      data: field,
      valueWei: field,
      nonce: field,
      gasLimit: field,
      maxFeeWei: field,
      maxTipWei: field,
    });
    const generous = await bench.policySigner({ requestsPerMinuteMax: 10_000, signaturesPerDayMax: 10_000 });
    await fc.assert(
      fc.asyncProperty(fc.oneof(call, fc.anything()), async (asked) => {
        const own = new SignerSession(generous, () => [SECRET], CHALLENGE);
        const body = JSON.stringify({ do: "sign", call: asked }, (_, value: unknown) =>
          typeof value === "bigint" ? String(value) : value,
        );
        const message = { id: 1, body };
        const line = writeMessage({ ...message, mac: macOf(SECRET, "engine", CHALLENGE, message) });
        const answer = parseAnswer(parseEnvelope((await own.answer(line)) ?? "").body);
        if (!("signature" in answer))
          expect(answer).toMatchObject({ refused: expect.stringMatching(/^SIGNER_/) });
      }),
      { numRuns: 200 },
    );
  });

  it("parsers return a value or their code for any text", () => {
    const parsers = [parseGreeting, parseEnvelope, parseRequest, parseAnswer];
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.constantFrom(...parsers), (text, parse) => {
        try {
          parse(text);
        } catch (error) {
          expect(error).toMatchObject({ code: "SIGNER_MESSAGE_INVALID" });
        }
      }),
    );
  });

  it("lines are the same under any fragmentation, and an overlong line closes the connection", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 20 })), fc.infiniteStream(fc.nat(9)), (parts, cuts) => {
        const text = parts.map((part) => `${part.replaceAll("\n", "")}\n`).join("");
        const whole = new LineReader(1_000).add(text);
        const reader = new LineReader(1_000);
        const read: string[] = [];
        for (let at = 0; at < text.length; ) {
          const size = 1 + (cuts.next().value ?? 0);
          read.push(...(reader.add(text.slice(at, at + size)) ?? []));
          at += size;
        }
        expect(read).toEqual(whole);
      }),
    );
    expect(new LineReader(3).add("abcd")).toBeUndefined();
    const slow = new LineReader(3);
    expect([slow.add("ab"), slow.add("cd")]).toEqual([[], undefined]);
  });
});

describe("sockets", () => {
  let directory: string;
  let ports: (SignerPort | Server)[];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "trellis-signer-"));
    ports = [];
  });
  afterEach(async () => {
    for (const port of ports) await port.close();
    rmSync(directory, { recursive: true });
  });

  async function open(text: string): Promise<string> {
    const port = await openSignerPort(parseSignerAddress(text), () => only, {
      policySigner,
      random: systemRandom,
    });
    ports.push(port);
    return port.address;
  }
  const connected = (address: string, timeoutMs = 20_000) =>
    createSignerClient(WALLET, () => only, signerConnector(parseSignerAddress(address), timeoutMs));

  it.each(["unix", "loopback"])("SIGN-1: over %s; reconnects to a restarted signer", async (kind) => {
    const address = await open(kind === "unix" ? `unix:${join(directory, "s")}` : "127.0.0.1:0");
    const engine = connected(address);
    const first = await engine.signCall(execute());
    await ports.pop()?.close();
    await expect(engine.signCall(execute())).rejects.toEqual(refused("SIGNER_UNREACHABLE"));
    expect(engine.failure()).toBe("SIGNER_UNREACHABLE");
    await open(address);
    expect(await engine.signCall(execute())).toEqual(first);
    expect(engine.failure()).toBeUndefined();
    engine.close();
  });

  it("only the owner may use a socket; the socket file of a killed signer is replaced; SIGNER_SETUP_INVALID of a running one", async () => {
    const path = join(directory, "s");
    await open(`unix:${path}`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await expect(open(`unix:${path}`)).rejects.toMatchObject({
      code: "SIGNER_SETUP_INVALID",
      facts: { reason: "taken" },
    });
    await ports.pop()?.close();
    writeFileSync(path, "");
    await open(`unix:${path}`);
  });

  it("SIGNER_UNREACHABLE: a signer that accepts and never answers", async () => {
    const silent = createServer();
    ports.push(silent);
    await new Promise<void>((resolve) => silent.listen(join(directory, "s"), resolve));
    await expect(connected(`unix:${join(directory, "s")}`, 50).check()).rejects.toEqual(
      refused("SIGNER_UNREACHABLE"),
    );
  });

  it.each(["0.0.0.0:1", "example.com:80", "127.0.0.1:70000", `unix:/${"x".repeat(100)}`, ""])(
    "SIGNER_SETUP_INVALID: %s",
    (text) =>
      expect(() => parseSignerAddress(text)).toThrow(refused("SIGNER_SETUP_INVALID", { reason: "form" })),
  );

  it.each(["unix", "loopback"])("SIGNER_UNAUTHENTICATED: another secret, over %s", async (kind) => {
    const address = await open(kind === "unix" ? `unix:${join(directory, "s")}` : "127.0.0.1:0");
    const connector = signerConnector(parseSignerAddress(address), 20_000);
    const wrong = new Uint8Array(32);
    await expect(walletOfSigner([wrong], connector)).rejects.toEqual(refused("SIGNER_UNAUTHENTICATED"));
    const stranger = createSignerClient(WALLET, () => [wrong], connector);
    await expect(stranger.check()).rejects.toEqual(refused("SIGNER_UNAUTHENTICATED"));
  });

  it("a line past the limit closes only its connection", async () => {
    const address = await open("127.0.0.1:0");
    const channel = await signerConnector(parseSignerAddress(address), 20_000)();
    await channel.read();
    channel.write("x".repeat(LINE_LENGTH_MAX + 1));
    await expect(channel.read()).rejects.toEqual(refused("SIGNER_UNREACHABLE"));
    const engine = connected(address);
    await engine.check();
    engine.close();
  });
});
