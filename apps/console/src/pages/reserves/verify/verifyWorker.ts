import { type Expected, judgeFile } from "./judgeFile.ts";

/** The page asks with a number, by which it knows the answer. */
interface VerifyRequest {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly expected: Expected;
}

// A thread of its own: the page stays quick whatever the file is.
addEventListener("message", ({ data: { id, bytes, expected } }: MessageEvent<VerifyRequest>) => {
  const startedMs = performance.now();
  try {
    postMessage({ id, judgement: judgeFile(bytes, expected), tookMs: performance.now() - startedMs });
  } catch (error) {
    postMessage({ id, failure: String(error) });
  }
});
postMessage({ isReady: true });
