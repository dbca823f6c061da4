import { trellisErrors } from "../../errors.ts";

/** A running service, as far as the verbs ask it. */
export class ServiceClient {
  readonly #url: string;
  readonly #apiKey: string | undefined;

  constructor(url: string, apiKey: string | undefined) {
    this.#url = url;
    this.#apiKey = apiKey;
  }

  /** @throws RESERVES_UNREACHABLE, RESERVES_REFUSED */
  async get<T>(path: string): Promise<T> {
    return (await this.#answer(path, {})).json() as Promise<T>;
  }

  /** @throws RESERVES_UNREACHABLE, RESERVES_REFUSED */
  async text(path: string): Promise<string> {
    return (await this.#answer(path, {})).text();
  }

  /** @param key the same for the same call that is repeated. @throws RESERVES_UNREACHABLE, RESERVES_REFUSED */
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

  async #answer(path: string, init: RequestInit): Promise<Response> {
    const authorization = this.#apiKey === undefined ? {} : { authorization: `Bearer ${this.#apiKey}` };
    let response: Response;
    try {
      response = await fetch(`${this.#url}${path}`, {
        ...init,
        headers: { ...(init.headers as Record<string, string>), ...authorization },
        redirect: "error",
      });
    } catch (error) {
      throw trellisErrors.RESERVES_UNREACHABLE({ url: this.#url }, error);
    }
    if (response.ok) return response;
    throw trellisErrors.RESERVES_REFUSED({ path, status: response.status, ...(await problemOf(response)) });
  }
}

interface ShownProblem {
  readonly refusal?: string;
  readonly reason?: string;
  readonly first?: string;
}

/** What a problem (RFC 9457) says, as flat facts. */
async function problemOf(response: Response): Promise<ShownProblem> {
  try {
    const problem = (await response.json()) as {
      code?: string;
      hint?: string;
      errors?: { pointer?: string; reason?: string }[];
      issues?: { pointer?: string; reason?: string }[];
    };
    const [first] = problem.issues ?? problem.errors ?? [];
    return {
      ...(problem.code === undefined ? {} : { refusal: problem.code }),
      ...(problem.hint === undefined ? {} : { reason: problem.hint }),
      ...(first === undefined ? {} : { first: `${first.pointer ?? ""} ${first.reason ?? ""}` }),
    };
  } catch {
    return {};
  }
}
