import { startS3, type TestS3 } from "@trellis/kit/s3";
import { vi } from "vitest";
import type { BlobStore } from "../repository/BlobStore.ts";
import { openBlobStore } from "../repository/openBlobStore.ts";

/** An S3 server whose credentials are in the environment. */
export class S3Bench {
  server!: TestS3;
  #stores = 0;

  async start(options: Parameters<typeof startS3>[0] = {}): Promise<void> {
    this.server = await startS3(options);
    for (const [name, value] of Object.entries(this.server.credentials)) vi.stubEnv(name, value);
  }

  /** By default in an empty prefix. */
  open({ endpoint = this.server.endpoint, url = this.newUrl() } = {}): Promise<BlobStore> {
    return openBlobStore(url, { endpoint, region: "us-east-1", hasPathStyle: true });
  }

  newUrl(): string {
    return `s3://${this.server.bucket}/a/repository-${this.#stores++}`;
  }

  async stop(): Promise<void> {
    vi.unstubAllEnvs();
    await this.server.stop();
  }
}
