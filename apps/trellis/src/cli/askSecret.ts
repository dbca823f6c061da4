import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { trellisErrors } from "../errors.ts";

/** Asks on this process's terminal without showing what is typed. @throws PROMPT_IMPOSSIBLE, PROMPT_CANCELLED */
export async function askSecret(question: string): Promise<string> {
  if (process.stdin.isTTY !== true) throw trellisErrors.PROMPT_IMPOSSIBLE({ question });
  process.stderr.write(`${question}: `);
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: unseen, terminal: true });
  try {
    return await new Promise((resolve, reject) => {
      terminal.question("", resolve);
      terminal.on("close", () => reject(trellisErrors.PROMPT_CANCELLED({ question })));
    });
  } finally {
    terminal.close();
    process.stderr.write("\n");
  }
}
