import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { secretsErrors } from "@trellis/platform/secrets";

/** A terminal: what people type, and where questions are shown. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: { write(text: string): unknown };
}

/**
 * Asks without showing what is typed.
 * @throws PROMPT_IMPOSSIBLE when nobody sits there, PROMPT_CANCELLED on Ctrl-C, Ctrl-D or the end of input
 */
export async function askSecret(question: string, { input, output }: Terminal): Promise<string> {
  if (input.isTTY !== true) throw secretsErrors.PROMPT_IMPOSSIBLE({ question });
  output.write(`${question}: `);
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input, output: unseen, terminal: true });
  try {
    return await new Promise((resolve, reject) => {
      terminal.question("", resolve);
      terminal.on("close", () => reject(secretsErrors.PROMPT_CANCELLED({ question })));
    });
  } finally {
    terminal.close();
    output.write("\n");
  }
}
