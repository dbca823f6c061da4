import { type Expected, judgeFile } from "./judgeFile.ts";

interface VerifyRequest {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly expected: Expected;
}

addEventListener("message", ({ data: { id, bytes, expected } }: MessageEvent<VerifyRequest>) => {
  const startedMs = performance.now();
  try {
    postMessage({ id, judgement: judgeFile(bytes, expected), tookMs: performance.now() - startedMs });
  } catch (error) {
    postMessage({ id, failure: String(error) });
  }
});
postMessage({ isReady: true });
