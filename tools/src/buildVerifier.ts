import { fileURLToPath } from "node:url";
import { build } from "vite";

const PROGRAM = fileURLToPath(new URL("../../apps/verifier/src/main.ts", import.meta.url));
// Contains the license notice, because bundlers drop comments.
const BANNER = `// Trellis: the verifier of proofs of liabilities in one file. Usage: node verify-proof.mjs FILE [RECORD [CUSTOMER]]
// Apache-2.0; contains noble-hashes, MIT, Copyright (c) 2022 Paul Miller (https://paulmillr.com)
`;
const PLACE = fileURLToPath(new URL("../../apps/verifier/dist/", import.meta.url));

export async function buildVerifier(outDir = PLACE): Promise<void> {
  await build({
    configFile: false,
    logLevel: "warn",
    ssr: { noExternal: true },
    build: {
      ssr: PROGRAM,
      outDir,
      emptyOutDir: false,
      minify: false,
      target: "node18",
      rolldownOptions: { output: { entryFileNames: "verify-proof.mjs", banner: BANNER } },
    },
  });
}
