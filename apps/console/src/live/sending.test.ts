import { afterEach, beforeEach, expect, it, vi } from "vitest";

vi.hoisted(() => vi.stubGlobal("location", { origin: "http://127.0.0.1:1" }));

import type { Hex } from "viem";
import { consoleErrors } from "../errors.ts";
import { node } from "./node.ts";
import { createSending, type SendRequest } from "./sending.ts";

const ALICE = `0x${"a1".repeat(20)}` as const;
const BOB = `0x${"b0".repeat(20)}` as const;
const REQUEST: SendRequest = { from: ALICE, to: BOB, valueWei: 7n };

const lost = consoleErrors.CONSOLE_LOST();
const refused = (reason: string) => consoleErrors.CONSOLE_REFUSED({ by: "node", reason });

let pool: Hex[];
let answers: ("told" | "lost after" | "lost before")[];
let signed: number;

beforeEach(() => {
  pool = [];
  answers = [];
  signed = 0;
  vi.spyOn(node, "request").mockImplementation(async (method, params = []): Promise<never> => {
    if (method === "eth_signTransaction") {
      signed += 1;
      return { raw: `0x${signed}`, tx: { hash: `0x${signed}` } } as never;
    }
    const raw = params[0] as Hex;
    if (method === "eth_getTransactionByHash") return (pool.includes(raw) ? { hash: raw } : null) as never;
    expect(method).toBe("eth_sendRawTransaction");
    const answer = answers.shift();
    if (answer === "lost before") throw lost;
    if (pool.includes(raw)) throw refused("already known");
    if (raw === "0x666") throw refused("nonce too low");
    pool.push(raw);
    if (answer === "lost after") throw lost;
    return raw as never;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

it("sends the same once, whether the request or the answer was lost", async () => {
  const send = createSending();
  answers = ["lost before", "lost after", "told"];
  await expect(send(REQUEST)).rejects.toBe(lost);
  await expect(send(REQUEST)).rejects.toBe(lost);
  expect(await send(REQUEST)).toBe("0x1");
  expect(pool).toEqual(["0x1"]);
});

it("sends what was answered, and what differs, again", async () => {
  const send = createSending();
  answers = ["told", "told", "lost before", "told"];
  expect(await send(REQUEST)).toBe("0x1");
  expect(await send(REQUEST)).toBe("0x2");
  await expect(send(REQUEST)).rejects.toBe(lost);
  expect(await send({ ...REQUEST, valueWei: 8n })).toBe("0x4");
});

it("a refusal is the node's, and the next attempt is signed again", async () => {
  const send = createSending();
  signed = 665;
  await expect(send(REQUEST)).rejects.toMatchObject({ facts: { reason: "nonce too low" } });
  expect(await send(REQUEST)).toBe("0x667");
  signed = 665;
  answers = ["lost before", "told"];
  await expect(send(REQUEST)).rejects.toBe(lost);
  await expect(send(REQUEST)).rejects.toMatchObject({ facts: { reason: "nonce too low" } });
});
