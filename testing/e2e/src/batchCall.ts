interface BatchAnswer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

const CHUNK = 500;

export async function batchCall(
  rpcUrl: string,
  method: string,
  calls: readonly (readonly unknown[])[],
): Promise<readonly BatchAnswer[]> {
  const answers: BatchAnswer[] = [];
  for (let start = 0; start < calls.length; start += CHUNK) {
    const requests = calls
      .slice(start, start + CHUNK)
      .map((params, index) => ({ jsonrpc: "2.0", id: start + index, method, params }));
    const response = await fetch(rpcUrl, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(requests),
    });
    answers.push(...((await response.json()) as BatchAnswer[]));
  }
  return answers.toSorted((a, b) => a.id - b.id);
}
