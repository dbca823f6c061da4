import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface TestS3 {
  readonly endpoint: string;
  readonly bucket: string;
  readonly credentials: Readonly<Record<"AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY", string>>;
  kill(): Promise<void>;
  /** Restarts with the same data, at the same endpoint. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const MAIN = fileURLToPath(new URL("s3Main.ts", import.meta.url));
const BUCKET = "backups";

/**
 * Starts an S3 server in another process. @param isStrict also checks signatures, but then refuses to list
 * objects
 */
export async function startS3({ isStrict = false } = {}): Promise<TestS3> {
  const directory = await mkdtemp(join(tmpdir(), "trellis-s3-"));
  const flags = isStrict ? ["strict"] : [];
  let server = await launch([directory, "0", BUCKET, ...flags]);
  const { port } = server;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    bucket: BUCKET,
    credentials: { AWS_ACCESS_KEY_ID: "S3RVER", AWS_SECRET_ACCESS_KEY: "S3RVER" },
    kill: () => server.kill(),
    async restart() {
      server = await launch([directory, String(port), BUCKET, ...flags]);
    },
    async stop() {
      await server.kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function launch(operands: readonly string[]) {
  // S3rver encrypts page tokens with DES, a legacy cipher in OpenSSL 3.
  const execArgv = ["--openssl-legacy-provider"];
  const child = fork(MAIN, operands, { execArgv });
  const ended = once(child, "exit");
  const failed = ended.then(([code]) => {
    throw new Error(`the S3 server ended with ${code}`);
  });
  failed.catch(() => {});
  const [{ port }] = await Promise.race([once(child, "message"), failed]);
  return {
    port: Number(port),
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
