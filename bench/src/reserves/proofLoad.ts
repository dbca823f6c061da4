import { Agent, type IncomingMessage, request } from "node:http";
import { processorMs } from "../network/processFacts.ts";
import { quantilesOf } from "../quantilesOf.ts";

interface ProofLoad {
  readonly workers: readonly { readonly url: string; readonly pid: number }[];
  readonly databasePids: () => Promise<readonly number[]>;
  readonly customers: number;
  readonly loadMs: number;
  readonly connections: number;
  /** If true, clients send entity tags and receive status 304. */
  readonly isTagged: boolean;
}

export interface LoadFigures {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly requests: number;
  readonly processorMs: { readonly workers: number; readonly database: number; readonly client: number };
  readonly processorsBusy: number;
}

interface Answer {
  readonly status: number;
  readonly etag: string | undefined;
  readonly body: Buffer;
}

const TAGGED = 200;
const LOOK_MS = 100;

export class ProofService {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #agent = new Agent({ keepAlive: true });
  #snapshot = 0;

  constructor(url: string, apiKey: string) {
    this.#url = url;
    this.#headers = { authorization: `Bearer ${apiKey}` };
  }

  async fill(customers: number, assets: Readonly<Record<string, number>>): Promise<void> {
    for (const [id, decimals] of Object.entries(assets)) await this.#post("/v1/assets", { id, decimals });
    const ids = Array.from({ length: customers }, (_, index) => nameOf(index));
    for (let at = 0; at < customers; at += 5_000)
      await this.#post("/v1/customers", { ids: ids.slice(at, at + 5_000) });
    const lines = ids.flatMap((id, index) =>
      Object.keys(assets).map((asset) => `${id}-${asset},${id},${asset},deposit,${index + 1},r,1`),
    );
    const text = ["key,customer,asset,kind,amount,reference,time", ...lines].join("\n");
    await this.#send("/v1/imports", text, { "content-type": "text/csv", "idempotency-key": "fill" });
  }

  async snapshot(): Promise<unknown> {
    const { kind, id } = await this.#post<{ kind: string; id: string }>(
      "/v1/snapshots",
      {},
      { "idempotency-key": "one" },
    );
    for (;;) {
      const { state } = await this.#get<{ state: string }>(`/v1/jobs/${kind}/${id}`);
      if (state === "done") break;
      if (state === "dead") throw new Error("the snapshot failed");
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    const { items } = await this.#get<{ items: { number: number }[] }>("/v1/snapshots?limit=1");
    this.#snapshot = items[0]?.number ?? 0;
    return (await this.#get<{ record: { totals: unknown } }>(`/v1/snapshots/${this.#snapshot}`)).record
      .totals;
  }

  async proof(url: string, customer: number): Promise<Uint8Array> {
    return (await this.ask(`${url}${this.#pathOf(customer)}.bin`)).body;
  }

  proofUrl(url: string, customer: number): string {
    return `${url}${this.#pathOf(customer)}`;
  }

  ask(url: string, etag?: string): Promise<Answer> {
    const headers = { ...this.#headers, ...(etag === undefined ? {} : { "if-none-match": etag }) };
    return new Promise((resolve, reject) => {
      const sent = request(url, { agent: this.#agent, headers }, (response) => {
        gathered(response).then(resolve, reject);
      });
      sent.on("error", reject);
      sent.end();
    });
  }

  #pathOf(customer: number): string {
    return `/v1/customers/${nameOf(customer)}/snapshots/${this.#snapshot}/proof`;
  }

  #post<T>(path: string, body: object, headers: Record<string, string> = {}): Promise<T> {
    return this.#send(path, JSON.stringify(body), { "content-type": "application/json", ...headers });
  }

  #get<T>(path: string): Promise<T> {
    return this.#send(path, undefined, {});
  }

  async #send<T>(path: string, body: string | undefined, headers: Record<string, string>): Promise<T> {
    const method = body === undefined ? "GET" : "POST";
    const init = {
      method,
      headers: { ...this.#headers, ...headers },
      ...(body === undefined ? {} : { body }),
    };
    const response = await fetch(`${this.#url}${path}`, init);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json() as Promise<T>;
  }
}

export async function loadOf(service: ProofService, load: ProofLoad): Promise<LoadFigures> {
  const { workers, customers, loadMs, connections, isTagged } = load;
  const urls = workers.map(({ url }) => url);
  const askable = isTagged ? Math.min(TAGGED, customers) : customers;
  const tags = new Map<string, string>();
  for (const url of urls) {
    for (let index = 0; index < (isTagged ? askable : 1); index++) {
      const { status, etag = "" } = await service.ask(service.proofUrl(url, index));
      if (status !== 200) throw new Error(`a proof was answered with ${status}`);
      tags.set(service.proofUrl(url, index), etag);
    }
  }
  const expected = isTagged ? 304 : 200;
  const latenciesMs: number[] = [];
  const before = await processorTimes(load);
  const startMs = performance.now();
  let next = 0;
  const connection = async (): Promise<void> => {
    while (performance.now() - startMs < loadMs) {
      const turn = next++;
      const url = service.proofUrl(urls[turn % urls.length]!, turn % askable);
      const sentMs = performance.now();
      const { status } = await service.ask(url, isTagged ? tags.get(url) : undefined);
      latenciesMs.push(performance.now() - sentMs);
      if (status !== expected) throw new Error(`a proof was answered with ${status}, not ${expected}`);
    }
  };
  await Promise.all(Array.from({ length: connections }, connection));
  const elapsedMs = performance.now() - startMs;
  const after = await processorTimes(load);
  const at = quantilesOf(latenciesMs);
  const requests = latenciesMs.length;
  const taken = (who: keyof ProcessorTimes): number => after[who] - before[who];
  return {
    requestsPerSecond: (requests * 1_000) / elapsedMs,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    requests,
    processorMs: {
      workers: taken("workers") / requests,
      database: taken("database") / requests,
      client: taken("client") / requests,
    },
    processorsBusy: (taken("workers") + taken("database") + taken("client")) / elapsedMs,
  };
}

type ProcessorTimes = LoadFigures["processorMs"];

async function processorTimes({ workers, databasePids }: ProofLoad): Promise<ProcessorTimes> {
  const sum = async (pids: readonly number[]): Promise<number> =>
    (await Promise.all(pids.map(processorMs))).reduce((all, ms) => all + ms, 0);
  const { user, system } = process.cpuUsage();
  return {
    workers: await sum(workers.map(({ pid }) => pid)),
    database: await sum(await databasePids()),
    client: (user + system) / 1_000,
  };
}

async function gathered(response: IncomingMessage): Promise<Answer> {
  const body = Buffer.concat((await response.toArray()) as Buffer[]);
  return { status: response.statusCode ?? 0, etag: response.headers.etag, body };
}

function nameOf(index: number): string {
  return `customer-${index}`;
}
