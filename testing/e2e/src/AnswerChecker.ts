import type { OpenRpcValidator } from "@trellis/kit";

interface Answer {
  readonly jsonrpc?: unknown;
  readonly id?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code?: unknown; readonly message?: unknown };
  readonly method?: unknown;
  readonly params?: { readonly subscription?: unknown; readonly result?: unknown };
}

const BLOCK_ONLY = { size: "0x0", uncles: [], transactions: [], withdrawals: [] };

/** Checks notifications like results of methods, because the OpenRPC document has only methods. */
const TOPICS: Readonly<Record<string, (item: unknown) => readonly [method: string, result: unknown]>> = {
  logs: (log) => ["eth_getLogs", [log]],
  newHeads: (header) => ["eth_getBlockByNumber", { ...BLOCK_ONLY, ...(header as object) }],
};

const EXAMPLE_CHARACTERS_MAX = 600;

export class AnswerChecker {
  readonly #validator: OpenRpcValidator | undefined;
  readonly #findings: Map<string, string>;
  readonly #checkedCounts: Map<string, number>;
  readonly #calls = new Map<unknown, { readonly method: string; readonly topic: string }>();
  readonly #topics = new Map<unknown, string>();

  constructor(
    validator: OpenRpcValidator | undefined,
    findings: Map<string, string>,
    checkedCounts: Map<string, number>,
  ) {
    this.#validator = validator;
    this.#findings = findings;
    this.#checkedCounts = checkedCounts;
  }

  sent(text: string): void {
    for (const call of entries(text)) {
      const { id, method, params } = call as { id?: unknown; method?: unknown; params?: readonly unknown[] };
      const topic = String(params?.[0]);
      if (typeof method === "string") this.#calls.set(id, { method, topic });
    }
  }

  received(text: string): void {
    for (const answer of entries(text) as Answer[]) {
      if (String(answer.method).endsWith("_subscription")) this.#checkNotification(answer);
      else this.#checkAnswer(answer);
    }
  }

  #checkAnswer(answer: Answer): void {
    const call = this.#calls.get(answer.id);
    // An error that belongs to no call has id null.
    const name = call?.method ?? "(no call)";
    if (answer.jsonrpc !== "2.0") this.#add(`${name}: jsonrpc is not 2.0`, answer);
    if ((answer.result === undefined) === (answer.error === undefined)) {
      this.#add(`${name}: neither a result nor an error, or both`, answer);
      return;
    }
    if (answer.error !== undefined) {
      const { code, message } = answer.error;
      if (!Number.isInteger(code) || typeof message !== "string") {
        this.#add(`${name}: not an error object`, answer);
      }
      if (code === -32603) this.#add(`${name}: internal error`, answer);
      return;
    }
    if (call === undefined) {
      this.#add("an answer to no call", answer);
      return;
    }
    if (call.method === "eth_subscribe") this.#topics.set(answer.result, call.topic);
    this.#check(call.method, answer.result, call.method);
  }

  #checkNotification({ params }: Answer): void {
    const topic = this.#topics.get(params?.subscription);
    const form = topic === undefined ? undefined : TOPICS[topic];
    if (form !== undefined) this.#check(...form(params?.result), `eth_subscription ${topic}`);
  }

  #check(method: string, result: unknown, name: string): void {
    const wrong = this.#validator?.check(method, result);
    if (wrong === undefined) return;
    this.#checkedCounts.set(name, (this.#checkedCounts.get(name) ?? 0) + 1);
    if (wrong.length === 0) return;
    this.#add(`${name}: ${wrong.join("; ")}`, result);
  }

  #add(finding: string, example: unknown): void {
    if (this.#findings.has(finding)) return;
    this.#findings.set(finding, JSON.stringify(example).slice(0, EXAMPLE_CHARACTERS_MAX));
  }
}

function entries(text: string): unknown[] {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return [];
  }
  return Array.isArray(message) ? message : [message];
}
