import type { Transaction } from "kysely";
import type { EntryDraft } from "./LedgerEntry.ts";
import type { LedgerTables } from "./LedgerTables.ts";
import type { LedgerCiphers } from "./sealing.ts";

export interface StagedLine extends EntryDraft {
  readonly line: number;
}

type Fields = [number, string, string, string, EntryDraft["kind"], string, string, number];

export const CHUNK_ROW = "import_name || E'\\n' || last_line";

/** Encrypts lines together: separate encryption would take most of an import's time. */
export function sealLines({ lines }: LedgerCiphers, name: string, staged: readonly StagedLine[]): Buffer {
  const fields = staged.map(
    ({ line, key, customer, asset, kind, amount, reference, happenedAtMs }): Fields => [
      line,
      key,
      customer,
      asset,
      kind,
      amount.toString(),
      reference,
      happenedAtMs,
    ],
  );
  return lines.seal(chunkRow(name, BigInt(staged.at(-1)!.line)), Buffer.from(JSON.stringify(fields)));
}

export async function stagedLines(
  tx: Transaction<LedgerTables>,
  { lines }: LedgerCiphers,
  { name, after, limit }: { readonly name: string; readonly after: number; readonly limit: number },
): Promise<StagedLine[]> {
  const found: StagedLine[] = [];
  for (let from = BigInt(after); found.length < limit; ) {
    const chunk = await tx
      .selectFrom("import_chunks")
      .selectAll()
      .where("import_name", "=", name)
      .where("last_line", ">", from)
      .orderBy("last_line")
      .limit(1)
      .executeTakeFirst();
    if (chunk === undefined) break;
    from = chunk.last_line;
    const fields = JSON.parse(lines.open(chunkRow(name, from), chunk.sealed).toString()) as Fields[];
    for (const one of fields) if (one[0] > after && found.length < limit) found.push(lineOf(one));
  }
  return found;
}

function lineOf([line, key, customer, asset, kind, amount, reference, happenedAtMs]: Fields): StagedLine {
  return { line, key, customer, asset, kind, amount: BigInt(amount), reference, happenedAtMs };
}

export function chunkRow(name: string, lastLine: bigint): string {
  return `${name}\n${lastLine}`;
}
