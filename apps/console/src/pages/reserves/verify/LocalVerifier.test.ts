import { afterEach, expect, it, vi } from "vitest";
import { LocalVerifier } from "./LocalVerifier.ts";

class FakeWorker {
  static made: FakeWorker[] = [];
  onmessage: ((event: { readonly data: object }) => void) | undefined;
  onerror: ((event: { readonly message: string }) => void) | undefined;

  constructor() {
    FakeWorker.made.push(this);
  }

  postMessage({ id, bytes }: { readonly id: number; readonly bytes: Uint8Array }): void {
    const good = { id, judgement: { kind: "unreadable" }, tookMs: 1 };
    this.onmessage?.({ data: bytes.length === 0 ? { id, failure: "out of memory" } : good });
  }
}

afterEach(() => {
  vi.unstubAllGlobals();
});

it("CONSOLE_FAILED: of a thread that does not begin, and of a file that breaks it; the next one is judged", async () => {
  vi.stubGlobal("Worker", FakeWorker);
  const verifier = new LocalVerifier();
  const failed = expect.objectContaining({
    code: "CONSOLE_FAILED",
    facts: expect.objectContaining({ part: "verifier" }),
  });
  const ready = expect(verifier.ready).rejects.toEqual(failed);
  FakeWorker.made[0]?.onerror?.({ message: "not found" });
  await ready;
  await expect(verifier.judge(new Uint8Array(0), {})).rejects.toEqual(failed);
  expect(await verifier.judge(new Uint8Array(1), {})).toMatchObject({ judgement: { kind: "unreadable" } });
});
