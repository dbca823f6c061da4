import { errorWithin, type Fact } from "@trellis/base";
import { reservesClientErrors } from "@trellis/client/reserves/errors";
import { untrustedPeer } from "@trellis/crypto/tls";

/** Requests throw SERVICE_UNREACHABLE or SERVICE_REFUSED, even during a stream. */
export class ServiceClient {
  readonly #url: string;
  readonly #apiKey: string | undefined;
  readonly #fetch: typeof fetch;

  /** @param sendWith such as `createSigningFetch` of `@trellis/client/reserves` */
  constructor(url: string, apiKey: string | undefined, sendWith: typeof fetch = fetch) {
    this.#url = url;
    this.#apiKey = apiKey;
    this.#fetch = sendWith;
  }

  async get<T>(path: string): Promise<T> {
    return (await this.#answer(path, {})).json() as Promise<T>;
  }

  async text(path: string): Promise<string> {
    return (await this.#answer(path, {})).text();
  }

  async bytes(path: string, accept: string): Promise<Uint8Array> {
    return new Uint8Array(await (await this.#answer(path, { headers: { accept } })).arrayBuffer());
  }

  async *stream(path: string, accept: string): AsyncGenerator<Uint8Array> {
    const { body } = await this.#answer(path, { headers: { accept } });
    try {
      for await (const chunk of body ?? []) yield chunk;
    } catch (error) {
      throw reservesClientErrors.SERVICE_UNREACHABLE({ url: this.#url, path }, error);
    }
  }

  async post<T>(path: string, body: object | undefined, key?: string): Promise<T> {
    const answered = await this.#answer(path, {
      method: "POST",
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(key === undefined ? {} : { "idempotency-key": key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return answered.json() as Promise<T>;
  }

  async upload<T extends object>(
    path: string,
    file: Blob,
    { key, report }: { readonly key: string; readonly report: (line: string) => void },
  ): Promise<T> {
    const headers = { "content-type": file.type, "idempotency-key": key };
    const reportIssue = ({ pointer = "", reason = "" }: Issue): void =>
      report(`${pointer.slice(1).replace("/", " ")}: ${reason}`);
    return (
      await this.#answer(path, { method: "POST", headers, body: file }, reportIssue)
    ).json() as Promise<T>;
  }

  async remove(path: string): Promise<void> {
    await this.#answer(path, { method: "DELETE" });
  }

  async #answer(path: string, init: RequestInit, issue: (one: Issue) => void = () => {}): Promise<Response> {
    const authorization = this.#apiKey === undefined ? {} : { authorization: `Bearer ${this.#apiKey}` };
    const send = this.#fetch;
    let response: Response;
    try {
      response = await send(`${this.#url}${path}`, {
        ...init,
        headers: { ...(init.headers as Record<string, string>), ...authorization },
        redirect: "error",
      });
    } catch (error) {
      const untrusted = errorWithin(error, "TLS_PEER_UNTRUSTED") ?? untrustedWithin(error, this.#url);
      throw untrusted ?? reservesClientErrors.SERVICE_UNREACHABLE({ url: this.#url }, error);
    }
    if (response.ok) return response;
    throw reservesClientErrors.SERVICE_REFUSED({
      path,
      status: response.status,
      ...(await problemOf(response, issue)),
    });
  }
}

function untrustedWithin(error: unknown, url: string): Error | undefined {
  return error instanceof Error ? untrustedPeer(error.cause, new URL(url).hostname) : undefined;
}

interface Issue {
  readonly pointer?: string;
  readonly reason?: string;
}

interface ShownProblem {
  readonly refusal?: string;
  readonly reason?: string;
  readonly first?: string;
  readonly advice?: string;
}

async function problemOf(response: Response, issue: (one: Issue) => void): Promise<ShownProblem> {
  try {
    const problem = (await response.json()) as {
      code?: string;
      detail?: string;
      facts?: Record<string, Fact>;
      hint?: string;
      errors?: Issue[];
      issues?: Issue[];
    };
    const issues = problem.issues ?? problem.errors ?? [];
    issues.forEach(issue);
    const [first] = issues;
    return {
      ...(problem.code === undefined ? {} : { refusal: problem.code }),
      ...(problem.detail === undefined ? {} : { reason: withFacts(problem.detail, problem.facts) }),
      ...(first === undefined ? {} : { first: `${first.pointer ?? ""} ${first.reason ?? ""}` }),
      ...(problem.hint === undefined ? {} : { advice: problem.hint }),
    };
  } catch {
    return {};
  }
}

function withFacts(detail: string, facts: Readonly<Record<string, Fact>> = {}): string {
  const shown = Object.entries(facts).map(([name, fact]) => `${name}: ${fact}`);
  return shown.length === 0 ? detail : `${detail}, ${shown.join(", ")}`;
}
