import { think } from "../think.ts";

interface Page {
  readonly items: readonly { readonly id: string }[];
  readonly next: string | null;
}

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends a request to any process. Rejects if the connection breaks. */
export type SendApi = (request: ApiRequest) => Promise<{ readonly status: number; readonly text: string }>;

/** Adds customers and reads, one after another. */
export class ReservesUser {
  readonly acknowledged: string[] = [];
  readonly failedReads: string[] = [];
  readonly failedWrites: string[] = [];
  /** The killed process holds their keys for two minutes. */
  readonly heldKeys: string[] = [];
  readonly #name: string;
  readonly #key: string;
  readonly #send: SendApi;

  constructor(name: string, key: string, send: SendApi) {
    this.#name = name;
    this.#key = key;
    this.#send = send;
  }

  async run(isOver: () => boolean): Promise<void> {
    for (let count = 0; !isOver(); count += 1) {
      await this.#write(`${this.#name}-${count}`);
      const failure = await this.#try("GET", "/v1/customers?limit=5", 200);
      if (failure !== undefined) this.failedReads.push(failure);
    }
  }

  async customers(): Promise<Set<string>> {
    const found = new Set<string>();
    for (let path = "/v1/customers?limit=200"; ; ) {
      const { text } = await this.#request("GET", path);
      const { items, next } = JSON.parse(text) as Page;
      for (const { id } of items) found.add(id);
      if (next === null) return found;
      path = `/v1/customers?limit=200&cursor=${encodeURIComponent(next)}`;
    }
  }

  async #write(id: string): Promise<void> {
    for (;;) {
      const failure = await this.#try("POST", "/v1/customers", 201, id);
      if (failure === undefined) break;
      this.failedWrites.push(failure);
      if (failure.includes("IDEMPOTENCY_IN_PROGRESS")) return void this.heldKeys.push(id);
      if (/: 4\d\d /.test(failure)) throw new Error(failure);
    }
    this.acknowledged.push(id);
  }

  async #try(method: string, path: string, expected: number, id?: string): Promise<string | undefined> {
    try {
      const { status, text } = await this.#request(method, path, id);
      return status === expected ? undefined : `${method} ${path}: ${status} ${text}`;
    } catch (error) {
      return `${method} ${path}: ${String(error)}`;
    } finally {
      await think();
    }
  }

  #request(method: string, path: string, id?: string) {
    const posted = { "content-type": "application/json", "idempotency-key": `key-of-${id}` };
    const headers = { authorization: `Bearer ${this.#key}`, ...(id === undefined ? {} : posted) };
    const body = id === undefined ? {} : { body: JSON.stringify({ ids: [id] }) };
    return this.#send({ method, path, headers, ...body });
  }
}
