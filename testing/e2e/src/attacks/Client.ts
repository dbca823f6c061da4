import { type Agent, request } from "node:http";

export interface Answer {
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

const TIMEOUT_MS = 60_000;

export function post(
  url: string,
  body: string,
  options: { readonly agent?: Agent; readonly closeAfterMs?: number } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: "POST",
        headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
        agent: options.agent ?? false,
        timeout: TIMEOUT_MS,
      },
      async (response) => {
        let text = "";
        try {
          for await (const chunk of response.setEncoding("utf8")) text += chunk;
          resolve(text);
        } catch (error) {
          reject(error);
        }
      },
    );
    sent.on("timeout", () => sent.destroy(new Error("no answer")));
    sent.on("error", reject);
    if (options.closeAfterMs !== undefined) setTimeout(() => sent.destroy(), options.closeAfterMs);
    sent.end(body);
  });
}

export async function call(
  url: string,
  method: string,
  params: readonly unknown[],
  agent?: Agent,
): Promise<Answer> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  return JSON.parse(await post(url, body, agent === undefined ? {} : { agent })) as Answer;
}
