import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { secretsErrors } from "@trellis/platform/secrets";

export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: { write(text: string): unknown };
}

/** @throws SECRET_UNREADABLE without a terminal, on Ctrl-C, Ctrl-D or end of input */
export async function askSecret(question: string, { input, output }: Terminal): Promise<string> {
  if (input.isTTY !== true)
    throw secretsErrors.SECRET_UNREADABLE({ reason: "no terminal to prompt on", question });
  output.write(`${question}: `);
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input, output: unseen, terminal: true });
  try {
    return await new Promise((resolve, reject) => {
      terminal.question("", resolve);
      terminal.on("close", () =>
        reject(secretsErrors.SECRET_UNREADABLE({ reason: "prompt cancelled", question })),
      );
    });
  } finally {
    terminal.close();
    output.write("\n");
  }
}
