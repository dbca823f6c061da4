import type { Attestations, AttestationView } from "./Attestations.ts";

const PAGE = 200;

export async function newestAttestation(
  { snapshotId, timeMs }: { readonly snapshotId: string; readonly timeMs: number },
  attestations: Pick<Attestations, "list">,
): Promise<AttestationView | undefined> {
  for (let before: string | undefined; ; ) {
    const page = await attestations.list(before, PAGE);
    const found = page.find((one) => one.snapshotId === snapshotId);
    const last = page.at(-1);
    if (found !== undefined || last === undefined || last.timeMs < timeMs || page.length < PAGE) return found;
    before = last.id;
  }
}
