import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";

export interface StratumMessage {
  readonly id: unknown;
  readonly method?: string;
  readonly params: unknown[];
  readonly result?: unknown;
  readonly error?: [number, string, null] | null;
}

/** Speaks the protocol on its own terms: lines of JSON, words of the seal root as digits. */
export class StratumClient {
  readonly socket: Socket;
  readonly lines: string[] = [];
  #id = 0;

  /** @param address host:port */
  constructor(address: string) {
    const [host, port] = address.split(":");
    this.socket = connect(Number(port), host!);
    this.socket.on("error", () => {});
    let pending = "";
    this.socket.on("data", (data) => {
      const lines = (pending + data).split("\n");
      pending = lines.pop()!;
      this.lines.push(...lines);
    });
  }

  async next(fits: (message: StratumMessage) => boolean): Promise<StratumMessage> {
    for (let tries = 0; tries < 500; tries++) {
      const at = this.lines.findIndex((line) => fits(JSON.parse(line)));
      if (at >= 0) return JSON.parse(this.lines.splice(at, 1)[0]!);
      await sleep(10);
    }
    throw new Error(`no such message among ${this.lines}`);
  }

  /** With the words as text, because JSON.parse rounds them. */
  async job(): Promise<{ id: string; sealRoot: Uint8Array }> {
    for (let tries = 0; tries < 500; tries++) {
      const at = this.lines.findLastIndex((line) => line.includes("mining.notify"));
      const [, id, words] = /"params":\["(\d+)",\[([\d,]+)\],0\]/.exec(this.lines[at] ?? "") ?? [];
      if (id === undefined) {
        await sleep(10);
        continue;
      }
      const sealRoot = new Uint8Array(32);
      const view = new DataView(sealRoot.buffer);
      for (const [index, word] of words!.split(",").entries())
        view.setBigUint64(8 * index, BigInt(word), true);
      this.lines.splice(0, at + 1);
      return { id, sealRoot };
    }
    throw new Error("no job");
  }

  async call(method: string, ...params: unknown[]): Promise<StratumMessage> {
    const id = ++this.#id;
    this.socket.write(`${JSON.stringify({ id, method, params })}\n`);
    return this.next((message) => message.id === id);
  }

  async logIn(name: string): Promise<{ extranonce: string; difficulty: number }> {
    await this.call("mining.subscribe", "tester/1.0");
    expect((await this.call("mining.authorize", name, "x")).result).toBe(true);
    const { params: extra } = await this.next(({ method }) => method === "mining.set_extranonce");
    const { params: set } = await this.next(({ method }) => method === "mining.set_difficulty");
    return { extranonce: extra[0] as string, difficulty: set[0] as number };
  }
}
