import { readFile } from "node:fs/promises";
import { bytesToHex, concatBytes, type Hex, hexToBytes } from "@trellis/base";
import { SECP256K1_ORDER } from "@trellis/crypto";
import { decodeRlp, encodeRlp, type RlpInput } from "@trellis/protocol";
import { beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { batchCall } from "./batchCall.ts";
import { accountOf, privateKeyOf } from "./chain.ts";
import { publicClientOf, rpcCall, walletOf } from "./clients.ts";
import { deployProbe, probeAbi } from "./probe.ts";
import { CUT, exchangeBytes, upload } from "./rawHttp.ts";
import { signCall } from "./signedCalls.ts";
import { useDevnet } from "./useDevnet.ts";

const shared = useDevnet({ args: ["--allow-unprotected=false"] });
const TO = `0x${"be".repeat(20)}` as const;
const MIB = 2 ** 20;
/** Storing rejected input would exceed this limit. */
const MEMORY_MAX = 700 * MIB;

const CALL = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}';

const url = (): string => shared.devnet.rpcUrl;

async function expectUnchanged(): Promise<void> {
  const answers = await Promise.all([
    rpcCall(url(), "eth_chainId"),
    rpcCall(url(), "txpool_status"),
    rpcCall(url(), "eth_getTransactionCount", [accountOf(1).address, "pending"]),
    rpcCall(url(), "eth_getBalance", [TO, "latest"]),
  ]);
  expect(answers.map(({ result }) => result)).toEqual([
    "0x7a69",
    { pending: "0x0", queued: "0x0" },
    "0x0",
    "0x0",
  ]);
}

async function residentBytes(): Promise<number> {
  const status = await readFile(`/proc/${shared.devnet.pid}/status`, "utf8").catch(() => "");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}

function* zeros(bytes: number): Generator<Buffer> {
  const chunk = Buffer.alloc(MIB, " ");
  for (let sent = 0; sent < bytes; sent += chunk.length) yield chunk;
}

async function post(body: string | Buffer): Promise<{ status: number; text: string }> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url(), { method: "POST", headers, body: new Uint8Array(Buffer.from(body)) });
  return { status: response.status, text: await response.text() };
}

