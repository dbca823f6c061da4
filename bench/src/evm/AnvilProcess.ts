import { type ChildProcess, spawn } from "node:child_process";
import { Agent, request } from "node:http";
import { fileURLToPath } from "node:url";
import { freePort } from "@trellis/kit/freePort";

const HOST = "127.0.0.1";
const START_TRIES = 200;
const START_PAUSE_MS = 50;

interface RpcAnswer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

export class AnvilProcess {
  readonly #process: ChildProcess;
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  private constructor(process: ChildProcess, port: number) {
    this.#process = process;
    this.#port = port;
  }

  static async start(): Promise<AnvilProcess> {
    const port = await freePort();
    const binary = fileURLToPath(new URL("../../../node_modules/.bin/anvil", import.meta.url));
    const flags = [
      ...["--host", HOST, "--port", String(port), "--chain-id", "31337"],
      ...["--no-mining", "--order", "fifo", "--hardfork", "osaka"],
      ...["--disable-block-gas-limit", "--no-request-size-limit", "--disable-console-log", "--silent"],
    ];
    const child = spawn(binary, flags, { stdio: "ignore" });
    const anvil = new AnvilProcess(child, port);
    for (let tries = 0; tries < START_TRIES; tries++) {
      if (await anvil.call("eth_chainId").catch(() => undefined)) return anvil;
      await new Promise((resolve) => setTimeout(resolve, START_PAUSE_MS));
    }
    await anvil.stop();
    throw new Error("anvil did not start");
  }

  async call(method: string, ...params: unknown[]): Promise<unknown> {
    const [answer] = await this.batch([{ method, params }]);
    return answer;
  }

  async batch(calls: readonly { readonly method: string; readonly params: readonly unknown[] }[]) {
    if (calls.length === 0) return [];
    const body = calls.map(({ method, params }, id) => ({ jsonrpc: "2.0", id, method, params }));
    const answers = JSON.parse(await this.#post(JSON.stringify(body))) as RpcAnswer[];
    return answers
      .sort((a, b) => a.id - b.id)
      .map(({ result, error }, index) => {
        if (error !== undefined) throw new Error(`anvil: ${calls[index]?.method}: ${error.message}`);
        return result;
      });
  }

  #post(body: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
      const options = { host: HOST, port: this.#port, method: "POST", agent: this.#agent, headers };
      const post = request(options, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => resolve(Buffer.concat(chunks).toString()));
      });
      post.on("error", reject);
      post.end(body);
    });
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    const exited = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.kill("SIGTERM");
    await exited;
  }
}
