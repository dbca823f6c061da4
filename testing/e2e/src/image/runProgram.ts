import { spawn } from "node:child_process";
import { once } from "node:events";

/** @returns standard output; throws with everything that the program printed if it fails */
export async function runProgram(
  words: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string | undefined>> } = {},
): Promise<string> {
  const [program = "", ...args] = words;
  const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const written = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => {
      written[name] += text;
    });
  const [exitCode] = await once(child, "close");
  if (exitCode !== 0)
    throw new Error(`${words.join(" ")} ended with ${exitCode}:\n${written.stdout}${written.stderr}`);
  return written.stdout;
}