describe("messages", () => {
  it("of 100 MB are refused, announced or not, and not stored", async () => {
    const before = await residentBytes();
    for (const announced of [100 * MIB, undefined]) {
      const { status } = await upload(url(), zeros(100 * MIB), announced);
      expect([413, CUT.status]).toContain(status);
    }
    expect(await residentBytes()).toBeLessThan(Math.max(before, MEMORY_MAX));
    const length = 100 * MIB;
    const headers = ["POST / HTTP/1.1", "host: localhost", "content-type: application/json"];
    const answer = await exchangeBytes(url(), `${headers.join("\r\n")}\r\ncontent-length: ${length}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(JSON.parse(answer.slice(answer.indexOf("{")))).toMatchObject({
      error: { code: -32600, message: `content length too large (${length}>5242880)` },
    });
    await expectUnchanged();
  });

  it("over the limit get 413 through the service port each time, and later requests are answered", async () => {
    const rpc = `${shared.devnet.httpUrl}/rpc`;
    for (let round = 0; round < 10; round++) {
      for (const announced of [8 * MIB, undefined]) {
        expect(await upload(rpc, zeros(8 * MIB), announced)).toMatchObject({ status: 413 });
      }
      const call = { method: "POST", headers: { "content-type": "application/json" }, body: CALL };
      expect(await (await fetch(rpc, call)).json()).toMatchObject({ result: "0x7a69" });
    }
  });

  it("with 100,000 calls are refused; with a thousand they are answered", async () => {
    const call = { jsonrpc: "2.0", id: 1, method: "eth_chainId" };
    const { text } = await post(JSON.stringify(Array.from({ length: 100_000 }, () => call)));
    expect(JSON.parse(text)).toMatchObject({ error: { code: -32600, message: "batch too large" } });
    const { text: answered } = await post(JSON.stringify(Array.from({ length: 1_000 }, () => call)));
    expect(JSON.parse(answered)).toHaveLength(1_000);
    await expectUnchanged();
  });

  it.each([
    ["deep arrays", "[".repeat(1_000_000)],
    ["deep arrays that are closed", `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
    [
      "deep objects in parameters",
      `{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}]}`,
    ],
    ["half a message", '{"jsonrpc":"2.0","id":1,"method"'],
    ["nothing", ""],
    ["no UTF-8", Buffer.from([0xff, 0xfe, 0x7b, 0x7d])],
    ["a nul byte", "\0"],
  ])("%s: a parse error", async (_, body) => {
    const { text } = await post(body);
    expect(JSON.parse(text)).toMatchObject({ jsonrpc: "2.0", id: null, error: { code: -32700 } });
    await expectUnchanged();
  });

  it.each([
    ["an empty batch", "[]"],
    ["a number", "1"],
    ["null", "null"],
    ["an object that is not a request", "{}"],
    ["a method that is not a string", '{"jsonrpc":"2.0","id":1,"method":1}'],
    ["another version", '{"jsonrpc":"1.0","id":1,"method":"eth_chainId"}'],
    ["an id that is an object", '{"jsonrpc":"2.0","id":{},"method":"eth_chainId"}'],
  ])("%s: an invalid request", async (_, body) => {
    const { text } = await post(body);
    expect(JSON.parse(text)).toMatchObject({ error: { code: -32600 } });
    await expectUnchanged();
  });

  it("with named parameters, or far too many, are refused", async () => {
    const named = await post(
      '{"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":{"address":"0x00"}}',
    );
    expect(JSON.parse(named.text)).toMatchObject({ error: { code: expect.any(Number) } });
    const { error } = await rpcCall(
      url(),
      "eth_chainId",
      Array.from({ length: 10_000 }, () => 0),
    );
    expect(error?.code).toBe(-32602);
    await expectUnchanged();
  });

  it("with names of JavaScript's object properties find nothing", async () => {
    for (const method of ["__proto__", "constructor", "toString", "hasOwnProperty", ""]) {
      const { error } = await rpcCall(url(), method);
      expect([-32601, -32600]).toContain(error?.code);
    }
    const call = '{"to":"0x0000000000000000000000000000000000000001","__proto__":{"from":1}}';
    const { text } = await post(`{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[${call},"latest"]}`);
    expect(JSON.parse(text)).toHaveProperty("jsonrpc", "2.0");
  });
});

describe("invalid HTTP", () => {
  it.each([
    ["an invalid request line", "HELLO\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["another protocol", Buffer.from("16030100a5010000a10303", "hex"), /^(HTTP\/1\.1 400 |$)/],
    ["endless headers", `GET / HTTP/1.1\r\nx: ${"a".repeat(200_000)}\r\n`, /^HTTP\/1\.1 431 /],
    [
      "two lengths",
      "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\n",
      /^HTTP\/1\.1 400 /,
    ],
    [
      "an invalid length",
      "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: -1\r\n\r\n",
      /^HTTP\/1\.1 400 /,
    ],
    [
      "a length and chunks",
      "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      /^HTTP\/1\.1 400 /,
    ],
    [
      "a method that is not served",
      "DELETE / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
      /^HTTP\/1\.1 405 /,
    ],
    [
      "another host's name",
      "POST / HTTP/1.1\r\nhost: evil.example\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
      /^HTTP\/1\.1 403 /,
    ],
  ])("%s is refused", async (_, bytes, expected) => {
    expect(await exchangeBytes(url(), bytes)).toMatch(expected);
    await expectUnchanged();
  });

  it("another content type and a foreign origin are refused", async () => {
    const body = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}';
    const plain = await fetch(url(), { method: "POST", headers: { "content-type": "text/plain" }, body });
    expect(plain.status).toBe(415);
    await plain.text();
    const half = await exchangeBytes(
      url(),
      "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\n{}",
    ).catch(String);
    expect(half).toMatch(/HTTP\/1\.1 4\d\d|no answer/);
    await expectUnchanged();
  });
});

describe("WebSockets", () => {
  async function opened(): Promise<WebSocket> {
    const socket = new WebSocket(shared.devnet.wsUrl);
    await new Promise((resolve) => socket.once("open", resolve));
    return socket;
  }
  const closed = (socket: WebSocket): Promise<number> =>
    new Promise((resolve) => socket.once("close", resolve));

  it("that send 100 MB, or invalid frames, are closed; the others continue", async () => {
    const other = await opened();
    const large = await opened();
    large.on("error", () => {});
    large.send(Buffer.alloc(100 * MIB, " "));
    expect(await closed(large)).not.toBe(1000);

    const broken = await exchangeBytes(
      url(),
      Buffer.concat([
        Buffer.from(
          "GET / HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        ),
        // A WebSocket frame with a reserved opcode.
        Buffer.from([0x83 | 0x70, 0x80, 0, 0, 0, 0]),
      ]),
    );
    expect(broken).toMatch(/^HTTP\/1\.1 (101|4\d\d) /);

    const answer = new Promise((resolve) => other.once("message", (data) => resolve(String(data))));
    other.send('{"jsonrpc":"2.0","id":7,"method":"eth_chainId"}');
    expect(await answer).toBe('{"jsonrpc":"2.0","id":7,"result":"0x7a69"}');
    other.close();
    await expectUnchanged();
  });

  it("that send invalid JSON get an error and stay open", async () => {
    const socket = await opened();
    const answers: string[] = [];
    socket.on("message", (data) => answers.push(String(data)));
    const two = new Promise<void>((resolve) => socket.on("message", () => answers.length === 2 && resolve()));
    socket.send("{{{");
    socket.send('{"jsonrpc":"2.0","id":1,"method":"net_version"}');
    await two;
    expect(JSON.parse(answers[0]!)).toMatchObject({ error: { code: -32700 } });
    expect(JSON.parse(answers[1]!)).toMatchObject({ id: 1, result: "31337" });
    socket.close();
  });
});

describe("transactions", () => {
  const key = hexToBytes(privateKeyOf(1));
  const valid = signCall(key, { nonce: 0n, to: TO, value: 1n });
  /** Keeps the old signature: the node checks the format first. */
  const changed = (change: (fields: RlpInput[]) => void): Hex => {
    const fields = [...(decodeRlp(hexToBytes(valid.raw).slice(1)) as RlpInput[])];
    change(fields);
    return bytesToHex(concatBytes(Uint8Array.of(2), encodeRlp(fields)));
  };
  const NONCE = 1;
  const [V, S] = [9, 11];

  it.each([
    ["nothing", "0x", /typed transaction too short|rlp|too short/],
    ["no hexadecimal", "0xzz", /invalid argument 0/],
    ["half a transaction", valid.raw.slice(0, -10), /^rlp: /],
    ["trailing bytes", `${valid.raw}00`, /^rlp: /],
    [
      "a number with a leading zero",
      changed((fields) => (fields[NONCE] = Uint8Array.of(0))),
      /^rlp: non-canonical/,
    ],
    ["a number that is a list", changed((fields) => (fields[NONCE] = [])), /^rlp: /],
    ["an extra field", changed((fields) => fields.push(Uint8Array.of(1))), /^rlp: /],
    ["a missing field", changed((fields) => fields.pop()), /^rlp: /],
    ["a length in a longer form than needed", `0x02b8${valid.raw.slice(4)}`, /^rlp: /],
    ["an unknown type", `0x05${valid.raw.slice(4)}`, /transaction type not supported/],
    ["a blob transaction", `0x03${valid.raw.slice(4)}`, /blob transactions not supported/],
    ["an invalid parity", changed((fields) => (fields[V] = Uint8Array.of(2))), /invalid|rlp/],
    [
      "200 kB",
      bytesToHex(concatBytes(Uint8Array.of(2), encodeRlp([new Uint8Array(200_000)]))),
      /oversized data|rlp/,
    ],
  ])("%s: refused by the decoder", async (_, raw, message) => {
    const { error } = await rpcCall(url(), "eth_sendRawTransaction", [raw]);
    expect([-32000, -32602]).toContain(error?.code);
    expect(error?.message).toMatch(message);
    await expectUnchanged();
  });

  it("a signature with a high s is refused", async () => {
    const raw = changed((fields) => {
      const s = BigInt(bytesToHex(fields[S] as Uint8Array));
      fields[S] = SECP256K1_ORDER - s;
      fields[V] = (fields[V] as Uint8Array).length === 0 ? Uint8Array.of(1) : new Uint8Array(0);
    });
    const { error } = await rpcCall(url(), "eth_sendRawTransaction", [raw]);
    expect(error).toMatchObject({ code: -32000, message: expect.stringMatching(/half of the order/) });
    await expectUnchanged();
  });

  it("for another chain, and for every chain, are refused", async () => {
    const account = accountOf(1);
    const fields = { nonce: 0, gas: 21_000n, to: TO, value: 1n } as const;
    const other = await account.signTransaction({ ...fields, chainId: 1, maxFeePerGas: 10n ** 10n });
    const foreign = await rpcCall(url(), "eth_sendRawTransaction", [other]);
    expect(foreign.error?.message).toMatch(/invalid chain id for signer: have 1 want 31337/);
    const unprotected = await account.signTransaction({ ...fields, gasPrice: 10n ** 10n, type: "legacy" });
    const anywhere = await rpcCall(url(), "eth_sendRawTransaction", [unprotected]);
    expect(anywhere.error?.message).toMatch(/only replay-protected/);
    await expectUnchanged();
  });

  it.each([
    ["a nonce far ahead", { nonce: 1_000_000n }, /^nonce too high/],
    ["the highest nonce", { nonce: 2n ** 64n - 1n }, /^nonce/],
    ["more than the balance", { nonce: 0n, value: 10n ** 40n }, /^insufficient funds/],
    [
      "more gas than a transaction may have",
      { nonce: 0n, gasLimit: 10n ** 12n },
      /^transaction gas limit too high/,
    ],
    ["less than the intrinsic gas", { nonce: 0n, gasLimit: 20_999n }, /^intrinsic gas too low/],
  ])("%s: refused by the mempool", async (_, call, message) => {
    const { raw } = signCall(key, { to: TO, ...call });
    const { error } = await rpcCall(url(), "eth_sendRawTransaction", [raw]);
    expect(error).toMatchObject({ code: -32000, message: expect.stringMatching(message) });
    await expectUnchanged();
  });

  it("of one sender with gaps between are stored up to a limit", async () => {
    const hoarder = hexToBytes(privateKeyOf(2));
    const calls = Array.from({ length: 3_000 }, (_, index) => {
      const { raw } = signCall(hoarder, {
        nonce: BigInt(1 + index),
        to: accountOf(2).address.toLowerCase() as Hex,
      });
      return [raw];
    });
    const answers = await batchCall(url(), "eth_sendRawTransaction", calls);
    const refused = answers.filter(({ error }) => error !== undefined);
    expect(refused.length).toBeGreaterThan(0);
    for (const { error } of refused) {
      expect(error!.message).toMatch(/nonce too high|account limit exceeded|txpool is full/);
    }
    const { result } = await rpcCall(url(), "txpool_status");
    expect(result).toMatchObject({ pending: "0x0" });
    expect(Number((result as { queued: string }).queued)).toBe(answers.length - refused.length);
    const { raw } = signCall(hoarder, { nonce: 0n, to: accountOf(2).address.toLowerCase() as Hex });
    await rpcCall(url(), "eth_sendRawTransaction", [raw]);
    await expect
      .poll(async () => (await rpcCall(url(), "txpool_status")).result)
      .toEqual({ pending: "0x0", queued: "0x0" });
  });
});

describe("oversized requests", () => {
  const LOGS = 10_500;
  const LOGS_PER_CALL = 500;

  beforeAll(async () => {
    const probe = await deployProbe(url(), accountOf(3));
    const wallet = walletOf(url(), accountOf(3));
    const client = publicClientOf(url());
    const call = { address: probe, abi: probeAbi, functionName: "storeMany" } as const;
    for (let sent = 0; sent < LOGS; sent += LOGS_PER_CALL) {
      const args = [0n, BigInt(LOGS_PER_CALL), BigInt(sent + 1)] as const;
      const hash = await wallet.writeContract({ ...call, args, gas: 15_000_000n });
      expect(await client.waitForTransactionReceipt({ hash })).toMatchObject({ status: "success" });
    }
  });

  it("logs over the whole chain are refused with the limit; a part is answered", async () => {
    const all = await rpcCall(url(), "eth_getLogs", [{ fromBlock: "0x0", toBlock: "latest" }]);
    expect(all.error).toMatchObject({ code: -32005, message: "query returned more than 10000 results" });
    const beyond = await rpcCall(url(), "eth_getLogs", [{ fromBlock: "0x0", toBlock: "0xffffffffff" }]);
    // A devnet's ranges end at the head. [RPC-11]
    expect(beyond.error).toMatchObject({ code: -32005 });
    const part = await rpcCall(url(), "eth_getLogs", [{ fromBlock: "latest" }]);
    expect(part.error).toBeUndefined();
    await expectUnchanged();
  });

  it("an endless call, and one that uses too much memory, end", async () => {
    // JUMPDEST PUSH1 0 JUMP; PUSH4 ffffffff MLOAD
    for (const code of ["0x5b600056", "0x63ffffffff51"]) {
      const overrides = { [TO]: { code } };
      const { error } = await rpcCall(url(), "eth_call", [{ to: TO }, "latest", overrides]);
      expect(error?.code).toBe(-32000);
    }
    await expectUnchanged();
  });

  it("fee history over the whole chain, a hundred thousand topics and addresses are bounded", async () => {
    const history = await rpcCall(url(), "eth_feeHistory", ["0xffffff", "latest", []]);
    expect(history.result !== undefined || history.error !== undefined).toBe(true);
    const address = Array.from({ length: 50_000 }, () => TO);
    const many = await rpcCall(url(), "eth_getLogs", [{ fromBlock: "0x0", address }]);
    expect(many.error?.code).toBe(-32602);
    await expectUnchanged();
  });

  it("seventy thousand filters: the least recently polled one is evicted", async () => {
    const calls = Array.from({ length: 3_500 }, () => []);
    const install = async () => {
      const answers = await batchCall(url(), "eth_newBlockFilter", calls);
      return answers.map(({ result }) => [result]);
    };
    const [[first = []], last] = [await install(), await install()];
    for (let count = 2; count < 20; count++) await install();
    const poll = async (filter: unknown[]) => rpcCall(url(), "eth_getFilterChanges", filter);
    expect((await poll(first)).error?.message).toContain("filter not found");
    expect((await poll(last.at(-1)!)).error).toBeUndefined();
    await expectUnchanged();
  });
});

it("after all this the same process still mines", async () => {
  const client = publicClientOf(shared.rpcUrl);
  const hash = await walletOf(shared.rpcUrl, accountOf(1)).sendTransaction({ to: TO, value: 1n });
  expect(await client.waitForTransactionReceipt({ hash })).toMatchObject({ status: "success" });
});
