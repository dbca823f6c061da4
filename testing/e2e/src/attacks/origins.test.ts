import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectFaultless } from "../expectStopped.ts";
import { type Devnet, startDevnet } from "../startDevnet.ts";

const FOREIGN = "https://pages.example";
const BODY = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_accounts", params: [] });

let devnet: Devnet;

beforeAll(async () => {
  devnet = await startDevnet();
});

afterAll(async () => {
  if (devnet !== undefined) expectFaultless(await devnet.stop());
});

interface Answer {
  readonly status: number;
  readonly allowedOrigin: string | undefined;
  readonly text: string;
}

function send(url: string, method: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, async (response) => {
      let text = "";
      for await (const chunk of response.setEncoding("utf8")) text += chunk;
      const allowedOrigin = response.headers["access-control-allow-origin"];
      resolve({ status: response.statusCode!, allowedOrigin, text });
    });
    sent.on("error", reject);
    sent.end(method === "POST" ? BODY : undefined);
  });
}

const ask = (origin: string): Promise<Answer> =>
  send(devnet.rpcUrl, "POST", { "content-type": "application/json", origin });

describe("RPC of a devnet with unlocked accounts", () => {
  it("refuses pages of other sites", async () => {
    const { status, allowedOrigin, text } = await ask(FOREIGN);
    expect(status).toBe(403);
    expect(allowedOrigin).toBeUndefined();
    expect(text).not.toContain("0x");
    const preflight = await send(devnet.rpcUrl, "OPTIONS", {
      origin: FOREIGN,
      "access-control-request-method": "POST",
    });
    expect(preflight.allowedOrigin).toBeUndefined();
  });

  it.each(["http://localhost:5173", "http://127.0.0.1:3000", "http://[::1]:8080"])(
    "serves %s",
    async (origin) => {
      const { status, allowedOrigin, text } = await ask(origin);
      expect(status).toBe(200);
      expect([origin, "*"]).toContain(allowedOrigin);
      expect(text).toContain("0x");
    },
  );
});

describe("service port", () => {
  it.each(["/", "/health", "/metrics", "/dag", "/blocks", "/assets/none.js"])(
    "refuses rebound host names at %s",
    async (path) => {
      const { status } = await send(`${devnet.httpUrl}${path}`, "GET", { host: "rebound.example" });
      expect([403, 421]).toContain(status);
    },
  );
});
